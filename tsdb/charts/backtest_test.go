package charts_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// backtested returns how forecasts of the past fared, by meter, confidence ("": any) and days ahead.
func (f *fixture) backtested() map[string]charts.Backtested {
	f.T.Helper()
	list, err := charts.Backtest(f.Ctx, f.Store)
	f.Must(err)
	out := map[string]charts.Backtested{}
	for _, b := range list {
		out[fmt.Sprint(b.Meter, " ", b.Confidence, " ", b.Days)] = b
	}
	if len(out) != len(list) {
		f.T.Errorf("some are there twice: %v", list)
	}
	return out
}

// dailyRuns reports runs on each of the last whole days; perDay gets the day, counted from the oldest.
func (f *fixture) dailyRuns(account int64, days int, perDay func(day int) int64) {
	f.T.Helper()
	tool := f.NewResource(account, "TOOL", "DEPLOYED")
	today := f.Clock.Now().Truncate(24 * time.Hour)
	var events []tsdb.UsageEvent
	for n := range days {
		if runs := perDay(n); runs > 0 {
			events = append(events, storetest.Runs(account, tool, fmt.Sprint(account, "-", n), today.AddDate(0, 0, n-days).Add(9*time.Hour), runs))
		}
	}
	f.Report(tsdb.Record, events...)
	f.rollUp(100_000)
}

// For an account whose days are all alike, every forecast of the past was right. Days ahead that are not over are not
// cases, nor are forecasts from too few days.
func TestForecastsOfEvenUse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const days = 40
	f.Clock.Set(start.AddDate(0, 0, -days))
	account := f.NewAccount()
	f.Clock.Set(start)
	f.dailyRuns(account, days, func(int) int64 { return 50 })
	got := f.backtested()
	for _, ahead := range []int{7, 14, 30} {
		of := got[fmt.Sprint(billing.ToolRuns, "  ", ahead)]
		if of.Cases == 0 || of.Cases > days-ahead || of.Median != 0 || of.Ninth != 0 || of.Within != 1000 {
			t.Errorf("%d days ahead: %+v", ahead, of)
		}
		cases := 0
		for _, c := range []billing.Confidence{billing.SureHigh, billing.SureMedium, billing.SureLow} {
			cases += got[fmt.Sprint(billing.ToolRuns, " ", c, " ", ahead)].Cases
		}
		if cases != of.Cases {
			t.Errorf("%d days ahead: %d cases by confidence, %d in all", ahead, cases, of.Cases)
		}
	}
	if seven, thirty := got[fmt.Sprint(billing.ToolRuns, "  ", 7)].Cases, got[fmt.Sprint(billing.ToolRuns, "  ", 30)].Cases; seven-thirty != 23 {
		t.Errorf("%d cases of 7 days, %d of 30: each day of the past is looked at from for as long as enough days follow", seven, thirty)
	}
}

// If usage doubles, a forecast made on that day is off by half, and forecasts of each later day by less. Accounts are
// judged by their own past, so an even one does not hide another.
func TestForecastsOfUseThatDoubled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const days = 60
	f.Clock.Set(start.AddDate(0, 0, -days))
	even, doubled := f.NewAccount(), f.NewAccount()
	f.Clock.Set(start)
	f.dailyRuns(even, days, func(int) int64 { return 100 })
	alone := f.backtested()[fmt.Sprint(billing.ToolRuns, "  ", 7)]
	f.dailyRuns(doubled, days, func(day int) int64 { return []int64{100, 200}[min(1, day/40)] })
	both := f.backtested()[fmt.Sprint(billing.ToolRuns, "  ", 7)]
	if both.Cases != 2*alone.Cases || both.Median != 0 || both.Ninth <= 0 || both.Ninth > 500 || both.Within >= 1000 || both.Within < 500 {
		t.Errorf("even alone: %+v, both: %+v", alone, both)
	}
}

// Hosting goes on as it ran when the day began, gaps between days of usage count as days without any, and if nothing
// was used there is no case.
func TestForecastsOfHostingAndGaps(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	const days = 45
	f.Clock.Set(start.AddDate(0, 0, -days))
	hosting, idle := f.NewAccount(), f.NewAccount()
	f.host(hosting, f.NewResource(hosting, "SCRIPT", "DEPLOYED"), billing.Scripts, "1vcpu-2gb", 10_000, 1, f.Clock.Now().Truncate(24*time.Hour))
	f.Clock.Set(start)
	_, err := f.Tick(f.Ctx, 100)
	f.Must(err)
	f.dailyRuns(hosting, days, func(day int) int64 { return int64(day % 7 / 6 * 70) }) // on one day of seven
	f.dailyRuns(idle, 1, func(int) int64 { return 1 })
	got := f.backtested()
	if credits := got[fmt.Sprint(billing.ModelCredits, "  ", 7)]; credits.Cases == 0 || credits.Median != 0 || credits.Ninth != 0 {
		t.Errorf("hosting alone: %+v", credits)
	}
	if runs := got[fmt.Sprint(billing.ToolRuns, "  ", 14)]; runs.Cases == 0 || runs.Median > 400 {
		t.Errorf("runs of one day a week, two weeks ahead: %+v", runs)
	}
}

// Without any usage there is nothing to look back at.
func TestForecastsOfNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.NewAccount()
	if got := f.backtested(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
