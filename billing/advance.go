package billing

// BringUp posts everything that falls due up to now, in the order of time: accrual of hosting, expiries, rollovers and the stop at the
// negative limit (rules.md §3). At one instant the order is: accrual up to it, expiry, close of cycle, plan grant. Every change of an
// account begins with BringUp, so nothing depends on when the metering job runs. If now is before At, nothing changes.
func (a *Account) BringUp(now Second) { a.CatchUp(now, now) }

// CatchUp is BringUp only up to the second to, in a transaction at now. After a long pause, the postings can be made in several parts; the
// books are then the same as after one.
func (a *Account) CatchUp(to, now Second) {
	a.Now = max(now, a.At)
	// Once per transaction: a balance that was already at the limit is not news, and pending deployments ended when it got there.
	if !a.looked {
		a.looked, a.above = true, a.Credits.Balance() > a.Limits.Negative
	}
	a.settle()
	for a.At < to {
		a.accrueTo(a.nextInstant(to))
		a.settle()
	}
	a.Now = max(a.Now, a.At)
}

// Backlog returns about how many entries of hosting BringUp would make: one for each running segment and each minute that has begun.
func (a *Account) Backlog(now Second) int64 {
	return int64(len(a.Running)) * (int64(max(now-a.At, 0)+59) / 60)
}

// Within returns the second that the account reaches with about that many entries of hosting: at least one minute later, but at most now.
func (a *Account) Within(entries int64, now Second) Second {
	// All running segments share the entries: many segments advance by few minutes, and few segments by many.
	minutes := max(1, entries/int64(max(1, len(a.Running))))
	if len(a.Running) == 0 || minutes > int64(now-a.At)/60 {
		return now
	}
	return a.At.Minute() + Second(60*minutes)
}

// MeterTo returns the second up to which the metering job brings the account: the last whole minute, so that hosting is posted once a
// minute, or now if an expiry or rollover has fallen due since then or the negative limit was reached.
func (a *Account) MeterTo(now Second) Second {
	if a.dueBy(now) || len(a.Running) > 0 && a.Credits.Balance()-a.accrual(now) <= a.Limits.Negative {
		return now
	}
	return max(a.At, now.Minute())
}

// settle does what falls due at At itself. A stop charges its own second and so moves At; settle then does the rest once more.
func (a *Account) settle() {
	a.expire()
	a.rollOver()
	// The second that the stop charged may have ended a cycle or expired a grant.
	if a.StopAtLimit() {
		a.expire()
		a.rollOver()
	}
}

// nextInstant returns the first second after At, and at most to, at which something other than hosting falls due.
func (a *Account) nextInstant(to Second) Second {
	next := min(to, a.CycleEnd)
	for _, b := range []*Book{&a.Credits, &a.Runs} {
		if e := b.NextExpiry(); e != 0 {
			next = min(next, e)
		}
	}
	// Time always moves on, even if what is due has already been done.
	return max(next, a.At+1)
}

// accrueTo charges hosting second by second up to an instant; nothing else may fall due before it.
func (a *Account) accrueTo(to Second) {
	if a.foresees {
		a.leapTo(to)
		return
	}
	for a.At < to {
		if len(a.Running) == 0 {
			a.At = to
			return
		}
		a.accrueMinute(min(a.At.Minute()+60, to))
	}
}

// accrueMinute charges hosting within one minute. If a single grant, or debt, pays for the whole minute and the limit is not reached, the
// order of its seconds makes no difference and it is drawn at once; otherwise it is drawn second by second.
func (a *Account) accrueMinute(to Second) {
	cells := a.cells()
	// Nearly every minute is like this, so a year can be posted in seconds.
	if a.paidFromOneSource(to) {
		a.drawHosting(cells, to)
	}
	for a.At < to {
		a.drawHosting(cells, a.At+1)
		if a.Credits.Balance() <= a.Limits.Negative {
			a.enterAll(cells)
			a.stop()
			return
		}
	}
	a.enterAll(cells)
}

// paidFromOneSource reports whether [At, to) is drawn from a single grant, or is all debt, without reaching the limit.
func (a *Account) paidFromOneSource(to Second) bool {
	total := a.accrual(to)
	if a.Credits.Balance()-total <= a.Limits.Negative {
		return false
	}
	g := a.Credits.current()
	return g == nil || g.Left() >= total
}

// accrual returns what hosting costs from At to t, but at most what a balance can hold.
func (a *Account) accrual(t Second) Amount {
	var total Amount
	for i := range a.Running {
		// No balance is larger, so every comparison with a larger value has the same result.
		total += min(a.Running[i].Charge(a.At, t), MaxBalance-total)
	}
	return total
}

// cells opens an entry for each running segment, in the order in which they draw.
func (a *Account) cells() []Entry {
	cells := make([]Entry, len(a.Running))
	for i := range a.Running {
		cells[i] = a.hostingEntry(&a.Running[i], a.At.Minute())
	}
	return cells
}

func (a *Account) hostingEntry(s *Segment, minute Second) Entry {
	return Entry{Meter: ModelCredits, Kind: EntryCharge, Category: s.Category, Cause: CauseHosting, CauseID: s.ID,
		ResourceID: s.ResourceID, DeploymentID: s.DeploymentID, Minute: minute}
}

// drawHosting draws [At, to) for every running segment, adds it to the cells and moves At.
func (a *Account) drawHosting(cells []Entry, to Second) {
	for i := range a.Running {
		amount := a.Running[i].Charge(a.At, to)
		cells[i].Amount -= amount
		debt := a.Credits.take(cells[i].Category, amount, &cells[i])
		a.owe(&a.Credits, cells[i].Minute, cells[i].Category, debt)
	}
	a.At = to
}

// enterAll enters the cells that cost something, effective at the end of their range.
func (a *Account) enterAll(cells []Entry) {
	for _, e := range cells {
		if e.Amount != 0 {
			e.Effective = a.At
			a.enter(e)
		}
	}
}

// StopAtLimit ends all hosting if the balance is at or below the negative limit. The second in which that happens is charged (rules.md §5),
// so At may end up one second past Now. If nothing runs and the balance has just come down to the limit, it still records a stop, because
// what is pending ends then. Every transaction that changes a balance ends with StopAtLimit.
func (a *Account) StopAtLimit() (stopped bool) {
	if a.Credits.Balance() > a.Limits.Negative {
		a.above = true
		return false
	}
	if len(a.Running) == 0 {
		if a.above {
			a.stop()
		}
		return false
	}
	if a.foresees {
		a.leap(a.At + 1)
	} else {
		cells := a.cells()
		a.drawHosting(cells, a.At+1)
		a.enterAll(cells)
	}
	a.stop()
	return true
}

// stop ends all running segments at At.
func (a *Account) stop() {
	a.above = false
	for i := range a.Running {
		a.Running[i].End = a.At
	}
	// The segments go into the stop because their ends have to be written.
	a.Journal.Stops = append(a.Journal.Stops, Stop{At: a.At, Segments: a.Running})
	a.Running = nil
}

// expire takes out what is left of grants that expire at At.
func (a *Account) expire() {
	for _, b := range []*Book{&a.Credits, &a.Runs} {
		freeLost := false
		for i := range b.Grants {
			g := &b.Grants[i]
			lost := g.Left()
			if lost == 0 || !g.expiredBy(a.At) {
				continue
			}
			g.Expired += lost
			// FreeExpired decides whether a refusal says "expired" or "used up". So it is set only if expiry took the last that was left.
			freeLost = freeLost || g.Kind == Free
			a.enter(Entry{Meter: b.Meter, Kind: EntryExpiry, Amount: -lost, Effective: a.At, Cause: CauseExpiry, CauseID: int64(g.No)})
		}
		if freeLost && b.current() == nil {
			b.FreeExpired = true
		}
	}
}

// CanDefer reports whether a batch of charges at now may be posted before the hosting up to now: the grant being drawn must outlast the
// unposted accrual plus the batch, and no expiry, rollover or limit may lie in between (rules.md §3). This saves a busy account one ledger
// entry per segment and batch. Without running hosting there is nothing to defer.
func (a *Account) CanDefer(now Second, credits Amount) bool {
	if now <= a.At || len(a.Running) == 0 || a.dueBy(now) {
		return false
	}
	g := a.Credits.current()
	// More than, so that the grant is still the current one afterwards, and who pays for the hosting does not depend on the batch.
	return g != nil && g.Left() > a.accrual(now)+credits
}

// dueBy reports whether an expiry or rollover falls at or before now.
func (a *Account) dueBy(now Second) bool {
	for _, b := range []*Book{&a.Credits, &a.Runs} {
		if e := b.NextExpiry(); e != 0 && e <= now {
			return true
		}
	}
	return a.CycleEnd <= now
}

// Defer sets the second of the transaction without bringing up the books. Call it only after CanDefer.
func (a *Account) Defer(now Second) { a.Now = max(now, a.At) }

// Unposted returns what hosting has accrued from At to Now without being posted. It is 0 except after Defer.
func (a *Account) Unposted() Amount { return a.accrual(a.Now) }

// Due reports whether an expiry or rollover falls due by the second after now, which a stop may reach.
func (a *Account) Due(now Second) bool { return a.dueBy(now + 1) }

// Rest turns the books, after a transaction has written them, into what the next transaction would load.
func (a *Account) Rest() {
	a.Journal, a.Now, a.looked, a.above = Journal{}, a.At, false, false
	for _, b := range []*Book{&a.Credits, &a.Runs} {
		b.Planned = 0
		b.refilled()
	}
}
