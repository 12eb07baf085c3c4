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

// usedIn returns what an account used in a span, credits and runs.
func (f *fixture) usedIn(r *charts.Reader, account int64, from, to time.Time) [2]billing.Amount {
	f.T.Helper()
	u, err := r.UsedIn(f.Ctx, account, charts.Span{Range: billing.Range{From: from, To: to}})
	f.Must(err)
	runs := u.Used[billing.Tools.Index()]
	return [2]billing.Amount{u.Used.Sum() - runs, runs}
}

// weeksOfUse is the usage of two accounts: one that is 40 days old, hosts something and is posted up to some minutes
// ago, and one of 9 days.
func (f *fixture) weeksOfUse() (older, younger int64, model, script int64) {
	f.T.Helper()
	random := rand.New(rand.NewPCG(4, 15))
	now := start
	f.Clock.Set(now.AddDate(0, 0, -40))
	older = f.NewAccount()
	f.Clock.Set(now.AddDate(0, 0, -9))
	younger = f.NewAccount()
	f.Clock.Set(now)
	var events []tsdb.UsageEvent
	for i, account := range []int64{older, younger} {
		model, tool := f.NewResource(account, "MODEL", "DEPLOYED"), f.NewResource(account, "TOOL", "DEPLOYED")
		for n := range 400 {
			ago := time.Duration(random.Int64N(int64([]time.Duration{38, 8}[i] * 24 * time.Hour)))
			if n%4 == 0 { // much of it of the last hours
				ago /= 30
			}
			id := fmt.Sprint(n)
			events = append(events, storetest.Tokens(account, model, "t"+id, now.Add(-ago), random.Int64N(20_000), 5), storetest.Runs(account, tool, "r"+id, now.Add(-ago), 1+random.Int64N(3)))
		}
	}
	f.Report(tsdb.Record, events...)
	script = f.NewResource(older, "SCRIPT", "DEPLOYED")
	f.host(older, script, billing.Scripts, "1vcpu-2gb", 76_980, 2, now.AddDate(0, 0, -3))
	return older, younger, model, script
}

// What accounts used lately, read for both in one call, equals the usage of the spans themselves, before and after the
// roll-up.
func TestLatelyIsWhatSpansHold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	older, younger, _, _ := f.weeksOfUse()
	f.Clock.Advance(7*time.Minute + 13*time.Second) // hosting that is not posted
	for _, rolled := range []bool{false, true} {
		if rolled {
			f.rollUp(100_000)
		}
		r := charts.Read(f.Store)
		got, err := r.Lately(f.Ctx, []int64{older, younger, 1 << 40})
		f.Must(err)
		now := r.AsOf().Truncate(time.Minute).Add(time.Minute)
		today := now.Truncate(24 * time.Hour)
		if len(got) != 2 || len(got[older].Of(billing.ToolRuns).Events) != 28 || len(got[younger].Of(billing.ModelCredits).Events) != 8 {
			t.Fatalf("%d accounts, %d and %d days", len(got), len(got[older].Of(billing.ToolRuns).Events), len(got[younger].Of(billing.ModelCredits).Events))
		}
		for _, account := range []int64{older, younger} {
			for i, m := range billing.Meters() {
				used := got[account].Of(m)
				for name, c := range map[string]struct {
					got  billing.Amount
					from time.Time
					to   time.Time
				}{
					"hour": {used.Hour, now.Add(-time.Hour), now}, "day": {used.Day, now.Add(-24 * time.Hour), now},
					"week": {used.Week, today.AddDate(0, 0, -7), today}, "month": {used.Month, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), now},
				} {
					if want := f.usedIn(r, account, c.from, c.to)[i]; c.got != want || want == 0 {
						t.Errorf("rolled up %t, account %d, %s, %s: %d, want %d", rolled, account, m, name, c.got, want)
					}
				}
				for n, events := range used.Events {
					from := today.AddDate(0, 0, n-len(used.Events))
					want := f.usedIn(r, account, from, from.AddDate(0, 0, 1))[i]
					if account == older && m == billing.ModelCredits {
						want -= hostingSince(f.View(older), from, from.AddDate(0, 0, 1))
					}
					if events != want {
						t.Errorf("rolled up %t, account %d, %s, %s: %d, want %d", rolled, account, m, from.Format(time.DateOnly), events, want)
					}
				}
			}
		}
		r.Close(f.Ctx)
	}
}

// hostingSince is what running hosting has cost within a span since it was last posted.
func hostingSince(a *tsdb.Account, from, to time.Time) (sum billing.Amount) {
	for i := range a.Running {
		sum += a.Running[i].Charge(max(a.Posted, billing.SecondOf(from)), max(a.Posted, billing.SecondOf(to)))
	}
	return sum
}

// Forecasts for many accounts equal those for each, and hosting is a part of what is expected of a day.
func TestForecastsOfManyAreThoseOfEach(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	older, younger, _, _ := f.weeksOfUse()
	many := charts.Read(f.Store)
	defer many.Close(f.Ctx)
	all, err := many.Forecasts(f.Ctx, []int64{older, younger})
	f.Must(err)
	for _, id := range []int64{older, younger} {
		one := charts.Read(f.Store)
		alone, err := one.Forecasts(f.Ctx, []int64{id})
		one.Close(f.Ctx)
		f.Must(err)
		if got, want := fmt.Sprint(all[id][0].Forecast, all[id][1].Forecast), fmt.Sprint(alone[id][0].Forecast, alone[id][1].Forecast); got != want || all[id][0].ExhaustedAt == 0 {
			t.Errorf("account %d: %s among many, %s alone", id, got, want)
		}
	}
	credits := all[older][0]
	if want := credits.Expected.Pace.Week()/7 + 2*24*76_980; credits.PerDay() != want || credits.Hosting != 2*24*76_980 {
		t.Errorf("%d a day, want %d", credits.PerDay(), want)
	}
	if credits.Earliest == 0 || credits.Earliest >= credits.ExhaustedAt || credits.NegativeAt <= credits.ExhaustedAt {
		t.Errorf("earliest %d, exhausted %d, negative %d", credits.Earliest, credits.ExhaustedAt, credits.NegativeAt)
	}
}

// What was used lately is kept for a minute of the same day, and never without a limit.
func TestLatelyKept(t *testing.T) {
	t.Parallel()
	k, used := charts.NewLatelyKept(), &charts.Lately{}
	at := time.Date(2026, 3, 10, 23, 59, 30, 0, time.UTC)
	k.Keep(1, at, used)
	k.Keep(2, at, nil)
	for name, c := range map[string]struct {
		account int64
		now     time.Time
		want    bool
	}{"the same instant": {1, at, true}, "29 seconds later": {1, at.Add(29 * time.Second), true}, "the next day": {1, at.Add(30 * time.Second), false},
		"a minute later": {1, at.Add(time.Minute), false}, "earlier": {1, at.Add(-time.Second), false}, "another": {2, at, false}} {
		if got := k.Get(c.account, c.now); (got != nil) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for id := range int64(50_000) {
		k.Keep(id, at, used)
	}
	kept := 0
	for id := range int64(50_000) {
		if k.Get(id, at) != nil {
			kept++
		}
	}
	if kept > 20_000 || kept < 10_000 {
		t.Errorf("%d are kept", kept)
	}
	var none *charts.LatelyKept
	none.Keep(1, at, used)
	if none.Get(1, at) != nil {
		t.Error("kept by none")
	}
}
