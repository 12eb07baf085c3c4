package billing

import (
	"errors"
	"slices"
)

// ErrCorrection means that a correction downwards exceeds what its grant is worth, or names no live grant.
var ErrCorrection = errors.New("correction exceeds what the grant counts for, or the grant is not live")

// Grant adds g to the books at Now. It repays debt first, oldest first; a TOP_UP or PLAN grant that leaves something to spend retires
// finished grants (rules.md §2). Grant numbers the grant and returns it as granted. The books must be brought up.
func (a *Account) Grant(g Grant) Grant {
	b := a.Book(g.Meter)
	a.GrantNo++
	g.No, g.GrantedAt = a.GrantNo, a.At
	if g.Kind == PlanGrant {
		b.Planned += g.Amount
	}
	e := Entry{Meter: g.Meter, Kind: EntryGrant, Amount: g.Amount, Effective: a.At, Cause: CauseGrant, CauseID: int64(g.No)}
	if g.Kind == AdjustmentGrant {
		e.Kind, e.Cause = EntryAdjustment, CauseCorrection
	}
	a.receive(b, &g, &e)
	a.enter(e)
	if g.Kind.Retires() && b.Balance() > 0 {
		a.Journal.Retired = append(a.Journal.Retired, b.retireFinished(a.At)...)
	}
	return g
}

// receive lets g pay off debt and adds it to the book.
func (a *Account) receive(b *Book, g *Grant, e *Entry) {
	for _, run := range a.repay(b, g.Left(), "") {
		g.Given[run.Category.Index()] += run.Amount
		g.Repaid[run.Category.Index()] += run.Amount
		e.addDraw(g.No, run.Amount)
		e.Debt += run.Amount
	}
	b.insert(*g)
	b.FreeExpired, b.HadGrant = false, true
}

// repay pays off debt of the book and records that in the journal.
func (a *Account) repay(b *Book, amount Amount, only Category) []DebtRun {
	if b.Debt.Sum() == 0 {
		return nil
	}
	paid := b.repay(amount, only)
	for _, run := range paid {
		run.Amount = -run.Amount
		a.Journal.Debt = append(a.Journal.Debt, run)
	}
	return paid
}

// ChargeEvents draws a batch of usage at Now as one entry, whatever times its events carry (rules.md §3), and returns the entry's number.
// lines are the charges of the resources. A batch that costs nothing makes no entry and returns 0.
func (a *Account) ChargeEvents(c Category, lines []Line, batch int64) int64 {
	e := Entry{Category: c, Cause: CauseEvents, CauseID: batch, Lines: lines}
	for _, l := range lines {
		e.Amount += l.Amount
	}
	return a.charge(e)
}

// ChargeFineTuning draws the price of a job at Now. It is charted in the minute of Now.
func (a *Account) ChargeFineTuning(job, model int64, amount Amount) int64 {
	return a.charge(Entry{Category: Models, Cause: CauseFineTuning, CauseID: job, ResourceID: model, Minute: a.Now.Minute(), Amount: amount})
}

// charge draws e.Amount, which is positive, at Now and enters it.
func (a *Account) charge(e Entry) int64 {
	if e.Amount == 0 {
		return 0
	}
	b := a.Book(e.Category.Meter())
	e.Meter, e.Kind, e.Effective = b.Meter, EntryCharge, a.Now
	debt := b.take(e.Category, e.Amount, &e)
	a.owe(b, a.Now.Minute(), e.Category, debt)
	e.Amount = -e.Amount
	a.enter(e)
	return a.EntryNo
}

// StartSegment begins hosting. The cost since a start in the past is drawn at Now and charted in its own minutes; seconds before BooksFrom
// are history and cost nothing here. The books must be brought up.
func (a *Account) StartSegment(s Segment) {
	a.postLate(&s, a.At)
	at, _ := slices.BinarySearchFunc(a.Running, s, compareSegments)
	a.Running = slices.Insert(a.Running, at, s)
}

// AddEndedSegment posts hosting that began and ended in the past.
func (a *Account) AddEndedSegment(s Segment) { a.postLate(&s, min(s.End, a.At)) }

func (a *Account) postLate(s *Segment, to Second) {
	for _, m := range s.ByMinute(max(s.Start, a.BooksFrom), to) {
		e := a.hostingEntry(s, m.Minute)
		e.Amount = m.Amount
		a.charge(e)
	}
}

// EndSegment ends running hosting at a second not after At and removes it from Running. What was posted beyond that second is refunded in
// its own minutes. paid are the entries that charged the segment since then, as far as they are written, oldest first; those of the current
// transaction are known.
func (a *Account) EndSegment(id int64, at Second, paid []Entry) (Segment, bool) {
	i := slices.IndexFunc(a.Running, func(s Segment) bool { return s.ID == id })
	if i < 0 {
		return Segment{}, false
	}
	s := a.Running[i]
	a.Running = slices.Delete(slices.Clone(a.Running), i, i+1)
	s.End = max(at, s.Start)
	a.refundHosting(&s, a.At, paid)
	return s, true
}

// ShortenSegment moves the end of hosting that has ended and is fully posted to an earlier second and refunds the rest like EndSegment. It
// is for an end that is reported after the negative limit stopped the segment (rules.md §6).
func (a *Account) ShortenSegment(s Segment, at Second, paid []Entry) Segment {
	posted := s.End
	s.End = min(max(at, s.Start), posted)
	a.refundHosting(&s, posted, paid)
	return s
}

// refundHosting refunds what was posted of s from its end up to posted, latest minute first.
func (a *Account) refundHosting(s *Segment, posted Second, paid []Entry) {
	back := s.ByMinute(max(s.End, a.BooksFrom), posted)
	charges := chargesOf(slices.Concat(paid, a.Journal.Entries), s.ID)
	for _, m := range slices.Backward(back) {
		e := a.hostingEntry(s, m.Minute)
		a.Refund(e, m.Amount, charges[m.Minute])
	}
}

// chargesOf returns the entries that charged a segment, by minute.
func chargesOf(entries []Entry, segment int64) map[Second][]Entry {
	of := map[Second][]Entry{}
	for i := range entries {
		if e := &entries[i]; e.Kind == EntryCharge && e.Cause == CauseHosting && e.CauseID == segment {
			of[e.Minute] = append(of[e.Minute], *e)
		}
	}
	return of
}
