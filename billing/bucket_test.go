package billing

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// testZones have whole, half and three-quarter hours, changes by 30 minutes, midnights that do not exist or occur twice, and days that a
// country left out.
var testZones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe",
	"Australia/Eucla", "Pacific/Chatham", "Pacific/Apia", "Pacific/Marquesas", "Africa/Cairo", "Africa/Casablanca",
	"Asia/Beirut", "America/Santiago", "America/Sao_Paulo", "America/Asuncion", "America/Havana", "Asia/Pyongyang",
	"Asia/Tehran", "Antarctica/Troll", "Europe/London",
}

func TestDaysOfChangingClocks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, from, to string
		hours          []int // of each day
	}{
		{"Europe/Berlin", "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z", []int{24, 23, 24}},
		{"Europe/Berlin", "2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z", []int{24, 25, 24}},
		{"America/St_Johns", "2026-03-07T03:30:00Z", "2026-03-09T02:30:00Z", []int{24, 23}},
		{"Asia/Kathmandu", "2026-03-06T18:15:00Z", "2026-03-08T18:15:00Z", []int{24, 24}},
		{"Africa/Cairo", "2026-04-22T22:00:00Z", "2026-04-24T21:00:00Z", []int{24, 23}},         // midnight of the 24th does not exist
		{"America/Santiago", "2026-09-05T04:00:00Z", "2026-09-07T03:00:00Z", []int{24, 23}},     // likewise on the 6th
		{"America/Santiago", "2026-04-03T03:00:00Z", "2026-04-06T04:00:00Z", []int{24, 25, 24}}, // 23:00 of the 4th comes twice
		{"America/Havana", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", []int{25}},           // midnight of the 1st comes twice
		{"Pacific/Apia", "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z", []int{24, 24}},         // there was no 30th
	} {
		loc := zone(c.zone)
		r := Range{From: at(c.from), To: at(c.to)}
		days, err := Buckets(r, Day, loc)
		if err != nil || len(days) != len(c.hours) {
			t.Errorf("%s: %d days, %v", c.zone, len(days), err)
			continue
		}
		for i, d := range days {
			if got := int(d.End.Sub(d.Start).Hours()); got != c.hours[i] || d.Partial {
				t.Errorf("%s: the day from %s has %d hours, partial %v; want %d", c.zone, d.Start.In(loc), got, d.Partial, c.hours[i])
			}
			hours, err := Buckets(Range{From: d.Start, To: d.End}, Hour, loc)
			if err != nil || len(hours) != c.hours[i] {
				t.Errorf("%s: %d points on the day from %s, %v; want %d", c.zone, len(hours), d.Start.In(loc), err, c.hours[i])
			}
		}
	}
}

func TestHoursWithOddOffsets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, from, to string
		starts         []string
		partial        []bool
	}{
		{"Asia/Kathmandu", "2026-05-01T10:00:00Z", "2026-05-01T12:15:00Z",
			[]string{"2026-05-01T09:15:00Z", "2026-05-01T10:15:00Z", "2026-05-01T11:15:00Z"}, []bool{true, false, false}},
		{"America/St_Johns", "2026-05-01T10:30:00Z", "2026-05-01T12:00:00Z",
			[]string{"2026-05-01T10:30:00Z", "2026-05-01T11:30:00Z"}, []bool{false, true}},
		// Lord Howe goes from 02:00 back to 01:30 on 5 April 2026: the half-hour that comes twice has its own point.
		{"Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z",
			[]string{"2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"}, []bool{false, false, false}},
	} {
		got, err := Buckets(Range{From: at(c.from), To: at(c.to)}, Hour, zone(c.zone))
		if err != nil || len(got) != len(c.starts) {
			t.Errorf("%s: %v %v", c.zone, got, err)
			continue
		}
		for i := range got {
			if !got[i].Start.Equal(at(c.starts[i])) || got[i].Partial != c.partial[i] {
				t.Errorf("%s: point %d: %+v", c.zone, i, got[i])
			}
		}
	}
}

// If the clocks change within an hour, or over midnight, points still follow each other, and floor finds them.
func TestPointsAroundOddChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone       string
		g          Granularity
		inside     string
		start, end string
	}{
		// Lord Howe, 5 April 2026: from 02:00 back to 01:30.
		{"Australia/Lord_Howe", Hour, "2026-04-04T14:59:00Z", "2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z"},
		{"Australia/Lord_Howe", Hour, "2026-04-04T15:10:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"},
		// and 4 October 2026: from 02:00 to 02:30.
		{"Australia/Lord_Howe", Hour, "2026-10-03T15:40:00Z", "2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z"},
		// Pyongyang, 4 May 2018: from 23:30 to midnight.
		{"Asia/Pyongyang", Hour, "2018-05-04T14:40:00Z", "2018-05-04T14:30:00Z", "2018-05-04T15:00:00Z"},
		{"Asia/Pyongyang", Day, "2018-05-04T15:00:00Z", "2018-05-04T15:00:00Z", "2018-05-05T15:00:00Z"},
		// St. John's, 29 October 2006: from 00:01 back to 23:01. What follows belongs to the day that had begun.
		{"America/St_Johns", Day, "2006-10-29T02:40:00Z", "2006-10-29T02:30:00Z", "2006-10-30T03:30:00Z"},
		{"America/St_Johns", Week, "2006-10-29T02:40:00Z", "2006-10-23T02:30:00Z", "2006-10-30T03:30:00Z"},
		{"Africa/Cairo", Day, "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
	} {
		loc := zone(c.zone)
		start := c.g.floor(at(c.inside), loc)
		if end := c.g.next(start, loc); !start.Equal(at(c.start)) || !end.Equal(at(c.end)) {
			t.Errorf("%s, %s: %s of %s to %s, want %s to %s", c.zone, c.inside, c.g, start, end, c.start, c.end)
		}
	}
}

func TestWeeksAndMonths(t *testing.T) {
	t.Parallel()
	berlin := zone("Europe/Berlin")
	r := Range{From: at("2026-03-01T10:00:00Z"), To: at("2026-04-10T10:00:00Z"), EndsNow: true}
	weeks, err := Buckets(r, Week, berlin)
	if err != nil || len(weeks) != 7 {
		t.Fatalf("%d weeks, %v", len(weeks), err)
	}
	for i, w := range weeks {
		if w.Start.In(berlin).Weekday() != time.Monday || w.Start.In(berlin).Hour() != 0 || w.Partial != (i == 0 || i == 6) {
			t.Errorf("week %d: %+v", i, w)
		}
	}
	months, err := Buckets(r, Month, berlin)
	if err != nil || len(months) != 2 || !months[0].Start.Equal(at("2026-02-28T23:00:00Z")) || !months[1].End.Equal(at("2026-04-30T22:00:00Z")) {
		t.Errorf("%v %v", months, err)
	}
}

func TestLastBucketOfARangeThatEndsNowIsPartial(t *testing.T) {
	t.Parallel()
	r := Range{From: at("2026-03-01T10:00:00Z"), To: at("2026-03-01T10:03:00Z"), EndsNow: true}
	points, err := Buckets(r, Minute, time.UTC)
	if err != nil || len(points) != 3 || points[0].Partial || points[1].Partial || !points[2].Partial {
		t.Errorf("%+v %v", points, err)
	}
}

func TestDefaultGranularity(t *testing.T) {
	t.Parallel()
	from := at("2026-03-01T10:00:00Z")
	for _, c := range []struct {
		r    Range
		want Granularity
	}{
		{Range{From: from, To: from.Add(time.Hour)}, Hour},
		{Range{From: from, To: from.Add(48 * time.Hour)}, Hour},
		{Range{From: from, To: from.Add(48*time.Hour + time.Minute)}, Day},
		{Range{From: from, To: from.Add(48*time.Hour + time.Minute), EndsNow: true}, Hour},
	} {
		if got := c.r.DefaultGranularity(); got != c.want {
			t.Errorf("%s: %s", c.r.To.Sub(c.r.From), got)
		}
	}
}

func TestRangeTooFine(t *testing.T) {
	t.Parallel()
	r := Range{From: at("2026-03-01T00:00:00Z"), To: at("2026-03-01T00:00:00Z").Add(MaxBuckets * time.Minute)}
	if points, err := Buckets(r, Minute, time.UTC); err != nil || len(points) != MaxBuckets {
		t.Errorf("%d points, %v", len(points), err)
	}
	r.To = r.To.Add(time.Minute)
	if _, err := Buckets(r, Minute, time.UTC); codeOf(err) != RangeTooFine {
		t.Errorf("%v", err)
	}
	old := Range{To: at("2026-03-01T00:00:00Z")} // since the year 1
	if _, err := Buckets(old, Hour, time.UTC); codeOf(err) != RangeTooFine {
		t.Errorf("%v", err)
	}
}

// In any zone, at any time since 2000, the points cover the range without gap or overlap, and only those at the ends are partial.
func TestBucketsCoverTheRange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(rapid.SampledFrom(testZones).Draw(t, "zone"))
		g := rapid.SampledFrom(Granularities()).Draw(t, "granularity")
		from := time.Unix(60*rapid.Int64Range(950_000_000/60, 2_000_000_000/60).Draw(t, "from"), 0)
		r := Range{From: from, To: from.Add(time.Duration(rapid.IntRange(1, 2900).Draw(t, "minutes")) * time.Minute)}
		points, err := Buckets(r, g, loc)
		if err != nil || len(points) == 0 {
			t.Fatalf("%d points, %v", len(points), err)
		}
		for i, p := range points {
			if !p.Start.Before(p.End) || i > 0 && !p.Start.Equal(points[i-1].End) {
				t.Fatalf("point %d: %+v", i, p)
			}
			if cut := p.Start.Before(r.From) || p.End.After(r.To); p.Partial != cut || cut && i != 0 && i != len(points)-1 {
				t.Fatalf("point %d: %+v", i, p)
			}
		}
		if first, last := points[0], points[len(points)-1]; first.Start.After(r.From) || !first.End.After(r.From) || last.End.Before(r.To) {
			t.Fatalf("%s to %s is not covered", first.Start, last.End)
		}
	})
}

// A point is the same in every range that shows it, and begins where its zone's clocks say so.
func TestBucketsStandStill(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(rapid.SampledFrom(testZones).Draw(t, "zone"))
		g := rapid.SampledFrom([]Granularity{Hour, Day, Week, Month, Quarter, Year}).Draw(t, "granularity")
		start := g.floor(time.Unix(60*rapid.Int64Range(1_600_000_000/60, 2_000_000_000/60).Draw(t, "at"), 0), loc)
		end := g.next(start, loc)
		inside := start.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(start))-1).Draw(t, "inside")))
		if again := g.floor(inside, loc); !again.Equal(start) {
			t.Fatalf("%s lies in the point from %s, not %s", inside, again, start)
		}
		// The stored quarter-hours make up every point of every zone.
		if start.Unix()%900 != 0 {
			t.Fatalf("%s is no quarter-hour", start)
		}
		local := start.In(loc)
		if midnight := local.Hour() == 0 && local.Minute() == 0; g != Hour && !midnight && local.Add(-time.Minute).Day() == local.Day() {
			t.Fatalf("%s begins at %s", g, local)
		}
	})
}

// A day starts at its first instant.
func TestDayStartIsTheFirstInstantOfItsDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loc := zone(rapid.SampledFrom(testZones).Draw(t, "zone"))
		now := time.Unix(rapid.Int64Range(1_600_000_000, 2_000_000_000).Draw(t, "at"), 0).In(loc)
		y, m, d := now.Date()
		start := dayStart(y, m, d, loc).In(loc)
		if sy, sm, sd := start.Date(); sy != y || sm != m || sd != d || start.After(now) {
			t.Fatalf("%s begins %s", now, start)
		}
		if before := start.Add(-1); before.Day() == d {
			t.Fatalf("%s is already that day", before)
		}
	})
}

func TestRetention(t *testing.T) {
	t.Parallel()
	now := at("2026-05-15T18:40:20Z")
	kept := Retention{MinuteDays: 400, QuarterMonths: 25} // the defaults of rules.md §9
	for _, c := range []struct {
		g     Granularity
		zone  string
		since string // "": forever
	}{
		{Minute, "UTC", "2025-04-10T18:40:00Z"},
		{Hour, "UTC", "2024-04-15T18:40:00Z"},
		{Day, "UTC", ""},
		{Month, "Etc/UTC", ""},
		{Day, "Asia/Kathmandu", "2024-04-15T18:40:00Z"},
		{Week, "Europe/London", "2024-04-15T18:40:00Z"},
	} {
		loc := zone(c.zone)
		since, forever := kept.KeptSince(c.g, now, loc)
		if forever != (c.since == "") || !forever && !since.Equal(at(c.since)) {
			t.Errorf("%s in %s: since %s, for ever %v", c.g, c.zone, since, forever)
		}
		old := Range{From: at("2020-01-01T00:00:00Z"), To: now}
		if err := kept.Check(old, c.g, now, loc); (codeOf(err) == GranularityNotKept) == forever {
			t.Errorf("%s in %s: %v", c.g, c.zone, err)
		}
		if err := kept.Check(Range{From: since, To: now}, c.g, now, loc); err != nil {
			t.Errorf("%s in %s: %v", c.g, c.zone, err)
		}
	}
}
