package billing

import (
	"slices"
	"testing"
)

// perSecond returns hosting at 1,000 µ per second and replica: 3.6 credits an hour.
func perSecond(id int64, c Category, replicas int64, start Second) Segment {
	return Segment{ID: id, DeploymentID: id, ResourceID: id, Category: c, RatePerHour: MustCredits("3.6"), Replicas: replicas, Start: tableStart + start}
}

func (b *books) host(id int64, c Category, replicas int64, after Second) {
	b.at(after).StartSegment(perSecond(id, c, replicas, after))
	b.commit()
}

func (b *books) scale(id, newID int64, replicas int64, after Second) {
	b.at(after)
	s, _ := b.EndSegment(id, b.At, b.paid(id, b.At))
	b.StartSegment(perSecond(newID, s.Category, replicas, after))
	b.commit()
}

func wantStop(t *testing.T, name string, b *books, after Second, balance string) {
	t.Helper()
	got := stopSeconds(b)
	if len(got) != 1 || got[0] != tableStart+after || ModelCredits.Format(b.Credits.Balance()) != balance {
		for i := range got {
			got[i] -= tableStart
		}
		t.Errorf("%s: stops %v with %s; want %d with %s", name, got, ModelCredits.Format(b.Credits.Balance()), after, balance)
	}
}

// Several deployments with different rates, with replicas changed in between, seen a day late. 1 credit and a limit of −1 leave 2,000,000
// µ: 5,000 µ/s to 100, 3,000 µ/s to 200, then 5,000 µ/s: 500,000 + 300,000 + 240 × 5,000.
func TestStopSecondOfSeveral(t *testing.T) {
	t.Parallel()
	for limit, want := range map[string]Second{"-1": 440, "-1.000001": 441, "-0.999999": 440, "-0.995": 439} {
		b := tableBooks(limit)
		b.give(Free, "1", 0)
		b.host(1, Scripts, 1, 0)
		b.host(2, Models, 4, 0)
		b.scale(2, 3, 2, 100)
		b.scale(1, 4, 3, 200)
		b.at(24 * 3600)
		balance := ModelCredits.Format(MustCredits("1") - 800_000 - Amount(want-200)*5_000)
		wantStop(t, "limit "+limit, b, want, balance)
		if ids := []int64{b.stops[0].Segments[0].ID, b.stops[0].Segments[1].ID}; !slices.Equal(ids, []int64{3, 4}) || len(b.Running) != 0 {
			t.Errorf("stopped %v, running %v", ids, b.Running)
		}
	}
}

// Within one second models draw first, then guardrails, then scripts, and within these by resource, then by segment. What costs nothing yet
// makes no entry.
func TestHostingOrderWithinASecond(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	no := b.give(Free, "0.0025", 0)
	for _, s := range []Segment{{ID: 1, ResourceID: 1, Category: Scripts}, {ID: 2, ResourceID: 2, Category: Guardrails}, {ID: 3, ResourceID: 5, Category: Models},
		{ID: 6, ResourceID: 4, Category: Models}, {ID: 4, ResourceID: 4, Category: Models}} {
		s.RatePerHour, s.Replicas, s.Start = MustCredits("3.6"), 1, tableStart
		b.StartSegment(s)
	}
	b.StartSegment(Segment{ID: 7, Category: Models, RatePerHour: 1, Replicas: 1, Start: tableStart})
	b.at(1)
	var got []int64
	for _, e := range b.ledger[1:] {
		got = append(got, e.CauseID)
		paid := map[int64]Amount{4: 1_000, 6: 1_000, 3: 500}[e.CauseID]
		if e.Amount != -1_000 || e.Debt != 1_000-paid || paid > 0 && !slices.Equal(e.Draws, []Draw{{no, paid}}) {
			t.Errorf("segment %d: %+v", e.CauseID, e)
		}
	}
	if !slices.Equal(got, []int64{4, 6, 3, 2, 1}) {
		t.Errorf("charged in the order %v", got)
	}
	checkInvariants(t, b)
}

// At 1,000 µ/s from nothing with limit −0.1, the second that begins at 99 is the first at whose end b ≤ limit.
func TestGrantAroundTheCrossingSecond(t *testing.T) {
	t.Parallel()
	for after, want := range map[Second]Second{98: 1100, 99: 1100, 100: 100} {
		b := tableBooks("-0.1")
		b.host(1, Models, 1, 0)
		b.at(after).give(TopUp, "1", 0)
		b.at(5000)
		balance := "-0.1"
		if after == 100 {
			balance = "0.9" // the stop stands
		}
		wantStop(t, "grant at "+(tableStart+after).Time().Format("15:04:05"), b, want, balance)
	}
}

// A limit of 0 stops as soon as nothing is left.
func TestLimitZero(t *testing.T) {
	t.Parallel()
	for credits, want := range map[string]struct {
		after   Second
		balance string
	}{"0.1": {100, "0"}, "0.1005": {101, "-0.0005"}, "0.099999": {100, "-0.000001"}} {
		b := tableBooks("0")
		b.give(Free, credits, 0)
		b.host(1, Guardrails, 1, 0)
		b.at(5000)
		wantStop(t, credits, b, want.after, want.balance)
	}
}

// A posting other than hosting that reaches the limit stops hosting in its own second, which is charged. Hosting ends at the next second,
// whether the books are brought up then or a day later.
func TestPostingStopsInItsOwnSecond(t *testing.T) {
	t.Parallel()
	ten := MustCredits("10")
	for name, c := range map[string]struct {
		limit   string
		expires Second // of the 10 free credits
		post    func(*books)
		balance string
	}{
		"usage":        {"-1", 0, func(b *books) { b.at(50).spend("12") }, "-2.051"},
		"to the limit": {"-1", 0, func(b *books) { b.at(50).spend("10.95") }, "-1.001"},
		"expiry":       {"0", 50, func(*books) {}, "-0.001"},
		"correction":   {"0", 0, func(b *books) { _ = b.at(50).Correct(1, ten, "") }, "-0.051"},
		"higher limit": {"-1", 0, func(b *books) { b.spend("10.5"); b.at(50).Limits.Negative = 0 }, "-0.551"},
		"late start":   {"-1", 0, func(b *books) { b.spend("10.9"); b.at(50).StartSegment(perSecond(2, Models, 2, 0)) }, "-1.053"},
		"late hosting": {"-1", 0, func(b *books) {
			b.spend("10.9")
			s := perSecond(2, Models, 2, 0)
			s.End = tableStart + 30
			b.at(50).AddEndedSegment(s)
		}, "-1.011"},
	} {
		b := tableBooks(c.limit)
		b.give(Free, "10", c.expires)
		b.StartSegment(perSecond(1, Models, 1, 0))
		c.post(b)
		b.commit()
		b.at(24 * 3600)
		wantStop(t, name, b, 51, c.balance)
	}
}

// A stop at the end of a cycle: the second that is charged ends with the cycle, so its debt belongs to the old cycle.
func TestStopInTheLastSecondOfACycle(t *testing.T) {
	t.Parallel()
	b := tableBooks("0")
	b.give(Free, "1", 0)
	b.at(nextCycle - 1)
	b.ChangePlan(&Plan{ID: 1, Credits: MustCredits("5")})
	b.StartSegment(perSecond(1, Models, 1, nextCycle-1))
	b.spend("6")
	b.at(nextCycle)
	wantStop(t, "last second", b, nextCycle, "4.999")
	wantFlows(t, "first cycle", b.statements[0].Flows, "0", "6", "6.001", "0", "0", "0.001")
}

// After a stop the account is at the end of the charged second, and what falls due there is done, so nothing posted in the same second
// comes before it.
func TestStopCarriesTheAccountOn(t *testing.T) {
	t.Parallel()
	b := tableBooks("0")
	b.give(Free, "1", nextCycle-1)
	b.StartSegment(perSecond(1, Models, 1, nextCycle-100))
	b.Grant(Grant{Meter: ToolRuns, Kind: Free, Amount: 10, ExpiresAt: tableStart + nextCycle})
	b.at(nextCycle - 1) // all expires: the last second of the cycle is charged
	wantStop(t, "expiry", b, nextCycle, "-0.001")
	if len(b.statements) != 2 || b.Runs.Balance() != 0 || b.Now != tableStart+nextCycle {
		t.Errorf("%d statements, %d runs, at %d", len(b.statements), b.Runs.Balance(), b.Now-tableStart)
	}
	if f := b.statements[1].Flows; f != (Flows{Granted: 10, Expired: 10}) { // what expires at the close is the old cycle's
		t.Errorf("runs: %+v", f)
	}
}

// A posting that reaches the limit exactly stops hosting, even if a grant follows in the same second.
func TestGrantAfterThePostingThatStops(t *testing.T) {
	t.Parallel()
	b := tableBooks("-1")
	b.host(1, Models, 1, 0)
	b.at(50).spend("0.95")
	b.at(50).give(TopUp, "10", 0)
	b.at(24 * 3600)
	wantStop(t, "to the limit", b, 51, "8.999")
}

// Everything that falls due at one instant is one posting, so a plan's grant prevents the stop that the old grant's expiry would cause.
func TestPlanGrantPreventsTheStop(t *testing.T) {
	t.Parallel()
	b := tableBooks("0")
	b.ChangePlan(&Plan{ID: 1, Credits: MustCredits("1")})
	b.at(nextCycle - 10).StartSegment(perSecond(1, Models, 1, nextCycle-10))
	b.at(nextCycle + 5000)
	wantStop(t, "second plan grant", b, nextCycle+1000, "0")
}

// A late end gives back what was posted beyond it, in its minutes, but a stop already made stands.
func TestLateEnd(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "1", 0)
	b.host(1, Models, 1, 0)
	b.at(150)
	end := tableStart + 70
	b.EndSegment(1, end, b.paid(1, end))
	b.commit()
	back := map[Second]Amount{}
	for _, e := range b.ledger {
		if e.Kind == EntryRefund {
			back[e.Minute-tableStart] += e.Amount
			if e.Effective != tableStart+150 {
				t.Errorf("a refund takes effect at %d", e.Effective-tableStart)
			}
		}
	}
	if len(back) != 2 || back[60] != 50_000 || back[120] != 30_000 {
		t.Errorf("refunds %v", back)
	}
	wantBook(t, b, "1", "0.07", "0.93")
}

// A minute that several postings charged is given back to the grant drawn last, and only what its own segment had drawn counts.
func TestLateEndLastDrawnFirst(t *testing.T) {
	t.Parallel()
	for _, job := range []bool{false, true} {
		b := tableBooks("-25")
		first, second := b.give(Free, "0.01", 1000), b.give(TopUp, "1", 0)
		b.host(1, Models, 1, 0)
		b.at(10) // 10,000 µ of the first
		b.at(20) // 10,000 µ of the second
		if job { // number 1 too, in the same minute and transaction
			b.ChargeFineTuning(1, 9, 500_000)
		}
		end := tableStart + 5
		if s, ok := b.EndSegment(1, end, b.paid(1, end)); !ok || s.ID != 1 || s.End != end {
			t.Errorf("ended %+v, %v", s, ok)
		}
		if _, ok := b.EndSegment(1, end, nil); ok {
			t.Error("ended twice")
		}
		b.commit()
		if f, s := b.Credits.Grant(first).Given[0], b.Credits.Grant(second).Given[0]; f != 5_000 || s != Amount(boolInt(job))*500_000 {
			t.Errorf("job %v: given %d and %d", job, f, s)
		}
	}
}

// An end before the start counts as the start: everything is given back.
func TestEndBeforeTheStart(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "1", 0)
	b.host(1, Models, 1, 70)
	b.at(150)
	if s, _ := b.EndSegment(1, tableStart+10, b.paid(1, tableStart)); s.End != tableStart+70 {
		t.Errorf("ended at %d", s.End-tableStart)
	}
	b.commit()
	wantBook(t, b, "1", "0", "1")
}

func TestLateEndAfterTheStop(t *testing.T) {
	t.Parallel()
	b := tableBooks("-0.1")
	b.host(1, Models, 1, 0)
	b.host(2, Scripts, 1, 0)
	if b.StopAtLimit() {
		t.Error("stopped before the limit")
	}
	b.at(90) // stopped at 50
	wantStop(t, "two", b, 50, "-0.1")
	s := b.stops[0].Segments[0]
	b.ShortenSegment(s, tableStart+20, b.paid(s.ID, tableStart))
	b.commit()
	wantStop(t, "shortened", b, 50, "-0.07")
	if b.Credits.Debt != (Slices{20_000, 0, 50_000}) || len(b.Running) != 0 {
		t.Errorf("debt %v, running %v", b.Credits.Debt, b.Running)
	}
}

// Hosting before booksFrom is history: it costs nothing in the books, and the hosting after it continues exactly.
func TestHostingBeforeTheBooks(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.BooksFrom = tableStart
	b.give(Free, "10", 0)
	b.StartSegment(Segment{ID: 1, Category: Scripts, RatePerHour: MustCredits("0.07698"), Replicas: 1, Start: tableStart - 60})
	b.at(3540) // an hour costs 76,980 µ, its first minute 1,283
	wantBook(t, b, "10", "0.075697", "9.924303")
}

// Where what runs now leads, and when: 10 credits at 1,000 µ/s, low limit 5, negative limit −25.
func TestOutlook(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.Limits.Low, b.Limits.FineTune = MustCredits("5"), MustCredits("8")
	b.give(Free, "10", 0)
	if o := b.Outlook(); o != (Outlook{}) {
		t.Errorf("nothing runs: %+v", o)
	}
	b.host(1, Models, 1, 0)
	want := Outlook{RatePerHour: MustCredits("3.6"), FineTuneAt: tableStart + 2000, LowAt: tableStart + 5001, ExhaustedAt: tableStart + 10_000, StopAt: tableStart + 35_000}
	if o := b.Outlook(); o != want {
		t.Errorf("%+v, want %+v", o, want)
	}
	b.at(35_001)
	wantStop(t, "as foretold", b, 35_000, "-25")
}

// An instant that has passed is 0. One within the very next second is the end of that second.
func TestOutlookOfASecond(t *testing.T) {
	t.Parallel()
	for credits, want := range map[string]Second{"0.001001": 2, "0.001": 1, "0.000001": 1, "0": 0} {
		b := tableBooks("-25")
		b.give(Free, "1", 0)
		b.StartSegment(perSecond(1, Models, 1, 0))
		b.ChargeFineTuning(1, 1, MicroPerCredit-MustCredits(credits))
		if want != 0 {
			want += tableStart
		}
		if o := b.Outlook(); o.ExhaustedAt != want {
			t.Errorf("%s credits: exhausted at %d, want %d", credits, o.ExhaustedAt, want)
		}
	}
}

// An outlook is exact to the micro-credit and looks a year ahead: 10 credits at 1 µ/s and a year of 31,536,000 seconds.
func TestOutlookOfAYear(t *testing.T) {
	t.Parallel()
	for negative, want := range map[string]Second{"-21.535999": 31_535_999, "-21.536": 31_536_000, "-21.536001": 0} {
		b := tableBooks(negative)
		b.Limits.Low, b.Limits.FineTune = MustCredits("5"), MustCredits("10") // which is reached already
		b.give(Free, "10", 0)
		s := perSecond(1, Models, 1, 0)
		s.RatePerHour = 3600
		b.StartSegment(s)
		o := b.Outlook()
		if want != 0 {
			want += tableStart
		}
		if o != (Outlook{RatePerHour: 3600, LowAt: tableStart + 5_000_001, ExhaustedAt: tableStart + 10_000_000, StopAt: want}) {
			t.Errorf("limit %s: %+v", negative, o)
		}
	}
}

// A charge by minute leaves out the minutes that cost nothing, and the time before the start.
func TestByMinute(t *testing.T) {
	t.Parallel()
	s := perSecond(1, Models, 1, 90)
	s.RatePerHour = 30 // 0.5 µ a minute: 1 µ is due 60, 180, 300 s after the start
	at := func(after Second) Second { return tableStart + after }
	if got, want := s.ByMinute(at(0), at(400)), []MinuteCharge{{at(120), 1}, {at(240), 1}, {at(360), 1}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := s.ByMinute(at(150), at(269)); got != nil {
		t.Errorf("%v, want nothing", got)
	}
}

// Within returns a whole minute, at least one minute later, and everything if little is left.
func TestWithin(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "10", 0)
	if got := b.Within(1, tableStart+9_000); got != tableStart+9_000 || b.Backlog(tableStart+9_000) != 0 {
		t.Errorf("nothing runs: up to %d with %d entries", got-tableStart, b.Backlog(tableStart+9_000))
	}
	b.host(1, Models, 1, 30)
	if got := b.Within(3, tableStart+9_000); got != tableStart+180 {
		t.Errorf("one runs: up to %d", got-tableStart)
	}
	b.host(2, Models, 1, 30)
	b.at(90)
	for _, c := range []struct {
		entries int64
		now     Second
		want    Second
		backlog int64
	}{
		{1, 9_000, 120, 2 * 149}, {2, 9_000, 120, 2 * 149}, {7, 9_000, 240, 2 * 149}, {1_000, 9_000, 9_000, 2 * 149},
		{1, 150, 120, 2}, {2, 149, 149, 2}, {4, 150, 150, 2}, {1, 91, 91, 2}, {1, 90, 90, 0}, {1, 80, 80, 0},
	} {
		if got, backlog := b.Within(c.entries, tableStart+c.now), b.Backlog(tableStart+c.now); got != tableStart+c.want || backlog != c.backlog {
			t.Errorf("%d entries by %d: up to %d, want %d; backlog %d, want %d", c.entries, c.now, got-tableStart, c.want, backlog, c.backlog)
		}
	}
}
