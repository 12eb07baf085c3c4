package billing

import "testing"

// TestShortenSegment stops a segment at the negative limit and reports its end late, within the time for which it was charged.
func TestShortenSegment(t *testing.T) {
	t.Parallel()
	const begin Second = 1_700_000_000
	a := NewAccount(1, begin, 0, Limits{Negative: -MicroPerCredit})
	a.Credits.QueueKnown, a.Runs.QueueKnown = true, true
	a.Grant(Grant{Meter: ModelCredits, Kind: Free, Amount: MicroPerCredit})
	a.StartSegment(Segment{ID: 7, DeploymentID: 3, ResourceID: 2, Category: Models, RatePerHour: 3600 * 10_000, Replicas: 1, Start: begin})
	a.BringUp(begin + 1000) // 10,000 µ a second: 2 credits are used after 200 s
	if len(a.Journal.Stops) != 1 || a.Journal.Stops[0].At != begin+200 {
		t.Fatalf("stops %+v", a.Journal.Stops)
	}
	got := a.ShortenSegment(a.Journal.Stops[0].Segments[0], begin+50, nil)
	if got.End != begin+50 || a.Credits.Balance() != 500_000 || a.Credits.Used() != 500_000 || a.Credits.Debt.Sum() != 0 {
		t.Errorf("end %d, balance %d, used %d, debt %d", got.End-begin, a.Credits.Balance(), a.Credits.Used(), a.Credits.Debt.Sum())
	}
	var sum Amount
	for _, e := range a.Journal.Entries {
		if e.Cause == CauseHosting {
			sum += e.Amount
		}
	}
	if sum != -500_000 {
		t.Errorf("hosting charged less refunded: %d", sum)
	}
	if later := a.ShortenSegment(got, begin+60, nil); later.End != begin+50 {
		t.Errorf("an end moved to later: %d", later.End-begin)
	}
}

// A charge returns the number of its entry. One that costs nothing makes no entry.
func TestChargeOfNothing(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "1", 0)
	if no := b.ChargeEvents(Models, []Line{{1, 0}, {2, 0}}, 1); no != 0 || b.ChargeFineTuning(1, 1, 0) != 0 || len(b.Journal.Entries) != 0 {
		t.Errorf("entry %d: %+v", no, b.Journal.Entries)
	}
	if no := b.ChargeEvents(Models, []Line{{1, 0}, {2, 1}}, 1); no != 2 || len(b.Journal.Entries) != 1 {
		t.Errorf("entry %d: %+v", no, b.Journal.Entries)
	}
}
