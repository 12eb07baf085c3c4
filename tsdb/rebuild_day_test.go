package tsdb_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// charts is a digest of each chart table of an account. What cancels out counts as nothing.
func (f *fixture) charts(id int64) (digests [3]string) {
	f.t.Helper()
	for i, table := range []string{"usage_minute", "usage_quarter", "usage_day"} {
		f.must(f.pool.QueryRow(f.ctx, `SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM `+table+` t
WHERE account_id = $1 AND (credits <> 0 OR events <> 0)`, id).Scan(&digests[i]))
	}
	return digests
}

// Whatever was done to the charts of an account, a rebuild makes them from the facts as they were, and leaves other accounts alone.
func TestRebuildMakesChartsFromFacts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.wholeLife(), f.wholeLife()
	want, others := f.charts(id), f.charts(other)
	for _, sql := range []string{
		`DELETE FROM usage_minute WHERE account_id = $1`,
		`DELETE FROM usage_quarter WHERE account_id = $1 AND kind = 'HOSTING'`,
		`UPDATE usage_day SET credits = credits + 7, runs = runs * 2 WHERE account_id = $1`,
		`INSERT INTO usage_delta SELECT account_id, bucket, resource_id, deployment_id, kind, category, 5, 5, 5, 5, 5 FROM usage_day WHERE account_id = $1`,
		`INSERT INTO usage_day SELECT account_id, bucket - interval '1 day', 9, 9, kind, category, 1, 1, 1, 1, 1 FROM usage_day WHERE account_id = $1 ON CONFLICT DO NOTHING`,
		`SELECT $1::bigint`,
	} {
		_, err := f.pool.Exec(f.ctx, sql, id)
		f.must(err)
		days := 0
		done, err := f.RebuildCharts(f.ctx, id, func(p tsdb.RebuildProgress) { days = p.Done })
		f.must(err)
		if got := f.charts(id); got != want {
			t.Fatalf("after %s the charts are\n%s\nnot\n%s", sql, got[2], want[2])
		}
		if done.Rows == 0 || done.Done != done.Total || days != done.Total {
			t.Errorf("progress: %+v, %d days shown", done, days)
		}
		f.reconciled(id)
	}
	if f.charts(other) != others {
		t.Error("the rebuild of one account changed another")
	}
	if _, err := f.RebuildCharts(f.ctx, 1<<40, nil); !errors.As(err, new(*tsdb.Error)) {
		t.Errorf("an unknown account: %v", err)
	}
}

// A rebuild of everything during ingestion and roll-ups loses nothing and counts nothing twice.
func TestRebuildBesideIngest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var ids, tools []int64
	for range 3 {
		id := f.account()
		ids, tools = append(ids, id), append(tools, f.resource(id, "TOOL", "DEPLOYED"))
	}
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			for n := range 40 {
				f.ingest(tsdb.Record, runs(id, tools[i], fmt.Sprint(n), start.Add(-time.Duration(n%5)*20*time.Hour), 1))
				if n%10 == 9 {
					_, _ = f.RollUp(f.ctx, 100)
				}
			}
		})
	}
	for range 3 {
		if _, err := f.RebuildCharts(f.ctx, 0, nil); err != nil {
			t.Fatal(err)
		}
	}
	all.Wait()
	for range 2 {
		for _, id := range ids {
			if n := f.count(`SELECT sum(runs) FROM (SELECT runs FROM usage_day WHERE account_id = $1 UNION ALL SELECT runs FROM usage_delta WHERE account_id = $1) u`, id); n != 40 {
				t.Errorf("account %d: %d runs of 40", id, n)
			}
			f.reconciled(id)
		}
		if _, err := f.RebuildCharts(f.ctx, 0, nil); err != nil {
			t.Fatal(err)
		}
	}
	f.tablesAddUp()
}

// Retention may drop the events of days that a running rebuild has not reached yet: these days stay as they are.
func TestRebuildBesideRetention(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps()
	id, _ := f.usedInMarch()
	f.clock.advance(20 * day)
	f.catchUp()
	days := func() (rows string) {
		f.must(f.pool.QueryRow(f.ctx, `SELECT string_agg(d::text, '|' ORDER BY d::text) FROM usage_day d WHERE account_id = $1`, id).Scan(&rows))
		return rows
	}
	want := days()
	_, err := f.RebuildCharts(f.ctx, 0, func(p tsdb.RebuildProgress) {
		if p.Done == 1 {
			if done := f.retain(); done.Dropped["usage_event"] == 0 {
				t.Errorf("retention dropped %+v", done)
			}
		}
	})
	f.must(err)
	if got := days(); got != want {
		t.Errorf("the days are\n%s\nnot\n%s", got, want)
	}
	f.reconcile()
}

// Retention drops chunk by chunk: if it has dropped the last chunk of events and not yet reached the minutes, nothing
// of events can be made from facts any more.
func TestRebuildWithoutAnyEventsLeft(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.keeps()
	id, _ := f.usedInMarch()
	f.clock.advance(20 * day)
	f.catchUp()
	f.exec(`SELECT drop_chunks('usage_event', older_than => timestamptz '2100-01-01')`)
	f.exec(`INSERT INTO usage_frozen (account_id, kind, category, credits, runs) VALUES ($1, 'TOOL_RUN', 'TOOLS', 0, 120)`, id)
	want := f.charts(id)
	if want[0] == "" {
		t.Fatal("no minutes are left")
	}
	if _, err := f.RebuildCharts(f.ctx, 0, nil); err != nil {
		t.Fatal(err)
	}
	if got := f.charts(id); got != want {
		t.Errorf("the charts are\n%s\nnot\n%s", got, want)
	}
}
