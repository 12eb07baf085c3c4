package charts_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// randomPivot is a random query.
func (b *brute) randomPivot(loc *time.Location) *naive {
	r := b.random
	q := &charts.PivotQuery{Accounts: []int64{b.account}, Zone: loc, Limit: 100_000, Rows: true, Totals: true, Sparse: r.IntN(2) == 0, Cumulative: r.IntN(3) == 0,
		Hosting: r.IntN(3) == 0, Distinct: r.IntN(3) == 0}
	if r.IntN(3) == 0 {
		q.Accounts = nil
	}
	dimensions := []charts.Dimension{charts.ByAccount, charts.ByPlan, charts.ByCategory, charts.ByKind, charts.ByResource, charts.ByOwner, charts.ByDeployment,
		charts.ByHardware, charts.ByZone, charts.ByRunway, charts.ByTime, charts.ByTime, charts.ByHour, charts.ByWeekday}
	for range r.IntN(4) {
		if d := dimensions[r.IntN(len(dimensions))]; !slices.Contains(q.GroupBy, d) {
			q.GroupBy = append(q.GroupBy, d)
		}
	}
	b.randomAttribution(q)
	n := &naive{q: q}
	for {
		span, _, _ := b.span(loc)
		q.Granularity = billing.Granularities()[1+r.IntN(6)]
		if !span.Ever && span.To.Sub(span.From) < 60*24*time.Hour {
			q.Span, n.spans = span, []charts.Span{span}
			break
		}
	}
	if r.IntN(3) == 0 {
		then := charts.Span{Range: billing.Comparisons()[r.IntN(2)].Of(q.Span.Range, "", loc)}
		q.Compare, n.spans = &then, append(n.spans, then)
	}
	for _, s := range n.spans {
		buckets, err := billing.Buckets(s.Range, q.Granularity, loc)
		b.Must(err)
		n.buckets = append(n.buckets, buckets)
	}
	b.randomFilter(r, &q.Filter)
	b.randomState(r, q)
	b.randomOrder(r, q)
	return n
}

func (b *brute) randomFilter(r *rand.Rand, f *charts.PivotFilter) {
	if r.IntN(4) == 0 {
		f.Categories = []billing.Category{billing.Categories()[r.IntN(4)], billing.Models}
	}
	if r.IntN(5) == 0 {
		f.Kinds = []string{[]string{"HOSTING", "INFERENCE", "TOOL_RUN"}[r.IntN(3)]}
	}
	if r.IntN(5) == 0 {
		f.Resources = []int64{b.tools[0], b.models[r.IntN(3)], b.things[len(b.things)-1].resource}
	}
	if r.IntN(6) == 0 {
		f.Owners = []string{[]string{"Mia", ""}[r.IntN(2)]}
	}
	if r.IntN(6) == 0 {
		f.Deployments = []int64{0, b.things[r.IntN(3)].deployment}
	}
	if r.IntN(6) == 0 {
		f.Hardware = []string{[]string{"", "g6.xlarge", general}[r.IntN(3)], smallest}
	}
	if r.IntN(6) == 0 {
		f.Hours = []int32{int32(r.IntN(24)), int32(r.IntN(24)), 3}
	}
	if r.IntN(6) == 0 {
		f.Weekdays = []int32{int32(1 + r.IntN(7)), 1}
	}
}

func (b *brute) randomOrder(r *rand.Rand, q *charts.PivotQuery) {
	measures := []charts.Measure{charts.OfCredits, charts.OfRuns, charts.OfEvents, charts.OfTokens, charts.OfHostingSeconds, charts.OfReplicaSeconds, charts.OfResources,
		charts.OfUsers, charts.OfCreditsPerThousand, charts.OfCreditsPerRun}
	one := func() charts.Measure { return measures[r.IntN(len(measures))] }
	for range r.IntN(3) {
		q.OrderBy = append(q.OrderBy, charts.PivotOrder{Measure: one(), Desc: r.IntN(2) == 0, Change: q.Compare != nil && r.IntN(2) == 0})
	}
	if len(q.GroupBy) > 0 && r.IntN(4) == 0 {
		q.OrderBy = append(q.OrderBy, charts.PivotOrder{Dimension: q.GroupBy[r.IntN(len(q.GroupBy))], Desc: r.IntN(2) == 0})
	}
	if slices.ContainsFunc(q.GroupBy, func(d charts.Dimension) bool { return !isTime(d) }) && r.IntN(3) == 0 {
		q.Top = 1 + r.IntN(4)
	}
	if r.IntN(5) == 0 {
		least := int64(1 + r.IntN(1_000_000))
		q.Having = append(q.Having, charts.PivotBound{Measure: one(), AtLeast: &least})
	}
	need := func(m charts.Measure) {
		q.Hosting = q.Hosting || m == charts.OfHostingSeconds || m == charts.OfReplicaSeconds
		q.Distinct = q.Distinct || m == charts.OfResources
		q.Users = q.Users || m == charts.OfUsers
	}
	for _, o := range q.OrderBy {
		need(o.Measure)
	}
	for _, h := range q.Having {
		need(h.Measure)
	}
	if q.Top > 0 && len(q.OrderBy) == 0 && !slices.ContainsFunc(q.GroupBy, isTime) { // a chart stays in the order of time
		q.OrderBy = []charts.PivotOrder{{Measure: charts.OfCredits, Desc: true}}
	}
}
