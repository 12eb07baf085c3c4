package tsdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

const day = 24 * time.Hour

// keeps makes a store on the fixture's database that keeps events for a week and quarter-hours for a month.
func (f *fixture) keeps() {
	f.t.Helper()
	settings := tsdb.DefaultSettings()
	settings.EventRetention, settings.QuarterMonths = 7*day, 1
	store, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.clock.now, Settings: settings})
	f.must(err)
	f.Store = store
}

func (f *fixture) retain() tsdb.Retained {
	f.t.Helper()
	done, err := f.Retain(f.ctx, 1000)
	f.must(err)
	return done
}

// reconcile reconciles all accounts and fails the test if they differ.
func (f *fixture) reconcile() {
	f.t.Helper()
	found, err := f.ReconcileNew(f.ctx)
	f.must(err)
	difference := found.Difference
	if difference != 0 {
		var detail string
		f.must(f.pool.QueryRow(f.ctx, `SELECT string_agg(account_id || ' ' || detail, ', ') FROM reconciliation WHERE difference <> 0`).Scan(&detail))
		f.t.Errorf("reconciliation finds a difference of %d: %s", difference, detail)
	}
}

// rows is the number of rows of a table.
func (f *fixture) rows(table string) (n int) {
	f.t.Helper()
	f.must(f.pool.QueryRow(f.ctx, `SELECT count(*) FROM `+table).Scan(&n))
	return n
}

// usedInMarch makes an account with every kind of usage on 10 and 11 March, and history on the 9th.
func (f *fixture) usedInMarch() (id int64, events []tsdb.UsageEvent) {
	f.t.Helper()
	id, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Acme", IdempotencyKey: f.key(), BooksFrom: start.Add(-12 * time.Hour)}, tsdb.Actor{})
	f.must(err)
	_, err = f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits("5000"),
		Reference: "order", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
	tool, model := f.resource(id, "TOOL", "DEPLOYED"), f.model(id)
	f.deployModel(id, model, gpu, 1, time.Time{})
	f.script(id, small, 2)
	for i := range 40 {
		at := start.Add(time.Duration(i-20) * time.Hour)
		f.clock.set(maxTime(start, at))
		events = append(events, runs(id, tool, fmt.Sprint("r", i), at, 3), tokens(id, model, fmt.Sprint("t", i), at, 1_000_000, 1000))
		f.ingest(tsdb.Record, events[len(events)-2:]...)
	}
	f.fineTuneAndStop(id, model)
	return id, events
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// fineTuneAndStop charts fine-tuning of which a part is refunded.
func (f *fixture) fineTuneAndStop(account, model int64) {
	f.t.Helper()
	job := f.startJob(eighteen(account, model, f.key()))
	_, err := f.FinishFineTuning(f.ctx, finish(job, tsdb.JobStopped, 12_000_000))
	f.must(err)
}

// catchUp does what the jobs do: meter, roll-up and reconciliation, a minute apart.
func (f *fixture) catchUp() {
	f.t.Helper()
	_, err := f.Tick(f.ctx, 100)
	f.must(err)
	f.clock.advance(2 * time.Minute)
	f.rollUp(1_000_000)
	f.reconcile()
}

// What is not rolled up or not reconciled stays, however old it is. After that it is dropped, the sums stay exact,
// charts answer from coarser tables, and a resend is refused as too old.
func TestRetentionDropsOnlyWhatIsRolledUpAndReconciled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps()
	id, events := f.usedInMarch()
	f.clock.advance(20 * day)
	before := f.rows("usage_event")
	if done := f.retain(); len(done.Dropped) != 0 || len(done.Kept) == 0 || f.rows("usage_event") != before {
		t.Fatalf("with nothing rolled up: %+v, %d of %d events", done, f.rows("usage_event"), before)
	}
	_, err := f.Tick(f.ctx, 100)
	f.must(err)
	f.rollUp(1_000_000)
	if done := f.retain(); len(done.Dropped) != 0 || f.rows("usage_event") != before {
		t.Fatalf("with nothing reconciled: %+v, %d of %d events", done, f.rows("usage_event"), before)
	}
	f.catchUp()
	march := f.trend(id, charts.TrendQuery{Range: billing.Range{From: start.Add(-2 * day), To: start.Add(15 * day)}, Granularity: billing.Day, Zone: zone(t, "Asia/Kathmandu")})
	done := f.retain()
	if done.Dropped["usage_event"] != 3 || done.Dropped["usage_minute"] == 0 || len(done.Kept) != 0 || f.rows("usage_event") != 0 {
		t.Fatalf("with all rolled up and reconciled: %+v, %d events left", done, f.rows("usage_event"))
	}
	f.reconcile()
	after := f.trend(id, charts.TrendQuery{Range: billing.Range{From: start.Add(-2 * day), To: start.Add(15 * day)}, Granularity: billing.Day, Zone: zone(t, "Asia/Kathmandu")})
	if fmt.Sprint(march.Used) != fmt.Sprint(after.Used) || total(after) == (billing.Slices{}) {
		t.Errorf("the chart was\n%v and is\n%v", march.Used, after.Used)
	}
	for _, r := range f.resend(events) {
		if r.Code != tsdb.TimeTooOld {
			t.Fatalf("a resend is answered %+v", r)
		}
	}
}

// resend sends events again as the endpoints do.
func (f *fixture) resend(events []tsdb.UsageEvent) []tsdb.UsageResult {
	f.t.Helper()
	b := tsdb.NewBatcher(f.Store, tsdb.BatcherConfig{})
	defer b.Stop()
	results, err := b.Submit(f.ctx, events, tsdb.Record)
	f.must(err)
	return results
}

// A late event makes its day wait until it is rolled up and reconciled too.
func TestRetentionWaitsForLateEvents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps()
	id, _ := f.usedInMarch()
	f.catchUp()
	last := f.clock.now().Truncate(day)
	f.clock.set(last.Add(7*day - time.Hour))
	late := runs(id, f.resource(id, "TOOL", "DEPLOYED"), "late", last.Add(time.Hour), 5)
	f.ingest(tsdb.Record, late)
	f.clock.set(last.Add(9 * day))
	done := f.retain()
	if len(done.Kept) == 0 || done.Dropped["usage_event"] != 2 || f.rows("usage_event") == 0 {
		t.Fatalf("with a late event: %+v", done)
	}
	f.catchUp()
	f.clock.advance(time.Hour)
	if done := f.retain(); len(done.Kept) != 0 || f.rows("usage_event") != 0 {
		t.Fatalf("after it: %+v", done)
	}
	f.reconcile()
	f.checkFrozen(id)
}

// checkFrozen compares what retention froze with the days, which stay forever.
func (f *fixture) checkFrozen(account int64) {
	f.t.Helper()
	var frozen, days string
	f.must(f.pool.QueryRow(f.ctx, `SELECT string_agg(concat_ws(' ', kind, credits, runs), ', ' ORDER BY kind) FROM (
  SELECT kind, sum(credits) AS credits, sum(runs) AS runs FROM usage_frozen WHERE account_id = $1 AND kind IN ('TOOL_RUN', 'INFERENCE') GROUP BY kind) f`, account).Scan(&frozen))
	f.must(f.pool.QueryRow(f.ctx, `SELECT string_agg(concat_ws(' ', kind, credits, runs), ', ' ORDER BY kind) FROM (
  SELECT kind, sum(credits) AS credits, sum(runs) AS runs FROM usage_day WHERE account_id = $1 AND kind IN ('TOOL_RUN', 'INFERENCE') GROUP BY kind) d`, account).Scan(&days))
	if frozen != days {
		f.t.Errorf("frozen is %s, the days say %s", frozen, days)
	}
}

// If an account's books differ, its evidence is kept.
func TestRetentionKeepsEvidence(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps()
	id, _ := f.usedInMarch()
	f.clock.advance(20 * day)
	f.catchUp()
	_, err := f.pool.Exec(f.ctx, `UPDATE usage_event SET charge = charge + 1 WHERE account_id = $1 AND event_id = 't30'`, id)
	f.must(err)
	if done := f.retain(); len(done.Kept) == 0 || done.Dropped["usage_event"] != 2 {
		t.Errorf("with an event that says other than its minute: %+v", done)
	}
	if r, err := f.Reconcile(f.ctx, id); err != nil || r.Difference != 1 {
		t.Errorf("reconciliation: %+v, %v", r, err)
	}
	if done := f.retain(); len(done.Kept) == 0 || len(done.Dropped) != 0 {
		t.Errorf("with a difference: %+v", done)
	}
}

// Quarter-hours are dropped after their minutes, and days never.
func TestRetentionOfQuarters(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps()
	id, _ := f.usedInMarch()
	f.clock.advance(90 * day)
	f.catchUp()
	days := f.rows("usage_day")
	before := f.rows("usage_quarter")
	if done := f.retain(); done.Dropped["usage_quarter"] == 0 || f.rows("usage_quarter") >= before {
		t.Errorf("%+v, %d of %d quarter-hours", done, f.rows("usage_quarter"), before)
	}
	f.reconcile()
	if f.rows("usage_day") != days || days == 0 {
		t.Errorf("%d of %d days", f.rows("usage_day"), days)
	}
	f.checkFrozen(id)
}

// A job that ends after the minute of its charge was dropped is refunded in the earliest minute that is kept: what was
// dropped keeps its sums.
func TestRefundOfAChargeThatRetentionDropped(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps()
	id := f.account()
	job := f.startJob(eighteen(id, f.model(id), f.key()))
	f.clock.advance(20 * day)
	f.catchUp()
	if done := f.retain(); done.Dropped["usage_minute"] != 1 {
		t.Fatalf("%+v", done)
	}
	_, err := f.FinishFineTuning(f.ctx, finish(job, tsdb.JobStopped, 12_000_000))
	f.must(err)
	f.catchUp()
	var days string
	f.must(f.pool.QueryRow(f.ctx, `SELECT string_agg(credits::text, ', ' ORDER BY bucket) FROM usage_quarter WHERE account_id = $1`, id).Scan(&days))
	if days != "18000000, -10800000" {
		t.Errorf("the charts say %s", days)
	}
}

// Reconciliation that runs at the same time sees each chunk's sums once: in the table or frozen.
func TestRetentionBesideReconciliation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps()
	id, _ := f.usedInMarch()
	f.clock.advance(20 * day)
	f.catchUp()
	dropped := make(chan error, 1)
	go func() {
		_, err := f.Retain(f.ctx, 1000)
		dropped <- err
	}()
	for looks := 0; ; looks++ {
		r, err := f.Reconcile(f.ctx, id)
		if err != nil || r.Difference != 0 {
			t.Fatalf("look %d: %+v, %v", looks, r, err)
		}
		select {
		case err := <-dropped:
			if f.must(err); f.rows("usage_event") != 0 {
				t.Errorf("%d events are left", f.rows("usage_event"))
			}
			return
		default:
		}
	}
}
