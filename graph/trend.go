package graph

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// UsageTrend resolves Account.usageTrend.
func (r accountResolver) UsageTrend(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, compare *model.CompareInput, granularity *billing.Granularity,
	timeZone *time.Location, category *billing.Category, resourceID *string,
) (*model.UsageTrend, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := recentOf(ctx, rangeArg, timeZone, reader.AsOf())
	if err != nil {
		return nil, err
	}
	q := charts.TrendQuery{Range: a.span.Range, Granularity: deref(granularity), Zone: cmp.Or(timeZone, a.zone), Category: deref(category)}
	if q.ResourceID, err = resourceOfTrend(ctx, resourceID); err != nil {
		return nil, err
	}
	trend, err := reader.Trend(ctx, obj.Key, q)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	out := usageTrend(ctx, a, q, trend)
	then, err := comparedWith(ctx, compare, a, reader)
	if err != nil || then == nil {
		return out, err
	}
	q.Range, q.Granularity = then.span.Range, trend.Granularity
	before, err := reader.Trend(ctx, obj.Key, q)
	if refused := (*tsdb.Error)(nil); errors.As(err, &refused) && refused.Code == tsdb.BadRange && compare.Period != nil {
		return out, nil // so fine a granularity is no longer kept
	}
	if err != nil {
		return nil, asFault(ctx, err)
	}
	compareTrend(out, trend, before, then)
	return out, nil
}

// compareTrend sets a trend beside that of another range, bucket by bucket in order.
func compareTrend(out *model.UsageTrend, now, then *charts.Trend, asked *timeAsked) {
	runs, sumNow, sumThen := billing.Tools.Index(), now.Sum(), then.Sum()
	series := trendSeries(then)
	out.ComparedRange, out.ComparedSeries = asked.shown(asked.span.Range), &series
	out.CreditsChange, out.RunsChange = creditsChange(creditsIn(sumNow), creditsIn(sumThen)), countChange(sumNow[runs], sumThen[runs])
	for i := range min(len(out.Points), len(then.Buckets)) {
		p, used, before := &out.Points[i], now.Used[i], then.Used[i]
		p.ComparedStart, p.RunsChange = &then.Buckets[i].Start, countChange(used[runs], before[runs])
		p.CreditsChange = creditsChange(creditsIn(used), creditsIn(before))
	}
}

// resourceKey returns the key of a tool, model, guardrail or script. All four share one numbering.
func resourceKey(opaque string) (key int64, ok bool) {
	id, ok := DecodeID(opaque)
	switch id.Kind {
	case KindTool, KindModel, KindGuardrail, KindScript:
		return id.Key, ok && id.Part == ""
	}
	return 0, false
}

// resourceOfTrend returns the key of the resource that a trend is limited to; 0 for none.
func resourceOfTrend(ctx context.Context, opaque *string) (int64, error) {
	if opaque == nil {
		return 0, nil
	}
	key, ok := resourceKey(*opaque)
	if !ok {
		return 0, notFound(ctx)
	}
	return key, nil
}

// usageTrend converts a trend in the forms that are selected; both have the same figures.
func usageTrend(ctx context.Context, a timeAsked, q charts.TrendQuery, t *charts.Trend) *model.UsageTrend {
	out := &model.UsageTrend{Range: a.model(q.Range), Granularity: t.Granularity, TimeZone: q.Zone, AsOf: t.AsOf}
	if selected(ctx, "points") {
		out.Points = trendPoints(t)
	}
	if selected(ctx, "series") {
		out.Series = trendSeries(t)
	}
	return out
}

func trendPoints(t *charts.Trend) []model.TrendPoint {
	points := make([]model.TrendPoint, len(t.Buckets))
	for i, b := range t.Buckets {
		u := t.Used[i]
		points[i] = model.TrendPoint{
			Start: b.Start, End: b.End, Partial: b.Partial, Credits: credits(creditsIn(u)), Runs: int64(u[billing.Tools.Index()]),
			Models: credits(u[billing.Models.Index()]), Guardrails: credits(u[billing.Guardrails.Index()]), Scripts: credits(u[billing.Scripts.Index()]),
		}
	}
	return points
}

func trendSeries(t *charts.Trend) model.TrendSeries {
	n := len(t.Buckets)
	s := model.TrendSeries{
		Start: t.Buckets[0].Start, StepSeconds: step(t.Buckets), FirstPartial: t.Buckets[0].Partial, LastPartial: t.Buckets[n-1].Partial,
		Starts: make([]time.Time, n), Runs: make([]int64, n), Credits: make([]decimal.Decimal, n), Models: make([]decimal.Decimal, n),
		Guardrails: make([]decimal.Decimal, n), Scripts: make([]decimal.Decimal, n),
	}
	for i, u := range t.Used {
		s.Starts[i], s.Runs[i], s.Credits[i] = t.Buckets[i].Start, int64(u[billing.Tools.Index()]), credits(creditsIn(u))
		s.Models[i], s.Guardrails[i] = credits(u[billing.Models.Index()]), credits(u[billing.Guardrails.Index()])
		s.Scripts[i] = credits(u[billing.Scripts.Index()])
	}
	return s
}

// step returns the seconds from each bucket to the next; nil if they differ.
func step(buckets []billing.Bucket) *int {
	width := buckets[0].End.Sub(buckets[0].Start)
	for _, b := range buckets {
		if b.End.Sub(b.Start) != width {
			return nil
		}
	}
	seconds := int(width / time.Second)
	return &seconds
}
