package billing

import (
	"math/bits"
	"slices"
)

// Confidence says how certain a forecast is.
type Confidence string

// The confidence depends on how many days are known, and on how much the weeks among them differ.
const (
	SureHigh   Confidence = "HIGH"
	SureMedium Confidence = "MEDIUM"
	SureLow    Confidence = "LOW"
	TooLittle  Confidence = "TOO_LITTLE_DATA"
)

// What a pace is made from, in whole days. docs/forecast.md says why.
const (
	// PaceDays is how many days a pace looks back at most.
	PaceDays = 28
	// leastDays are needed to say anything at all, and profileDays to distinguish the days of the week.
	leastDays, profileDays = 3, 14
)

// The bounds of margins, in percent.
const (
	leastMargin, fewDaysMargin, mostMargin = 10, 50, 100
	highMargin, mediumMargin               = 20, 40
)

// Expected is what a meter is expected to use beside hosting, and how certain that is.
type Expected struct {
	Pace       Pace
	Days       int   // whole days that it is made from
	Margin     int64 // by how many percent the pace may be off, in either direction
	Confidence Confidence
}

// Expect makes a pace from what was used on whole days of UTC without hosting, oldest first; the last of them is the day before that of
// now. If use began within these days, or after a week without any, the days before do not count, nor does the first day, which is only a
// part of a day. A day counts for at most twice the median day, so that a single batch job does not make a trend. From two weeks on, each
// day of the week has its own share, at the level of the last two weeks.
func Expect(days []Amount, now Second) Expected {
	days = days[max(0, len(days)-PaceDays):]
	if first := slices.IndexFunc(days, func(used Amount) bool { return used > 0 }); first >= 7 || first > 0 && len(days) < PaceDays {
		days = days[first+1:]
	}
	e := Expected{Days: len(days), Margin: marginOf(days)}
	even := capped(days)
	today := weekdayOf(now)
	var known [7]int64
	var level int64 // of the last two weeks
	for i, used := range even {
		weekday := (today - (len(even) - i) + 7*PaceDays) % 7
		e.Pace[weekday] += int64(used)
		known[weekday]++
		if len(even)-i <= profileDays {
			level += int64(used)
		}
	}
	e.Pace = e.Pace.profile(known, level, len(days))
	e.Confidence = e.confidence()
	return e
}

// profile turns sums by day of the week into a pace, in thousandths: each day's share of a week, times the level of a week.
func (p Pace) profile(known [7]int64, level int64, days int) Pace {
	if days < profileDays {
		return evenPace(level, int64(max(1, days)))
	}
	var week int64
	for i := range p {
		p[i] = scaled(p[i], paceUnit, known[i])
		week += p[i]
	}
	if week == 0 {
		return evenPace(level, profileDays)
	}
	for i := range p {
		p[i] = scaled(scaled(level, 7*paceUnit, profileDays), p[i], week)
	}
	return p
}

// evenPace returns an amount spread evenly over some days.
func evenPace(amount, days int64) (p Pace) {
	for i := range p {
		p[i] = scaled(amount, paceUnit, days)
	}
	return p
}

// scaled returns a × b ÷ c, rounded down and at most maxPace. Numbers below 0 count as 0.
func scaled(a, b, c int64) int64 {
	// In 128 bits, because amounts go up to 1e18.
	hi, lo := bits.Mul64(uint64(max(a, 0)), uint64(max(b, 0)))
	if hi >= uint64(c) {
		return maxPace
	}
	quotient, _ := bits.Div64(hi, lo, uint64(c))
	return int64(min(quotient, uint64(maxPace)))
}

// capped returns the days with none above twice the median of the days with use, unless most days have no use. If more was given back on a
// day than used, the day counts as 0.
func capped(days []Amount) []Amount {
	days = slices.Clone(days)
	for i := range days {
		days[i] = min(max(days[i], 0), Amount(maxPace/paceUnit))
	}
	var busy []Amount
	for _, used := range days {
		if used > 0 {
			busy = append(busy, used)
		}
	}
	if len(busy) == 0 || 2*len(busy) < len(days) {
		return days
	}
	slices.Sort(busy)
	for i, used := range days {
		days[i] = min(used, busy[len(busy)/2]+busy[(len(busy)-1)/2])
	}
	return days
}

// marginOf returns three times the mean deviation of whole weeks from their mean, in percent of the mean.
func marginOf(days []Amount) int64 {
	if len(days) < profileDays {
		return fewDaysMargin
	}
	var weeks []int64
	var sum int64
	for end := len(days); end >= 7; end -= 7 {
		var week int64
		for _, used := range days[end-7 : end] {
			week += int64(min(max(used, 0), Amount(maxPace/paceUnit)))
		}
		weeks, sum = append(weeks, week), sum+week
	}
	// Whole weeks, because single days differ merely by their weekday.
	mean, off := sum/int64(len(weeks)), int64(0)
	for _, week := range weeks {
		off += max(week-mean, mean-week)
	}
	if mean == 0 {
		return leastMargin
	}
	return min(mostMargin, max(leastMargin, scaled(off/int64(len(weeks)), 300, mean)))
}

func (e *Expected) confidence() Confidence {
	switch {
	case e.Days < leastDays:
		return TooLittle
	case e.Days >= PaceDays && e.Margin <= highMargin:
		return SureHigh
	case e.Days >= profileDays && e.Margin <= mediumMargin:
		return SureMedium
	}
	return SureLow
}

// Over returns the expected use beside hosting in the next days, at most a year.
func (e *Expected) Over(now Second, days int) Amount {
	return e.Pace.upTo(now, now+Second(days)*secondsPerDay) - e.Pace.upTo(now, now)
}
