package charts_test

import (
	"flag"
	"strconv"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

var update = flag.Bool("update", false, "write the golden statements again")

// built is a fixture whose statements are compared with testdata/sql, and a span of nine days with ragged ends.
type built struct {
	*fixture
	sent *storetest.Statements
	days charts.Span
}

func newBuilt(t *testing.T) *built {
	t.Helper()
	pool, sent := storetest.Traced(t)
	return &built{fixtureOn(t, pool, tsdb.Settings{}), sent, charts.Span{Range: billing.Range{From: start.Add(-9*24*time.Hour - 7*time.Minute), To: start}}}
}

// golden compares the statements of a question to a reader, which is new.
func (b *built) golden(name string, ask func(r *charts.Reader) error) {
	b.T.Helper()
	b.sent.Golden(b.T, name, *update, func() error {
		r := charts.Read(b.Store)
		defer r.Close(b.Ctx)
		return ask(r)
	})
}

// -update writes the files.
func TestBuiltStatements(t *testing.T) {
	t.Parallel()
	f := newBuilt(t)
	id, days := f.NewAccount(), f.days
	model := f.NewResource(id, "MODEL", "DEPLOYED")
	q := charts.TabQuery{Span: days, Sums: true, Search: "one", Page: charts.TabPage{Limit: 25}}
	for name, ask := range map[string]func(r *charts.Reader) error{
		"trend": func(r *charts.Reader) error {
			_, err := r.Trend(f.Ctx, id, charts.TrendQuery{Range: days.Range, Granularity: billing.Day, Zone: time.UTC, Category: billing.Models, ResourceID: model})
			return err
		},
		"overview":   func(r *charts.Reader) error { _, err := r.UsedIn(f.Ctx, id, days); return err },
		"tools":      func(r *charts.Reader) error { _, err := r.Tools(f.Ctx, id, q); return err },
		"models":     func(r *charts.Reader) error { _, err := r.Models(f.Ctx, id, q); return err },
		"drill_down": func(r *charts.Reader) error { _, err := r.ModelDeployments(f.Ctx, id, model, q); return err },
		"guardrails": func(r *charts.Reader) error { _, err := r.Guardrails(f.Ctx, id, q); return err },
		"names_alone": func(r *charts.Reader) error {
			_, err := r.Tools(f.Ctx, id, charts.TabQuery{Span: days, Page: q.Page})
			return err
		},
		"lately":       func(r *charts.Reader) error { _, err := r.Lately(f.Ctx, []int64{id}); return err },
		"of_all_times": func(r *charts.Reader) error { _, err := r.UsedIn(f.Ctx, id, ever); return err },
	} {
		f.golden(name, ask)
	}
}

// Each part of a pivot's statement is in one of these: series along time, the compared span, what is filtered, bounded and
// cut to the first, what usage carries, what runs, and what is counted once.
func TestBuiltPivots(t *testing.T) {
	t.Parallel()
	f := newBuilt(t)
	id := f.NewAccount()
	model := f.NewResource(id, "MODEL", "DEPLOYED")
	f.hosts(id, model, 1_000_000, 2, 3)
	before := charts.Span{Range: billing.Comparisons()[0].Of(f.days.Range, "", time.UTC)}
	least, most := int64(10), int64(1_000_000_000)
	for name, q := range map[string]charts.PivotQuery{
		"pivot_sums":          {},
		"pivot_resource_time": {GroupBy: []charts.Dimension{charts.ByResource, charts.ByTime}, Granularity: billing.Day},
		"pivot_compared": {GroupBy: []charts.Dimension{charts.ByCategory, charts.ByTime}, Granularity: billing.Day, Compare: &before, Sparse: true,
			OrderBy: []charts.PivotOrder{{Measure: charts.OfCredits, Change: true, Desc: true}}},
		"pivot_filtered": {GroupBy: []charts.Dimension{charts.ByKind, charts.ByDeployment}, Filter: charts.PivotFilter{Categories: []billing.Category{billing.Models},
			Resources: []int64{model}, Owners: []string{"Mia"}, Weekdays: []int32{1, 2}}, Having: []charts.PivotBound{{Measure: charts.OfCredits, AtLeast: &least, AtMost: &most}},
			OrderBy: []charts.PivotOrder{{Measure: charts.OfTokens, Desc: true}}, Classes: true},
		"pivot_top": {GroupBy: []charts.Dimension{charts.ByResource, charts.ByTime}, Granularity: billing.Day, Top: 3, Cumulative: true,
			OrderBy: []charts.PivotOrder{{Dimension: charts.ByTime}, {Measure: charts.OfRuns, Desc: true}}},
		"pivot_user_tag":    {GroupBy: []charts.Dimension{charts.ByUser, charts.ByTag("team")}, Filter: charts.PivotFilter{Tags: []charts.TagFilter{{Key: "env", Values: []string{"prod"}, Missing: true}}}},
		"pivot_hardware":    {GroupBy: []charts.Dimension{charts.ByHardware, charts.ByHour}, Hosting: true},
		"pivot_counted":     {GroupBy: []charts.Dimension{charts.ByCategory}, Distinct: true, Users: true},
		"pivot_of_accounts": {GroupBy: []charts.Dimension{charts.ByAccount, charts.ByZone, charts.ByRunway}, Filter: charts.PivotFilter{Plans: []int64{0}}},
	} {
		q.Span, q.Zone, q.Limit, q.Rows, q.Totals = f.days, time.UTC, 25, true, true
		if name != "pivot_of_accounts" {
			q.Accounts = []int64{id}
		}
		f.golden(name, func(r *charts.Reader) error { _, err := r.Pivot(f.Ctx, q); return err })
	}
}

// Exports with every filter, from the beginning and after a row, and the hints of an account that hosts.
func TestBuiltExportsAndHints(t *testing.T) {
	t.Parallel()
	f := newBuilt(t)
	f.Clock.Set(start.AddDate(0, 0, -40))
	id := f.NewAccount()
	f.Clock.Set(start)
	model := f.NewResource(id, "MODEL", "DEPLOYED")
	f.hosts(id, model, 1_000, 2, 10)
	text, yes := "text", true
	for _, q := range []charts.ExportQuery{
		{Table: charts.ExportEvents, Filter: charts.EventRows(tsdb.EventFilter{ResourceID: model, Source: &text, Kinds: []tsdb.UsageKind{tsdb.Inference}, User: &text, APIKey: &text,
			Tags: tsdb.Tags{"team": "red"}, Voided: &yes}), After: []string{"1", strconv.FormatInt(start.UnixMicro(), 10), "source", "event"}},
		{Table: charts.ExportLedger, Filter: charts.LedgerRows(tsdb.LedgerFilter{Meter: billing.ModelCredits, Kinds: []billing.EntryKind{billing.EntryGrant},
			Categories: []billing.Category{billing.Models}, ResourceID: model})},
		{Table: charts.ExportStatements},
		{Table: charts.ExportGrants, Filter: charts.GrantRows(tsdb.GrantFilter{Meter: billing.ModelCredits, Live: &yes})},
		{Table: charts.ExportAudit, Filter: charts.AuditRows(access.AuditFilter{Actions: []string{"grantCredits"}, Actor: "mia"})},
	} {
		q.Accounts, q.From, q.To, q.Limit = []int64{id}, f.days.From, f.days.To, 100
		f.golden("export_"+string(q.Table), func(r *charts.Reader) error {
			return r.Export(f.Ctx, q, func([]any, []string) error { return nil })
		})
	}
	f.golden("export_usage", func(r *charts.Reader) error {
		_, err := r.ExportUsage(f.Ctx, charts.PivotQuery{Span: f.days, Zone: time.UTC, GroupBy: []charts.Dimension{charts.ByAccount, charts.ByResource, charts.ByTime}, Granularity: billing.Day,
			Sparse: true}, true, func(*charts.PivotRow) error { return nil })
		return err
	})
	book, err := f.PriceBook(f.Ctx, []int64{id})
	f.Must(err)
	prices := book.Prices(id, 0)
	f.golden("hints", func(r *charts.Reader) error { _, err := r.Hints(f.Ctx, id, 7, &prices); return err })
}
