package billing

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestComparison(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		compare  Comparison
		preset   Preset
		now      string
		zone     string
		from, to string
	}{
		{"today", PreviousPeriod, Today, "2026-05-15T18:40:20Z", "UTC", "2026-05-14T00:00:00Z", "2026-05-14T18:41:00Z"},
		{"yesterday", PreviousPeriod, Yesterday, "2026-05-15T18:40:20Z", "Asia/Kathmandu", "2026-05-13T18:15:00Z", "2026-05-14T18:15:00Z"},
		{"24 hours", PreviousPeriod, Last24Hours, "2026-05-15T18:40:20Z", "UTC", "2026-05-13T19:00:00Z", "2026-05-14T18:41:00Z"},
		{"week", PreviousPeriod, ThisWeek, "2026-05-15T18:40:20Z", "UTC", "2026-05-04T00:00:00Z", "2026-05-08T18:41:00Z"},
		{"last week", PreviousPeriod, LastWeek, "2026-05-15T18:40:20Z", "UTC", "2026-04-27T00:00:00Z", "2026-05-04T00:00:00Z"},
		{"month so far", PreviousPeriod, ThisMonth, "2026-05-15T18:40:20Z", "UTC", "2026-04-01T00:00:00Z", "2026-04-15T18:41:00Z"},
		{"month so far, to the 31st", PreviousPeriod, MonthToDate, "2026-03-31T18:40:20Z", "UTC", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"},
		{"month so far, its last minute", PreviousPeriod, ThisMonth, "2026-02-28T23:59:20Z", "UTC", "2026-01-01T00:00:00Z", "2026-01-29T00:00:00Z"},
		{"last month", PreviousPeriod, LastMonth, "2026-03-15T18:40:20Z", "UTC", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"},
		{"the 31st by itself", SamePeriodLastMonth, Today, "2026-03-31T18:40:20Z", "UTC", "2026-02-28T00:00:00Z", "2026-02-28T18:41:00Z"},
		{"7 days over a month's end", SamePeriodLastMonth, Last7Days, "2026-03-03T18:40:20Z", "UTC", "2026-01-28T00:00:00Z", "2026-02-03T18:41:00Z"},
		{"30 days", SamePeriodLastMonth, Last30Days, "2026-03-10T18:40:20Z", "UTC", "2026-01-12T00:00:00Z", "2026-02-10T18:41:00Z"},
		{"30 days that begin with a month", SamePeriodLastMonth, Last30Days, "2026-03-30T18:40:20Z", "UTC", "2026-01-30T00:00:00Z", "2026-02-28T18:41:00Z"},
		{"24 hours over a month's end", SamePeriodLastMonth, Last24Hours, "2026-03-01T10:40:20Z", "UTC", "2026-01-31T11:00:00Z", "2026-02-01T10:41:00Z"},
		{"7 days to the 31st", SamePeriodLastMonth, Last7Days, "2026-03-31T18:40:20Z", "UTC", "2026-02-22T00:00:00Z", "2026-02-28T18:41:00Z"},
		{"30 days over a leap day", SamePeriodLastYear, Last30Days, "2024-03-10T18:40:20Z", "UTC", "2023-02-09T00:00:00Z", "2023-03-10T18:41:00Z"},
		{"the month so far, of the last", SamePeriodLastMonth, ThisMonth, "2026-03-30T18:40:20Z", "UTC", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"},
		{"7 days over the change of clocks", SamePeriodLastMonth, Last7Days, "2026-04-02T10:00:00Z", "Europe/Berlin", "2026-02-23T23:00:00Z", "2026-03-02T11:01:00Z"},
		{"quarter so far", PreviousPeriod, ThisQuarter, "2026-05-15T18:40:20Z", "UTC", "2026-01-01T00:00:00Z", "2026-02-15T18:41:00Z"},
		{"last quarter", PreviousPeriod, LastQuarter, "2026-05-15T18:40:20Z", "UTC", "2025-10-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{"year so far", PreviousPeriod, YearToDate, "2024-02-29T18:40:20Z", "UTC", "2023-01-01T00:00:00Z", "2023-03-01T00:00:00Z"},
		{"last year", PreviousPeriod, LastYear, "2026-05-15T18:40:20Z", "America/New_York", "2024-01-01T05:00:00Z", "2025-01-01T05:00:00Z"},
		{"same month last year", SamePeriodLastYear, ThisMonth, "2026-05-15T18:40:20Z", "UTC", "2025-05-01T00:00:00Z", "2025-05-15T18:41:00Z"},
		// The clocks of Berlin go forward on 29 March 2026, so the same time of day is another hour of UTC.
		{"a day of 23 hours", PreviousPeriod, Today, "2026-03-29T13:20:20Z", "Europe/Berlin", "2026-03-27T23:00:00Z", "2026-03-28T14:21:00Z"},
		{"before a time that did not exist", PreviousPeriod, Today, "2026-03-30T00:29:30Z", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T01:30:00Z"},
		{"month so far over the change", PreviousPeriod, ThisMonth, "2026-04-10T10:00:00Z", "Europe/Berlin", "2026-02-28T23:00:00Z", "2026-03-10T11:01:00Z"},
	} {
		loc := zone(c.zone)
		got := c.compare.Of(Resolve(c.preset, at(c.now), loc), c.preset, loc)
		if !got.From.Equal(at(c.from)) || !got.To.Equal(at(c.to)) || got.EndsNow {
			t.Errorf("%s: %s to %s", c.name, got.From, got.To)
		}
	}
}

func TestComparisonOfOwnRanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		compare          Comparison
		from, to         string
		endsNow          bool
		wantFrom, wantTo string
	}{
		{"whole days", PreviousPeriod, "2026-03-03T00:00:00Z", "2026-03-10T00:00:00Z", false, "2026-02-24T00:00:00Z", "2026-03-03T00:00:00Z"},
		{"days so far", PreviousPeriod, "2026-03-03T00:00:00Z", "2026-03-10T15:21:00Z", true, "2026-02-23T00:00:00Z", "2026-03-02T15:21:00Z"},
		{"hours", PreviousPeriod, "2026-03-03T10:00:00Z", "2026-03-03T12:30:00Z", false, "2026-03-03T07:30:00Z", "2026-03-03T10:00:00Z"},
		{"whole months", PreviousPeriod, "2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z", false, "2025-12-01T00:00:00Z", "2026-02-01T00:00:00Z"},
		{"a whole month", SamePeriodLastMonth, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", false, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"},
		{"days to a month's end", SamePeriodLastMonth, "2026-02-27T00:00:00Z", "2026-03-01T00:00:00Z", false, "2026-01-27T00:00:00Z", "2026-01-29T00:00:00Z"},
		{"days that the month lacks", SamePeriodLastMonth, "2026-03-29T00:00:00Z", "2026-03-31T12:00:00Z", false, "2026-02-26T00:00:00Z", "2026-02-28T12:00:00Z"},
		{"days over a month's end", SamePeriodLastMonth, "2026-02-25T00:00:00Z", "2026-03-04T00:00:00Z", false, "2026-01-28T00:00:00Z", "2026-02-04T00:00:00Z"},
		{"from the first on", SamePeriodLastMonth, "2026-03-01T00:00:00Z", "2026-03-30T12:00:00Z", false, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"},
		{"days over a leap day", SamePeriodLastYear, "2024-02-27T00:00:00Z", "2024-03-02T00:00:00Z", false, "2023-02-26T00:00:00Z", "2023-03-02T00:00:00Z"},
		{"29 February", SamePeriodLastYear, "2024-02-29T06:00:00Z", "2024-02-29T07:00:00Z", false, "2023-02-28T06:00:00Z", "2023-02-28T07:00:00Z"},
	} {
		got := c.compare.Of(Range{From: at(c.from), To: at(c.to), EndsNow: c.endsNow}, "", time.UTC)
		if !got.From.Equal(at(c.wantFrom)) || !got.To.Equal(at(c.wantTo)) {
			t.Errorf("%s: %s to %s", c.name, got.From, got.To)
		}
	}
}

// In every comparison, in every zone, the earlier range is valid, lies earlier, and consists of whole minutes. A previous period does not
// overlap, and days and times of day are those of a naive calendar.
func TestComparisonIsEarlier(t *testing.T) {
	t.Parallel()
	zones, comparisons := rapid.SampledFrom(testZones), rapid.SampledFrom(Comparisons())
	presets := rapid.SampledFrom(append(Presets(), ""))
	rapid.Check(t, func(t *rapid.T) {
		loc, c, p := zone(zones.Draw(t, "zone")), comparisons.Draw(t, "comparison"), presets.Draw(t, "preset")
		now := time.Unix(rapid.Int64Range(1.6e9, 2e9).Draw(t, "now"), 0)
		r := Resolve(p, now, loc)
		if p == "" {
			from := now.Add(-time.Duration(rapid.Int64Range(1, 900*24*60).Draw(t, "minutes")) * time.Minute).Truncate(time.Minute)
			r = Range{From: from, To: from.Add(time.Duration(rapid.Int64Range(1, 60*24*60).Draw(t, "length")) * time.Minute)}
		}
		got := c.Of(r, p, loc)
		if !got.From.Before(got.To) || !got.From.Before(r.From) || !got.To.Before(r.To) || !wholeMinute(got.From) || !wholeMinute(got.To) || got.EndsNow {
			t.Fatalf("%s of %s to %s: %s to %s", c, r.From, r.To, got.From, got.To)
		}
		if c == PreviousPeriod && got.To.After(r.From) {
			t.Fatalf("%s to %s overlaps what came before: %s to %s", r.From, r.To, got.From, got.To)
		}
	})
}

// The same period of the last month or year agrees with a calendar that counts days one by one: its last day is the same day of the earlier
// month, or that month's last; the times of day are the same by the clocks of the zone; and it has as many days, unless it begins with a
// month.
func TestSamePeriodByTheCalendar(t *testing.T) {
	t.Parallel()
	zones, presets := rapid.SampledFrom(testZones), rapid.SampledFrom(append(Presets(), "", "", "", ""))
	rapid.Check(t, func(t *rapid.T) {
		loc, p := zone(zones.Draw(t, "zone")), presets.Draw(t, "preset")
		now := time.Unix(rapid.Int64Range(1.6e9, 2e9).Draw(t, "now"), 0)
		r := Resolve(p, now, loc)
		if p == "" {
			from := now.Add(-time.Duration(rapid.Int64Range(1, 900*24*60).Draw(t, "minutes")) * time.Minute).Truncate(time.Minute)
			r = Range{From: from, To: from.Add(time.Duration(rapid.Int64Range(1, 60*24*60).Draw(t, "length")) * time.Minute)}
			if rapid.Bool().Draw(t, "whole days") {
				r.From, r.To = dayOf(r.From, 0, loc), dayOf(r.To, 1, loc)
			}
		}
		c, months := SamePeriodLastMonth, 1
		if rapid.Bool().Draw(t, "year") {
			c, months = SamePeriodLastYear, 12
		}
		got := c.Of(r, p, loc)
		first, last := naiveDay(r.From.In(loc)), naiveDay(r.To.Add(-1).In(loc))
		toMidnight := dayOf(r.To, 0, loc).Equal(r.To)
		wantLast := last.earlier(months)
		wantFirst := wantLast
		for d := last; d != first; d = d.before() {
			wantFirst = wantFirst.before()
		}
		rolling := p == Last24Hours || p == Last7Days || p == Last30Days || p == Last90Days
		if first.day == 1 && dayOf(r.From, 0, loc).Equal(r.From) && !rolling && (p == "" || p.days() == 0) {
			wantFirst = first.earlier(months)
			wholeMonths := toMidnight && naiveDay(r.To.In(loc)).day == 1 && !r.EndsNow
			if wholeMonths { // the last day of a month stands for the last day of the other
				for next := wantLast.after(); next.month == wantLast.month; next = wantLast.after() {
					wantLast = next
				}
			}
			if !toMidnight && wantLast.day < last.day && first != last {
				toMidnight = true // the whole of a shorter month
			}
		}
		if dayOf(r.From, 0, loc).Equal(r.From) {
			mustStart(t, "from", got.From, wantFirst, loc)
		} else {
			mustShow(t, "from", got.From, wantFirst, r.From.In(loc), loc)
		}
		if toMidnight {
			mustStart(t, "to", got.To, wantLast.after(), loc)
		} else {
			mustShow(t, "to", got.To, wantLast, r.To.In(loc), loc)
		}
	})
}

// naive is a day of a calendar that knows only the lengths of months.
type naive struct{ year, month, day int }

func naiveDay(local time.Time) naive {
	return naive{local.Year(), int(local.Month()), local.Day()}
}

func (d naive) length() int {
	switch d.month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if d.year%4 == 0 && (d.year%100 != 0 || d.year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func (d naive) before() naive {
	if d.day > 1 {
		return naive{d.year, d.month, d.day - 1}
	}
	d = d.earlier(1)
	return naive{d.year, d.month, d.length()}
}

func (d naive) after() naive {
	switch {
	case d.day < d.length():
		return naive{d.year, d.month, d.day + 1}
	case d.month < 12:
		return naive{d.year, d.month + 1, 1}
	}
	return naive{d.year + 1, 1, 1}
}

func (d naive) earlier(months int) naive {
	for range months {
		if d.month--; d.month == 0 {
			d.year, d.month = d.year-1, 12
		}
	}
	d.day = min(d.day, d.length())
	return d
}

// mustStart fails unless got is the first instant of a day.
func mustStart(t *rapid.T, what string, got time.Time, day naive, loc *time.Location) {
	if naiveDay(got.In(loc)) != day || naiveDay(got.Add(-time.Second).In(loc)) == day {
		t.Fatalf("%s is %s, want the beginning of %v", what, got.In(loc), day)
	}
}

// mustShow fails unless the clocks show at got what they showed at as, on a day. If the clocks skip that time, got must be near it.
func mustShow(t *rapid.T, what string, got time.Time, day naive, as time.Time, loc *time.Location) {
	shows := func(at time.Time) bool {
		local := at.In(loc)
		return naiveDay(local) == day && local.Format("15:04:05") == as.Format("15:04:05")
	}
	if shows(got) {
		return
	}
	for minute := -180; minute <= 180; minute++ {
		if shows(got.Add(time.Duration(minute) * time.Minute)) {
			t.Fatalf("%s is %s, want %s of %v", what, got.In(loc), as.Format("15:04"), day)
		}
	}
	noon := time.Date(day.year, time.Month(day.month), day.day, as.Hour(), as.Minute(), 0, 0, time.UTC)
	_, offset := got.In(loc).Zone()
	if off := got.Add(time.Duration(offset) * time.Second).Sub(noon); off.Abs() > 3*time.Hour {
		t.Fatalf("%s is %s, far from %s of %v", what, got.In(loc), as.Format("15:04"), day)
	}
}

// As a month goes by, what it is compared with grows and never shrinks.
func TestComparisonGrows(t *testing.T) {
	t.Parallel()
	for _, p := range []Preset{ThisMonth, ThisQuarter, ThisYear, Today, ThisWeek, Last30Days} {
		var before Range
		for now := at("2024-01-01T00:00:00Z"); now.Before(at("2025-03-01T00:00:00Z")); now = now.Add(97 * time.Minute) {
			r := PreviousPeriod.Of(Resolve(p, now, time.UTC), p, time.UTC)
			if r.From.Before(before.From) || r.To.Before(before.To) {
				t.Fatalf("%s at %s: %s to %s after %s to %s", p, now, r.From, r.To, before.From, before.To)
			}
			before = r
		}
	}
}

func TestChangePercent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ now, then, want string }{
		{"150", "100", "50"}, {"0", "100", "-100"}, {"1", "3", "-66.67"}, {"100.000001", "100", "0"}, {"5", "-10", "150"}, {"0", "0", ""}, {"7", "0", ""},
	} {
		got, ok := ChangePercent(decimal.RequireFromString(c.now), decimal.RequireFromString(c.then))
		if ok != (c.want != "") || ok && !got.Equal(decimal.RequireFromString(c.want)) {
			t.Errorf("%s after %s: %s, %v", c.now, c.then, got, ok)
		}
	}
}
