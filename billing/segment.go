package billing

import "cmp"

// Segment is the time during which a deployment ran with one hardware, one rate and one number of replicas. It is half-open, in whole
// seconds (rules.md §§5, 6).
type Segment struct {
	ID           int64
	DeploymentID int64
	ResourceID   int64
	Category     Category
	RatePerHour  Amount // micro-credits per replica-hour
	Replicas     int64
	Start        Second
	End          Second // 0: running
}

// upTo returns the cumulative charge for [Start, t).
func (s *Segment) upTo(t Second) Amount {
	if t <= s.Start {
		return 0
	}
	return CumulativeCharge(s.RatePerHour, s.Replicas, int64(t-s.Start))
}

// Charge returns what [from, to) costs. It is the difference of two cumulative charges, so that pieces always sum to the whole.
func (s *Segment) Charge(from, to Second) Amount { return s.upTo(to) - s.upTo(from) }

// compareSegments compares by the order in which hosting draws within one second: models, guardrails, scripts, then by resource.
func compareSegments(a, b Segment) int {
	return cmp.Or(cmp.Compare(a.Category.Index(), b.Category.Index()), cmp.Compare(a.ResourceID, b.ResourceID), cmp.Compare(a.ID, b.ID))
}

// MinuteCharge is what a segment costs within one minute of the charts.
type MinuteCharge struct {
	Minute Second
	Amount Amount
}

// ByMinute splits the charge for [from, to) into minutes. It leaves out minutes that cost nothing.
func (s *Segment) ByMinute(from, to Second) []MinuteCharge {
	var out []MinuteCharge
	from = max(from, s.Start)
	for t := from; t < to; {
		end := min(t.Minute()+60, to)
		if amount := s.Charge(t, end); amount != 0 {
			out = append(out, MinuteCharge{t.Minute(), amount})
		}
		t = end
	}
	return out
}
