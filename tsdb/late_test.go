package tsdb_test

import (
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// Much hosting that is reported late is in the chart tables at once, unless a roll-up is running or something holds the
// tables: then it goes the way of all usage. Either way, charts and books are the same, and so are rebuilt charts.
func TestMuchLateHostingIsChartedAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(start.AddDate(0, 0, -20))
	var ids, models []int64
	for range 3 {
		id := f.account()
		ids, models = append(ids, id), append(models, f.model(id))
		f.topUp(id, billing.ModelCredits, 100_000*credit)
	}
	f.clock.set(start)
	late := func(i int) {
		f.t.Helper()
		began := start.AddDate(0, 0, -9).Add(17 * time.Second)
		id := f.deployModel(ids[i], models[i], gpu, 2, began)
		_, err := f.UndeployModel(f.ctx, ids[i], id, start.AddDate(0, 0, -3).Add(7*time.Second)) // takes some of it back
		f.must(err)
	}
	late(0)
	if n := f.count(`SELECT count(*) FROM usage_delta WHERE account_id = $1`, ids[0]); n != 0 {
		t.Errorf("%d rows wait for the roll-up", n)
	}
	for i, holds := range []string{`SELECT pg_advisory_xact_lock(x'726f6c6c7570'::bigint)`, `LOCK TABLE usage_day IN EXCLUSIVE MODE`} {
		tx, err := f.pool.Begin(f.ctx)
		f.must(err)
		_, err = tx.Exec(f.ctx, holds)
		f.must(err)
		late(i + 1)
		f.must(tx.Rollback(f.ctx))
		if n := f.count(`SELECT count(*) FROM usage_delta WHERE account_id = $1`, ids[i+1]); n < 9*24*60 {
			t.Errorf("%s: %d rows went by usage_delta", holds, n)
		}
	}
	f.rollUp(100_000)
	f.tablesAddUp()
	want := f.hostingCharts(ids[0])
	for i, id := range ids {
		if got := f.hostingCharts(id); got != want || !strings.Contains(got, "HOSTING") {
			t.Errorf("account %d: charts differ from the first's", i)
		}
		f.reconciled(id)
		f.checkBooks(id)
	}
	_, err := f.RebuildCharts(f.ctx, ids[0], nil)
	f.must(err)
	if f.hostingCharts(ids[0]) != want {
		t.Error("rebuilt charts differ")
	}
}

// hostingCharts are the rows of all chart tables of an account, without its ids. What cancels out counts as nothing.
func (f *fixture) hostingCharts(id int64) (all string) {
	f.t.Helper()
	f.must(f.pool.QueryRow(f.ctx, `SELECT string_agg(row, E'\n' ORDER BY row) FROM (
  SELECT concat_ws(' ', 'minute', bucket, kind, category, credits, runs, events) AS row FROM usage_minute WHERE account_id = $1 AND credits <> 0
  UNION ALL SELECT concat_ws(' ', 'quarter', bucket, kind, category, credits, runs, events) FROM usage_quarter WHERE account_id = $1 AND credits <> 0
  UNION ALL SELECT concat_ws(' ', 'day', bucket, kind, category, credits, runs, events) FROM usage_day WHERE account_id = $1 AND credits <> 0
  UNION ALL SELECT concat_ws(' ', 'all', slot, day, kind, category, credits, runs) FROM account_usage WHERE account_id = $1 AND credits <> 0) t`, id).Scan(&all))
	return all
}
