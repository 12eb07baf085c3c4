package charts_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Groups by time have a row per bucket for every combination of their other keys, page by page, whichever comes first
// (rules.md §9).
func TestPivotFillsTime(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	span := charts.Span{Range: billing.Resolve(billing.Last7Days, p.Now(), time.UTC)}
	for _, by := range [][]charts.Dimension{{charts.ByTime}, {charts.ByTime, charts.ByKind}, {charts.ByKind, charts.ByTime}, {charts.ByAccount, charts.ByTime, charts.ByResource, charts.ByDeployment}} {
		q := charts.PivotQuery{Accounts: []int64{p.account}, Span: span, GroupBy: by, Granularity: billing.Day, Zone: time.UTC}
		q.Sparse = true
		sparse := p.pivot(q)
		q.Sparse = false
		filled := p.pivot(q)
		kinds := map[string]bool{}
		for _, row := range sparse.Rows {
			kinds[row.Kind+string(row.Category)+row.ResourceName+row.DeploymentName] = true
		}
		wants(t, "rows", filled.Total, 7*len(kinds))
		wants(t, "rows read", len(filled.Rows), filled.Total)
		wants(t, "totals", filled.Totals, sparse.Totals)
		for _, row := range filled.Rows {
			wants(t, "partial", row.Bucket.Partial, row.Bucket.End.After(p.Now()))
		}
		q.Limit = 3
		q.After = filled.Rows[len(filled.Rows)-2].Key
		wants(t, "last page", len(p.pivot(q).Rows), 1)
	}
}

// Without any usage there is the row of time alone, and no other.
func TestPivotFillsNothing(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	span := charts.Span{Range: billing.Resolve(billing.LastMonth, p.Now(), time.UTC)}
	q := charts.PivotQuery{Accounts: []int64{p.account}, Span: span, GroupBy: []charts.Dimension{charts.ByTime}, Granularity: billing.Day, Zone: time.UTC, Filter: charts.PivotFilter{Kinds: []string{"FINE_TUNING"}}}
	wants(t, "days", p.pivot(q).Total, int(span.To.Sub(span.From)/(24*time.Hour)))
	q.GroupBy = append(q.GroupBy, charts.ByKind)
	wants(t, "kinds", p.pivot(q).Total, 0)
}

// A query whose groups would be filled up to too many rows is refused, for the page and for the totals.
func TestPivotFillsOnlySoMuch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.NewAccount()
	f.Exec(`INSERT INTO usage_day (account_id, bucket, resource_id, kind, category, runs, events) SELECT $1, $2, n, 'TOOL_RUN', 'TOOLS', 1, 1 FROM generate_series(1, 17000) n`,
		id, start.Truncate(24*time.Hour).Add(-48*time.Hour))
	q := charts.PivotQuery{Accounts: []int64{id}, Span: charts.Span{Range: billing.Resolve(billing.Last30Days, f.Now(), time.UTC)},
		GroupBy: []charts.Dimension{charts.ByResource, charts.ByTime}, Granularity: billing.Day, Zone: time.UTC, Limit: 5}
	for _, rows := range []bool{true, false} {
		q.Rows, q.Totals = rows, !rows
		f.wantRefused(f.pivotError(q), tsdb.RangeTooFine)
	}
	q.Sparse, q.Rows, q.Totals = true, true, true
	f.Must(f.pivotError(q))
}

// Sums that no int64 holds are refused with a code, wherever they arise: they are not failures.
func TestSumsBeyondAFigure(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var last int64
	for range 3 {
		last = f.NewAccount()
		f.Exec(`INSERT INTO usage_day (account_id, bucket, resource_id, kind, category, credits, input_tokens, events)
SELECT $1, $2, n, 'INFERENCE', 'MODELS', $3, $3, 1 FROM generate_series(1, 2) n`, last, start.Truncate(24*time.Hour).Add(-48*time.Hour), int64(billing.MaxBalance))
	}
	week := charts.Span{Range: billing.Resolve(billing.Last7Days, f.Now(), time.UTC)}
	f.Must(f.pivotError(charts.PivotQuery{Span: week, GroupBy: []charts.Dimension{charts.ByAccount}, Rows: true, Limit: 9}))
	for _, by := range [][]charts.Dimension{{}, {charts.ByKind}, {charts.ByAccount}} {
		f.wantRefused(f.pivotError(charts.PivotQuery{Span: week, GroupBy: by, Totals: true}), tsdb.TooMuch)
	}
	f.Exec(`INSERT INTO account_usage SELECT $1, 0, $2::timestamptz, kind, 'MODELS', $3, 0 FROM unnest(ARRAY['INFERENCE', 'HOSTING', 'FINE_TUNING']) kind`,
		last, start.Truncate(24*time.Hour).Add(-48*time.Hour), int64(billing.MaxBalance))
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	_, err := r.UsedIn(f.Ctx, last, week)
	f.wantRefused(err, tsdb.TooMuch)
}

func (f *fixture) pivotError(q charts.PivotQuery) error {
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	_, err := r.Pivot(f.Ctx, q)
	return err
}
