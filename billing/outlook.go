package billing

// outlookTerm is how far an outlook looks ahead: a year.
const outlookTerm Second = 365 * 24 * 3600

// Outlook says where the hosting that runs now leads at its present rate, with nothing else happening. An instant is 0
// where it lies behind already, or more than a year ahead.
type Outlook struct {
	RatePerHour Amount // micro-credits an hour of everything that runs
	LowAt       Second // the balance falls below the low-credit limit
	ExhaustedAt Second // nothing remains
	StopAt      Second // the negative limit is reached and hosting stops
}

// Outlook is the account's outlook as of At.
func (a *Account) Outlook() Outlook {
	o := Outlook{LowAt: a.reaches(a.Thresholds.Low - 1), ExhaustedAt: a.reaches(0), StopAt: a.reaches(a.Thresholds.Negative)}
	for i := range a.Running {
		o.RatePerHour += a.Running[i].RatePerHour * Amount(a.Running[i].Replicas)
	}
	return o
}

// reaches is the end of the first second after At at which hosting alone has brought the balance to a limit or below.
func (a *Account) reaches(limit Amount) Second {
	left := a.Credits.Balance() - limit
	low, high := a.At+1, a.At+outlookTerm
	if left <= 0 || a.accrual(high) < left {
		return 0
	}
	for low < high { // the accrual only grows: halve the stretch
		if mid := low + (high-low)/2; a.accrual(mid) >= left {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}
