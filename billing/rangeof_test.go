package billing

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

func TestResolve(t *testing.T) {
	t.Parallel()
	now := at("2026-05-15T18:40:20Z") // 16 May, 00:25:20 in Kathmandu; 14:40:20 in New York
	for _, c := range []struct {
		preset   Preset
		zone     string
		from, to string
	}{
		{Last24Hours, "UTC", "2026-05-14T19:00:00Z", "2026-05-15T18:41:00Z"},
		{Last24Hours, "Asia/Kathmandu", "2026-05-14T19:15:00Z", "2026-05-15T18:41:00Z"},
		{Last7Days, "UTC", "2026-05-09T00:00:00Z", "2026-05-15T18:41:00Z"},
		{"", "UTC", "2026-05-09T00:00:00Z", "2026-05-15T18:41:00Z"},
		{Last7Days, "Asia/Kathmandu", "2026-05-09T18:15:00Z", "2026-05-15T18:41:00Z"},
		{Last30Days, "America/New_York", "2026-04-16T04:00:00Z", "2026-05-15T18:41:00Z"},
		{Last90Days, "America/New_York", "2026-02-15T05:00:00Z", "2026-05-15T18:41:00Z"}, // winter time then
		{ThisMonth, "America/St_Johns", "2026-05-01T02:30:00Z", "2026-05-15T18:41:00Z"},
		{LastMonth, "America/New_York", "2026-04-01T04:00:00Z", "2026-05-01T04:00:00Z"},
		{ThisYear, "America/New_York", "2026-01-01T05:00:00Z", "2026-05-15T18:41:00Z"},
		{LastYear, "Asia/Kathmandu", "2024-12-31T18:15:00Z", "2025-12-31T18:15:00Z"},
		{Today, "Asia/Kathmandu", "2026-05-15T18:15:00Z", "2026-05-15T18:41:00Z"},
		{Yesterday, "UTC", "2026-05-14T00:00:00Z", "2026-05-15T00:00:00Z"},
		{ThisWeek, "Asia/Kathmandu", "2026-05-10T18:15:00Z", "2026-05-15T18:41:00Z"},
		{LastWeek, "UTC", "2026-05-04T00:00:00Z", "2026-05-11T00:00:00Z"},
		{ThisQuarter, "America/New_York", "2026-04-01T04:00:00Z", "2026-05-15T18:41:00Z"},
		{LastQuarter, "America/New_York", "2026-01-01T05:00:00Z", "2026-04-01T04:00:00Z"},
		{MonthToDate, "UTC", "2026-05-01T00:00:00Z", "2026-05-15T18:41:00Z"},
		{YearToDate, "UTC", "2026-01-01T00:00:00Z", "2026-05-15T18:41:00Z"},
	} {
		got := Resolve(c.preset, now, zone(c.zone))
		if !got.From.Equal(at(c.from)) || !got.To.Equal(at(c.to)) {
			t.Errorf("%s in %s: %s to %s", c.preset, c.zone, got.From, got.To)
		}
		if past := isOver(c.preset); got.EndsNow == past {
			t.Errorf("%s: ends now: %v", c.preset, got.EndsNow)
		}
	}
}

// isOver reports whether a preset's range ends before today.
func isOver(p Preset) bool {
	return p == Yesterday || p == LastWeek || p == LastMonth || p == LastQuarter || p == LastYear
}

// A preset's range contains now, even at the very first instant of a day, month or year.
func TestResolveOnTheBoundary(t *testing.T) {
	t.Parallel()
	now := at("2026-01-01T00:00:00Z")
	for _, p := range Presets() {
		r := Resolve(p, now, time.UTC)
		if holds := !isOver(p); r.Contains(now) != holds || !r.From.Before(r.To) {
			t.Errorf("%s: %s to %s", p, r.From, r.To)
		}
	}
	if r := Resolve(LastMonth, now, time.UTC); !r.From.Equal(at("2025-12-01T00:00:00Z")) {
		t.Errorf("last month begins %s", r.From)
	}
}

func TestLast24HoursHas24Points(t *testing.T) {
	t.Parallel()
	zones := rapid.SampledFrom(testZones)
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(zones.Draw(t, "zone"))
		now := time.Unix(rapid.Int64Range(1.6e9, 2e9).Draw(t, "now"), 0)
		points, err := Buckets(Resolve(Last24Hours, now, loc), "", loc)
		if err != nil || len(points) != 24 {
			t.Fatalf("%d points, %v", len(points), err)
		}
	})
}

func TestCustom(t *testing.T) {
	t.Parallel()
	now := at("2026-05-15T18:40:20Z")
	for _, c := range []struct {
		from, to string
		code     RangeCode
		end      string
		endsNow  bool
	}{
		{"2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", "", "2026-05-02T00:00:00Z", false},
		{"2026-05-01T00:00:00+05:45", "2026-05-02T00:00:00+05:45", "", "2026-05-01T18:15:00Z", false},
		{"2026-05-01T00:00:00Z", "2026-05-15T18:40:00Z", "", "2026-05-15T18:40:00Z", false},
		{"2026-05-01T00:00:00Z", "2026-05-15T18:41:00Z", "", "2026-05-15T18:41:00Z", true},
		{"2026-05-01T00:00:00Z", "2030-01-01T00:00:00Z", "", "2026-05-15T18:41:00Z", true},
		{"2026-05-15T18:40:00Z", "2026-05-15T19:00:00Z", "", "2026-05-15T18:41:00Z", true},
		{"2026-05-15T18:41:00Z", "2026-05-15T19:00:00Z", RangeInFuture, "", false},
		{"2026-05-02T00:00:00Z", "2026-05-02T00:00:00Z", RangeEmpty, "", false},
		{"2026-05-02T00:00:00Z", "2026-05-01T00:00:00Z", RangeEmpty, "", false},
		{"2026-05-02T00:00:01Z", "2026-05-03T00:00:00Z", RangeNotWholeMinutes, "", false},
		{"2026-05-02T00:00:00Z", "2026-05-03T00:00:00.5Z", RangeNotWholeMinutes, "", false},
		{"2024-04-15T18:40:00Z", "2026-05-03T00:00:00Z", "", "2026-05-03T00:00:00Z", false}, // exactly 25 months
		{"2024-04-15T18:39:00Z", "2026-05-03T00:00:00Z", RangeTooOld, "", false},
	} {
		got, err := Custom(at(c.from), at(c.to), now, time.UTC)
		if codeOf(err) != c.code || err != nil && err.Error() == "" {
			t.Errorf("%s to %s: %v, want %q", c.from, c.to, err, c.code)
		} else if c.code == "" && (!got.To.Equal(at(c.end)) || got.EndsNow != c.endsNow || !got.From.Equal(at(c.from))) {
			t.Errorf("%s to %s: %+v", c.from, c.to, got)
		}
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	r := Since(at("2020-02-03T04:05:06Z"), at("2026-05-15T18:40:20Z"))
	if !r.From.Equal(at("2020-02-03T04:05:00Z")) || !r.To.Equal(at("2026-05-15T18:41:00Z")) || !r.EndsNow {
		t.Errorf("%+v", r)
	}
}

// codeOf returns the code of a *RangeError, "" for none.
func codeOf(err error) RangeCode {
	var refusal *RangeError
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}
