package billing

// Foresee brings the account up to a second for readers: balances, grants, debt, flows, statements and stops are the same as after BringUp.
// Hosting makes no entries and no records of debt: whatever ran since At ran until the stop, or until At, and each segment's Charge says
// what it cost. So time and memory depend on what runs and falls due, not on how far the books are behind. Nothing of the result may be
// written.
func (a *Account) Foresee(to Second) {
	a.foresees = true
	a.BringUp(to)
	a.foresees = false
}

// leapTo charges hosting up to an instant before which nothing else falls due, in the longest parts that one source pays for, and second by
// second where a source ends.
func (a *Account) leapTo(to Second) {
	for a.At < to && len(a.Running) > 0 {
		if next := a.sourceEnds(to); next > a.At {
			a.leap(next)
			continue
		}
		a.leap(a.At + 1)
		if a.Credits.Balance() <= a.Limits.Negative {
			a.stop()
		}
	}
	a.At = max(a.At, to)
}

// sourceEnds returns the last second up to which hosting is drawn from one source, at most to; At if one source does not pay for even one
// second. It doubles the range before it halves it, because sums far beyond what is left would not fit into an Amount.
func (a *Account) sourceEnds(to Second) Second {
	low, high := a.At, a.At+1
	for a.paidFromOneSource(min(high, to)) {
		if high >= to {
			return to
		}
		low, high = high, high+(high-a.At)
	}
	for low+1 < high { // paid up to low, not up to high
		if mid := low + (high-low)/2; a.paidFromOneSource(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// leap draws [At, to), which is either paid from one source or a single second.
func (a *Account) leap(to Second) {
	b, allDebt := &a.Credits, a.Credits.current() == nil
	// The age of debt is kept by the minute, however long the leap is.
	if allDebt && b.QueueKnown {
		a.oweByMinute(to)
	}
	var e Entry
	for i := range a.Running {
		s := &a.Running[i]
		amount := s.Charge(a.At, to)
		// Draws are not recorded here; the slice is reused for each segment.
		e.Draws = e.Draws[:0]
		b.Flows.add(EntryCharge, -amount)
		if debt := b.take(s.Category, amount, &e); debt > 0 && b.QueueKnown && !allDebt {
			b.owe(a.At.Minute(), s.Category, debt)
		}
	}
	a.At = to
}

// oweByMinute adds [At, to), all of which is debt, to the queue of debt.
func (a *Account) oweByMinute(to Second) {
	for from := a.At; from < to; {
		until := min(from.Minute()+60, to)
		var sums Slices
		for i := range a.Running {
			s := &a.Running[i]
			sums[s.Category.Index()] += s.Charge(from, until)
		}
		for i, c := range Categories() {
			if sums[i] > 0 {
				a.Credits.owe(from.Minute(), c, sums[i])
			}
		}
		from = until
	}
}
