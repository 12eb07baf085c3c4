package billing

import "time"

// cycleStart returns the second at which the n-th cycle of an account begins: the first at creation, the others at 00:00 UTC on the day of
// the month of creation, clamped to the month's end (rules.md §3).
func cycleStart(created Second, n int32) Second {
	if n <= 1 {
		return created
	}
	c := created.Time()
	// Counted from the creation and not from the cycle before; otherwise 31 January would become the 28th forever.
	first := time.Date(c.Year(), c.Month()+time.Month(n-1), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return SecondOf(first.AddDate(0, 0, min(c.Day(), last)-1))
}

// rollOver closes every cycle that ends at At: close the statements, carry debt over, retire, grant (rules.md §3).
func (a *Account) rollOver() {
	if a.At != a.CycleEnd {
		return
	}
	// Both statements are closed before either meter moves on, so that no entry of the new cycle gets into the old one.
	carried := [2]Amount{a.closeBook(&a.Credits), a.closeBook(&a.Runs)}
	a.Cycle++
	a.CycleStart, a.CycleEnd = a.CycleEnd, cycleStart(a.Created, a.Cycle+1)
	for i, b := range []*Book{&a.Credits, &a.Runs} {
		b.Flows, b.Planned = Flows{Opening: b.Flows.Closing()}, 0
		if carried[i] != 0 {
			a.carry(b, -carried[i], a.Cycle-1)
		}
	}
	a.movePlan()
	a.GrantPlan()
}

// closeBook adjusts the book's debt out of the closing cycle, writes its statement and returns the debt.
func (a *Account) closeBook(b *Book) Amount {
	debt := b.Debt.Sum()
	if debt != 0 {
		a.carry(b, debt, a.Cycle)
	}
	a.Journal.Statements = append(a.Journal.Statements,
		Statement{Cycle: a.Cycle, Meter: b.Meter, Start: a.CycleStart, End: a.CycleEnd, Flows: b.Flows})
	return debt
}

// carry enters one side of the debt that moves from one cycle into the next: "adjusted in the next billing cycle" (page).
func (a *Account) carry(b *Book, amount Amount, closed int32) {
	a.enter(Entry{Meter: b.Meter, Kind: EntryAdjustment, Amount: amount, Effective: a.At, Cause: CauseCycle,
		CauseID: int64(closed), Note: "debt carried into the next cycle"})
}

// movePlan puts the plan that was waiting for the rollover in force.
func (a *Account) movePlan() {
	if a.NextPlan == nil && !a.PlanEnds {
		return
	}
	a.Plan, a.NextPlan, a.PlanEnds = a.NextPlan, nil, false
	a.Journal.PlanMoved = true
}

// GrantPlan grants what the plan in force allots, until the cycle's end, less what the cycle's PLAN grants already add up to.
func (a *Account) GrantPlan() {
	if a.Plan == nil {
		return
	}
	for _, m := range Meters() {
		if amount := a.Plan.of(m) - a.Book(m).Planned; amount > 0 {
			a.Grant(Grant{Meter: m, Kind: PlanGrant, Amount: amount, ExpiresAt: a.CycleEnd})
		}
	}
}

// ChangePlan sets the account's plan; nil for none. A plan with more of either meter takes effect at once: each meter gets a grant of the
// difference to the cycle's PLAN grants, which stay as they are. So switching plans back and forth grants no more than the largest of them.
// Any other change waits for the rollover (rules.md §3). ChangePlan reports whether the plan took effect at once. The books must be brought
// up, and Planned must be known.
func (a *Account) ChangePlan(p *Plan) (now bool) {
	a.Journal.PlanMoved = true
	a.NextPlan, a.PlanEnds = nil, false
	switch {
	case p == nil:
		a.PlanEnds = a.Plan != nil
		return a.Plan == nil
	case a.Plan != nil && p.ID == a.Plan.ID:
		return true
	// Less, or the same under another name: what was granted for this cycle stays. A plan that grants nothing also waits if there was no
	// plan.
	case p.Credits <= a.Plan.of(ModelCredits) && p.Runs <= a.Plan.of(ToolRuns):
		a.NextPlan = p
		return false
	}
	a.Plan = p
	a.GrantPlan()
	return true
}
