package tsdb_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
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

// A DUPLICATE is answered as such even where nothing fits any more (rules.md §5), also while nothing looks for repeats.
func TestRepeatIsADuplicateWithNothingLeft(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	r, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Amount: 5, Mode: tsdb.HoldReject, IdempotencyKey: f.key()})
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

// A cycle that ends while the transaction waits is not the transaction's: what it loaded is as of its own instant.
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

// An expiry in the last second of a cycle stops hosting at the cycle's very end: the plan's grant at that instant repays debt.
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

// Whoever holds a connection must not wait for another one: with as many callers as connections, all would wait for each
// other. So everything can be done with a single connection, also where what is remembered (the rates) is read anew.
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
		f.clock.advance(61 * time.Second) // the rates are read anew
		f.must(m.once(f.ctx))
		f.clock.advance(61 * time.Second)
		f.ingest(tsdb.Enforce, runs(v.Account, v.Tool, f.key(), f.clock.now(), 1))
	}
	f.rollUp(1000)
	f.trend(v.Account, tsdb.TrendQuery{Range: billing.Since(start, f.clock.now()), Zone: time.UTC})
	f.sound(v.Account)
}
