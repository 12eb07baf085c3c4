package billing

import "time"

// Foretold says what becomes of a meter at a pace and with the hosting that runs now, if nothing but the plan grants anything; grants
// expire and cycles renew on the way.
type Foretold struct {
	ExhaustedAt Second // nothing remains; 0: nothing does already, or something will for a year
	NegativeAt  Second // credits are at the negative limit; 0 likewise, and for runs
	Used        Amount // from At up to the instant asked about
	Left        Amount // the balance at that instant
}

// Foretell follows a meter from At at a pace. Used and Left are as of until, which is at most a year ahead.
func (a *Account) Foretell(m Meter, pace *Pace, until Second) Foretold {
	var f Foretold
	c := a.course(m, pace)
	c.watch(0, &f.ExhaustedAt)
	if m == ModelCredits {
		c.watch(a.Limits.Negative, &f.NegativeAt)
	}
	for c.a.At < until {
		c.advance(until)
	}
	f.Used, f.Left = c.used, c.balance
	for end := a.At + outlookTerm; c.a.At < end && len(c.marks) > 0; {
		c.advance(end)
	}
	return f
}

// Forecast is what is foretold of a meter at the expected pace, and when nothing remains at the fastest and the slowest likely pace. With
// too little data it is zero.
type Forecast struct {
	Foretold
	Earliest Second // nothing remains if more is used than expected; 0: as for ExhaustedAt
	Latest   Second // likewise if less is used
}

// Forecast follows a meter from At at its expected pace.
func (a *Account) Forecast(m Meter, e *Expected, until Second) Forecast {
	if e.Confidence == TooLittle {
		return Forecast{}
	}
	fast, slow := e.Pace.times(100+e.Margin), e.Pace.times(100-e.Margin)
	return Forecast{a.Foretell(m, &e.Pace, until), a.Foretell(m, &fast, a.At).ExhaustedAt, a.Foretell(m, &slow, a.At).ExhaustedAt}
}

// HostingPerDay returns what everything that runs now costs per day.
func (a *Account) HostingPerDay() (sum Amount) {
	for i := range a.Running {
		sum += 24 * a.Running[i].RatePerHour * Amount(a.Running[i].Replicas)
	}
	return sum
}

// MonthOf returns the start and end of the calendar month, in UTC, in which a second lies.
func MonthOf(t Second) (start, end Second) {
	y, m, _ := t.Time().Date()
	return SecondOf(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)), SecondOf(time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC))
}
