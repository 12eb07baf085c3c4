package billing

import "time"

// Foretold is what becomes of a meter at a pace and with the hosting that runs now, if nobody grants anything but the plan: grants expire
// and cycles renew on the way as they will.
type Foretold struct {
	ExhaustedAt Second // nothing remains; 0: nothing does already, or something will for a year
	NegativeAt  Second // credits are at the negative limit; 0 likewise, and for runs
	Used        Amount // from At up to the instant asked about
	Left        Amount // the balance then
}

// Foretell follows a meter from At at a pace. until is the instant that Used and Left are of, at most a year ahead.
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

// Forecast is what is foretold of a meter at the expected pace, and when nothing remains at the fastest and slowest that are likely. With
// too little data nothing is foretold.
type Forecast struct {
	Foretold
	Earliest Second // nothing remains if more is used than expected; 0: like ExhaustedAt
	Latest   Second // likewise if less is
}

// Forecast follows a meter from At as it is expected to be used.
func (a *Account) Forecast(m Meter, e *Expected, until Second) Forecast {
	if e.Confidence == TooLittle {
		return Forecast{}
	}
	fast, slow := e.Pace.times(100+e.Margin), e.Pace.times(100-e.Margin)
	return Forecast{a.Foretell(m, &e.Pace, until), a.Foretell(m, &fast, a.At).ExhaustedAt, a.Foretell(m, &slow, a.At).ExhaustedAt}
}

// HostingPerDay is what everything that runs costs a day.
func (a *Account) HostingPerDay() (sum Amount) {
	for i := range a.Running {
		sum += 24 * a.Running[i].RatePerHour * Amount(a.Running[i].Replicas)
	}
	return sum
}

// MonthOf is the calendar month of UTC in which a second lies: from start to end.
func MonthOf(t Second) (start, end Second) {
	y, m, _ := t.Time().Date()
	return SecondOf(time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)), SecondOf(time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC))
}
