package billing

import "testing"

// A batch may be posted before the hosting up to its second only if the grant outlasts both, and no expiry of either meter and no rollover
// lies in between, or at the second itself (rules.md §3).
func TestCanDefer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*books)
		after   Second
		credits Amount
		want    bool
	}{
		"grant outlasts":               {nil, 100, 899_999_999, true},
		"grant ends with it":           {nil, 100, 999_900_000, false},
		"one more is left":             {nil, 100, 999_899_999, true},
		"no second has passed":         {nil, 0, 0, false},
		"before the second":            {nil, -1, 0, false},
		"nothing runs":                 {func(b *books) { b.EndSegment(1, b.At, nil) }, 100, 0, false},
		"expiry a second later":        {func(b *books) { b.give(TopUp, "1", 101) }, 100, 0, true},
		"expiry at the second":         {func(b *books) { b.give(TopUp, "1", 100) }, 100, 0, false},
		"expiry of runs":               {func(b *books) { b.Grant(Grant{Meter: ToolRuns, Kind: Free, Amount: 1, ExpiresAt: tableStart + 50}) }, 100, 0, false},
		"the last second of the cycle": {nil, nextCycle - 1, 0, true},
		"rollover":                     {func(b *books) { b.give(TopUp, "90000", nextCycle+1) }, nextCycle, 0, false},
		"debt":                         {func(b *books) { b.spend("1001") }, 100, 0, false},
	} {
		b := tableBooks("-25")
		b.give(Free, "1000", 0)
		if name == "the last second of the cycle" {
			b.give(TopUp, "90000", nextCycle) // draws first and outlasts it
		}
		b.host(1, Models, 1, 0)
		if c.prepare != nil {
			c.prepare(b)
		}
		if got := b.CanDefer(tableStart+c.after, c.credits); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Part of a long pause is posted at the second of its transaction, and the rest is left for the next one.
func TestCatchUp(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "1000", 0)
	b.host(1, Models, 1, 0)
	const now = tableStart + 9_000
	b.CatchUp(tableStart+120, now)
	b.commit()
	if e := b.ledger[len(b.ledger)-1]; e.Posted != now || e.Effective != tableStart+120 || b.At != tableStart+120 || b.Now != now {
		t.Errorf("entry %+v, at %d, now %d", e, b.At-tableStart, b.Now-tableStart)
	}
	if rest, next := b.Backlog(now), b.Within(3, now); rest != 148 || next != tableStart+300 {
		t.Errorf("%d entries are left, the next part ends at %d", rest, next-tableStart)
	}
}

// Usage that is posted before the hosting up to its second draws at that second; the hosting follows when the books are next brought up.
func TestDefer(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "1000", 0)
	b.host(1, Models, 1, 0)
	b.at(30)
	b.Defer(tableStart + 100)
	e := b.spend("1")
	if e.Posted != tableStart+100 || e.Minute != tableStart+60 || e.Effective != tableStart+100 || b.At != tableStart+30 || b.Unposted() != 70_000 {
		t.Errorf("entry %+v, at %d, %d µ unposted", e, b.At-tableStart, b.Unposted())
	}
	b.Defer(tableStart + 20) // a clock that went back
	if e := b.spend("1"); e.Posted != tableStart+30 || b.Unposted() != 0 {
		t.Errorf("entry %+v, %d µ unposted", e, b.Unposted())
	}
	b.at(100)
	wantBook(t, b, "1000", "2.1", "997.9")
}
