package charts

import (
	"context"
	"fmt"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Forecast says where a meter of an account leads, as of the account's instant, and what that is made of. It is the
// books' own forecast (billing) with what went into it, so that a reader may check it.
type Forecast struct {
	billing.Forecast
	Meter            billing.Meter
	Used             *LatelyUsed
	Expected         billing.Expected
	Hosting          billing.Amount // per day, of everything that runs; 0 for the meter of runs
	MonthFrom, Month billing.Second // the calendar month: Forecast.Used and Left are of its end
}

// PerDay returns what is expected of a day: the mean of a week, with hosting, in the meter's smallest unit.
func (f *Forecast) PerDay() billing.Amount { return f.Expected.Pace.Week()/7 + f.Hosting }

// Forecasts forecasts both meters of an account. It asks nothing of the database.
func (l *Lately) Forecasts(a *tsdb.Account) [2]Forecast {
	var out [2]Forecast
	for i, m := range billing.Meters() {
		f := &out[i]
		f.Meter, f.Used = m, l.Of(m)
		// From what events used: hosting is expected to go on as it runs now, whatever ran before.
		f.Expected = billing.Expect(f.Used.Events, a.At)
		f.MonthFrom, f.Month = billing.MonthOf(a.At)
		f.Forecast = a.Forecast(m, &f.Expected, f.Month)
	}
	out[0].Hosting = a.HostingPerDay()
	return out
}

// Forecasts forecasts both meters of accounts, in the meters' order; unknown accounts are missing from the result.
func (r *Reader) Forecasts(ctx context.Context, accounts []int64) (map[int64][2]Forecast, error) {
	known, err := r.AccountsAsOf(ctx, accounts)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	lately, err := r.Lately(ctx, accounts)
	if err != nil {
		return nil, err
	}
	out := make(map[int64][2]Forecast, len(known))
	for _, a := range known {
		out[a.ID] = lately[a.ID].Forecasts(a)
	}
	return out, nil
}
