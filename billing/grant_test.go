package billing

import (
	"slices"
	"testing"
)

// The figures in this file are computed by hand from rules.md §§2 and 3.

// wantBook compares a book's allocation, used and remaining credits.
func wantBook(t *testing.T, b *books, allocation, used, remaining string) {
	t.Helper()
	f := ModelCredits.Format
	k := &b.Credits
	if f(k.Allocation()) != allocation || f(k.Used()) != used || f(k.Balance()) != remaining {
		t.Errorf("allocation %s, used %s, remaining %s; want %s, %s, %s", f(k.Allocation()), f(k.Used()), f(k.Balance()), allocation, used, remaining)
	}
}

func wantFlows(t *testing.T, name string, got Flows, opening, granted, charged, refunded, expired, adjusted string) {
	t.Helper()
	c := MustCredits
	if want := (Flows{c(opening), c(granted), c(charged), c(refunded), c(expired), c(adjusted)}); got != want {
		t.Errorf("%s: %+v, want %+v", name, got, want)
	}
}

// 75 free with 70 used, top-up 225: allocation 300, used 70, 23.33%.
func TestTopUpBesideUnfinishedGrant(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "75", 0)
	b.spend("70")
	b.give(TopUp, "225", 0)
	wantBook(t, b, "300", "70", "230")
	if p := UsedPercent(b.Credits.Used(), b.Credits.Allocation()).String(); p != "23.33" {
		t.Errorf("percent %s", p)
	}
}

// Free all used and 8 in debt, top-up 100: allocation 100, used 8, remaining 92.
func TestTopUpRepaysDebtAndRetires(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	free := b.give(Free, "75", 0)
	b.spend("83")
	wantBook(t, b, "75", "83", "-8")
	top := b.give(TopUp, "100", 0)
	wantBook(t, b, "100", "8", "92")
	if e := b.ledger[len(b.ledger)-1]; e.Kind != EntryGrant || e.Debt != 8e6 || !slices.Equal(e.Draws, []Draw{{top, 8e6}}) {
		t.Errorf("entry %+v", e)
	}
	if b.left(free) != "retired" || len(b.retired) != 1 {
		t.Errorf("free: %s", b.left(free))
	}
}

// Finished grants retire only if a TOP_UP or PLAN grant leaves something.
func TestRetirement(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind                              GrantKind
		credits                           string
		allocation, used, remaining, free string
	}{
		{TopUp, "7", "82", "83", "-1", "0"},
		{TopUp, "8", "83", "83", "0", "0"}, // leaves 0: not above 0
		{TopUp, "8.000001", "8.000001", "8", "0.000001", "retired"},
		{PlanGrant, "100", "100", "8", "92", "retired"},
		{AdjustmentGrant, "100", "175", "83", "92", "0"},
		{Free, "100", "175", "83", "92", "0"},
	} {
		b := tableBooks("-25")
		free := b.give(Free, "75", 0)
		b.spend("83")
		b.give(c.kind, c.credits, 0)
		wantBook(t, b, c.allocation, c.used, c.remaining)
		if b.left(free) != c.free {
			t.Errorf("%s of %s: free %s, want %s", c.kind, c.credits, b.left(free), c.free)
		}
	}
}

// There are four kinds of grant. Only a TOP_UP and a PLAN retire finished grants.
func TestGrantKinds(t *testing.T) {
	t.Parallel()
	for kind, want := range map[GrantKind]struct{ valid, retires bool }{
		Free: {true, false}, TopUp: {true, true}, PlanGrant: {true, true}, AdjustmentGrant: {true, false}, "GIFT": {}, "": {},
	} {
		if kind.IsValid() != want.valid || kind.Retires() != want.retires {
			t.Errorf("%q: valid %v, retires %v", kind, kind.IsValid(), kind.Retires())
		}
	}
}

// The draw-down order is: earliest expiry (never is last), then FREE before paid, then oldest.
func TestDrawDownOrder(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	never := b.give(TopUp, "1", 0)
	neverFree := b.give(Free, "1", 0)
	late := b.give(TopUp, "1", 9000)
	paid := b.give(TopUp, "1", 5000)
	younger := b.give(TopUp, "1", 5000)
	free := b.give(Free, "1", 5000)
	soon := b.give(AdjustmentGrant, "1", 100)
	for _, want := range []int32{soon, free, paid, younger, late, neverFree, never} {
		e := b.spend("1")
		if len(e.Draws) != 1 || e.Draws[0].Grant != want || e.Draws[0].Amount != MicroPerCredit {
			t.Errorf("drew %v, want 1 credit of grant %d", e.Draws, want)
		}
	}
	if e := b.spend("1"); e.Debt != MicroPerCredit {
		t.Errorf("debt %d", e.Debt)
	}
	b.give(TopUp, "1", 0) // for the debt
	last, next := b.give(TopUp, "1", 5000), b.give(TopUp, "1", 6000)
	b.spend("0.999999")
	if e := b.spend("0.000002"); !slices.Equal(e.Draws, []Draw{{last, 1}, {next, 1}}) {
		t.Errorf("drew %v, want the last of grant %d first", e.Draws, last)
	}
}

// A grant is usable in [granted, expires): in its last second, but not at its expiry. What expires leaves allocation and remaining alike.
func TestExpiryInstant(t *testing.T) {
	t.Parallel()
	for after, want := range map[Second][3]string{
		99:  {"2", "0.5", "1.5"},
		100: {"0.5", "0.5", "0"}, // nothing of it was drawn at 100; 0.5 had been
	} {
		b := tableBooks("-25")
		b.give(TopUp, "2", 100)
		b.spend("0.5")
		b.at(after)
		wantBook(t, b, want[0], want[1], want[2])
	}
}

// The oldest debt is repaid first; within a minute the order is models, guardrails, scripts.
func TestDebtByAge(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	charge := func(after Second, c Category, credits string) {
		b.at(after).ChargeEvents(c, []Line{{1, MustCredits(credits)}}, 1)
		b.commit()
	}
	charge(10, Scripts, "1")
	charge(50, Guardrails, "1") // the same minute: before scripts
	charge(60, Models, "1")
	for _, want := range []Slices{{1e6, 5e5, 1e6}, {1e6, 0, 1e6}, {1e6, 0, 5e5}, {1e6, 0, 0}, {5e5, 0, 0}, {}} {
		b.give(TopUp, "0.5", 0)
		if b.Credits.Debt != want {
			t.Errorf("debt %v, want %v", b.Credits.Debt, want)
		}
	}
	charge(120, Models, "0.000001")
	b.give(TopUp, "0.000001", 0)
	if b.Credits.Debt != (Slices{}) || len(b.Credits.Queue) != 0 {
		t.Errorf("the smallest debt is left: %v, %v", b.Credits.Debt, b.Credits.Queue)
	}
	checkInvariants(t, b)
}

// A copy without the debt by age cannot tell which debt a grant repays, so it panics.
func TestDebtIsNotRepaidWithoutItsQueue(t *testing.T) {
	t.Parallel()
	for owed, want := range map[string]bool{"0.000001": true, "0": false} {
		b := tableBooks("-25")
		b.ChargeFineTuning(1, 1, MustCredits(owed))
		b.commit()
		b.Credits.Queue, b.Credits.QueueKnown = nil, false
		panicked := func() (yes bool) {
			defer func() { yes = recover() != nil }()
			b.give(TopUp, "1", 0)
			return false
		}()
		if panicked != want {
			t.Errorf("%s owed: panicked %v", owed, panicked)
		}
	}
}

// FREE_CREDITS_EXPIRED applies if the FREE grant lost something by expiry and was the last grant to end (rules.md §8).
func TestFreeExpired(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(*books)
		want bool
	}{
		"unused":                       {func(b *books) { b.at(100) }, true},
		"not yet":                      {func(b *books) { b.at(99) }, false},
		"used up before":               {func(b *books) { b.spend("75"); b.at(100) }, false},
		"paid ended before":            {func(b *books) { b.give(TopUp, "5", 50); b.at(100) }, true},
		"paid ends at the same second": {func(b *books) { b.give(TopUp, "5", 100); b.at(100) }, true},
		"paid ends by use later":       {func(b *books) { b.give(TopUp, "5", 0); b.at(100).spend("5") }, false},
		"paid ends by expiry later":    {func(b *books) { b.give(TopUp, "5", 200); b.at(200) }, false},
		"topped up since":              {func(b *books) { b.at(100).give(TopUp, "5", 0) }, false},
		"in debt since":                {func(b *books) { b.at(100).spend("5") }, true},
		"topped up less than its debt": {func(b *books) { b.at(100).spend("5"); b.give(TopUp, "4", 0) }, false}, // the top-up was the last to end
		"refunded since":               {func(b *books) { e := b.spend("5"); b.at(100).back(e, "1") }, false},
		"refunded the smallest part":   {func(b *books) { e := b.spend("5"); b.at(100).back(e, "0.000001") }, false},
		"refund that debt eats whole":  {func(b *books) { e := b.spend("5"); b.at(100).spend("1"); b.back(e, "1") }, true},
		"refund eaten by debt":         {func(b *books) { e := b.spend("5"); b.at(100).spend("5"); b.back(e, "1") }, true},
	} {
		b := tableBooks("-25")
		b.give(Free, "75", 100)
		c.do(b)
		if b.Credits.FreeExpired != c.want {
			t.Errorf("%s: free-expired %v", name, b.Credits.FreeExpired)
		}
	}
}

// A correction lowers what the grant is worth, never what is used. What the grant had paid beyond that is drawn from the others, then
// becomes debt.
func TestCorrection(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	free := b.give(Free, "75", 0)
	for _, c := range []struct {
		category Category
		credits  string
	}{{Models, "40"}, {Guardrails, "20"}, {Scripts, "10"}} {
		b.ChargeEvents(c.category, []Line{{1, MustCredits(c.credits)}}, 1)
	}
	top := b.give(TopUp, "20", 0)
	wantBook(t, b, "95", "70", "25")
	if err := b.Correct(free, MustCredits("30"), ""); err != nil { // 5 are left; 25 were paid: 10 by scripts, 15 by guardrails
		t.Fatal(err)
	}
	b.commit()
	wantBook(t, b, "65", "70", "-5")
	if g := b.Credits.Grant(free); g.Given != (Slices{40e6, 5e6, 0}) || g.TakenBack != 30e6 || g.Left() != 0 {
		t.Errorf("free: %+v", *g)
	}
	if g := b.Credits.Grant(top); g.Given != (Slices{0, 10e6, 10e6}) || b.Credits.Debt != (Slices{0, 5e6, 0}) {
		t.Errorf("top-up gave %v, debt %v", g.Given, b.Credits.Debt)
	}
	wantFlows(t, "flows", b.Credits.Flows, "0", "95", "70", "0", "0", "-30")
	for _, c := range []struct {
		no      int32
		credits string
	}{{free, "45.000001"}, {top, "20.000001"}, {9, "1"}, {top, "0"}, {top, "-1"}} {
		if err := b.Correct(c.no, MustCredits(c.credits), ""); err != ErrCorrection || len(b.Journal.Entries) != 0 {
			t.Errorf("grant %d less %s: %v, %d entries", c.no, c.credits, err, len(b.Journal.Entries))
		}
	}
	for _, credits := range []string{"44.999999", "0.000001"} { // all that it still counts for
		if err := b.Correct(free, MustCredits(credits), ""); err != nil {
			t.Error(err)
		}
		b.commit()
	}
	wantBook(t, b, "20", "70", "-50")
	checkInvariants(t, b)
}

// After a correction of a grant that repaid debt, what it gives up is debt again and no longer repaid.
func TestCorrectionOfARepayer(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.spend("1")
	no := b.give(AdjustmentGrant, "1", 0)
	if err := b.Correct(no, MustCredits("0.25"), ""); err != nil {
		t.Fatal(err)
	}
	b.commit()
	if g := b.Credits.Grant(no); g.Given[0] != 750_000 || g.Repaid[0] != 750_000 {
		t.Errorf("%+v", *g)
	}
	wantBook(t, b, "0.75", "1", "-0.25")
	checkInvariants(t, b)
}

// A refund pays off debt, that of its own category before older debt of others, and then refills the grants that paid.
func TestRefundPaysDebtFirst(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	first := b.give(Free, "10", 0)
	job := b.spend("8")                                                                             // free gives 8 to models
	b.at(60).ChargeEvents(Scripts, []Line{{1, MustCredits("5")}}, 1)                                // free gives 2, 3 become debt
	b.at(120).ChargeEvents(Models, []Line{{1, MustCredits("1")}}, 2)                                // 1 becomes debt
	b.back(job, "6")                                                                                // 1 off models, 3 off scripts, 2 refilled
	if g := b.Credits.Grant(first); g.Given != (Slices{3e6, 0, 5e6}) || b.Credits.Debt.Sum() != 0 { // models 8 − 3 − 2, scripts 2 + 3
		t.Errorf("free gave %v, debt %v", g.Given, b.Credits.Debt)
	}
	if s := b.Credits.Slices(); s != (Slices{3e6, 0, 5e6}) { // models 8 + 1 − 6, scripts 5
		t.Errorf("slices %v", s)
	}
	wantBook(t, b, "10", "8", "2")
}

// Live and unexpired grants are refilled; what came from retired or expired ones becomes an ADJUSTMENT grant for 90 days.
func TestRefundToEachKindOfPayer(t *testing.T) {
	t.Parallel()
	const days90 = 90 * 24 * 3600
	for name, c := range map[string]struct {
		before                      func(*books)
		free                        string
		allocation, used, remaining string
		newGrant                    bool
	}{
		"live":     {func(*books) {}, "35", "75", "40", "35", false},
		"finished": {func(b *books) { b.spend("25") }, "10", "75", "65", "10", false},
		"retired":  {func(b *books) { b.spend("25"); b.give(TopUp, "100", 0) }, "retired", "110", "0", "110", true},
		"expired":  {func(b *books) { b.at(100) }, "0", "60", "50", "10", true}, // 25 expired; it gave 50
	} {
		b := tableBooks("-25")
		free := b.give(Free, "75", 100)
		job := b.spend("50")
		c.before(b)
		b.back(job, "10")
		wantBook(t, b, c.allocation, c.used, c.remaining)
		if b.left(free) != c.free {
			t.Errorf("%s: free %s, want %s", name, b.left(free), c.free)
		}
		g := b.Credits.Grant(b.GrantNo)
		if is := g.Kind == AdjustmentGrant && g.Amount == 10e6 && g.ExpiresAt == b.At+days90; is != c.newGrant {
			t.Errorf("%s: last grant %+v", name, *g)
		}
	}
}

// Within one refund, the grant drawn last is refilled first.
func TestRefundLastDrawnFirst(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	first, second := b.give(Free, "5", 1000), b.give(TopUp, "50", 0)
	job := b.spend("9") // 5 of free, 4 of the top-up
	b.back(job, "6")
	if b.left(first) != "2" || b.left(second) != "50" {
		t.Errorf("left: %s of the first, %s of the second; want 2 and 50", b.left(first), b.left(second))
	}
}
