package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// naivePlan is an account's plan by the sentences of rules.md §3, without books: amounts are credits and runs.
type naivePlan struct {
	now, next *[2]billing.Amount // nil: none
	waits     bool               // next comes with the cycle
	granted   [2]billing.Amount  // by PLAN grants of this cycle
	begun     time.Time          // of the cycle
	anchor    int
}

// end is 00:00 of the anchor day of the next month, or of its last day if the month has no such day.
func (n *naivePlan) end() time.Time {
	year, month, _ := n.begun.Date()
	last := time.Date(year, month+2, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(year, month+1, min(n.anchor, last), 0, 0, 0, 0, time.UTC)
}

// pass closes the cycles that end by an instant.
func (n *naivePlan) pass(now time.Time) {
	for !n.end().After(now) {
		n.begun, n.granted = n.end(), [2]billing.Amount{}
		if n.waits {
			n.now, n.next, n.waits = n.next, nil, false
		}
		if n.now != nil {
			n.granted = *n.now
		}
	}
}

// choose puts the account on a plan and reports whether that takes effect at once.
func (n *naivePlan) choose(p *[2]billing.Amount) bool {
	var before [2]billing.Amount
	if n.now != nil {
		before = *n.now
	}
	n.next, n.waits = nil, false
	if p != nil && p != n.now && (n.now == nil || p[0] > before[0] || p[1] > before[1]) { // whoever has none gets any at once
		for m := range p {
			n.granted[m] = max(n.granted[m], p[m])
		}
		n.now = p
		return true
	}
	if p == n.now {
		return true
	}
	n.next, n.waits = p, true
	return false
}

// Whatever plans are chosen and when, over months of every length and rollovers that nobody posts, a cycle's PLAN
// grants add up to what the rules say, and the current and the waiting plan are those of the rules.
func TestRandomPlansGrantWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(time.Date(2027, 12, 31, 17, 3, 2, 0, time.UTC)) // the anchor is clamped in most months, and in a leap year's February
	id, random := f.account(), rand.New(rand.NewPCG(6, 61))
	model := f.resource(id, "MODEL", "REGISTERED")
	naive := &naivePlan{begun: f.Now(), anchor: 31}
	plans, amounts := []int64{0}, []*[2]billing.Amount{nil}
	for i, a := range [][2]billing.Amount{{100 * credit, 0}, {0, 1000}, {100 * credit, 1000}, {50 * credit, 5000}, {0, 0}, {100 * credit, 0}} {
		p, err := f.CreatePlan(f.ctx, billing.Plan{Name: fmt.Sprint("Plan ", i), Credits: a[0], Runs: a[1]}, tsdb.Actor{})
		f.must(err)
		plans, amounts = append(plans, p.ID), append(amounts, &a)
	}
	for step := range 60 {
		switch random.IntN(4) {
		case 0:
			f.clock.set(naive.end().Add(-time.Duration(random.IntN(2)) * time.Second)) // the last second, or the first of the next
		case 1:
			f.clock.advance(time.Duration(random.IntN(40*24)) * time.Hour)
		case 2:
			f.spend(id, model, billing.Amount(1+random.IntN(80))*credit) // retires grants, and runs into debt
		}
		naive.pass(f.Now())
		if random.IntN(3) > 0 {
			i := random.IntN(len(plans))
			now, err := f.ChangePlan(f.ctx, tsdb.ChangePlanRequest{AccountID: id, PlanID: plans[i], IdempotencyKey: f.key()}, tsdb.Actor{})
			if f.must(err); now != naive.choose(amounts[i]) {
				t.Fatalf("step %d: plan %d at once: %t", step, i, now)
			}
		}
		f.wantPlan(step, id, naive)
	}
	f.reconciled(id)
}

func (f *fixture) wantPlan(step int, id int64, naive *naivePlan) {
	f.t.Helper()
	of := func(p *billing.Plan) string {
		if p == nil {
			return "none"
		}
		return fmt.Sprint(p.Credits, p.Runs)
	}
	want := func(p *[2]billing.Amount) string {
		if p == nil {
			return "none"
		}
		return fmt.Sprint(p[0], p[1])
	}
	a := f.view(id)
	if of(a.Plan) != want(naive.now) || of(a.NextPlan) != want(naive.next) || (a.NextPlan != nil || a.PlanEnds) != naive.waits || !a.CycleEnd.Time().Equal(naive.end()) {
		f.t.Fatalf("step %d: on %s, then %s (ends %t) at %s; want %s, then %s (waits %t) at %s", step, of(a.Plan), of(a.NextPlan), a.PlanEnds, a.CycleEnd.Time(), want(naive.now),
			want(naive.next), naive.waits, naive.end())
	}
	var granted [2]billing.Amount
	page := reading(f, func(r *tsdb.Reader) (tsdb.Paged[tsdb.GrantRow], error) {
		return r.Grants(f.ctx, id, tsdb.GrantFilter{Kinds: []billing.GrantKind{billing.PlanGrant}}, tsdb.Page{Limit: 1000}, false)
	})
	for _, g := range page.Rows {
		if g.GrantedAt >= billing.SecondOf(naive.begun) {
			granted[map[billing.Meter]int{billing.ToolRuns: 1}[g.Meter]] += g.Amount
			if !g.ExpiresAt.Time().Equal(naive.end()) {
				f.t.Fatalf("step %d: a plan grant ends at %s, its cycle at %s", step, g.ExpiresAt.Time(), naive.end())
			}
		}
	}
	if granted != naive.granted {
		f.t.Fatalf("step %d: the cycle's plan grants are %v, want %v", step, granted, naive.granted)
	}
}

// A retired plan takes no new accounts; a repeat of an earlier choice is still answered, and accounts on the plan keep
// it. What an update changes takes effect with each account's next rollover.
func TestARetiredPlanKeepsItsAccounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, late := f.account(), f.account()
	p, err := f.CreatePlan(f.ctx, billing.Plan{Name: "Old", Credits: 10 * credit}, tsdb.Actor{})
	f.must(err)
	choose := func(account int64, key string) (bool, error) {
		return f.ChangePlan(f.ctx, tsdb.ChangePlanRequest{AccountID: account, PlanID: p.ID, IdempotencyKey: key}, tsdb.Actor{})
	}
	if now, err := choose(id, "k"); err != nil || !now {
		t.Fatal(now, err)
	}
	f.clock.advance(time.Hour)
	retired, err := f.UpdatePlan(f.ctx, tsdb.PlanChange{PlanID: p.ID, Credits: new(4 * credit), Active: new(false)}, tsdb.Actor{})
	if f.must(err); retired.Active {
		t.Errorf("%+v", retired)
	}
	if now, err := choose(id, "k"); err != nil || !now {
		t.Errorf("a repeat: %t, %v", now, err)
	}
	_, err = choose(late, "k")
	f.refusedAs("another account", err, tsdb.WrongState, "planId")
	_, err = choose(id, "k2")
	f.refusedAs("the plan that it is on, chosen again", err, tsdb.WrongState, "planId")
	if got := f.view(id).Credits.Balance(); got != 85*credit {
		t.Errorf("before the rollover %d", got)
	}
	f.clock.set(f.view(id).CycleEnd.Time())
	if a := f.view(id); a.Credits.Balance() != 79*credit || a.Plan == nil || a.Plan.ID != p.ID {
		t.Errorf("after the rollover %d on %v", a.Credits.Balance(), a.Plan)
	}
	back, err := f.UpdatePlan(f.ctx, tsdb.PlanChange{PlanID: p.ID, Active: new(true)}, tsdb.Actor{})
	f.must(err)
	if now, err := choose(late, "k"); err != nil || !now || !back.Active {
		t.Errorf("back on offer: %t, %v, %+v", now, err, back)
	}
	_, err = f.ChangePlan(f.ctx, tsdb.ChangePlanRequest{AccountID: id, PlanID: p.ID + 99, IdempotencyKey: "k3"}, tsdb.Actor{})
	f.refusedAs("no such plan", err, tsdb.NotFound, "planId")
}

// All plans fit into their list: a plan that the list would leave out cannot be made.
func TestPlansAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.pool.Exec(f.ctx, `INSERT INTO plan (name, credits, runs, created_at) SELECT 'plan ' || n, 0, 0, now() FROM generate_series(1, 999) n`)
	f.must(err)
	errs := make(chan error, 2)
	for _, name := range []string{"a", "b"} { // two at once, for one place
		go func() {
			_, err := f.CreatePlan(f.ctx, billing.Plan{Name: name}, tsdb.Actor{})
			errs <- err
		}()
	}
	first, second := <-errs, <-errs
	if first != nil {
		first, second = second, first
	}
	f.must(first)
	f.refusedAs("the plan after the last", second, tsdb.TooMuch, "name")
	list, err := f.Plans(f.ctx)
	if f.must(err); len(list) != 1000 {
		t.Errorf("%d plans are listed", len(list))
	}
}
