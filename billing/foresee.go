package billing

// Foresee brings the account to a second as readers want it: balances, grants, debt, flows, statements and stops are those of
// BringUp. Hosting makes no entries and no notes of debt: what ran since At ran until the stop, or At, and each segment's Charge
// says what it cost. So it takes the time and memory of what runs and falls due, however far the books are behind. Nothing of it
// may be written.
func (a *Account) Foresee(to Second) {
	a.foresees = true
	a.BringUp(to)
	a.foresees = false
}

// leapTo charges hosting up to an instant before which nothing else falls due, by the longest parts that one source pays
// for, and second by second where one source ends.
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

// sourceEnds is the last second up to which hosting is drawn from one source, at most to; At where not even a second is. It
// doubles the range before it halves it, because sums far beyond what is left would not fit into an Amount.
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

// leap draws [At, to): from one source, or a single second.
func (a *Account) leap(to Second) {
	b, allDebt := &a.Credits, a.Credits.current() == nil
	// The age of debt is kept by the minute, however far this leaps.
	if allDebt && b.QueueKnown {
		a.oweByMinute(to)
	}
	var e Entry
	for i := range a.Running {
		s := &a.Running[i]
		amount := s.Charge(a.At, to)
		// Draws are noted nowhere here; the slice is used again for each segment.
		e.Draws = e.Draws[:0]
		b.Flows.add(EntryCharge, -amount)
		if debt := b.take(s.Category, amount, &e); debt > 0 && b.QueueKnown && !allDebt {
			b.owe(a.At.Minute(), s.Category, debt)
		}
	}
	a.At = to
}

// oweByMinute puts [At, to), all of which is debt, into the queue of debt.
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
