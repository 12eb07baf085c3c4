package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// delta writes usage of an account that is not rolled up, n minutes of a run each.
func (f *fixture) delta(account int64, from time.Time, n int, runs string) {
	f.t.Helper()
	_, err := f.pool.Exec(f.ctx, `INSERT INTO usage_delta SELECT $1, $2::timestamptz + i * interval '1 minute', 1, 0, 'TOOL_RUN', 'TOOLS', 0, `+runs+`, 1, 0, 0
FROM generate_series(0, $3::int - 1) i`, account, from, n)
	f.must(err)
}

// left is how many rows of an account wait for the roll-up.
func (f *fixture) left(account int64) int64 {
	f.t.Helper()
	return f.count(`SELECT count(*) FROM usage_delta WHERE account_id = $1`, account)
}

// An account with more than fits into a step gets its turn, and the others get theirs before it is through.
func TestRollUpGivesEachAccountItsTurn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.delta(1, start, 20_000, "1")
	for account := int64(2); account < 50; account++ {
		f.delta(account, start, 3, "1")
	}
	if done := f.rollUp(2000 + 48*3); !done.Left || f.left(1) == 0 {
		t.Fatalf("%+v, and %d rows of the heavy account are left", done, f.left(1))
	}
	if n := f.count(`SELECT count(*) FROM usage_delta WHERE account_id > $1`, 1); n != 0 {
		t.Errorf("%d rows of the others wait for the heavy account", n)
	}
	for f.rollUp(5000).Left {
	}
	if n := f.count(`SELECT sum(runs) FROM usage_day WHERE account_id = $1`, 1); n != 20_000 || f.left(1) != 0 {
		t.Errorf("%d runs of 20,000, %d rows left", n, f.left(1))
	}
	f.tablesAddUp()
}

// What cannot be added stays, is reported, and holds up nothing else; once it can, it is added.
func TestRollUpLeavesOutWhatFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for account := int64(1); account < 6; account++ {
		f.delta(account, start, 100, "1")
	}
	_, err := f.pool.Exec(f.ctx, `ALTER TABLE usage_delta_row ALTER kind DROP NOT NULL`)
	f.must(err)
	_, err = f.pool.Exec(f.ctx, `UPDATE usage_delta_row SET kind = NULL WHERE account_id = 3 AND bucket = $1`, start)
	f.must(err)
	for range 3 {
		if _, err := f.RollUp(f.ctx, 100_000); err == nil {
			t.Error("the failure is not reported")
		}
	}
	if n := f.count(`SELECT count(*) FROM usage_delta WHERE account_id <> $1`, 3); n != 0 {
		t.Errorf("%d rows of other accounts are held up", n)
	}
	_, err = f.pool.Exec(f.ctx, `UPDATE usage_delta_row SET kind = 'TOOL_RUN' WHERE kind IS NULL`)
	f.must(err)
	f.rollUp(100_000)
	if n := f.count(`SELECT sum(runs) FROM usage_day WHERE account_id = $1`, 3); n != 100 || f.left(3) != 0 {
		t.Errorf("%d runs of 100, %d rows left", n, f.left(3))
	}
}

// Late usage is added to its own minute, quarter-hour and day, however old it is and whatever is there already.
func TestLateUsageIsAdded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	random := rand.New(rand.NewPCG(5, 5))
	want := usedBy{}
	for i := range 200 {
		at := start.Add(-time.Duration(random.IntN(300*24*3600)) * time.Second)
		f.ingest(tsdb.Record, runs(id, tool, fmt.Sprint(i), at, 2))
		want.add(at, billing.Tools, 2)
		if i%20 == 0 {
			f.rollUp(1000)
		}
	}
	for range 2 {
		q := charts.TrendQuery{Range: billing.Since(start.AddDate(0, 0, -310), f.Now()), Granularity: billing.Day, Zone: zone(t, "Asia/Kathmandu")}
		trend := f.trend(id, q)
		for j, b := range trend.Buckets {
			if sum := want.within(q.Range, b); sum != trend.Used[j] {
				t.Errorf("%s: %v, want %v", b.Start, trend.Used[j], sum)
			}
		}
		f.rollUp(1000)
		f.tablesAddUp()
	}
}

// Marks that a process of the last release leaves are rebuilt from the events, whatever others have added meanwhile.
func TestMarksOfTheLastReleaseAreRebuilt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	at := start.Add(-26 * time.Hour)
	f.ingest(tsdb.Record, runs(id, tool, "rolled up", at, 1))
	f.rollUp(100)
	f.ingest(tsdb.Record, runs(id, tool, "new", at.Add(time.Second), 2))
	for _, sql := range []string{
		`INSERT INTO usage_event (account_id, time, source, event_id, kind, resource_id, runs, charge, posted_at) VALUES ($1, $2, 'test', 'old', 'TOOL_RUN', $3, 4, 0, $2)`,
		`INSERT INTO usage_minute VALUES ($1, date_bin('1 minute', $2, 'epoch'), $3 + 1, 7, 'HOSTING', 'MODELS', 1000, 0, 0, 0, 0)`,
		`INSERT INTO usage_dirty SELECT $1, date_bin('15 minutes', $2, 'epoch') WHERE $3::bigint > 0`,
	} {
		_, err := f.pool.Exec(f.ctx, sql, id, at, tool)
		f.must(err)
	}
	for range 2 {
		f.rollUp(100)
		for table, want := range map[string]int64{"usage_minute": 7, "usage_quarter": 7, "usage_day": 7} {
			if n := f.count(`SELECT sum(runs) FROM `+table+` WHERE account_id = $1`, id); n != want {
				t.Errorf("%s has %d runs, want %d", table, n, want)
			}
			if n := f.count(`SELECT sum(credits) FROM `+table+` WHERE account_id = $1`, id); n != 1000 {
				t.Errorf("%s has %d of hosting, want 1000", table, n)
			}
		}
	}
	f.tablesAddUp()
}

// What commits while a roll-up runs is added by the next one: every figure counts once, before and after.
func TestRollUpLeavesWhatCommitsMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	at := start.Add(-time.Hour)
	f.ingest(tsdb.Record, runs(id, tool, "seen", at, 1))
	tx, err := f.pool.Begin(f.ctx)
	f.must(err)
	_, err = tx.Exec(f.ctx, `INSERT INTO usage_delta VALUES ($1, $2, $3, 0, 'TOOL_RUN', 'TOOLS', 0, 5, 1, 0, 0)`, id, at, tool)
	f.must(err)
	if done := f.rollUp(100); done.Rows != 1 {
		t.Errorf("rolled up %+v", done)
	}
	f.must(tx.Commit(f.ctx))
	q := charts.TrendQuery{Range: billing.Resolve(billing.Last24Hours, start, time.UTC), Granularity: billing.Day, Zone: time.UTC}
	for range 2 {
		if got := f.trend(id, q).Used[1][billing.Tools.Index()]; got != 6 {
			t.Errorf("%d runs, want 6", got)
		}
		f.rollUp(100)
	}
	if n := f.rows("usage_delta"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// A second roll-up stops at once if one is running.
func TestRollUpExcludesAnother(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.ingest(tsdb.Record, runs(id, f.resource(id, "TOOL", "DEPLOYED"), "a", start.Add(-time.Hour), 1))
	tx, err := f.pool.Begin(f.ctx)
	f.must(err)
	_, err = tx.Exec(f.ctx, `SELECT pg_advisory_xact_lock($1)`, int64(0x726f6c6c7570))
	f.must(err)
	if done := f.rollUp(100); !done.Busy || done.Rows != 0 {
		t.Errorf("beside another: %+v", done)
	}
	f.must(tx.Rollback(f.ctx))
	if done := f.rollUp(100); done.Busy || done.Rows != 1 || done.Left {
		t.Errorf("alone: %+v", done)
	}
}
