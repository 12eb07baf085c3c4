package billing

// secondsPerDay is the length of a UTC day.
const secondsPerDay Second = 24 * 3600

// paceUnit is the fraction of a meter's smallest unit that a pace counts in, so that one run in three days is a pace too.
const paceUnit = 1000

// maxPace keeps the sum over a year within 64 bits: 20 million credits a day.
const maxPace int64 = 20_000_000 * int64(MicroPerCredit) * paceUnit

// Pace is what an account is expected to use of a meter beside hosting on each day of the week, Monday first, in thousandths of the meter's
// smallest unit. Days are UTC days, and use is spread evenly over each.
type Pace [7]int64

// weekdayOf returns the day of the week in which a second lies: Monday is 0.
func weekdayOf(t Second) int { return int((t/secondsPerDay + 3) % 7) } // 1 January 1970 was a Thursday

// upTo returns what is used from the beginning of from's day up to a second at most a year and a day later, rounded down.
func (p *Pace) upTo(from, to Second) Amount {
	day := from - from%secondsPerDay
	days := int64((to - day) / secondsPerDay)
	var sum int64
	for i, perDay := range p {
		whole := days / 7
		if int64((i-weekdayOf(day)+7)%7) < days%7 {
			whole++
		}
		sum += perDay * whole
	}
	last, rest := p[weekdayOf(to)], int64(to%secondsPerDay)
	sum += last/int64(secondsPerDay)*rest + last%int64(secondsPerDay)*rest/int64(secondsPerDay)
	return Amount(sum / paceUnit)
}

// times returns a percentage of the pace.
func (p Pace) times(percent int64) Pace {
	for i := range p {
		p[i] = min(p[i]/100*percent+p[i]%100*percent/100, maxPace)
	}
	return p
}

// Week returns the pace's use in a week, rounded down.
func (p *Pace) Week() Amount {
	var sum int64
	for _, perDay := range p {
		sum += perDay
	}
	return Amount(sum / paceUnit)
}

// Weekdays returns the use on each day of the week, Monday first, rounded down.
func (p *Pace) Weekdays() []Amount {
	out := make([]Amount, 0, 7)
	for _, perDay := range p {
		out = append(out, Amount(perDay/paceUnit))
	}
	return out
}
