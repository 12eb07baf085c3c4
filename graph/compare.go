package graph

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// comparedWith returns the time that figures are compared with; nil if there is no comparison, or if usage so old is no longer kept.
func comparedWith(ctx context.Context, in *model.CompareInput, asked timeAsked, reader *charts.Reader) (*timeAsked, error) {
	switch {
	case in == nil:
		return nil, nil
	case (in.Period == nil) == (in.Range == nil):
		return nil, fault(ctx, tsdb.BadRange, "Compare with a period or with a range.")
	case in.Range != nil:
		other, err := rangeOf(ctx, inZone(in.Range, asked.zone), reader.AsOf())
		return &other, err
	case asked.span.Ever:
		return nil, fault(ctx, tsdb.BadRange, "Nothing came before all there is. Name a range, or compare with a range.")
	}
	other := timeAsked{zone: asked.zone, span: charts.Span{Range: in.Period.Of(asked.span.Range, deref(asked.preset), asked.zone)}}
	if !reader.Keeps(other.span.Range) {
		return nil, nil
	}
	return &other, nil
}

// shown returns the compared range as the answer shows it; nil for none.
func (a *timeAsked) shown(r billing.Range) *model.Range {
	if a == nil {
		return nil
	}
	out := a.model(r)
	return &out
}

// beside compares two figures.
func beside(now, then decimal.Decimal) *model.Change {
	out := &model.Change{Value: then, Delta: now.Sub(then)}
	if percent, ok := billing.ChangePercent(now, then); ok {
		out.Percent = &percent
	}
	return out
}

// creditsChange compares amounts of model credits.
func creditsChange(now, then billing.Amount) *model.Change {
	return beside(credits(now), credits(then))
}

// countChange compares runs, tokens or seconds.
func countChange[T ~int64](now, then T) *model.Change {
	return beside(decimal.NewFromInt(int64(now)), decimal.NewFromInt(int64(then)))
}

// rowThen returns the row's counterpart in the range compared with; all zeros if the tab has none.
func rowThen[T any](then *charts.TabRows[T], row charts.Edge[T]) (out T) {
	for i := range then.Rows {
		if then.Rows[i].Cursor.ID == row.Cursor.ID {
			return then.Rows[i].Row
		}
	}
	return out
}
