package charts_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// edges are whole minutes at which something changes for charts: a minute, a quarter-hour, a day of UTC, a day of
// Kathmandu, and the hour that Berlin skips in spring; and those a minute before and after each.
func edges() (all []time.Time) {
	for _, at := range []time.Time{
		time.Date(2026, 3, 28, 23, 59, 0, 0, time.UTC), time.Date(2026, 3, 29, 0, 15, 0, 0, time.UTC), time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 29, 18, 15, 0, 0, time.UTC), time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC),
	} {
		all = append(all, at.Add(-time.Minute), at, at.Add(time.Minute))
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// Usage at the first and at the last microsecond of a minute belongs to that minute, whichever table a span is read
// from: between two edges is what happened at or after the first and before the second.
func TestUsageAtTheEdgesOfSpans(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account := f.NewAccount()
	tool := f.NewResource(account, "TOOL", "DEPLOYED")
	f.Clock.Set(time.Date(2026, 4, 2, 12, 0, 0, 0, time.UTC))
	used := map[time.Time]int64{}
	var events []tsdb.UsageEvent
	for n, at := range edges() {
		for i, instant := range []time.Time{at, at.Add(-time.Microsecond)} {
			runs := int64(1) << n // so that a sum says what is in it
			events = append(events, storetest.Runs(account, tool, fmt.Sprint(n, "-", i), instant, runs))
			used[instant] += runs
		}
	}
	for _, r := range f.Report(tsdb.Record, events...) {
		wants(t, "stored", r.Status, tsdb.Stored)
	}
	between := func(from, to time.Time) (sum int64) {
		for at, runs := range used {
			if !at.Before(from) && at.Before(to) {
				sum += runs
			}
		}
		return sum
	}
	for _, rolled := range []bool{false, true} {
		if rolled {
			f.rollUp(100_000)
		}
		r := charts.Read(f.Store)
		for i, from := range edges() {
			for _, to := range edges()[i+1:] {
				span := charts.Span{Range: billing.Range{From: from, To: to}}
				u, err := r.UsedIn(f.Ctx, account, span)
				f.Must(err)
				p, err := r.Pivot(f.Ctx, charts.PivotQuery{Accounts: []int64{account}, Span: span, GroupBy: []charts.Dimension{charts.ByResource}, Totals: true})
				f.Must(err)
				if want := between(from, to); int64(u.Used[billing.Tools.Index()]) != want || p.Totals.Runs != want {
					t.Errorf("rolled up %v, %s to %s: %b in all, %b by resource, want %b", rolled, from, to, u.Used[billing.Tools.Index()], p.Totals.Runs, want)
				}
			}
		}
		r.Close(f.Ctx)
		f.bucketsAre(account, tool, between)
	}
}

// bucketsAre demands of trends, by each granularity and in zones with odd offsets and clock changes, that every bucket
// holds what happened within it and the range, and that Berlin's day of the change has 23 hours.
func (f *fixture) bucketsAre(account, tool int64, between func(from, to time.Time) int64) {
	f.T.Helper()
	all := edges()
	rg := billing.Range{From: all[0], To: all[len(all)-1].Add(time.Minute)}
	for _, name := range []string{"UTC", "Asia/Kathmandu", "Europe/Berlin", "Australia/Lord_Howe"} {
		for _, g := range []billing.Granularity{billing.Minute, billing.Hour, billing.Day, billing.Month} {
			for _, resource := range []int64{0, tool} {
				trend := f.trend(account, charts.TrendQuery{Range: rg, Granularity: g, Zone: zone(f.T, name), ResourceID: resource})
				for i, b := range trend.Buckets {
					from, to := b.Start, b.End
					if from.Before(rg.From) {
						from = rg.From
					}
					if to.After(rg.To) {
						to = rg.To
					}
					if got, want := int64(trend.Used[i][billing.Tools.Index()]), between(from, to); got != want {
						f.T.Errorf("%s by %s, resource %d, from %s: %b, want %b", name, g, resource, b.Start, got, want)
					}
				}
			}
		}
	}
	berlin := zone(f.T, "Europe/Berlin")
	day := billing.Range{From: time.Date(2026, 3, 29, 0, 0, 0, 0, berlin).UTC(), To: time.Date(2026, 3, 30, 0, 0, 0, 0, berlin).UTC()}
	wants(f.T, "hours of the day", len(f.trend(account, charts.TrendQuery{Range: day, Granularity: billing.Hour, Zone: berlin}).Buckets), 23)
}

// A range can be charted for as long as quarter-hours are kept, unless it is of whole days of UTC, which are kept
// forever.
func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	r := charts.Read(f.Store)
	defer r.Close(f.Ctx)
	kept, day := start.AddDate(0, -f.Settings().QuarterMonths, 0), start.AddDate(-8, 0, 0).Truncate(24*time.Hour)
	for name, c := range map[string]struct {
		of   billing.Range
		want bool
	}{
		"just kept":           {billing.Range{From: kept, To: start}, true},
		"a minute too old":    {billing.Range{From: kept.Add(-time.Minute), To: start}, false},
		"old days":            {billing.Range{From: day, To: day.AddDate(0, 0, 3)}, true},
		"an old day and more": {billing.Range{From: day, To: day.AddDate(0, 0, 3).Add(time.Minute)}, false},
		"old days of a zone":  {billing.Range{From: day.Add(-time.Hour), To: day.AddDate(0, 0, 3).Add(-time.Hour)}, false},
	} {
		wants(t, name, r.Keeps(c.of), c.want)
	}
}
