package billing

import (
	"fmt"
	"slices"
	"time"
)

// Granularity is how finely a range is divided into points.
type Granularity string

// The granularities. Hours and everything coarser follow the clocks of the caller's zone.
const (
	Minute  Granularity = "MINUTE"
	Hour    Granularity = "HOUR"
	Day     Granularity = "DAY"
	Week    Granularity = "WEEK" // from Monday
	Month   Granularity = "MONTH"
	Quarter Granularity = "QUARTER" // of a year
	Year    Granularity = "YEAR"
)

// Granularities lists all granularities, finest first.
func Granularities() []Granularity {
	return []Granularity{Minute, Hour, Day, Week, Month, Quarter, Year}
}

// MaxBuckets is the largest number of points that a range may be divided into.
const MaxBuckets = 3000

// Bucket is one point of a chart: half-open, UTC. Start and End are those of the whole minute, hour, day, week or month. Partial says that
// the range covers only part of it, or that it is not over yet. So the first bucket may begin before its range, and the last may end after
// it; only what lies in both counts.
type Bucket struct {
	Start, End time.Time
	Partial    bool
}

// DefaultGranularity returns hours for up to 48 hours, and days beyond.
func (r Range) DefaultGranularity() Granularity {
	limit := 48 * time.Hour
	if r.EndsNow {
		limit += time.Minute // plus the running minute
	}
	if r.To.Sub(r.From) <= limit {
		return Hour
	}
	return Day
}

// Buckets divides a range in the caller's time zone, in order and without gaps: the points of a chart, even if nothing was used. "" means
// the default granularity. More than MaxBuckets are refused with RANGE_TOO_FINE (*RangeError).
func Buckets(r Range, g Granularity, loc *time.Location) ([]Bucket, error) {
	return bucketsUpTo(MaxBuckets, r, g, loc)
}

// AllBuckets is Buckets for divisions that no chart shows. It allows two million, which is the minutes of more than three years.
func AllBuckets(r Range, g Granularity, loc *time.Location) ([]Bucket, error) {
	return bucketsUpTo(2_000_000, r, g, loc)
}

func bucketsUpTo(most int, r Range, g Granularity, loc *time.Location) ([]Bucket, error) {
	if g == "" {
		g = r.DefaultGranularity()
	}
	var buckets []Bucket
	for start := g.floor(r.From, loc); start.Before(r.To); {
		if len(buckets) == most {
			// Estimated from the width of the last one, so that not all have to be made only to say how many there would be.
			last := buckets[most-1]
			return nil, tooFine(g, most, most+int(r.To.Sub(start)/last.End.Sub(last.Start))+1)
		}
		end := g.next(start, loc)
		cut := start.Before(r.From) || end.After(r.To) || r.EndsNow && !end.Before(r.To)
		buckets = append(buckets, Bucket{start, end, cut})
		start = end
	}
	return buckets, nil
}

// Cuts returns the instants that divide a range both into buckets and at the instants of others, in order and each once; the first may be
// before the range. So every piece between two of them lies in one bucket of either division.
func (g Granularity) Cuts(r Range, loc *time.Location, others []time.Time) []time.Time {
	cuts := slices.Clone(others)
	for start := g.floor(r.From, loc); start.Before(r.To); start = g.next(start, loc) {
		cuts = append(cuts, start)
	}
	slices.SortFunc(cuts, time.Time.Compare)
	return slices.CompactFunc(cuts, time.Time.Equal)
}

// tooFine refuses a division into more than most buckets, and says about how many there would be.
func tooFine(g Granularity, most, there int) error {
	return &RangeError{RangeTooFine, fmt.Sprintf(
		"This range has about %d points by %s, more than %d. Choose a shorter range or a coarser granularity.", there, g, most)}
}

// floor returns the start of the bucket in which t lies.
func (g Granularity) floor(t time.Time, loc *time.Location) time.Time {
	start := g.floorByDate(t, loc)
	for {
		// If the clocks went back over midnight, a date occurred twice; its later part belongs to the next day's bucket.
		next := g.next(start, loc)
		if next.After(t) {
			return start
		}
		start = next
	}
}

func (g Granularity) floorByDate(t time.Time, loc *time.Location) time.Time {
	switch g {
	case Minute:
		return t.UTC().Truncate(time.Minute)
	case Hour:
		return hourFloor(t, loc)
	case Week:
		return dayOf(t, -daysSinceMonday(t, loc), loc)
	case Month, Quarter, Year:
		y, m, _ := t.In(loc).Date()
		// The month that begins the quarter or year; months are counted from 1.
		return dayStart(y, m-(m-1)%time.Month(g.months()), 1, loc)
	}
	return dayOf(t, 0, loc)
}

// next returns the end of the bucket that begins at start.
func (g Granularity) next(start time.Time, loc *time.Location) time.Time {
	switch g {
	case Minute:
		return start.Add(time.Minute)
	case Hour:
		return hourNext(start, loc)
	case Week:
		return dayOf(start, 7-daysSinceMonday(start, loc), loc)
	case Month, Quarter, Year:
		y, m, _ := start.In(loc).Date()
		return dayStart(y, m+time.Month(g.months()), 1, loc)
	}
	return dayOf(start, 1, loc)
}

// months returns the length of a bucket in months.
func (g Granularity) months() int {
	switch g {
	case Quarter:
		return 3
	case Year:
		return 12
	}
	return 1
}

func daysSinceMonday(t time.Time, loc *time.Location) int {
	return (int(t.In(loc).Weekday()) + 6) % 7
}

// hourFloor returns the start of the hour in which t lies, by the clocks of a zone. Zones with offsets of 30 or 45 minutes have their own
// full hours. A change of the clocks by less than an hour (Lord Howe Island) begins a short bucket.
func hourFloor(t time.Time, loc *time.Location) time.Time {
	local := t.In(loc)
	start := local.Add(-sinceFullHour(local))
	// An hour that contains a change of half an hour is two buckets: one up to the change, and one after it.
	if change, _ := local.ZoneBounds(); change.After(start) && shiftsHours(change) {
		return change.UTC()
	}
	return start.UTC()
}

// hourNext returns the end of the hour that begins at start.
func hourNext(start time.Time, loc *time.Location) time.Time {
	local := start.In(loc)
	end := local.Add(time.Hour - sinceFullHour(local))
	if _, change := local.ZoneBounds(); !change.IsZero() && change.Before(end) && shiftsHours(change) {
		return change.UTC()
	}
	return end.UTC()
}

// sinceFullHour returns how far the clocks at local are past a full hour.
func sinceFullHour(local time.Time) time.Duration {
	wall := time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second
	return wall + time.Duration(local.Nanosecond())
}

// shiftsHours reports whether a change of the clocks moves the full hours.
func shiftsHours(change time.Time) bool {
	moved := offset(change) - offset(change.Add(-1))
	return moved%time.Hour != 0
}

// Retention says how long usage is kept at which granularity (settings; rules.md §9). Whole UTC days are kept forever.
type Retention struct {
	MinuteDays    int // events and minutes
	QuarterMonths int // quarter-hours, which make up the hours and days of every zone
}

// KeptSince returns the instant from which points of a granularity are available in a zone; forever means that all are.
func (r Retention) KeptSince(g Granularity, now time.Time, loc *time.Location) (since time.Time, forever bool) {
	switch {
	case g == Minute:
		return now.UTC().Truncate(time.Minute).AddDate(0, 0, -r.MinuteDays), false
	// Whole UTC days are kept forever, and all coarser UTC buckets are made of them.
	case g != Hour && isUTC(loc):
		return time.Time{}, true
	}
	return monthsBack(now, r.QuarterMonths, loc), false
}

// Check refuses a granularity that is no longer kept at the beginning of a range (GRANULARITY_NOT_KEPT, *RangeError).
func (r Retention) Check(rg Range, g Granularity, now time.Time, loc *time.Location) error {
	since, forever := r.KeptSince(g, now, loc)
	if forever || !rg.From.Before(since) {
		return nil
	}
	return &RangeError{GranularityNotKept, fmt.Sprintf(
		"Usage by %s is kept only since %s in this time zone. Choose a later start or a coarser granularity.",
		g, since.Format(time.RFC3339))}
}

// isUTC reports whether a zone's days are UTC days by definition.
func isUTC(loc *time.Location) bool {
	switch loc.String() {
	case "UTC", "Etc/UTC", "Etc/GMT", "GMT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal", "Etc/UCT", "UCT":
		return true
	}
	return false
}
