package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// TestPlansToAndFroGrantTheLargest switches between two plans, with what the first granted used up and retired in
// between, and over a rollover that nobody has posted (rules.md §3).
func TestPlansToAndFroGrantTheLargest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	var plans [2]int64
	for i, p := range []billing.Plan{{Name: "A", Credits: 100 * credit}, {Name: "B", Runs: 1_000}} {
		made, err := f.CreatePlan(f.ctx, p, tsdb.Actor{})
		f.must(err)
		plans[i] = made.ID
	}
	choose := func(plan int) {
		_, err := f.ChangePlan(f.ctx, tsdb.ChangePlanRequest{AccountID: id, PlanID: plans[plan], IdempotencyKey: f.key()}, tsdb.Actor{})
		f.must(err)
	}
	granted := func(cycle int) (credits, runs int64) {
		return f.count(`SELECT coalesce(sum(amount), 0)::bigint FROM ledger_entry WHERE account_id = $1 AND kind = 'GRANT' AND meter = 'MODEL_CREDITS' AND cycle_no = $2 AND effective_at > $3`, id, cycle, start),
			f.count(`SELECT coalesce(sum(amount), 0)::bigint FROM ledger_entry WHERE account_id = $1 AND kind = 'GRANT' AND meter = 'TOOL_RUNS' AND cycle_no = $2 AND effective_at > $3`, id, cycle, start)
	}
	f.clock.advance(time.Minute)
	choose(0)
	f.spend(id, model, 175*credit)
	for range 4 {
		f.clock.advance(time.Minute)
		choose(1)
		f.topUp(id, billing.ToolRuns, 1)
		choose(0)
	}
	if c, r := granted(1); c != int64(100*credit) || r != 1_000+4 {
		t.Errorf("%d µ and %d runs granted", c, r)
	}
	f.clock.set(time.Date(2026, 4, 10, 0, 10, 0, 0, time.UTC)) // plan A was renewed, and nobody has posted it
	for range 2 {
		choose(1)
		choose(0)
	}
	if c, r := granted(2); c != int64(100*credit) || r != 1_000 {
		t.Errorf("next cycle: %d µ and %d runs granted", c, r)
	}
	f.checkBooks(id)
}

// TestARefusedEventKeepsTheReservation settles for good with an event that is refused: what is held stays for the
// resend (rules.md §5).
func TestARefusedEventKeepsTheReservation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	f.ingest(tsdb.Record, tokens(id, model, "taken", start, 1_000, 0))
	for what, bad := range map[string]tsdb.UsageEvent{
		"refused":  tokens(id, model+99, "gone", start, 1_000, 0),
		"no id":    tokens(id, model, "", start, 1_000, 0),
		"conflict": tokens(id, model, "taken", start, 2_000, 0),
	} {
		r := f.reserve(id, 10*credit, 600)
		good := tokens(id, model, "good "+what, start, 2_000_000, 0)
		results, got, err := f.Settle(f.ctx, r.ID, []tsdb.UsageEvent{good, bad}, true)
		f.must(err)
		if got.Status != "OPEN" || got.Open() != 9*credit || results[0].Status != tsdb.Stored || results[1].Status == tsdb.Stored {
			t.Errorf("%s: %+v, %+v", what, got, results)
		}
		_, got, err = f.Settle(f.ctx, r.ID, []tsdb.UsageEvent{good, tokens(id, model, "again "+what, start, 2_000_000, 0)}, true)
		f.must(err)
		if got.Status != "SETTLED" || got.Settled != 2*credit {
			t.Errorf("%s: resent: %+v", what, got)
		}
	}
}

// TestReleasingATimedOutReservationChangesNothing releases a reservation after its time-out: it is still settled later.
func TestReleasingATimedOutReservationChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	r := f.reserve(id, 10*credit, 60)
	f.clock.advance(time.Minute)
	for range 2 {
		if got, err := f.Release(f.ctx, r.ID); err != nil || got.Status != "EXPIRED" {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	results, got, err := f.Settle(f.ctx, r.ID, []tsdb.UsageEvent{tokens(id, model, "late", start, 2_000_000, 0)}, true)
	f.must(err)
	if results[0].Status != tsdb.Stored || got.Status != "SETTLED" {
		t.Errorf("%+v, %+v", results, got)
	}
}

// TestEnforceRefusesWhatCostsNothing asks for inference that costs 0 at a balance that allows none.
func TestEnforceRefusesWhatCostsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	free := func(name string) tsdb.UsageResult {
		return f.ingest(tsdb.Enforce, tokens(id, model, name, start, 0, 0))[0]
	}
	if r := free("allowed"); r.Status != tsdb.Stored {
		t.Errorf("with credits: %+v", r)
	}
	f.spend(id, model, 75*credit)
	if r := free("not"); r.Status != tsdb.UsageRefused || r.Code != tsdb.UsageCode(billing.CreditsExhausted) {
		t.Errorf("at 0: %+v", r)
	}
	if r := free("allowed"); r.Status != tsdb.Duplicate {
		t.Errorf("a repeat at 0: %+v", r)
	}
}

// TestKindsOfGrant gives each kind that Support can give, with its own term (rules.md §2).
func TestKindsOfGrant(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	for kind, end := range map[billing.GrantKind]time.Time{
		billing.Free: start.Add(90 * 24 * time.Hour), billing.TopUp: start.AddDate(1, 0, 0), billing.AdjustmentGrant: {}, billing.PlanGrant: {},
	} {
		no, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: kind, Amount: credit, Reference: "r", IdempotencyKey: f.key()}, tsdb.Actor{})
		if kind == billing.PlanGrant {
			f.wantRefused(err, tsdb.Invalid)
			continue
		}
		f.must(err)
		if g := f.view(id).Credits.Grant(no); g == nil || g.Kind != kind || !g.ExpiresAt.Time().Equal(end) {
			t.Errorf("%s: %+v", kind, g)
		}
	}
	f.checkBooks(id)
	if credits, runs, err := f.balancesAt(id, start.Add(-time.Hour)); err != nil || credits != 0 || runs != 0 {
		t.Errorf("before the account: %d, %d, %v", credits, runs, err)
	}
}
