package billing

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

const nextCycle = 30 * 24 * 3600 // from tableStart, 1 June, to 1 July

// Debt at the close is adjusted out of the old cycle and into the new one, where the next grant repays it (rules.md §3).
func TestDebtRollsOver(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "75", 0)
	b.spend("83")
	b.at(nextCycle - 1)
	if len(b.statements) != 0 {
		t.Fatal("a statement before the close")
	}
	b.at(nextCycle)
	if len(b.statements) != 2 || b.statements[0].End != tableStart+nextCycle || b.Cycle != 2 {
		t.Fatalf("statements %+v, cycle %d", b.statements, b.Cycle)
	}
	wantFlows(t, "first cycle", b.statements[0].Flows, "0", "75", "83", "0", "0", "8")
	wantFlows(t, "second cycle", b.Credits.Flows, "0", "0", "0", "0", "0", "-8")
	wantBook(t, b, "75", "83", "-8")
	b.give(TopUp, "100", 0)
	wantFlows(t, "second cycle", b.Credits.Flows, "0", "100", "0", "0", "0", "-8")
	wantBook(t, b, "100", "8", "92")
	b.at(nextCycle + 31*24*3600)
	wantFlows(t, "closed second cycle", b.statements[2].Flows, "0", "100", "0", "0", "0", "-8")
	wantFlows(t, "third cycle", b.Credits.Flows, "92", "0", "0", "0", "0", "0")
}

// At a rollover with a plan, the rest of the old PLAN grant expires in the old cycle, debt moves, and the new grant belongs to the new
// cycle.
func TestRolloverWithPlan(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	free := b.give(Free, "75", 0)
	b.ChangePlan(&Plan{ID: 1, Credits: MustCredits("100"), Runs: 50})
	b.spend("20") // the plan's grant expires first
	b.at(nextCycle)
	wantFlows(t, "first cycle", b.statements[0].Flows, "0", "175", "20", "0", "80", "0")
	wantFlows(t, "second cycle", b.Credits.Flows, "75", "100", "0", "0", "0", "0")
	wantBook(t, b, "175", "0", "175")
	if g := b.Credits.Grants[0]; g.Kind != PlanGrant || g.ExpiresAt != SecondOf(time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("plan grant %+v", g)
	}
	if b.Runs.Balance() != 50 || b.left(free) != "75" {
		t.Errorf("runs %d, free %s", b.Runs.Balance(), b.left(free))
	}
}

// Debt at the close of a cycle is repaid at once by the plan's grant, in the new cycle.
func TestRolloverRepaysDebt(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.ChangePlan(&Plan{ID: 1, Credits: MustCredits("10")})
	b.spend("14")
	b.at(nextCycle)
	wantFlows(t, "first cycle", b.statements[0].Flows, "0", "10", "14", "0", "0", "4")
	wantFlows(t, "second cycle", b.Credits.Flows, "0", "10", "0", "0", "0", "-4")
	wantBook(t, b, "10", "4", "6")
}

// What expires at the closing instant belongs to the old cycle, and what is granted then to the new one.
func TestExpiryAtTheClose(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(TopUp, "5", nextCycle)
	b.at(nextCycle).give(TopUp, "7", 0)
	wantFlows(t, "first cycle", b.statements[0].Flows, "0", "5", "0", "0", "5", "0")
	wantFlows(t, "second cycle", b.Credits.Flows, "0", "7", "0", "0", "0", "0")
}

// More of either meter takes effect at once; any other change waits for the rollover.
func TestPlanUpAndDown(t *testing.T) {
	t.Parallel()
	start := &Plan{ID: 1, Credits: MustCredits("10"), Runs: 100}
	for name, c := range map[string]struct {
		to                              *Plan
		now                             bool
		before, beforeRuns              string
		after, afterRuns                string // after the rollover
		granted, expired, expiredAtOnce string // in the first cycle
	}{
		"more of both":       {&Plan{ID: 2, Credits: MustCredits("20"), Runs: 200}, true, "16", "200", "20", "200", "20", "16", "0"},
		"more runs only":     {&Plan{ID: 2, Credits: MustCredits("5"), Runs: 101}, true, "6", "101", "5", "101", "10", "6", "0"},
		"runs instead":       {&Plan{ID: 2, Runs: 101}, true, "6", "101", "0", "101", "10", "6", "0"},
		"less of both":       {&Plan{ID: 2, Credits: MustCredits("5"), Runs: 50}, false, "6", "100", "5", "50", "10", "6", "0"},
		"less credits":       {&Plan{ID: 2, Credits: MustCredits("5"), Runs: 100}, false, "6", "100", "5", "100", "10", "6", "0"},
		"another, as much":   {&Plan{ID: 2, Credits: MustCredits("10"), Runs: 100}, false, "6", "100", "10", "100", "10", "6", "0"},
		"none from then on":  {nil, false, "6", "100", "0", "0", "10", "6", "0"},
		"the one it has got": {start, true, "6", "100", "10", "100", "10", "6", "0"},
	} {
		b := tableBooks("-25")
		b.ChangePlan(start)
		b.spend("4")
		if now := b.ChangePlan(c.to); now != c.now {
			t.Errorf("%s: at once %v", name, now)
		}
		b.commit()
		if f := ModelCredits.Format(b.Credits.Flows.Expired); f != c.expiredAtOnce {
			t.Errorf("%s: %s expired at once", name, f)
		}
		wantBalances(t, name, b, c.before, c.beforeRuns)
		b.at(nextCycle)
		wantBalances(t, name+", next cycle", b, c.after, c.afterRuns)
		wantFlows(t, name, b.statements[0].Flows, "0", c.granted, "4", "0", c.expired, "0")
	}
}

func wantBalances(t *testing.T, name string, b *books, credits, runs string) {
	t.Helper()
	if c, r := ModelCredits.Format(b.Credits.Balance()), ToolRuns.Format(b.Runs.Balance()); c != credits || r != runs {
		t.Errorf("%s: %s credits, %s runs; want %s, %s", name, c, r, credits, runs)
	}
}

// A plan that grants nothing is not more than no plan, so it waits for the rollover like every plan that is not more (rules.md §3).
func TestAPlanOfNothingWaits(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	nothing := &Plan{ID: 1, Name: "Nothing"}
	if b.ChangePlan(nothing) || b.Plan != nil || b.NextPlan != nothing {
		t.Errorf("at once: %+v, then %+v", b.Plan, b.NextPlan)
	}
	b.commit()
	b.at(nextCycle)
	if b.Plan == nil || b.Plan.ID != 1 || b.NextPlan != nil {
		t.Errorf("in the next cycle: %+v, then %+v", b.Plan, b.NextPlan)
	}
	if some := (&Plan{ID: 2, Runs: 1}); !b.ChangePlan(some) || b.Plan != some {
		t.Errorf("one run more: %+v", b.Plan)
	}
}

// A plan may grant a single unit of a meter, and grants nothing of a meter for which its amount is 0.
func TestPlanOfOneUnit(t *testing.T) {
	t.Parallel()
	for _, p := range []Plan{{ID: 1, Runs: 1}, {ID: 1, Credits: 1}} {
		b := tableBooks("-25")
		b.ChangePlan(&p)
		b.commit()
		if b.Runs.Balance() != p.Runs || b.Credits.Balance() != p.Credits || len(b.ledger) != 1 {
			t.Errorf("%+v: %+v", p, b.ledger)
		}
	}
}

// A plan that takes effect at once grants the difference to the sum of the cycle's PLAN grants, even if those are used up and retired.
func TestPlanReplacedNearItsEnd(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.ChangePlan(&Plan{ID: 1, Credits: MustCredits("10"), Runs: 100})
	b.spend("10")
	b.ChargeEvents(Tools, []Line{{1, 100}}, 1)
	b.commit()
	b.give(TopUp, "1", 0)
	b.ChangePlan(&Plan{ID: 2, Credits: MustCredits("10"), Runs: 101})
	b.commit()
	wantBalances(t, "second plan", b, "1", "1")
	b.ChangePlan(&Plan{ID: 1, Credits: MustCredits("11"), Runs: 100})
	b.commit()
	wantBalances(t, "third plan", b, "2", "1")
	b.at(nextCycle)
	wantBalances(t, "next cycle", b, "12", "100")
	checkInvariants(t, b)
}

// TestPlansToAndFro chooses plans at random. Within a cycle they grant no more than the largest of them, of each meter, whatever is used,
// bought or corrected in between.
func TestPlansToAndFro(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := tableBooks("-25")
		plans := make([]Plan, rapid.IntRange(1, 4).Draw(t, "plans"))
		for i := range plans {
			plans[i] = Plan{ID: int64(i + 1), Credits: Amount(rapid.Int64Range(0, 3).Draw(t, "credits")) * 40e6, Runs: Amount(rapid.Int64Range(0, 3).Draw(t, "runs")) * 100}
		}
		type sums struct{ granted, largest [2]Amount }
		var cycle sums
		at := Second(0)
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			at += Second(rapid.Int64Range(0, 12*24*3600).Draw(t, "wait"))
			before := b.Cycle
			b.at(at)
			if b.Cycle != before {
				cycle = sums{}
				if b.Plan != nil {
					cycle.largest = [2]Amount{b.Plan.Credits, b.Plan.Runs}
				}
			}
			p := plans[rapid.IntRange(0, len(plans)-1).Draw(t, "plan")]
			b.ChangePlan(&p)
			cycle.largest = [2]Amount{max(cycle.largest[0], p.Credits), max(cycle.largest[1], p.Runs)}
			if rapid.Bool().Draw(t, "spends") {
				b.spend("45")
				b.commit()
				b.give(TopUp, "1", 0)
			}
			b.commit()
			cycle.granted = [2]Amount{}
			for _, e := range b.ledger {
				if e.Kind == EntryGrant && e.Effective >= b.CycleStart && e.Amount != 1e6 {
					cycle.granted[map[Meter]int{ModelCredits: 0, ToolRuns: 1}[e.Meter]] += e.Amount
				}
			}
			if cycle.granted[0] > cycle.largest[0] || cycle.granted[1] > cycle.largest[1] {
				t.Fatalf("at %d the cycle's plans granted %v, the largest of them %v", at, cycle.granted, cycle.largest)
			}
		}
	})
}

// A plan waiting for the rollover is dropped when another change comes.
func TestLaterPlanChangeWins(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.ChangePlan(&Plan{ID: 1, Credits: MustCredits("10")})
	b.ChangePlan(&Plan{ID: 2, Credits: MustCredits("5")})
	b.ChangePlan(nil)
	b.ChangePlan(&Plan{ID: 1, Credits: MustCredits("10")})
	b.at(nextCycle)
	if b.Plan.ID != 1 || b.NextPlan != nil || b.PlanEnds || b.Credits.Balance() != 10e6 {
		t.Errorf("plan %+v, next %+v, balance %d", b.Plan, b.NextPlan, b.Credits.Balance())
	}
}

// Cycles begin at 00:00 UTC on the day of creation, clamped, and the first at creation. After a long pause each of them is posted.
func TestManyRollovers(t *testing.T) {
	t.Parallel()
	created := SecondOf(time.Date(2026, 1, 31, 22, 15, 20, 0, time.UTC))
	b := &books{Account: NewAccount(1, created, 0, DefaultLimits())}
	b.BringUp(SecondOf(time.Date(2026, 5, 31, 0, 0, 0, 0, time.UTC)))
	b.commit()
	want := []string{"01-31 22:15:20", "02-28 00:00:00", "03-31 00:00:00", "04-30 00:00:00", "05-31 00:00:00"}
	if len(b.statements) != 8 {
		t.Fatalf("%d statements", len(b.statements))
	}
	for i, s := range b.statements {
		if from, to := s.Start.Time().Format("01-02 15:04:05"), s.End.Time().Format("01-02 15:04:05"); from != want[i/2] || to != want[i/2+1] {
			t.Errorf("statement %d: %s to %s", i, from, to)
		}
	}
}

// Choosing no plan if there is none takes effect at once, and nothing waits for the rollover.
func TestNoPlanInPlaceOfNone(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	if now := b.ChangePlan(nil); !now || b.PlanEnds || len(b.Journal.Entries) != 0 {
		t.Errorf("at once %v, ends %v", now, b.PlanEnds)
	}
}

// The journal records what a transaction has to write: that a meter had a grant, and that the plan moved, even at a rollover.
func TestJournalNotesPlanAndGrant(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	if b.Credits.HadGrant {
		t.Error("a grant before the first")
	}
	b.give(TopUp, "1", 0)
	b.ChangePlan(&Plan{ID: 1, Credits: 5})
	if !b.Credits.HadGrant || !b.Journal.PlanMoved {
		t.Errorf("had a grant %v, plan moved %v", b.Credits.HadGrant, b.Journal.PlanMoved)
	}
	b.ChangePlan(nil)
	b.commit()
	b.BringUp(tableStart + nextCycle)
	if !b.Journal.PlanMoved || b.Plan != nil {
		t.Errorf("at the rollover: plan %v, moved %v", b.Plan, b.Journal.PlanMoved)
	}
}
