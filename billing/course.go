package billing

import "slices"

// course follows a meter of an account into the future by sums only, because neither categories nor the age of debt affect a balance.
type course struct {
	a       Account // clock, cycle, plan and what runs; the books are not changed
	meter   Meter
	pace    *Pace  // use beside hosting; nil: none
	began   Second // the pace counts from this second
	used    Amount // since then
	balance Amount
	lots    []lot // what grants have left, in draw-down order
	marks   []mark
}

// lot is what is left of grants that expire at the same second; 0: never.
type lot struct {
	expires Second
	left    Amount
}

// mark is a balance limit; *at becomes the first second at which the balance is at or below it.
type mark struct {
	limit Amount
	at    *Second
}

// course returns the course of a meter from At on. Runs are not drawn by hosting.
func (a *Account) course(m Meter, pace *Pace) *course {
	c := &course{a: *a, meter: m, pace: pace, began: a.At}
	if m == ToolRuns {
		c.a.Running = nil
	}
	b := a.Book(m)
	for i := range b.Grants {
		if g := &b.Grants[i]; g.Left() > 0 {
			c.lots = append(c.lots, lot{g.ExpiresAt, g.Left()})
		}
	}
	c.balance = b.Balance()
	return c
}

// uses returns what is used from At up to a second: by hosting and according to the pace.
func (c *course) uses(to Second) Amount {
	total := c.a.accrual(to)
	if c.pace == nil {
		return total
	}
	return total + min(c.pace.upTo(c.began, to)-c.pace.upTo(c.began, c.a.At), MaxBalance-total)
}

// watch adds a limit to look for, unless it is already reached.
func (c *course) watch(limit Amount, at *Second) {
	if c.balance > limit {
		c.marks = append(c.marks, mark{limit, at})
	}
}

// advance goes on to the stop or to the next instant at which something falls due, at most to end, and returns the second of the stop, or
// 0. What a grant or a cycle changes at an instant counts for that instant, but a stop in the second before it stands.
func (c *course) advance(end Second) (stop Second) {
	// Up to next, only use moves the balance, and use only grows, so every limit is passed at most once.
	next := c.nextInstant(end)
	total := c.uses(next)
	if len(c.a.Running) > 0 && c.balance-total <= c.a.Limits.Negative {
		stop = c.reaches(c.a.Limits.Negative, next)
		next, total = stop, c.uses(stop)
	}
	c.note(func(m mark) Second {
		if c.balance-total > m.limit {
			return 0
		}
		// At next itself something else falls due too; the balance is checked again once that is done.
		if t := c.reaches(m.limit, next); t < next {
			return t
		}
		return 0
	})
	c.draw(next, total)
	if stop != 0 {
		c.a.Running = nil
	}
	if late := c.settle(); late != 0 {
		stop = late
	}
	c.note(func(m mark) Second {
		if c.balance > m.limit {
			return 0
		}
		return next
	})
	return stop
}

// nextInstant returns the first second after At, and at most end, at which a grant expires or a cycle ends.
func (c *course) nextInstant(end Second) Second {
	next := min(end, c.a.CycleEnd)
	if len(c.lots) > 0 && c.lots[0].expires != 0 {
		next = min(next, c.lots[0].expires)
	}
	return max(next, c.a.At+1)
}

// reaches returns the end of the first second after At in which use brings the balance to a limit or below it. by is a second at which that
// has happened.
func (c *course) reaches(limit Amount, by Second) Second {
	low, left := c.a.At+1, c.balance-limit
	for low < by { // use only grows: halve the range
		if mid := low + (by-low)/2; c.uses(mid) >= left {
			by = mid
		} else {
			low = mid + 1
		}
	}
	return low
}

// note records the marks that are found; they are not looked for again.
func (c *course) note(found func(mark) Second) {
	c.marks = slices.DeleteFunc(c.marks, func(m mark) bool {
		*m.at = found(m)
		return *m.at != 0
	})
}

// draw draws what is used up to a second. What no grant pays is debt.
func (c *course) draw(to Second, total Amount) {
	c.a.At = to
	c.balance -= total
	c.used += total
	for total > 0 && len(c.lots) > 0 {
		part := min(total, c.lots[0].left)
		c.lots[0].left -= part
		total -= part
		if c.lots[0].left == 0 {
			c.lots = c.lots[1:]
		}
	}
}

// settle does what falls due at At itself. If that brings the balance to the negative limit, hosting stops at the end of this very second,
// which is charged (rules.md §5); settle returns that end, or 0.
func (c *course) settle() (stop Second) {
	c.fallDue()
	if len(c.a.Running) == 0 || c.balance > c.a.Limits.Negative {
		return 0
	}
	c.draw(c.a.At+1, c.uses(c.a.At+1))
	c.a.Running = nil
	c.fallDue()
	return c.a.At
}

// fallDue does the expiry, then the close of the cycle and the plan grant, which pays off debt first (rules.md §3).
func (c *course) fallDue() {
	for len(c.lots) > 0 && c.lots[0].expires != 0 && c.lots[0].expires <= c.a.At {
		c.balance -= c.lots[0].left
		c.lots = c.lots[1:]
	}
	if c.a.At != c.a.CycleEnd {
		return
	}
	c.a.Cycle++
	c.a.CycleEnd = cycleStart(c.a.Created, c.a.Cycle+1)
	c.a.movePlan()
	if c.a.Plan == nil || c.a.Plan.of(c.meter) == 0 {
		return
	}
	brings := c.a.Plan.of(c.meter)
	c.balance += brings
	// Debt is paid off first, so only the rest becomes a lot.
	if left := min(c.balance, brings); left > 0 {
		// A plan's grant expires with the cycle, so it is drawn before everything that expires later.
		at := slices.IndexFunc(c.lots, func(l lot) bool { return l.expires == 0 || l.expires > c.a.CycleEnd })
		if at < 0 {
			at = len(c.lots)
		}
		c.lots = slices.Insert(c.lots, at, lot{c.a.CycleEnd, left})
	}
}
