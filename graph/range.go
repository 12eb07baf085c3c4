package graph

import (
	"context"
	"errors"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// timeAsked is the time that a field was asked about: as the database takes it, and as the caller named it.
type timeAsked struct {
	span   charts.Span
	preset *billing.Preset
	zone   *time.Location
}

// rangeOf reads a range argument as of an instant; without one the range is the account's whole life. A range that makes no sense is a
// BAD_RANGE fault.
func rangeOf(ctx context.Context, in *model.RangeInput, now time.Time) (timeAsked, error) {
	if in == nil {
		unnamed := !selected(ctx, "range") && !selected(ctx, "inRange.range")
		return timeAsked{span: charts.Span{Ever: true, Unnamed: unnamed}, zone: time.UTC}, nil
	}
	a := timeAsked{zone: time.UTC, preset: in.Preset}
	if in.TimeZone != nil {
		a.zone = in.TimeZone
	}
	switch {
	case in.Preset != nil && in.From == nil && in.To == nil:
		a.span.Range = billing.Resolve(*in.Preset, now, a.zone)
		return a, nil
	case in.Preset != nil || in.From == nil:
		return a, fault(ctx, tsdb.BadRange, "Give a preset, or from with or without to.")
	}
	to := now.Truncate(time.Minute).AddDate(1, 0, 0) // Custom cuts it to now
	if in.To != nil {
		to = *in.To
	}
	r, err := billing.Custom(*in.From, to, now, a.zone)
	var refused *billing.RangeError
	if errors.As(err, &refused) {
		return a, fault(ctx, tsdb.BadRange, refused.Sentence)
	}
	a.span.Range = r
	return a, err
}

// within returns the ends of a range by which a list is filtered; zero: open, which is what no range means.
func within(ctx context.Context, in *model.RangeInput, now time.Time) (from, to time.Time, err error) {
	if in == nil {
		return from, to, nil
	}
	asked, err := rangeOf(ctx, in, now)
	return asked.span.From, asked.span.To, err
}

// recentOf is rangeOf for fields whose default is the last 7 days; zone is the time zone named beside the range.
func recentOf(ctx context.Context, in *model.RangeInput, zone *time.Location, now time.Time) (timeAsked, error) {
	if in == nil {
		week := billing.Last7Days
		in = &model.RangeInput{Preset: &week}
	}
	return rangeOf(ctx, inZone(in, zone), now)
}

// inZone returns the range in the zone of the buckets, unless it names a zone itself.
func inZone(in *model.RangeInput, zone *time.Location) *model.RangeInput {
	if in == nil || in.TimeZone != nil {
		return in
	}
	asked := *in
	asked.TimeZone = zone
	return &asked
}

// model returns the range as the answer shows it.
func (a timeAsked) model(r billing.Range) model.Range {
	return model.Range{From: r.From, To: r.To, Preset: a.preset, TimeZone: a.zone}
}

// duration converts exact seconds, floored to hours and minutes (rules.md §6).
func duration(seconds int64) model.Duration {
	return model.Duration{Seconds: seconds, Hours: seconds / 3600, Minutes: int(seconds % 3600 / 60)}
}

// credits converts an amount of model credits to credits.
func credits(a billing.Amount) decimal.Decimal { return billing.ModelCredits.Decimal(a) }
