package charts_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// scattered ingests random usage of two tools and a model around the time at which clocks change, rolls part of it up, and returns the sums by minute.
func (f *fixture) scattered(id int64, random *rand.Rand, tools []int64, model int64, n int) usedBy {
	f.T.Helper()
	want := usedBy{}
	var events []tsdb.UsageEvent
	for range n {
		at := f.Clock.Now().Add(-time.Duration(random.Int64N(int64(20 * 24 * time.Hour))))
		if random.IntN(4) == 0 { // at the edges of quarter-hours
			at = at.Truncate(15 * time.Minute).Add(time.Duration(random.IntN(2)-1) * time.Microsecond)
		}
		if random.IntN(2) == 0 {
			many := 1 + random.Int64N(9)
			events = append(events, storetest.Runs(id, tools[random.IntN(len(tools))], f.Key(), at, many))
			want.add(at, billing.Tools, billing.Amount(many))
			continue
		}
		events = append(events, storetest.Tokens(id, model, f.Key(), at, 1_000_000, 0))
		want.add(at, billing.Models, 500_000)
	}
	for i, r := range f.Report(tsdb.Record, events...) {
		if r.Status != tsdb.Stored {
			f.T.Fatalf("event %d: %+v", i, r)
		}
	}
	return want
}

// Trends of all of an account's usage, in zones of every kind of offset and over days on which clocks change, are the
// sums of the events.
func TestTrendsInAnyZoneAddUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Clock.Set(time.Date(2026, 4, 10, 9, 37, 0, 0, time.UTC)) // Europe, Lord Howe and Chatham changed their clocks on the days before
	id := f.NewAccount()
	tools, model := []int64{f.NewResource(id, "TOOL", "DEPLOYED"), f.NewResource(id, "TOOL", "DEPLOYED")}, f.NewResource(id, "MODEL", "DEPLOYED")
	random := rand.New(rand.NewPCG(3, 33))
	want := f.scattered(id, random, tools, model, 400)
	var price int64
	f.Must(f.Pool.QueryRow(f.Ctx, `SELECT max(charge) FROM usage_event WHERE account_id = $1`, id).Scan(&price))
	f.rollUp(200)
	zones := []string{"UTC", "Asia/Kathmandu", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia"}
	grains := []billing.Granularity{billing.Hour, billing.Day, billing.Week, billing.Month}
	for n := range 150 {
		to := f.Clock.Now().Add(-time.Duration(random.IntN(3*24*60)) * time.Minute)
		from := to.Add(-time.Duration(1+random.IntN(17*24*60)) * time.Minute)
		q := charts.TrendQuery{Range: billing.Range{From: from, To: to}, Granularity: grains[random.IntN(4)], Zone: zone(t, zones[random.IntN(len(zones))])}
		if n == 75 {
			f.rollUp(100_000)
		}
		trend := f.trend(id, q)
		for i, b := range trend.Buckets {
			sum := want.within(q.Range, b)
			sum[billing.Models.Index()] = sum[billing.Models.Index()] / 500_000 * billing.Amount(price)
			if sum != trend.Used[i] {
				t.Fatalf("%s to %s by %s in %s, bucket %s: got %v, want %v", from, to, q.Granularity, q.Zone, b.Start, trend.Used[i], sum)
			}
		}
	}
	f.tablesAddUp()
}

// Tools sorted by runs, from days that a process keeps, are those that another process finds, whatever came in late or
// was taken back through either.
func TestKeptDaysAreThoseStored(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.NewAccount()
	var tools []int64
	for range 30 {
		tools = append(tools, f.NewResource(id, "TOOL", "DEPLOYED"))
	}
	random := rand.New(rand.NewPCG(5, 55))
	other := fixtureOn(t, f.Pool, tsdb.Settings{})
	q := charts.TabQuery{Span: charts.Span{Range: billing.Range{From: start.AddDate(0, 0, -17).Add(7 * time.Minute), To: start}}, Sums: true, Sort: charts.SortUsed, Desc: true, Page: charts.TabPage{Limit: 25}}
	told := func(s *tsdb.Store) string {
		r := charts.Read(s)
		defer r.Close(f.Ctx)
		tab, err := r.Tools(f.Ctx, id, q)
		f.Must(err)
		text := fmt.Sprint(tab.Runs, tab.Total)
		for _, e := range tab.Rows {
			text += fmt.Sprint(" ", e.Row.ID, ":", e.Row.Runs, e.Row.Name)
		}
		return text
	}
	var seen []string
	for n := range 25 {
		by := []*fixture{f, other}[n%2]
		e := storetest.Runs(id, tools[random.IntN(len(tools))], fmt.Sprint("e", n), start.Add(-time.Duration(random.Int64N(int64(20*24*time.Hour)))), 1+random.Int64N(99))
		switch n % 5 {
		case 4: // the sums of the day stay, what they are of does not
			moved := e
			moved.ID, moved.ResourceID = e.ID+"b", tools[0]
			by.Report(tsdb.Record, e)
			by.rollUp(1000)
			told(f.Store)
			_, err := by.VoidEvents(f.Ctx, id, []tsdb.EventID{{Source: e.Source, ID: e.ID, Time: e.Time}}, tsdb.Actor{})
			f.Must(err)
			by.Report(tsdb.Record, moved)
		default:
			by.Report(tsdb.Record, e)
		}
		if n%3 > 0 {
			by.rollUp(1000)
		}
		if n == 20 {
			_, err := other.RebuildCharts(f.Ctx, id, nil)
			f.Must(err)
		}
		got, again := told(f.Store), told(f.Store)
		fresh, err := tsdb.New(tsdb.Config{Pool: f.Pool, Clock: f.Clock.Now})
		f.Must(err)
		if want := told(fresh); got != want || again != want {
			t.Fatalf("after %d: kept\n%s\n%s\nstored\n%s", n, got, again, want)
		}
		seen = append(seen, got)
	}
	if seen[0] == seen[len(seen)-1] {
		t.Error("nothing changed")
	}
}
