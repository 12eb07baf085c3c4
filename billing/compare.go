package billing

import (
	"time"

	"github.com/shopspring/decimal"
)

// Comparison says which range another one is compared with (rules.md §9).
type Comparison string

// The comparisons. All follow the calendar and the clocks of the reader's zone.
const (
	PreviousPeriod      Comparison = "PREVIOUS_PERIOD"        // the period before: last month for this month, the part so far with the same part
	SamePeriodLastMonth Comparison = "SAME_PERIOD_LAST_MONTH" // the same days of the month before
	SamePeriodLastYear  Comparison = "SAME_PERIOD_LAST_YEAR"  // the same days of the year before
)

// Comparisons lists all comparisons.
func Comparisons() []Comparison {
	return []Comparison{PreviousPeriod, SamePeriodLastMonth, SamePeriodLastYear}
}

// Of returns the range that r is compared with. p is the preset that r came from, "" for a custom range. A period that is not over yet is
// compared with as much of the earlier one: up to the same day and time of day. A day that the earlier month does not have becomes its last
// day, so the 31st is compared with the 30th, and a month up to its 31st with the whole of a shorter one. Only a range that begins with a
// month may be compared with fewer or more days than it has.
func (c Comparison) Of(r Range, p Preset, loc *time.Location) Range {
	switch c {
	case SamePeriodLastMonth:
		return r.samePeriod(1, p, loc)
	case SamePeriodLastYear:
		return r.samePeriod(12, p, loc)
	}
	// By the clock and not by the calendar: 24 hours must not become 23 on a day that has 23.
	if p == Last24Hours {
		return Range{From: r.From.Add(-24 * time.Hour), To: r.To.Add(-24 * time.Hour)}
	}
	if n := p.months(); n > 0 {
		return r.monthsBefore(n, loc)
	}
	if n := p.days(); n > 0 {
		return r.daysBefore(n, loc)
	}
	return r.justBefore(loc)
}

// months returns the distance in months between a preset's range and the one before it; 0 if the preset does not consist of months.
func (p Preset) months() int {
	switch p {
	case ThisMonth, MonthToDate, LastMonth:
		return 1
	case ThisQuarter, LastQuarter:
		return 3
	case ThisYear, YearToDate, LastYear:
		return 12
	}
	return 0
}

// days returns the distance in days between a preset's range and the one before it; 0 if the preset does not consist of days.
func (p Preset) days() int {
	switch p {
	case Today, Yesterday:
		return 1
	case Last7Days, ThisWeek, LastWeek:
		return 7
	case Last30Days:
		return 30
	case Last90Days:
		return 90
	}
	return 0
}

// justBefore returns what came before a custom range: as many whole months or days, if the range consists of such, even if its last day is
// not over; otherwise as long a time.
func (r Range) justBefore(loc *time.Location) Range {
	from, to := dateOf(r.From, loc), dateOf(r.To, loc)
	switch {
	case r.wholeMonths(loc):
		return r.monthsBefore((to.year-from.year)*12+int(to.month-from.month), loc)
	case from.clock == 0 && to.clock == 0:
		return r.daysBefore(from.daysUntil(to), loc)
	case from.clock == 0 && r.EndsNow:
		return r.daysBefore(from.daysUntil(to)+1, loc)
	}
	return Range{From: r.From.Add(-r.To.Sub(r.From)), To: r.From}
}

// wholeMonths reports whether a range is over and consists of whole months.
func (r Range) wholeMonths(loc *time.Location) bool {
	from, to := dateOf(r.From, loc), dateOf(r.To, loc)
	return !r.EndsNow && from.day == 1 && from.clock == 0 && to.day == 1 && to.clock == 0
}

// daysBefore moves a range back by n days and keeps its times of day.
func (r Range) daysBefore(n int, loc *time.Location) Range {
	from, to := dateOf(r.From, loc), dateOf(r.To, loc)
	from.day, to.day = from.day-n, to.day-n
	return r.movedTo(from.instant(loc), to.instant(loc))
}

// samePeriod returns the same period n months ago. The last 30 days, and any other range that does not begin with a month, keep their
// number of days, because months differ in length and sums over different numbers of days cannot be compared.
func (r Range) samePeriod(n int, p Preset, loc *time.Location) Range {
	if from := dateOf(r.From, loc); from.day == 1 && from.clock == 0 && p.days() == 0 && p != Last24Hours {
		return r.monthsBefore(n, loc)
	}
	from, last, end := dateOf(r.From, loc), dateOf(r.To.Add(-1), loc), dateOf(r.To, loc)
	to := last.monthsBack(n)
	start := date{to.year, to.month, to.day - from.daysUntil(last), from.clock}
	// An end at midnight belongs to the day before it.
	if to.clock = end.clock; to.clock == 0 {
		to.day++
	}
	return r.movedTo(start.instant(loc), to.instant(loc))
}

// monthsBefore moves a range that begins with a month back by n months and keeps its days and times of day.
func (r Range) monthsBefore(n int, loc *time.Location) Range {
	from, last := dateOf(r.From, loc), dateOf(r.To.Add(-1), loc)
	if r.wholeMonths(loc) {
		to := dateOf(r.To, loc)
		return r.movedTo(from.monthsBack(n).instant(loc), to.monthsBack(n).instant(loc))
	}
	to, start := last.monthsBack(n), from.monthsBack(n)
	// The instant before the end determines the last day, so that an end at midnight belongs to the day before it.
	to.clock = dateOf(r.To, loc).clock
	shorter, oneDay := to.day < last.day, from.daysUntil(last) == 0
	if to.clock == 0 || shorter && !oneDay { // to the end of the last day
		to.day, to.clock = to.day+1, 0
	}
	return r.movedTo(start.instant(loc), to.instant(loc))
}

// movedTo returns the range between two instants. If clocks that went back reversed them, the range has the length of r.
func (r Range) movedTo(from, to time.Time) Range {
	if !from.Before(to) {
		to = from.Add(r.To.Sub(r.From))
	}
	return Range{From: from, To: to}
}

// date is a day and a time of day by the calendar and the clocks of a zone. Days may overflow as in time.Date.
type date struct {
	year  int
	month time.Month
	day   int
	clock time.Duration // since midnight; 0 also for the first instant of a day that begins later
}

func dateOf(t time.Time, loc *time.Location) date {
	local := t.In(loc)
	y, m, d := local.Date()
	// The first instant of a day counts as midnight, even if the clocks show 01:00.
	if dayStart(y, m, d, loc).Equal(t) {
		return date{y, m, d, 0}
	}
	hour, minute, second := local.Clock()
	clock := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
	return date{y, m, d, clock + time.Duration(local.Nanosecond())}
}

// monthsBack moves a date back by n months. A day that the month does not have becomes its last day.
func (d date) monthsBack(n int) date {
	moved := AddMonthsClamped(time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC), -n)
	return date{moved.Year(), moved.Month(), moved.Day(), d.clock}
}

// daysUntil counts the days of the calendar between two dates.
func (d date) daysUntil(e date) int {
	from := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC)
	to := time.Date(e.year, e.month, e.day, 0, 0, 0, 0, time.UTC)
	return int(to.Sub(from) / (24 * time.Hour))
}

// instant returns when the clocks show a date. A time that the clocks skip becomes the nearest one that the day allows.
func (d date) instant(loc *time.Location) time.Time {
	start, end := dayStart(d.year, d.month, d.day, loc), dayStart(d.year, d.month, d.day+1, loc)
	if d.clock == 0 {
		return start
	}
	minutes := int(d.clock / time.Minute)
	t := time.Date(d.year, d.month, d.day, 0, minutes, 0, int(d.clock%time.Minute), loc).UTC()
	switch {
	case t.Before(start):
		return start
	case t.After(end):
		return end
	}
	return t
}

// ChangePercent returns how much now differs from then in percent of then, rounded half-up to 2 decimals for show; false if then is 0.
func ChangePercent(now, then decimal.Decimal) (percent decimal.Decimal, ok bool) {
	if then.IsZero() {
		return decimal.Zero, false
	}
	return now.Sub(then).Shift(2).DivRound(then.Abs(), 2), true
}
