package tsdb_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// mark marks the quarter-hours of all events of an account, as processes of the last release do.
func (f *fixture) mark(account int64) {
	f.t.Helper()
	f.exec(`INSERT INTO usage_dirty SELECT DISTINCT account_id, date_bin('15 minutes', time, timestamptz '2000-01-01 00:00:00+00') FROM usage_event WHERE account_id = $1`, account)
}

// Marks of quarter-hours far apart, on both sides of a leap day and of clock changes, are rebuilt whatever is rolled up
// of them, and rebuilding them again changes nothing.
func TestMarksFarApartAreRebuilt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(time.Date(2028, 4, 1, 12, 0, 0, 0, time.UTC))
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	random := rand.New(rand.NewPCG(2, 29))
	days := []time.Time{time.Date(2028, 2, 28, 23, 59, 59, 999_999_000, time.UTC), time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2028, 2, 29, 23, 45, 0, 0, time.UTC),
		time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 3, 26, 0, 59, 59, 0, time.UTC), time.Date(2028, 3, 26, 1, 0, 0, 0, time.UTC),
		time.Date(2027, 10, 31, 0, 30, 0, 0, time.UTC), time.Date(2027, 10, 31, 1, 30, 0, 0, time.UTC), time.Date(2027, 12, 31, 23, 59, 0, 0, time.UTC)}
	var events []tsdb.UsageEvent
	for i, at := range days {
		for j := range 3 {
			at := at.Add(time.Duration(j) * time.Microsecond)
			use := forUser(classes(tokens(id, model, fmt.Sprint("t", i, j), at, 1000+random.Int64N(9000), 100), 10, 5, 3), fmt.Sprint("u", j))
			events = append(events, runs(id, tool, fmt.Sprint("r", i, j), at, 1+random.Int64N(5)), use)
		}
	}
	f.ingest(tsdb.Record, events...)
	f.takeBack(id, events[3], events[10], events[11])
	f.rollUp(30) // a part
	f.mark(id)
	f.must(f.RebuildMarked(f.ctx))
	f.rollUp(1000)
	want := fmt.Sprint(f.charts(id), f.attributed(id))
	f.tablesAddUp()
	f.reconciled(id)
	for range 2 {
		f.mark(id)
		f.mark(id) // two processes have marked the same
		f.must(f.RebuildMarked(f.ctx))
		if got := fmt.Sprint(f.charts(id), f.attributed(id)); got != want {
			t.Fatalf("the charts are\n%s\nnot\n%s", got, want)
		}
		for _, table := range []string{"usage_dirty", "usage_dirty_day", "account_usage_due"} {
			if n := f.rows(table); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
	}
	_, err := f.RebuildCharts(f.ctx, id, nil)
	f.must(err)
	if got := fmt.Sprint(f.charts(id), f.attributed(id)); got != want {
		t.Errorf("from facts the charts are\n%s\nnot\n%s", got, want)
	}
}

// A minute whose tokens differ is overwritten, even if as many events cost the same: for example, of a model that costs
// nothing.
func TestTokensOfAMinuteAreRebuilt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	f.ingest(tsdb.Record, classes(tokens(id, model, "a", start, 1000, 100), 10, 20, 30))
	f.rollUp(10)
	want := f.charts(id)
	for _, column := range []string{"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "credits", "events", "runs"} {
		f.exec(`UPDATE usage_minute SET ` + column + ` = ` + column + ` + 7`)
		f.mark(id)
		f.must(f.RebuildMarked(f.ctx))
		if got := f.charts(id); got != want {
			t.Errorf("%s: the charts are\n%s\nnot\n%s", column, got, want)
		}
	}
	f.exec(`UPDATE usage_minute SET cache_read_tokens = NULL`)
	f.mark(id)
	f.must(f.RebuildMarked(f.ctx))
	if got := f.charts(id); got != want {
		t.Errorf("without a class the charts are\n%s\nnot\n%s", got, want)
	}
}

// While a roll-up runs, a rebuild waits for as long as its caller allows, and changes nothing.
func TestRebuildsWaitForARollUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.ingest(tsdb.Record, runs(id, f.resource(id, "TOOL", "DEPLOYED"), "a", start, 1))
	f.mark(id)
	tx, err := f.pool.Begin(f.ctx)
	f.must(err)
	defer func() { _ = tx.Rollback(f.ctx) }()
	_, err = tx.Exec(f.ctx, `SELECT pg_advisory_xact_lock($1)`, int64(0x726f6c6c7570))
	f.must(err)
	if done := f.rollUp(100); !done.Busy || done.Rebuilt != 0 || done.Rows != 0 {
		t.Errorf("beside another: %+v", done)
	}
	soon, cancel := context.WithCancel(f.ctx)
	time.AfterFunc(100*time.Millisecond, cancel)
	if err := f.RebuildMarked(soon); !errors.Is(err, context.Canceled) {
		t.Errorf("marks: %v", err)
	}
	if _, err := f.RebuildCharts(soon, id, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("days: %v", err)
	}
	if n := f.rows("usage_dirty"); n != 1 || f.rows("usage_minute") != 0 {
		t.Errorf("%d marks, %d minutes", n, f.rows("usage_minute"))
	}
	f.must(tx.Rollback(f.ctx))
	f.must(f.RebuildMarked(f.ctx))
	if n := f.count(`SELECT sum(runs) FROM usage_day WHERE account_id = $1`, id); n != 1 {
		t.Errorf("%d runs", n)
	}
}

// A rebuild that fails in the middle of a step leaves that step as it was and says so; what is sound of the rest is made when it is mended.
func TestARebuildThatFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b := f.account(), f.account()
	for _, id := range []int64{a, b} {
		f.ingest(tsdb.Record, runs(id, f.resource(id, "TOOL", "DEPLOYED"), "a", start, 1))
		f.mark(id)
	}
	f.exec(`CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$`)
	f.exec(fmt.Sprintf(`CREATE TRIGGER no BEFORE INSERT ON usage_quarter FOR EACH ROW WHEN (NEW.account_id = %d) EXECUTE FUNCTION no()`, b))
	if err := f.RebuildMarked(f.ctx); err == nil {
		t.Fatal("the failure is not reported")
	}
	// The step is halved until it fails of one quarter-hour alone, so the other account has its own.
	if n := f.count(`SELECT count(*) FROM usage_dirty WHERE account_id = $1`, a); n != 0 {
		t.Error("the other account is held up")
	}
	if n := f.count(`SELECT count(*) FROM usage_dirty WHERE account_id = $1`, b); n != 1 {
		t.Errorf("%d marks are left of what failed", n)
	}
	f.exec(`DROP TRIGGER no ON usage_quarter`)
	f.must(f.RebuildMarked(f.ctx))
	for _, id := range []int64{a, b} {
		if n := f.count(`SELECT sum(runs) FROM usage_day WHERE account_id = $1`, id); n != 1 || f.left(id) != 0 {
			t.Errorf("account %d: %d runs, %d rows left", id, n, f.left(id))
		}
		f.reconciled(id)
	}
}
