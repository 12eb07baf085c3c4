package billing

import "time"

// RangeCode says why a range, or its division into points, is refused (rules.md §9).
type RangeCode string

// The reasons.
const (
	RangeEmpty           RangeCode = "RANGE_EMPTY"
	RangeInFuture        RangeCode = "RANGE_IN_FUTURE"
	RangeTooOld          RangeCode = "RANGE_TOO_OLD"
	RangeNotWholeMinutes RangeCode = "RANGE_NOT_WHOLE_MINUTES"
	RangeTooFine         RangeCode = "RANGE_TOO_FINE"
	GranularityNotKept   RangeCode = "GRANULARITY_NOT_KEPT"
)

// RangeError is meant for the caller: a code, and a sentence that explains it.
type RangeError struct {
	Code     RangeCode
	Sentence string
}

// Error returns the sentence.
func (r *RangeError) Error() string { return r.Sentence }

// Range is a half-open range of time in whole minutes, UTC.
type Range struct {
	From, To time.Time
	// EndsNow: To is the end of the running minute, so the range's usage is still growing.
	EndsNow bool
}

// Contains reports whether t lies within the range.
func (r Range) Contains(t time.Time) bool { return !t.Before(r.From) && t.Before(r.To) }

// Preset names a range that moves with now and the caller's time zone.
type Preset string

// The presets. Days, months and years are those of the caller's zone. The current one is included in all except YESTERDAY and the LAST_
// presets without a number.
const (
	Last24Hours Preset = "LAST_24_HOURS" // the current hour and the 23 before
	Last7Days   Preset = "LAST_7_DAYS"   // today and the 6 days before; the default
	Last30Days  Preset = "LAST_30_DAYS"
	Last90Days  Preset = "LAST_90_DAYS"
	ThisMonth   Preset = "THIS_MONTH"
	LastMonth   Preset = "LAST_MONTH" // the whole month before this one
	ThisYear    Preset = "THIS_YEAR"
	LastYear    Preset = "LAST_YEAR"
	Today       Preset = "TODAY"
	Yesterday   Preset = "YESTERDAY" // the whole day before this one
	ThisWeek    Preset = "THIS_WEEK" // from Monday
	LastWeek    Preset = "LAST_WEEK" // the whole week before this one
	ThisQuarter Preset = "THIS_QUARTER"
	LastQuarter Preset = "LAST_QUARTER"  // the whole quarter of the year before this one
	MonthToDate Preset = "MONTH_TO_DATE" // THIS_MONTH under the name that reports use
	YearToDate  Preset = "YEAR_TO_DATE"  // likewise THIS_YEAR
)

// Presets lists all presets.
func Presets() []Preset {
	return []Preset{Last24Hours, Last7Days, Last30Days, Last90Days, ThisMonth, LastMonth, ThisYear, LastYear,
		Today, Yesterday, ThisWeek, LastWeek, ThisQuarter, LastQuarter, MonthToDate, YearToDate}
}

// Resolve returns the range that a preset means now, in the caller's time zone. "" and unknown presets mean LAST_7_DAYS.
func Resolve(p Preset, now time.Time, loc *time.Location) Range {
	y, m, _ := now.In(loc).Date()
	switch p {
	case Last24Hours:
		return untilNow(hoursBack(now, 23, loc), now)
	case Last30Days:
		return untilNow(dayOf(now, -29, loc), now)
	case Last90Days:
		return untilNow(dayOf(now, -89, loc), now)
	case Today:
		return untilNow(dayOf(now, 0, loc), now)
	case Yesterday:
		return Range{From: dayOf(now, -1, loc), To: dayOf(now, 0, loc)}
	case ThisWeek:
		return untilNow(dayOf(now, -daysSinceMonday(now, loc), loc), now)
	case LastWeek:
		monday := -daysSinceMonday(now, loc)
		return Range{From: dayOf(now, monday-7, loc), To: dayOf(now, monday, loc)}
	case ThisMonth, MonthToDate:
		return untilNow(dayStart(y, m, 1, loc), now)
	case LastMonth:
		return Range{From: dayStart(y, m-1, 1, loc), To: dayStart(y, m, 1, loc)}
	case ThisQuarter:
		return untilNow(Quarter.floor(now, loc), now)
	case LastQuarter:
		begins := Quarter.floor(now, loc)
		return Range{From: Quarter.floor(begins.Add(-1), loc), To: begins}
	case ThisYear, YearToDate:
		return untilNow(dayStart(y, time.January, 1, loc), now)
	case LastYear:
		return Range{From: dayStart(y-1, time.January, 1, loc), To: dayStart(y, time.January, 1, loc)}
	}
	return untilNow(dayOf(now, -6, loc), now)
}

// Since returns the range from when an account began until now, which is what `range: null` means.
func Since(began, now time.Time) Range { return untilNow(began.UTC().Truncate(time.Minute), now) }

// untilNow returns a range that ends with the running minute, so that the usage of this minute counts although it is not over.
func untilNow(from, now time.Time) Range {
	return Range{From: from, To: runningMinuteEnd(now), EndsNow: true}
}

// runningMinuteEnd returns the end of the minute in which now lies.
func runningMinuteEnd(now time.Time) time.Time {
	return now.UTC().Truncate(time.Minute).Add(time.Minute)
}

// hoursBack returns the start of the hour n hours before the one in which now lies.
func hoursBack(now time.Time, n int, loc *time.Location) time.Time {
	start := hourFloor(now, loc)
	for range n {
		// Hour by hour, because the clocks may have changed in between.
		start = hourFloor(start.Add(-1), loc)
	}
	return start
}

// maxMonthsBack is how far back a custom range may begin, in calendar months.
const maxMonthsBack = 25

// Custom checks and returns a caller's own range. It must begin and end on whole minutes, from must be before to and not in the future,
// and it may begin at most 25 calendar months ago, in the caller's zone and to the minute. An end in the future is cut to the end of the
// running minute. Errors are *RangeError.
func Custom(from, to, now time.Time, loc *time.Location) (Range, error) {
	from, to = from.UTC(), to.UTC()
	switch end := runningMinuteEnd(now); {
	case !wholeMinute(from) || !wholeMinute(to):
		return Range{}, &RangeError{RangeNotWholeMinutes, "A range must begin and end on a whole minute."}
	case !from.Before(end): // before it is compared with its end, which may be now
		return Range{}, &RangeError{RangeInFuture, "A range must not begin in the future."}
	case !from.Before(to):
		return Range{}, &RangeError{RangeEmpty, "A range must begin before it ends."}
	case from.Before(monthsBack(now, maxMonthsBack, loc)):
		return Range{}, &RangeError{RangeTooOld, "A range may begin at most 25 months ago."}
	case to.Before(end):
		return Range{From: from, To: to}, nil
	}
	return untilNow(from, now), nil
}

// monthsBack returns the minute that is n calendar months before the minute in which now lies.
func monthsBack(now time.Time, n int, loc *time.Location) time.Time {
	return AddMonthsClamped(now.In(loc), -n).UTC().Truncate(time.Minute)
}

// wholeMinute reports whether t is the beginning of a minute; charts keep nothing finer.
func wholeMinute(t time.Time) bool { return t.Equal(t.Truncate(time.Minute)) }
