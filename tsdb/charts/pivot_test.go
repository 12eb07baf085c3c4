package charts_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

func (p *tabs) pivot(q charts.PivotQuery) (out *charts.Pivot) {
	p.T.Helper()
	q.Rows, q.Totals = true, true
	if q.Limit == 0 {
		q.Limit = 100
	}
	p.read(func(r *charts.Reader) {
		var err error
		out, err = r.Pivot(p.Ctx, q)
		p.Must(err)
	})
	return out
}

// However usage is grouped, the groups add up to what the books drew.
func TestPivotAddsUp(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	a := p.View(p.account)
	for _, by := range [][]charts.Dimension{
		{}, {charts.ByAccount}, {charts.ByCategory}, {charts.ByKind}, {charts.ByResource}, {charts.ByDeployment}, {charts.ByTime},
		{charts.ByTime, charts.ByKind, charts.ByResource}, {charts.ByAccount, charts.ByCategory, charts.ByKind, charts.ByResource, charts.ByDeployment},
	} {
		for _, accounts := range [][]int64{{p.account}, nil} {
			span := ever
			if accounts == nil {
				span = charts.Span{Range: billing.Since(start.Add(-96*time.Hour), p.Now().Add(5*time.Minute))}
			}
			q := charts.PivotQuery{Accounts: accounts, Span: span, GroupBy: by, Granularity: billing.Day, Zone: time.UTC}
			out := p.pivot(q)
			var sum charts.PivotFigures
			for _, row := range out.Rows {
				sum.Credits += row.Credits
				sum.Runs += row.Runs
				sum.Events += row.Events
				sum.InputTokens += row.InputTokens
				sum.OutputTokens += row.OutputTokens
			}
			want := charts.PivotFigures{Credits: a.Credits.Used(), Runs: int64(a.Runs.Used()), Events: 5, InputTokens: 1_000_000, OutputTokens: 1_000_000}
			wants(t, "rows", sum, want)
			wants(t, "totals", out.Totals, want)
			wants(t, "total", out.Total, len(out.Rows))
		}
	}
}

// The first series of a chart stay in the order of time unless another order was asked for; without time they are
// ordered by credits.
func TestTheFirstSeriesKeepTheOrderOfTime(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	q := charts.PivotQuery{Accounts: []int64{p.account}, Span: ever, GroupBy: []charts.Dimension{charts.ByTime, charts.ByResource}, Granularity: billing.Day, Zone: time.UTC, Top: 2}
	out, others, last := p.pivot(q), 0, time.Time{}
	for _, row := range out.Rows {
		if row.Other && others == 0 {
			last = time.Time{} // those come last, in the same order
		}
		if row.Bucket.Start.Before(last) {
			t.Fatalf("%v after %v", row.Bucket.Start, last)
		}
		if last = row.Bucket.Start; row.Other {
			others++
		}
	}
	if others == 0 || others == len(out.Rows) {
		t.Errorf("%d of %d rows are of the others", others, len(out.Rows))
	}
	q.GroupBy, q.Top = []charts.Dimension{charts.ByResource}, 3
	if rows := p.pivot(q).Rows; len(rows) != 4 || rows[0].Credits < rows[1].Credits || rows[1].Credits < rows[2].Credits || !rows[3].Other {
		t.Errorf("%+v", rows)
	}
}

func TestPivotNamesItsGroups(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	out := p.pivot(charts.PivotQuery{Accounts: []int64{p.account}, Span: ever, GroupBy: []charts.Dimension{charts.ByCategory, charts.ByResource, charts.ByDeployment, charts.ByTime},
		Granularity: billing.Hour, Zone: time.UTC, Filter: charts.PivotFilter{Kinds: []string{"INFERENCE", "HOSTING"}, Categories: []billing.Category{billing.Models}, Resources: []int64{p.model}}})
	used := slices.DeleteFunc(out.Rows, func(row charts.PivotRow) bool { return row.Credits == 0 })
	first, last := used[0], used[len(used)-1]
	wants(t, "use that names no deployment", first.DeploymentID, 0)
	wants(t, "its credits", first.Credits, micro("1.5"))
	wants(t, "model", last.ResourceName, "Llama")
	wants(t, "kind", last.ResourceKind, tsdb.KindModel)
	wants(t, "category", last.Category, billing.Models)
	wants(t, "hour", first.Bucket.Start.Equal(start.Truncate(time.Hour)), true)
}

func TestPivotPages(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	q := charts.PivotQuery{Accounts: []int64{p.account}, Span: ever, GroupBy: []charts.Dimension{charts.ByKind, charts.ByResource}}
	whole := p.pivot(q)
	q.Limit = 2
	var seen int
	for {
		out := p.pivot(q)
		for i, row := range out.Rows {
			wants(t, "row", row.ResourceID, whole.Rows[seen+i].ResourceID)
		}
		seen += len(out.Rows)
		if !out.HasNext {
			break
		}
		q.After = out.Rows[len(out.Rows)-1].Key
	}
	wants(t, "rows seen", seen, whole.Total)
	q = charts.PivotQuery{Accounts: []int64{p.account}, Span: ever, GroupBy: q.GroupBy, Limit: 2, Backward: true}
	out := p.pivot(q)
	wants(t, "last row", out.Rows[1].ResourceID, whole.Rows[whole.Total-1].ResourceID)
	wants(t, "more before", out.HasPrev, true)
	q.Before = out.Rows[0].Key
	wants(t, "row before", p.pivot(q).Rows[1].ResourceID, whole.Rows[whole.Total-3].ResourceID)
}

func TestPivotRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.NewAccount()
	month := charts.Span{Range: billing.Resolve(billing.Last30Days, start, time.UTC)}
	for name, c := range map[string]struct {
		query charts.PivotQuery
		code  tsdb.Code
	}{
		"a dimension twice":     {charts.PivotQuery{Span: month, GroupBy: []charts.Dimension{charts.ByKind, charts.ByKind}}, tsdb.Invalid},
		"too fine":              {charts.PivotQuery{Span: month, GroupBy: []charts.Dimension{charts.ByTime}, Granularity: billing.Minute, Zone: time.UTC}, tsdb.RangeTooFine},
		"another list's cursor": {charts.PivotQuery{Span: month, GroupBy: []charts.Dimension{charts.ByResource}, After: []string{"x"}}, charts.BadPage},
		"a shorter cursor":      {charts.PivotQuery{Span: month, GroupBy: []charts.Dimension{charts.ByResource}, After: []string{}}, charts.BadPage},
		"an unknown account":    {charts.PivotQuery{Span: month, Accounts: []int64{999}}, tsdb.NotFound},
	} {
		if c.query.Accounts == nil {
			c.query.Accounts = []int64{id}
		}
		c.query.Rows, c.query.Limit = true, 10
		r := charts.Read(f.Store)
		_, err := r.Pivot(f.Ctx, c.query)
		r.Close(f.Ctx)
		var refused *tsdb.Error
		if !errors.As(err, &refused) || refused.Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}
