package billing

// outlookTerm is how far an outlook looks ahead: one year.
const outlookTerm Second = 365 * 24 * 3600

// Outlook says what becomes of an account through the hosting that runs now, at its present rate and without other use; grants expire and
// cycles renew on the way. An instant is 0 if it has passed or is more than a year ahead.
type Outlook struct {
	RatePerHour Amount // micro-credits per hour for everything that runs
	FineTuneAt  Second // the balance falls to the fine-tuning limit
	LowAt       Second // the balance falls below the low-credit limit
	ExhaustedAt Second // nothing remains
	StopAt      Second // the negative limit is reached and hosting stops
}

// Outlook returns the account's outlook as of At. The instants are those that the engine itself would find if nobody did anything.
func (a *Account) Outlook() Outlook {
	var o Outlook
	for i := range a.Running {
		o.RatePerHour += a.Running[i].RatePerHour * Amount(a.Running[i].Replicas)
	}
	c := a.course(ModelCredits, nil)
	if len(a.Running) == 0 || c.balance <= a.Limits.Negative {
		return o
	}
	c.watch(a.Limits.FineTune, &o.FineTuneAt)
	c.watch(a.Limits.Low-1, &o.LowAt)
	c.watch(0, &o.ExhaustedAt)
	for end := a.At + outlookTerm; c.a.At < end && (o.StopAt == 0 || len(c.marks) > 0); {
		if stop := c.advance(end); stop != 0 {
			o.StopAt = stop
		}
	}
	return o
}
