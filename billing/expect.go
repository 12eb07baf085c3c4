package billing

import (
	"math/bits"
	"slices"
)

// Confidence says how sure a forecast is.
type Confidence string

// How sure a forecast is depends on how many days are known, and on how much the weeks among them differ.
const (
	SureHigh   Confidence = "HIGH"
	SureMedium Confidence = "MEDIUM"
	SureLow    Confidence = "LOW"
	TooLittle  Confidence = "TOO_LITTLE_DATA"
)

// What a pace is made of, in whole days. docs/forecast.md says why.
const (
	// PaceDays is how many days a pace looks back at most.
	PaceDays = 28
	// leastDays are needed to say anything at all, profileDays to tell the days of the week apart.
	leastDays, profileDays = 3, 14
)

// The margins of expectations, in percent.
const (
	leastMargin, fewDaysMargin, mostMargin = 10, 50, 100
	highMargin, mediumMargin               = 20, 40
)

// Expected is what a meter is expected to use beside hosting, and how sure that is.
type Expected struct {
	Pace       Pace
	Days       int   // whole days that it is made of
	Margin     int64 // by how many percent the pace may be off, either way
	Confidence Confidence
}

// Expect makes a pace of what was used on whole days of UTC, hosting aside, oldest first; the last of them is the day before that of now.
// Where use began within them, or after a week without any, the days before it do not count, nor does the first one, which is a part of a
// day. One day counts for at most twice
// the middle one, so that a single batch job does not make a trend. From two weeks on the days of the week have their own shares,
// at the level of the last two weeks.
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

// profile turns sums of days of the week into a pace, in thousandths: the share that each day has of a week, of the level of a week.
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

// evenPace is an amount spread over some days.
func evenPace(amount, days int64) (p Pace) {
	for i := range p {
		p[i] = scaled(amount, paceUnit, days)
	}
	return p
}

// scaled is a × b ÷ c, rounded down and at most maxPace, of numbers not below 0.
func scaled(a, b, c int64) int64 {
	// By 128 bits: amounts are up to 1e18.
	hi, lo := bits.Mul64(uint64(max(a, 0)), uint64(max(b, 0)))
	if hi >= uint64(c) {
		return maxPace
	}
	quotient, _ := bits.Div64(hi, lo, uint64(c))
	return int64(min(quotient, uint64(maxPace)))
}

// capped are days none of which counts for more than twice the middle one of those with use, unless most days have none. What was given
// back on a day beyond its use does not count.
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

// marginOf is three times the mean deviation of whole weeks from their mean, in percent of it.
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
	// Whole weeks, since days differ by their weekday alone.
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

// Over is what is expected beside hosting in so many days from now, at most a year.
func (e *Expected) Over(now Second, days int) Amount {
	return e.Pace.upTo(now, now+Second(days)*secondsPerDay) - e.Pace.upTo(now, now)
}
