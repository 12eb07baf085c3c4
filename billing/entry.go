package billing

// EntryKind is the kind of a ledger entry (rules.md §3).
type EntryKind string

// The kinds of ledger entry.
const (
	EntryGrant      EntryKind = "GRANT"
	EntryCharge     EntryKind = "CHARGE"
	EntryExpiry     EntryKind = "EXPIRY"
	EntryAdjustment EntryKind = "ADJUSTMENT"
	EntryRefund     EntryKind = "REFUND"
)

// Cause says what made a ledger entry; CauseID in the entry names the one.
type Cause string

// The causes, and what CauseID holds for each.
const (
	CauseEvents     Cause = "EVENTS"      // the batch
	CauseHosting    Cause = "HOSTING"     // the segment
	CauseFineTuning Cause = "FINE_TUNING" // the job
	CauseGrant      Cause = "GRANT"       // the grant number
	CauseExpiry     Cause = "EXPIRY"      // the grant number
	CauseCycle      Cause = "CYCLE"       // the cycle that closed
	CauseCorrection Cause = "CORRECTION"  // the grant number
	CauseVoid       Cause = "VOID"        // the batch that had charged the events
)

// Draw is what one grant gave to, or got back from, an entry.
type Draw struct {
	Grant  int32
	Amount Amount
}

// Line is one resource's part of an entry that charges a batch of events.
type Line struct {
	ResourceID int64
	Amount     Amount
}

// Entry is one line of the append-only ledger of an account. Amount is signed: what it does to the balance.
type Entry struct {
	No           int64 // counts the account's entries from 1
	Meter        Meter
	Kind         EntryKind
	Category     Category // of CHARGE and REFUND
	Amount       Amount
	BalanceAfter Amount
	Posted       Second // when it was written
	Effective    Second // when a punctual meter would have written it
	Cycle        int32
	Cause        Cause
	CauseID      int64
	ResourceID   int64
	DeploymentID int64
	Minute       Second // HOSTING, FINE_TUNING: the minute of the charts in which it lies
	Lines        []Line // EVENTS, VOID
	Draws        []Draw // which grants gave (CHARGE), or got it back (REFUND)
	Debt         Amount // the part that became debt (CHARGE) or paid debt off (GRANT, REFUND)
	Note         string
}

// addDraw notes that grant gave amount, added to the last draw where that is the same grant's.
func (e *Entry) addDraw(grant int32, amount Amount) {
	if n := len(e.Draws); n > 0 && e.Draws[n-1].Grant == grant {
		e.Draws[n-1].Amount += amount
		return
	}
	e.Draws = append(e.Draws, Draw{grant, amount})
}

// Flows is what moved a meter within one cycle: Closing = Opening + Granted − Charged + Refunded − Expired + Adjusted.
type Flows struct {
	Opening, Granted, Charged, Refunded, Expired, Adjusted Amount
}

// Closing is the balance that the flows lead to.
func (f Flows) Closing() Amount {
	return f.Opening + f.Granted - f.Charged + f.Refunded - f.Expired + f.Adjusted
}

// add counts an entry in the flow of its kind.
func (f *Flows) add(kind EntryKind, amount Amount) {
	switch kind {
	case EntryGrant:
		f.Granted += amount
	case EntryCharge:
		f.Charged -= amount
	case EntryRefund:
		f.Refunded += amount
	case EntryExpiry:
		f.Expired -= amount
	case EntryAdjustment:
		f.Adjusted += amount
	}
}

// Statement is one meter's account of one closed cycle.
type Statement struct {
	Cycle      int32
	Meter      Meter
	Start, End Second
	Flows      Flows
}
