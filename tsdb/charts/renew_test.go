package charts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// A Reader answers for one moment until it is renewed. Then nothing that it remembered of the old moment is in an
// answer: not where usage began, what was used lately, what hosting there was, nor which deployments a model had.
func TestARenewedReaderForgets(t *testing.T) {
	t.Parallel()
	f, account := aged(t)
	tool, model, script := f.NewResource(account, "TOOL", "DEPLOYED"), f.NewResource(account, "MODEL", "REGISTERED"), f.NewResource(account, "SCRIPT", "DEPLOYED")
	r := charts.Read(f.Store)
	defer func() { r.Close(f.Ctx) }() // the one in use at the end
	ask := func() string {
		q := charts.TabQuery{Span: ever, Sums: true, Page: charts.TabPage{Limit: 9}}
		used, err := r.UsedIn(f.Ctx, account, ever)
		f.Must(err)
		lately, err := r.Lately(f.Ctx, []int64{account})
		f.Must(err)
		models, err := r.Models(f.Ctx, account, q)
		f.Must(err)
		drill, err := r.ModelDeployments(f.Ctx, account, model, q)
		f.Must(err)
		scripts, err := r.Scripts(f.Ctx, account, q)
		f.Must(err)
		segments, err := r.Segments(f.Ctx, account, charts.SegmentQuery{Span: ever, Page: pg.Page{Limit: 9}})
		f.Must(err)
		return fmt.Sprint(used.Range.From, used.Used, lately[account].Of(billing.ToolRuns).Day, models.Used, drill.Total, scripts.Seconds > 0, len(segments.Rows))
	}
	before := ask()
	f.Report(tsdb.Record, storetest.Runs(account, tool, "long ago", start.AddDate(0, 0, -90), 3), storetest.Runs(account, tool, "lately", start.Add(-time.Hour), 4),
		storetest.Tokens(account, model, "t", start.Add(-time.Hour), 1_000_000, 0))
	f.host(account, script, billing.Scripts, "1vcpu-2gb", 1000, 1, start.Add(-time.Hour))
	f.host(account, model, billing.Models, "g6.xlarge", 0, 1, start.Add(-time.Hour))
	if again := ask(); again != before {
		t.Errorf("of one moment %s and %s", before, again)
	}
	r.Renew(f.Ctx)
	after, fresh := ask(), charts.Read(f.Store)
	r.Close(f.Ctx)
	r = fresh
	if want := ask(); after != want || after == before || !strings.Contains(after, start.AddDate(0, 0, -90).Format(time.DateOnly)) {
		t.Errorf("renewed %s, a new one %s, before %s", after, want, before)
	}
}

// Beyond names what a query asks for that is not told apart, for the accounts asked about, and nothing that was not
// asked for.
func TestWhatIsNotToldApartIsNamed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	many, few := f.NewAccount(), f.NewAccount()
	for i, account := range []int64{many, few} {
		tool := f.NewResource(account, "TOOL", "DEPLOYED")
		for n := range []int{tsdb.MaxTagKeys + 1, 3}[i] {
			e := storetest.Runs(account, tool, fmt.Sprint(n), start, 1)
			e.Attribution = tsdb.Attribution{User: "ann", Tags: tsdb.Tags{fmt.Sprintf("k%03d", n): "v"}}
			f.Report(tsdb.Record, e)
		}
	}
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	last := fmt.Sprintf("k%03d", tsdb.MaxTagKeys)
	for name, c := range map[string]struct {
		query charts.PivotQuery
		want  []string
	}{
		"nothing of it":        {charts.PivotQuery{Accounts: []int64{many}, GroupBy: []charts.Dimension{charts.ByResource, charts.ByResourceTag(last)}}, nil},
		"what is told apart":   {charts.PivotQuery{Accounts: []int64{many}, GroupBy: []charts.Dimension{charts.ByUser, charts.ByTag("k000")}}, nil},
		"what is not":          {charts.PivotQuery{Accounts: []int64{many}, GroupBy: []charts.Dimension{charts.ByTag("k000"), charts.ByTag(last)}}, []string{"tag:" + last}},
		"by a filter":          {charts.PivotQuery{Accounts: []int64{many}, Filter: charts.PivotFilter{Tags: []charts.TagFilter{{Key: last}, {Key: last}}}}, []string{"tag:" + last}},
		"of another account":   {charts.PivotQuery{Accounts: []int64{few}, GroupBy: []charts.Dimension{charts.ByTag(last)}}, nil},
		"of all accounts":      {charts.PivotQuery{GroupBy: []charts.Dimension{charts.ByTag(last)}}, []string{"tag:" + last}},
		"of no account":        {charts.PivotQuery{Accounts: []int64{}, GroupBy: []charts.Dimension{charts.ByTag(last)}}, nil},
		"users and API keys":   {charts.PivotQuery{Accounts: []int64{many}, Users: true, Filter: charts.PivotFilter{APIKeys: []string{""}}}, nil},
		"a key nobody has":     {charts.PivotQuery{Accounts: []int64{few}, GroupBy: []charts.Dimension{charts.ByTag("never")}}, nil},
		"a key with a pattern": {charts.PivotQuery{Accounts: []int64{few}, GroupBy: []charts.Dimension{charts.ByTag("k%")}}, nil},
	} {
		got, err := r.Beyond(f.Ctx, &c.query)
		if f.Must(err); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	keys, err := r.TagKeys(f.Ctx, few)
	if f.Must(err); !slices.Equal(keys, []string{"k000", "k001", "k002"}) {
		t.Errorf("%q", keys)
	}
}

// Bounds of a pivot leave the groups within them, both ends included, in the rows and in the totals; a change is bounded and ordered by only
// where something is compared.
func TestBoundsOfGroups(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account := f.NewAccount()
	var tools []int64
	for n := range 5 {
		tool := f.NewResource(account, "TOOL", "DEPLOYED")
		tools = append(tools, tool)
		f.Report(tsdb.Record, storetest.Runs(account, tool, fmt.Sprint("now", n), start.Add(-time.Hour), int64(n+1)), storetest.Runs(account, tool, fmt.Sprint("then", n), start.Add(-25*time.Hour), int64(5*n)+1))
	}
	day := charts.Span{Range: billing.Range{From: start.Add(-24 * time.Hour), To: start}}
	before := charts.Span{Range: billing.Range{From: start.Add(-48 * time.Hour), To: start.Add(-24 * time.Hour)}}
	at := func(n int64) *int64 { return &n }
	for name, c := range map[string]struct {
		edit func(*charts.PivotQuery)
		want []int64 // tools in the order of rows
	}{
		"at least": {func(q *charts.PivotQuery) { q.Having = []charts.PivotBound{{Measure: charts.OfRuns, AtLeast: at(4)}} }, []int64{tools[4], tools[3]}},
		"at most":  {func(q *charts.PivotQuery) { q.Having = []charts.PivotBound{{Measure: charts.OfRuns, AtMost: at(2)}} }, []int64{tools[1], tools[0]}},
		"between": {func(q *charts.PivotQuery) {
			q.Having = []charts.PivotBound{{Measure: charts.OfRuns, AtLeast: at(2), AtMost: at(3)}}
		}, []int64{tools[2], tools[1]}},
		"turned round": {func(q *charts.PivotQuery) {
			q.Having = []charts.PivotBound{{Measure: charts.OfRuns, AtLeast: at(3), AtMost: at(2)}}
		}, nil},
		"by the change": {func(q *charts.PivotQuery) {
			q.Compare, q.OrderBy = &before, []charts.PivotOrder{{Measure: charts.OfRuns, Change: true}}
		}, []int64{tools[4], tools[3], tools[2], tools[1], tools[0]}},
	} {
		q := charts.PivotQuery{Accounts: []int64{account}, Span: day, GroupBy: []charts.Dimension{charts.ByResource}, OrderBy: []charts.PivotOrder{{Measure: charts.OfRuns, Desc: true}},
			Rows: true, Totals: true, Limit: 9}
		c.edit(&q)
		r := charts.Read(f.Store)
		p, err := r.Pivot(f.Ctx, q)
		r.Close(f.Ctx)
		f.Must(err)
		var got []int64
		for i := range p.Rows {
			got = append(got, p.Rows[i].ResourceID)
		}
		if !slices.Equal(got, c.want) || p.Total != len(c.want) {
			t.Errorf("%s: %v of %d, want %v", name, got, p.Total, c.want)
		}
	}
	for name, edit := range map[string]func(*charts.PivotQuery){
		"a change of nothing": func(q *charts.PivotQuery) { q.OrderBy = []charts.PivotOrder{{Measure: charts.OfRuns, Change: true}} },
		"an unknown measure":  func(q *charts.PivotQuery) { q.OrderBy = []charts.PivotOrder{{Measure: "LUCK"}} },
		"another dimension":   func(q *charts.PivotQuery) { q.OrderBy = []charts.PivotOrder{{Dimension: charts.ByKind}} },
		"both at once": func(q *charts.PivotQuery) {
			q.OrderBy = []charts.PivotOrder{{Dimension: charts.ByResource, Measure: charts.OfRuns}}
		},
		"a bound of a dimension": func(q *charts.PivotQuery) { q.Having = []charts.PivotBound{{Measure: "RESOURCE", AtLeast: at(1)}} },
		"the first of no series": func(q *charts.PivotQuery) { q.GroupBy, q.Top, q.OrderBy = nil, 3, nil },
	} {
		q := charts.PivotQuery{Accounts: []int64{account}, Span: day, GroupBy: []charts.Dimension{charts.ByResource}, Rows: true, Limit: 9}
		edit(&q)
		r := charts.Read(f.Store)
		_, err := r.Pivot(f.Ctx, q)
		r.Close(f.Ctx)
		var refused *tsdb.Error
		if t.Log(name); err == nil {
			t.Errorf("%s is answered", name)
			continue
		}
		refused = f.wantRefused(err, tsdb.Invalid)
		if refused.Field == "" {
			t.Errorf("%s: %v names no argument", name, err)
		}
	}
}
