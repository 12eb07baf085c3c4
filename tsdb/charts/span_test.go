package charts_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// Ever stands for a range that says what its figures cover, the same in every answer: here from 3 runs three days
// before the account was made up to one that is dated four minutes ahead.
func TestEverIsARange(t *testing.T) {
	t.Parallel()
	p := newTabs(t)
	p.Report(tsdb.Record, storetest.Runs(p.account, p.tool, "far ahead", p.Now().Add(4*time.Minute), 1))
	want := billing.Range{From: start.Truncate(time.Minute).Add(-72 * time.Hour), To: p.Now().Truncate(time.Minute).Add(5 * time.Minute), EndsNow: true}
	for _, when := range []string{"before", "after"} {
		p.read(func(r *charts.Reader) {
			tools, err := r.Tools(p.Ctx, p.account, charts.TabQuery{Span: ever, Page: charts.TabPage{Limit: 9}})
			p.Must(err)
			scripts, err := r.Scripts(p.Ctx, p.account, charts.TabQuery{Span: ever, Page: charts.TabPage{Limit: 9}})
			p.Must(err)
			models, err := r.Models(p.Ctx, p.account, charts.TabQuery{Span: ever, Page: charts.TabPage{Limit: 9}})
			p.Must(err)
			used, err := r.UsedIn(p.Ctx, p.account, ever)
			p.Must(err)
			one, err := r.Pivot(p.Ctx, charts.PivotQuery{Accounts: []int64{p.account}, Span: ever, Totals: true})
			p.Must(err)
			all, err := r.Pivot(p.Ctx, charts.PivotQuery{Span: ever, Totals: true})
			p.Must(err)
			for name, got := range map[string]billing.Range{"tools": tools.Range, "scripts": scripts.Range, "models": models.Range, "overview": used.Range,
				"usage": one.Range, "usage of all": all.Range} {
				wants(t, when+" the roll-up: "+name, got, want)
			}
			in, err := r.UsedIn(p.Ctx, p.account, charts.Span{Range: used.Range})
			p.Must(err)
			wants(t, "what the range covers", in.Used, used.Used)
			wants(t, "all accounts", all.Totals, one.Totals)
		})
		p.rollUp(1000)
	}
}

// For an account without any usage, Ever is the account's own time.
func TestEverOfNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.NewAccount()
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	out, err := r.Pivot(f.Ctx, charts.PivotQuery{Accounts: []int64{id}, Span: ever, GroupBy: []charts.Dimension{charts.ByTime}, Granularity: billing.Minute, Zone: time.UTC,
		Rows: true, Limit: 5})
	f.Must(err)
	minute := start.Truncate(time.Minute)
	wants(t, "range", out.Range, billing.Range{From: minute, To: minute.Add(time.Minute), EndsNow: true})
	wants(t, "buckets", len(out.Rows), 1)
}
