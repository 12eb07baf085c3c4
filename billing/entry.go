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

// Cause says what made a ledger entry; the entry's CauseID identifies it.
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

// Draw is what one grant gave to an entry, or got back from it.
type Draw struct {
	Grant  int32
	Amount Amount
}

// Line is the part of one resource in an entry that charges a batch of events.
type Line struct {
	ResourceID int64
	Amount     Amount
}

// Entry is one line of an account's append-only ledger. Amount is signed: it is the change of the balance.
type Entry struct {
	No           int64 // counts the account's entries, from 1
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
	Minute       Second // HOSTING, FINE_TUNING: the minute in which it is charted
	Lines        []Line // EVENTS, VOID
	Draws        []Draw // the grants that gave (CHARGE), or got something back (REFUND)
	Debt         Amount // the part that became debt (CHARGE) or paid off debt (GRANT, REFUND)
	Note         string
}

// addDraw records that grant gave amount. It adds to the last draw if that is from the same grant.
func (e *Entry) addDraw(grant int32, amount Amount) {
	if n := len(e.Draws); n > 0 && e.Draws[n-1].Grant == grant {
		e.Draws[n-1].Amount += amount
		return
	}
	e.Draws = append(e.Draws, Draw{grant, amount})
}

// Flows are the movements of a meter within one cycle: Closing = Opening + Granted − Charged + Refunded − Expired + Adjusted.
type Flows struct {
	Opening, Granted, Charged, Refunded, Expired, Adjusted Amount
}

// Closing returns the balance that results from the flows.
func (f Flows) Closing() Amount {
	return f.Opening + f.Granted - f.Charged + f.Refunded - f.Expired + f.Adjusted
}

// add adds an entry to the flow of its kind.
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

// Statement is the statement of one meter for one closed cycle.
type Statement struct {
	Cycle      int32
	Meter      Meter
	Start, End Second
	Flows      Flows
}
