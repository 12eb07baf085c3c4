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
		{"quarter so far", PreviousPeriod, ThisQuarter, "2026-05-15T18:40:20Z", "UTC", "2026-01-01T00:00:00Z", "2026-02-15T18:41:00Z"},
		{"last quarter", PreviousPeriod, LastQuarter, "2026-05-15T18:40:20Z", "UTC", "2025-10-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{"year so far", PreviousPeriod, YearToDate, "2024-02-29T18:40:20Z", "UTC", "2023-01-01T00:00:00Z", "2023-03-01T00:00:00Z"},
		{"last year", PreviousPeriod, LastYear, "2026-05-15T18:40:20Z", "America/New_York", "2024-01-01T05:00:00Z", "2025-01-01T05:00:00Z"},
		{"same month last year", SamePeriodLastYear, ThisMonth, "2026-05-15T18:40:20Z", "UTC", "2025-05-01T00:00:00Z", "2025-05-15T18:41:00Z"},
		// The clocks of Berlin go forward on 29 March 2026: the same time of day is another hour of UTC.
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
		{"days that the month lacks", SamePeriodLastMonth, "2026-03-29T00:00:00Z", "2026-03-31T12:00:00Z", false, "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"},
		{"29 February", SamePeriodLastYear, "2024-02-29T06:00:00Z", "2024-02-29T07:00:00Z", false, "2023-02-28T06:00:00Z", "2023-02-28T07:00:00Z"},
	} {
		got := c.compare.Of(Range{From: at(c.from), To: at(c.to), EndsNow: c.endsNow}, "", time.UTC)
		if !got.From.Equal(at(c.wantFrom)) || !got.To.Equal(at(c.wantTo)) {
			t.Errorf("%s: %s to %s", c.name, got.From, got.To)
		}
	}
}

// Whatever is compared in whatever zone: the earlier range is one, lies earlier, and is of whole minutes; what came before does not
// overlap; days and times of day are those of a naive calendar.
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
		if c != PreviousPeriod {
			sameDay(t, r.From, got.From, map[Comparison]int{SamePeriodLastMonth: 1, SamePeriodLastYear: 12}[c], loc)
		}
	})
}

// sameDay fails unless got is the same day of an earlier month as of, or that month's last, by walking the calendar back.
func sameDay(t *rapid.T, of, got time.Time, months int, loc *time.Location) {
	y, m, d := of.In(loc).Date()
	noon := time.Date(y, m, 1, 12, 0, 0, 0, time.UTC)
	for range months {
		noon = noon.AddDate(0, 0, -1)
		noon = noon.AddDate(0, 0, 1-noon.Day())
	}
	month := noon.Month()
	for noon.Day() < d && noon.AddDate(0, 0, 1).Month() == month {
		noon = noon.AddDate(0, 0, 1)
	}
	gotY, gotM, gotD := got.In(loc).Date()
	if gotY != noon.Year() || gotM != month || gotD != noon.Day() {
		t.Fatalf("%s is compared with %s, not with the day %s", of.In(loc), got.In(loc), noon)
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
