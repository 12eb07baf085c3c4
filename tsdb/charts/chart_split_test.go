package charts

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// minutesRead counts for each minute of some days how often a read covers it: once per addition, minus once per
// subtraction. A part of a table must begin and end where that table's buckets do.
func minutesRead(t *testing.T, c *chartRead, first time.Time, days int) []int {
	t.Helper()
	widths := map[string]time.Duration{"usage_minute": time.Minute, "usage_quarter": quarterHour, "usage_day": wholeDay}
	counts := make([]int, days*1440)
	for _, p := range c.parts {
		if width := widths[p.table]; p.from.Truncate(width) != p.from || p.to.Truncate(width) != p.to || !p.from.Before(p.to) {
			t.Fatalf("%s from %s to %s", p.table, p.from, p.to)
		}
		sign := 1
		if p.minus {
			sign = -1
		}
		for at := p.from; at.Before(p.to); at = at.Add(time.Minute) {
			counts[int(at.Sub(first)/time.Minute)] += sign
		}
	}
	return counts
}

// Whatever the span, and however coarse the tables, each minute of the span is read once, and no other. Reading most of
// a day as the day minus the rest does not change that. Only what is older than minutes are kept is widened, to whole
// quarter-hours.
func TestReadsCoverTheirSpanOnce(t *testing.T) {
	t.Parallel()
	const days = 8
	random := rand.New(rand.NewPCG(2, 5))
	first := time.Date(2028, 2, 26, 0, 0, 0, 0, time.UTC) // with a leap day
	for range 3000 {
		from := random.IntN(days*1440 - 1)
		to := from + 1 + random.IntN(days*1440-from)
		if random.IntN(3) == 0 { // edges of quarter-hours and days
			from = from / 15 * 15
			to = max(from+1, to/1440*1440)
		}
		span := billing.Range{From: first.Add(time.Duration(from) * time.Minute), To: first.Add(time.Duration(to) * time.Minute)}
		kept := first.Add(time.Duration(random.IntN(days+1)) * wholeDay)
		coarsest := []grain{byQuarter, byDay}[random.IntN(2)]
		c := chartRead{from: span.From, to: span.To, coarsest: coarsest}
		if random.IntN(2) == 0 {
			c.outward(kept)
			if from, to = quartersAround(from, span.From.Before(kept), false), quartersAround(to, span.To.Before(kept), true); !c.from.Equal(first.Add(time.Duration(from) * time.Minute)) {
				t.Fatalf("%v is widened to begin at %s", span, c.from)
			}
		}
		c.split(coarsest)
		if coarsest == byDay && random.IntN(2) == 0 {
			c.shorten(kept)
			if slices.ContainsFunc(c.parts, func(p part) bool { return p.minus && p.from.Before(kept) }) {
				t.Fatalf("%v takes off what is not kept: %v", span, c.parts)
			}
		}
		for minute, n := range minutesRead(t, &c, first, days) {
			want := 0
			if minute >= from && minute < to {
				want = 1
			}
			if n != want {
				t.Fatalf("%v: minute %d is read %d times by %v", span, minute, n, c.parts)
			}
		}
	}
}

// quartersAround is a minute, or the quarter-hour around it if it is widened.
func quartersAround(minute int, widened, up bool) int {
	switch {
	case !widened:
		return minute
	case up:
		return (minute + 14) / 15 * 15
	}
	return minute / 15 * 15
}

// A binary search finds the same buckets as looking at each.
func TestBucketsAreFound(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Australia/Lord_Howe")
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 4, 3, 7, 12, 0, 0, time.UTC) // the clocks go back by half an hour on the 4th
	for _, g := range []billing.Granularity{billing.Hour, billing.Day, billing.Week} {
		buckets, err := billing.Buckets(billing.Range{From: from, To: from.AddDate(0, 0, 9)}, g, zone)
		if err != nil {
			t.Fatal(err)
		}
		trend := &Trend{Buckets: buckets}
		for minute := range 9 * 1440 {
			at := from.Add(time.Duration(minute) * time.Minute)
			want := slices.IndexFunc(buckets, func(b billing.Bucket) bool { return !at.Before(b.Start) && at.Before(b.End) })
			if got := trend.bucketOf(at); got != want {
				t.Fatalf("%s by %s is in bucket %d, not %d", at, g, want, got)
			}
		}
	}
}

// Days that the process keeps are trusted as long as their version is the same, and for an hour at most; what is asked
// for stays when others come, and what nobody asks for is dropped.
func TestKeptSums(t *testing.T) {
	t.Parallel()
	d := &daySums{}
	now := time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	key := func(n int64) daysKey { return daysKey{account: n, category: billing.Tools, from: 1, to: 2} }
	sums := func(n int64) *keptSums {
		return &keptSums{resourceSums: resourceSums{ids: []int64{1, 5, 9}, sums: [][3]int64{{n}, {2 * n}, {3 * n}}}, version: []int64{n, 7}, readAt: now}
	}
	d.keep(key(1), sums(1))
	for name, c := range map[string]struct {
		key     daysKey
		version []int64
		at      time.Time
		found   bool
	}{
		"as it was":            {key(1), []int64{1, 7}, now, true},
		"for an hour":          {key(1), []int64{1, 7}, now.Add(time.Hour - 1), true},
		"no longer":            {key(1), []int64{1, 7}, now.Add(time.Hour), false},
		"written since":        {key(1), []int64{2, 7}, now, false},
		"a day more":           {key(1), []int64{1, 7, 7}, now, false},
		"no day":               {key(1), nil, now, false},
		"another account's":    {key(2), []int64{1, 7}, now, false},
		"of another category":  {daysKey{1, billing.Models, 1, 2}, []int64{1, 7}, now, false},
		"of other days":        {daysKey{1, billing.Tools, 1, 3}, []int64{1, 7}, now, false},
		"by a clock gone back": {key(1), []int64{1, 7}, now.Add(-time.Hour), true},
	} {
		if got := d.find(c.key, c.version, c.at); (got != nil) != c.found || got != nil && (got.of(5) != [3]int64{2} || got.of(4) != [3]int64{}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	for n := range int64(3 * maxKeptSums / (weightOfSums + 5)) { // three times as many as fit one half
		d.keep(key(10+n), sums(10+n))
		if d.weight > maxKeptSums {
			t.Fatalf("%d are kept", d.weight)
		}
		if n%100 == 0 && d.find(key(1), []int64{1, 7}, now) == nil {
			t.Fatalf("after %d others what is asked for has gone", n)
		}
	}
	if d.find(key(10), []int64{10, 7}, now) != nil {
		t.Error("what nobody asked for is still there")
	}
}

// What was used lately is good for less than a minute, on one day, and not if time goes back; and no more is kept than
// there is room for.
func TestHowLongLatelyIsGood(t *testing.T) {
	t.Parallel()
	k := NewLatelyKept()
	at := time.Date(2026, 3, 10, 23, 59, 30, 0, time.UTC)
	used := &Lately{}
	k.Keep(1, at, used)
	k.Keep(2, at, nil)
	for _, c := range []struct {
		account int64
		after   time.Duration
		good    bool
	}{{1, 0, true}, {1, 30*time.Second - 1, true}, {1, 30 * time.Second, false}, {1, -1, false}, {2, 0, false}, {3, 0, false}} {
		if got := k.Get(c.account, at.Add(c.after)); (got != nil) != c.good {
			t.Errorf("account %d after %v: %v", c.account, c.after, got)
		}
	}
	noon := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	k.Keep(1, noon, used)
	if k.Get(1, noon.Add(time.Minute-1)) == nil || k.Get(1, noon.Add(time.Minute)) != nil {
		t.Error("it is not good for a minute")
	}
	for n := range int64(3 * mostLately) {
		k.Keep(n, noon, used)
		if len(k.of) > mostLately {
			t.Fatalf("%d are kept", len(k.of))
		}
		if k.Get(n, noon) == nil {
			t.Fatalf("the one that came last is not there")
		}
	}
	var none *LatelyKept
	none.Keep(1, noon, used)
	if none.Get(1, noon) != nil {
		t.Error("nothing keeps something")
	}
}

// The weeks of an account are those through which it has lived, or in which it used something: never more than are
// asked for, and including days without usage.
func TestDaysOfLately(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) // the month has just begun
	for name, c := range map[string]struct {
		made   time.Duration // before today
		used   int           // so many days ago, first; 0: never
		events int
	}{
		"made today":                     {-time.Hour, 0, 0},
		"made as today began":            {0, 0, 0},
		"made yesterday":                 {time.Hour, 0, 0},
		"made as yesterday began":        {24 * time.Hour, 0, 1},
		"made within the day before":     {25 * time.Hour, 0, 1},
		"used before it was made":        {0, 5, 5},
		"made long ago":                  {900 * 24 * time.Hour, 0, billing.PaceDays},
		"used longer ago than is looked": {0, 31, billing.PaceDays},
	} {
		var s latelySums
		if c.used > 0 {
			s[latelyDays-c.used] = struct{ all, events, runs billing.Amount }{3, 2, 1}
		}
		s[slotToday] = struct{ all, events, runs billing.Amount }{50, 40, 30}
		a := &tsdb.Account{Account: &billing.Account{Created: billing.SecondOf(today.Add(-c.made))}}
		l := s.lately(a, today)
		if got := len(l[0].Events); got != c.events || len(l[1].Events) != c.events {
			t.Errorf("%s: %d days", name, got)
		}
		if l[0].Month != 50 || l[1].Month != 30 {
			t.Errorf("%s: %d and %d in a month that began today", name, l[0].Month, l[1].Month)
		}
		if week := l[0].Week; (week == 3) != (c.used > 0 && c.used <= 7) {
			t.Errorf("%s: %d in a week", name, week)
		}
	}
}
