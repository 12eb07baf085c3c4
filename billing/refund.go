package billing

import "slices"

// refundTerm is how long a refund can be used if the grants that paid are gone: 90 days (rules.md §2).
const refundTerm Second = 90 * 24 * 3600

// Refund gives back amount of a charge like e (its category, resource and cause). It first pays off debt, of its own category before the
// others'; then it refills the live, unexpired grants that paid, last drawn first; what came from retired or expired grants becomes an
// ADJUSTMENT grant for 90 days, one for all refunds of a transaction (rules.md §2). paid are the entries that made the charge, oldest
// first. The books must be brought up.
func (a *Account) Refund(e Entry, amount Amount, paid []Entry) {
	if amount <= 0 {
		return
	}
	b := a.Book(e.Category.Meter())
	e.Meter, e.Kind, e.Effective, e.Amount = b.Meter, EntryRefund, a.Now, amount
	// The order is that of rules.md §2. Each step takes what it can of what the steps before left.
	rest := amount
	rest -= a.refundOwnDebt(b, rest, &e)
	payers := a.payers(b, e.Category, paid, e.Debt)
	rest -= a.refundOtherDebt(b, rest, &e, payers)
	rest -= refill(b, rest, &e, payers)
	if rest > 0 {
		a.refundAsGrant(b, rest, &e)
	}
	// There is something left again, so a later refusal is not about the free grant.
	if b.Balance() > 0 {
		b.FreeExpired = false
	}
	a.enter(e)
}

// Remaining returns a charge as it stands after earlier refunds of it, for passing to Refund again. What a grant got back counts as no
// longer paid by it. What went elsewhere, to debt or into a new grant, is deducted from the charge's debt, then from what was paid by
// grants that cannot take anything back, then from what was drawn last. The books must be brought up.
func (a *Account) Remaining(charge Entry, refunds []Entry) Entry {
	charge.Draws = slices.Clone(charge.Draws)
	var elsewhere Amount
	for _, r := range refunds {
		charge.Amount += r.Amount
		elsewhere += r.Amount
		for _, d := range r.Draws {
			elsewhere -= unpay(charge.Draws, d.Amount, func(grant int32) bool { return grant == d.Grant })
		}
	}
	part := min(elsewhere, charge.Debt)
	charge.Debt -= part
	b := a.Book(charge.Category.Meter())
	elsewhere -= part
	elsewhere -= unpay(charge.Draws, elsewhere, func(grant int32) bool {
		g := b.Grant(grant)
		return g == nil || g.expiredBy(a.At)
	})
	unpay(charge.Draws, elsewhere, func(int32) bool { return true })
	return charge
}

// unpay takes up to amount off the draws of the grants that of selects, last drawn first, and returns how much it took.
func unpay(draws []Draw, amount Amount, of func(grant int32) bool) (taken Amount) {
	for i := range slices.Backward(draws) {
		if d := &draws[i]; of(d.Grant) {
			part := min(amount-taken, d.Amount)
			d.Amount -= part
			taken += part
		}
	}
	return taken
}

// payer is a live grant, with how much of the charge it paid and can get back.
type payer struct {
	grant  *Grant
	amount Amount
	usable bool
}

// payers lists the grants that paid, last drawn first. Debt arises after all grants are drawn, so the grants that repaid it come first,
// then the draws of the entries. owed is the part of the entries' debt that no grant has repaid.
func (a *Account) payers(b *Book, c Category, paid []Entry, owed Amount) []payer {
	out := a.repayers(b, c, paid, owed)
	for _, e := range slices.Backward(paid) {
		for _, d := range slices.Backward(e.Draws) {
			if g := b.Grant(d.Grant); g != nil {
				out = append(out, payer{g, min(d.Amount, g.Given[c.Index()]), !g.expiredBy(a.At)})
			}
		}
	}
	return out
}

// repayers lists the grants that repaid the debt of the entries, newest first.
func (a *Account) repayers(b *Book, c Category, paid []Entry, owed Amount) []payer {
	repaid := -owed
	for _, e := range paid {
		repaid += e.Debt
	}
	var out []payer
	// Newest first: it was drawn last.
	for no := a.GrantNo; no > 0 && repaid > 0; no-- {
		if g := b.Grant(no); g != nil && g.Repaid[c.Index()] > 0 {
			part := min(repaid, g.Repaid[c.Index()])
			out = append(out, payer{g, part, !g.expiredBy(a.At)})
			repaid -= part
		}
	}
	return out
}

// refundOwnDebt pays off debt of the refund's own category with up to amount and returns how much it paid.
func (a *Account) refundOwnDebt(b *Book, amount Amount, e *Entry) (paid Amount) {
	for _, run := range a.repay(b, amount, e.Category) {
		paid += run.Amount
	}
	e.Debt += paid
	return paid
}

// refundOtherDebt pays off debt of the other categories. The payers' amounts move from e's category to those, so that slices stay true.
func (a *Account) refundOtherDebt(b *Book, amount Amount, e *Entry, payers []payer) (paid Amount) {
	for _, run := range a.repay(b, amount, "") {
		paid += run.Amount
		shift(payers, e.Category, run.Category, run.Amount)
	}
	e.Debt += paid
	return paid
}

// shift moves amount from one category to another in what the payers gave, as far as they are live.
func shift(payers []payer, from, to Category, amount Amount) {
	for i := range payers {
		p := &payers[i]
		part := min(amount, p.amount, p.grant.Given[from.Index()])
		p.grant.Given[from.Index()] -= part
		p.grant.Given[to.Index()] += part
		p.grant.Repaid[to.Index()] += part
		p.grant.trimRepaid(from)
		p.amount -= part
		amount -= part
	}
}

// refill gives amount back to the payers that are usable and returns how much they took.
func refill(b *Book, amount Amount, e *Entry, payers []payer) (given Amount) {
	for i := range payers {
		p := &payers[i]
		if !p.usable {
			continue
		}
		part := min(amount-given, p.amount, p.grant.Given[e.Category.Index()])
		if part <= 0 {
			continue
		}
		p.grant.Given[e.Category.Index()] -= part
		p.grant.trimRepaid(e.Category)
		e.addDraw(p.grant.No, part)
		given += part
	}
	b.refilled()
	return given
}

// trimRepaid keeps Repaid within Given.
func (g *Grant) trimRepaid(c Category) {
	g.Repaid[c.Index()] = min(g.Repaid[c.Index()], g.Given[c.Index()])
}

// refundAsGrant makes an ADJUSTMENT grant of what no live grant can take back, or adds it to the one that the transaction has already made:
// a late end gives back minute by minute, and a grant for each minute would make tens of thousands. Its ledger entry is the refund's.
func (a *Account) refundAsGrant(b *Book, amount Amount, e *Entry) {
	g := b.Grant(a.Journal.refunds[b.Meter])
	if g == nil {
		a.GrantNo++
		b.insert(Grant{No: a.GrantNo, Meter: b.Meter, Kind: AdjustmentGrant, Amount: amount, GrantedAt: a.At, ExpiresAt: a.At + refundTerm})
		b.HadGrant = true
		a.Journal.noteRefund(b.Meter, a.GrantNo)
		e.addDraw(a.GrantNo, amount)
		return
	}
	g.Amount += amount
	b.refilled()
	e.addDraw(g.No, amount)
}

// noteRefund remembers the grant that takes the transaction's refunds which no live grant can take.
func (j *Journal) noteRefund(m Meter, grant int32) {
	if j.refunds == nil {
		j.refunds = map[Meter]int32{}
	}
	j.refunds[m] = grant
}

// Correct lowers what a live grant is worth. Like an expiry, it never changes Used: what the grant had paid beyond its new amount is drawn
// again from the others, then becomes debt (rules.md §2). It returns ErrCorrection, and changes nothing, if amount is more than the grant
// is worth or the grant is not live. The books must be brought up.
func (a *Account) Correct(no int32, amount Amount, note string) error {
	b, g := a.liveGrant(no)
	if g == nil || amount <= 0 || amount > g.Counts() {
		return ErrCorrection
	}
	// What is left goes first; others have to pay only what had been given beyond that.
	excess := amount - min(g.Left(), amount)
	g.TakenBack += amount
	b.refilled()
	e := Entry{Meter: b.Meter, Kind: EntryAdjustment, Amount: -amount, Effective: a.At, Cause: CauseCorrection, CauseID: int64(no), Note: note}
	for _, moved := range g.giveUp(excess) {
		debt := b.take(moved.Category, moved.Amount, &e)
		a.owe(b, a.Now.Minute(), moved.Category, debt)
	}
	a.enter(e)
	return nil
}

func (a *Account) liveGrant(no int32) (*Book, *Grant) {
	for _, b := range []*Book{&a.Credits, &a.Runs} {
		if g := b.Grant(no); g != nil {
			return b, g
		}
	}
	return nil, nil
}

// giveUp takes amount out of what the grant gave, scripts first, and returns it by category.
func (g *Grant) giveUp(amount Amount) []DebtRun {
	var out []DebtRun
	categories := Categories()
	for _, c := range slices.Backward(categories[:]) {
		part := min(amount, g.Given[c.Index()])
		if part > 0 {
			g.Given[c.Index()] -= part
			g.trimRepaid(c)
			out = append(out, DebtRun{Meter: g.Meter, Category: c, Amount: part})
			amount -= part
		}
	}
	return out
}
