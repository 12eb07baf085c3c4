package graph

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Forecast resolves CreditStatus.forecast.
func (r creditStatusResolver) Forecast(ctx context.Context, obj *model.CreditStatus) (*model.Forecast, error) {
	lately, err := r.latelyOf(ctx, obj.Books.ID)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	if lately == nil {
		return nil, notFound(ctx)
	}
	meters := lately.Forecasts(obj.Books)
	account := obj.Books.ID
	return &model.Forecast{ID: cacheID("Forecast", account), AsOf: obj.AsOf, Credits: meterForecast(account, &meters[0]), Runs: meterForecast(account, &meters[1])}, nil
}

// framePatience is how long reading an account's recent usage for a frame may take, because other frames wait for it.
const framePatience = 2 * time.Second

// latelyOf returns an account's recent usage, from the operation's snapshot. Frames of a subscription share what was read within the last
// minute.
func (r creditStatusResolver) latelyOf(ctx context.Context, account int64) (*charts.Lately, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	pushed := ctx.Value(frameKey{}) != nil
	if pushed {
		if kept := r.Lately.Get(account, reader.AsOf()); kept != nil {
			return kept, nil
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, framePatience)
		defer cancel()
	}
	if sc, err := snapshotOf(ctx); err == nil && !pushed && inList(ctx) {
		return sc.lately.get(ctx, account, sc.listed(account), reader.Lately)
	}
	found, err := reader.Lately(ctx, []int64{account})
	if err == nil && pushed {
		r.Lately.Keep(account, reader.AsOf(), found[account])
	}
	return found[account], err
}

func meterForecast(account int64, f *charts.Forecast) model.MeterForecast {
	amount, used := f.Meter.Decimal, f.Used
	out := model.MeterForecast{
		ID: cacheID("MeterForecast", account, string(f.Meter)), Meter: f.Meter, Confidence: f.Expected.Confidence, DaysOfData: f.Expected.Days, MarginPercent: int(f.Expected.Margin),
		PerDay: amount(f.PerDay()), HostingPerDay: amount(f.Hosting), Weekdays: []decimal.Decimal{},
		LastHourPerDay: amount(24 * used.Hour), LastDayPerDay: amount(used.Day), LastWeekPerDay: amount(used.Week / 7),
		ExhaustedAt: timePtr(f.ExhaustedAt.Time()), ExhaustedEarliest: timePtr(f.Earliest.Time()), ExhaustedLatest: timePtr(f.Latest.Time()),
		NegativeLimitAt: timePtr(f.NegativeAt.Time()),
	}
	for _, perDay := range f.Expected.Pace.Weekdays() {
		out.Weekdays = append(out.Weekdays, amount(perDay))
	}
	if f.Expected.Confidence != billing.TooLittle {
		out.Month = &model.MonthForecast{Start: f.MonthFrom.Time(), End: f.Month.Time(), UsedSoFar: amount(used.Month),
			Used: amount(used.Month + f.Foretold.Used), Remaining: amount(f.Left)}
	}
	return out
}
