package tsdb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// planned puts an account on a plan of some credits and no runs.
func (f *fixture) planned(account int64, credits billing.Amount) {
	f.t.Helper()
	p, err := f.CreatePlan(f.ctx, billing.Plan{Name: f.key(), Credits: credits}, tsdb.Actor{})
	f.must(err)
	_, err = f.ChangePlan(f.ctx, tsdb.ChangePlanRequest{AccountID: account, PlanID: p.ID, IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
}

// A DUPLICATE is answered as such even if nothing fits any more (rules.md §5), and also while nothing looks for
// repeats.
func TestRepeatIsADuplicateWithNothingLeft(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	r, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Amount: 5, Mode: tsdb.ReservationReject, IdempotencyKey: f.key()})
	f.must(err)
	held := runs(id, tool, "held", start, 5)
	held.ReservationID = r.ID
	first := []tsdb.UsageEvent{tokens(id, model, "a", start, 150_000_000, 0), runs(id, tool, "b", start, 9_995), held}
	f.ingest(tsdb.Record, first...)
	_, err = f.Release(f.ctx, r.ID)
	f.must(err)
	for range 2 {
		fresh := f.ingest(tsdb.Enforce, append(first[:3:3], runs(id, tool, "c", start, 1))...)
		if fresh[0].Status != tsdb.Duplicate || fresh[1].Status != tsdb.Duplicate || fresh[2].Status != tsdb.Duplicate || fresh[3].Code != "RUNS_EXHAUSTED" {
			t.Errorf("%+v", fresh)
		}
	}
	f.sound(id)
}

// A cycle that ends while a transaction waits does not concern the transaction: what it loaded is as of its own
// instant.
func TestCycleEndsDuringIngest(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	f := fixtureOn(t, pool, tsdb.Settings{})
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	f.planned(id, 10*credit)
	f.spend(id, model, 100*credit) // 15 in debt
	end := time.Date(2026, 4, 10, 0, 0, 0, 0, time.UTC)
	f.clock.set(end.Add(-time.Second))
	hasty, err := tsdb.New(tsdb.Config{Pool: pool, Clock: func() time.Time {
		defer f.clock.advance(1100 * time.Millisecond)
		return f.clock.now()
	}})
	f.must(err)
	for i := range 4 {
		_, err = hasty.Ingest(f.ctx, []tsdb.UsageEvent{tokens(id, model, f.key(), end.Add(-time.Hour), int64(i), 2)}, tsdb.Record)
		f.must(err)
	}
	f.sound(id)
	if a := f.view(id); a.Cycle != 2 || a.Credits.Balance() >= -credit {
		t.Errorf("cycle %d, balance %d", a.Cycle, a.Credits.Balance())
	}
}

// An expiry in the last second of a cycle stops hosting at the very end of the cycle: the plan's grant at that instant
// repays debt.
func TestStopAtTheEndOfACycle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	f.planned(id, 40*credit)
	f.spend(id, model, 115*credit) // nothing is left
	end := time.Date(2026, 4, 10, 0, 0, 0, 0, time.UTC)
	f.clock.set(end.Add(-time.Minute))
	_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: 60 * credit, ExpiresAt: end.Add(-time.Second),
		Reference: "order", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
	f.deployModel(id, model, bigGPU, 1, time.Time{})
	zero := billing.Amount(0)
	f.must(f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: id, Negative: &zero}, tsdb.Actor{}))
	f.clock.set(end.Add(-time.Second)) // the grant expires: 0 is the limit, and this second is charged
	if a := f.view(id); len(a.Running) != 0 || a.Cycle != 2 {
		t.Errorf("read: %d running in cycle %d", len(a.Running), a.Cycle)
	}
	f.sound(id)
	f.clock.advance(time.Hour)
	f.sound(id)
	if a := f.view(id); len(a.Running) != 0 || a.Credits.Balance() != 40*credit-cost("24.432", 1, 60)+cost("24.432", 1, 59) {
		t.Errorf("balance %d", a.Credits.Balance())
	}
}

// A caller that holds a connection must not wait for another one: with as many callers as connections, all would wait
// for each other. So everything works with a single connection, even if what is remembered (the rates) is read again.
func TestOneConnectionIsEnough(t *testing.T) {
	t.Parallel()
	config := tsdbtest.New(t).Config()
	config.MaxConns = 1
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	f := fixtureOn(t, pool, tsdb.Settings{})
	ctx, cancel := context.WithTimeout(f.ctx, 2*time.Minute)
	defer cancel()
	f.ctx = ctx
	v := f.victim()
	m := &mischief{Store: f.Store, random: rand.New(rand.NewPCG(1, 1)), victims: []victim{v}, name: "one"}
	for range 120 {
		f.clock.advance(61 * time.Second) // the rates are read again
		f.must(m.once(f.ctx))
		f.clock.advance(61 * time.Second)
		f.ingest(tsdb.Enforce, runs(v.Account, v.Tool, f.key(), f.clock.now(), 1))
	}
	f.rollUp(1000)
	f.trend(v.Account, charts.TrendQuery{Range: billing.Since(start, f.clock.now()), Zone: time.UTC})
	f.sound(v.Account)
}

// A batch of many thousand events with repeats and contradictions inside is answered item by item, in order, like the
// same events one after the other, whether or not repeats are looked for.
func TestLargeBatchWithRepeatsInside(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	random := rand.New(rand.NewPCG(4, 4))
	first := map[string]tsdb.UsageEvent{}
	var events []tsdb.UsageEvent
	var want []tsdb.UsageStatus
	for range 12_000 {
		name := fmt.Sprint(random.IntN(9_000))
		e := runs(id, tool, name, start, 1)
		if len(name)%2 == 0 {
			e = tokens(id, model, name, start, 20, 2)
		}
		status := tsdb.Stored
		if before, repeat := first[name]; repeat {
			status = tsdb.Duplicate
			if random.IntN(3) == 0 {
				e.Runs, e.InputTokens, status = before.Runs*2, before.InputTokens*2, tsdb.UsageConflict
			}
		} else {
			first[name] = e
		}
		events, want = append(events, e), append(want, status)
	}
	for round := range 2 {
		for i, r := range f.ingest(tsdb.Record, events...) {
			if round == 1 && want[i] == tsdb.Stored {
				want[i] = tsdb.Duplicate
			}
			if r.Status != want[i] {
				t.Fatalf("round %d, event %d (%s): %+v, want %s", round, i, events[i].ID, r, want[i])
			}
		}
	}
	f.sound(id)
}

// If the clock goes back, as one process's may compared with another's, nothing is posted before what is posted, and
// nothing twice.
func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.victim()
	f.deployModel(v.Account, v.Model, bigGPU, 1, time.Time{})
	random := rand.New(rand.NewPCG(8, 8))
	m := &mischief{Store: f.Store, random: random, victims: []victim{v}, name: "back"}
	for i := range 80 {
		f.clock.advance(time.Duration(random.IntN(1200)-500) * time.Second)
		f.must(m.once(f.ctx))
		_, err := f.Tick(f.ctx, 10)
		f.must(err)
		f.ingest([]tsdb.UsageMode{tsdb.Record, tsdb.Enforce}[i%2], runs(v.Account, v.Tool, f.key(), f.clock.now(), 1))
	}
	f.sound(v.Account)
	if n := f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND cause = 'HOSTING' AND kind = 'CHARGE' AND effective_at > posted_at + interval '1 second'`, v.Account); n != 0 {
		t.Errorf("%d charges are posted before their time", n)
	}
}

// What lies before booksFrom is charted and is in no books, whatever happens beside it.
func TestHistoryBesideEverything(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Moved", IdempotencyKey: f.key(), BooksFrom: start}, tsdb.Actor{})
	f.must(err)
	v := victim{Account: id, Tool: f.resource(id, "TOOL", "DEPLOYED"), Model: f.model(id)}
	v.Deployment = f.deployModel(id, v.Model, gpu, 2, start.Add(-10*time.Hour))
	v.Script, v.Guardrail = f.script(id, small, 1), f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE")
	m := &mischief{Store: f.Store, random: rand.New(rand.NewPCG(6, 6)), victims: []victim{v}, name: "history"}
	for i := range 60 {
		f.clock.advance(5 * time.Minute)
		f.must(m.once(f.ctx))
		at := f.clock.now().Add(-time.Duration(i) * 20 * time.Minute)
		got := f.ingest(tsdb.Enforce, runs(id, v.Tool, f.key(), at, 1))
		if history := at.Before(start); got[0].Status != tsdb.Stored || got[0].History != history {
			t.Fatalf("%v: %+v", at, got)
		}
	}
	f.sound(id)
}

// When usage has emptied the grants that expire first, the account is due with the next one, even if usage changes
// nothing else in its balance row that matters: no threshold is reached.
func TestUseMovesTheNextExpiry(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.model(id), f.resource(id, "TOOL", "DEPLOYED")
	f.topUp(id, billing.ModelCredits, 1000*credit)
	f.topUp(id, billing.ToolRuns, 1_000_000)
	f.ingest(tsdb.Record, runs(id, tool, f.key(), start, 10_000))
	f.spend(id, model, 74*credit)
	f.checkBooks(id)
	f.spend(id, model, credit)
	f.checkBooks(id)
}
