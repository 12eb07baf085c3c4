package billing

import "time"

// AddMonthsClamped moves t by n months, which may be negative, in its own location and keeps its time of day. A day that the month does not
// have becomes its last day: 31 January + 1 month is 28 or 29 February (rules.md §2). Count from the anchor, not from the last result, so
// that the anchor's day returns.
func AddMonthsClamped(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	hour, minute, second := t.Clock()
	return time.Date(first.Year(), first.Month(), min(d, last), hour, minute, second, t.Nanosecond(), t.Location())
}

// dayStart returns the first instant of a day in a location. If midnight does not exist, the day begins with the change of the clocks; if
// it occurs twice, with the first. Day and month may overflow as in time.Date.
func dayStart(year int, month time.Month, day int, loc *time.Location) time.Time {
	wall := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	// time.Date does not say which side of a change it returns, so look from well before it.
	before := time.Date(year, month, day, 0, 0, 0, 0, loc).Add(-6 * time.Hour)
	_, change := before.ZoneBounds()
	first := wall.Add(-offset(before))
	if change.IsZero() || first.Before(change) {
		return first
	}
	second := wall.Add(-offset(change))
	if second.Before(change) {
		return change.UTC()
	}
	return second
}

// dayOf returns the first instant of the day that is some days after the one in which t lies, in a location.
func dayOf(t time.Time, days int, loc *time.Location) time.Time {
	y, m, d := t.In(loc).Date()
	return dayStart(y, m, d+days, loc)
}

// offset returns how far the clocks in t's location are ahead of UTC at t.
func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}
