package billing

import "testing"

// Hand-computed tables of the engine start here, at the beginning of a month.
const tableStart Second = 1_780_272_000 // 2026-06-01 00:00:00 UTC; the first rollover is at 2026-07-01

func tableBooks(limit string) *books {
	return &books{Account: NewAccount(1, tableStart, 0, Limits{Negative: MustCredits(limit)})}
}

// at brings the books up to some seconds after their start.
func (b *books) at(after Second) *books {
	b.BringUp(tableStart + after)
	b.commit()
	return b
}

func (b *books) give(kind GrantKind, credits string, expiresAfter Second) int32 {
	g := Grant{Meter: ModelCredits, Kind: kind, Amount: MustCredits(credits)}
	if expiresAfter != 0 {
		g.ExpiresAt = tableStart + expiresAfter
	}
	no := b.Grant(g).No
	b.commit()
	return no
}

// spend charges models at once and returns the entry.
func (b *books) spend(credits string) Entry {
	b.ChargeFineTuning(int64(len(b.ledger)+1), 1, MustCredits(credits))
	b.commit()
	return b.ledger[len(b.ledger)-1]
}

// back refunds a part of what spend returned.
func (b *books) back(paid Entry, credits string) {
	b.Refund(Entry{Category: paid.Category, Cause: paid.Cause, CauseID: paid.CauseID, Minute: paid.Minute}, MustCredits(credits), []Entry{paid})
	b.commit()
}

func (b *books) left(no int32) string {
	g := b.Credits.Grant(no)
	if g == nil {
		return "retired"
	}
	return ModelCredits.Format(g.Left())
}

// Debt is drawn after all grants, so a refund goes back first to the grant that repaid it, then to those that paid at once: "last drawn
// first" (rules.md §2).
func TestRefundGoesBackToRepayerFirst(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	free := b.give(Free, "1", 0)
	job := b.spend("1.5") // free gives 1, 0.5 become debt
	adjustment := b.give(AdjustmentGrant, "2", 0)
	if b.left(adjustment) != "1.5" {
		t.Fatalf("the adjustment repaid: %s left", b.left(adjustment))
	}
	b.back(job, "0.8") // 0.5 to the adjustment, 0.3 to free
	if b.left(adjustment) != "2" || b.left(free) != "0.3" {
		t.Errorf("left: adjustment %s, free %s; want 2 and 0.3", b.left(adjustment), b.left(free))
	}
	checkInvariants(t, b)
}

// A grant that repaid more than the charge's debt gets back no more than that debt, and a grant that repaid other debt gets nothing.
func TestRefundGoesBackToRepayerOfTheCharge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ job, more, back, first, free, second string }{
		{"1.5", "0.3", "1", "0", "0.5", "1.7"},                  // 0.5 to the second, 0.5 to free
		{"1.000001", "0.3", "0.000002", "0", "0.000001", "1.7"}, // the smallest debt counts too
		{"1.000001", "0", "0.000002", "0", "0.000001", "2"},     // also as all that was repaid
	} {
		b := tableBooks("-25")
		b.spend("1")
		first := b.give(AdjustmentGrant, "1", 0) // repays older debt
		free := b.give(Free, "1", 0)
		job := b.spend(c.job) // free gives 1, the rest becomes debt
		b.ChargeEvents(Models, []Line{{1, MustCredits(c.more)}}, 1)
		b.commit()
		second := b.give(AdjustmentGrant, "2", 0) // repays it and what is owed more
		b.back(job, c.back)
		if b.left(first) != c.first || b.left(free) != c.free || b.left(second) != c.second {
			t.Errorf("%s of %s: left %s, %s, %s", c.back, c.job, b.left(first), b.left(free), b.left(second))
		}
		checkInvariants(t, b)
	}
}

// What a refund moves to another category no longer counts as repaid debt of the old one.
func TestRefundThroughAnothersDebtByARepayer(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	job := b.spend("1")
	no := b.give(AdjustmentGrant, "3", 0) // 1 to models' debt
	b.ChargeEvents(Scripts, []Line{{9, MustCredits("3")}}, 7)
	b.commit()
	b.back(job, "1") // 1 off the scripts' debt
	if g := b.Credits.Grant(no); g.Given != (Slices{0, 0, 3e6}) || g.Repaid != (Slices{0, 0, 1e6}) || b.Credits.Debt != (Slices{}) {
		t.Errorf("gave %v, repaid %v, debt %v", g.Given, g.Repaid, b.Credits.Debt)
	}
	checkInvariants(t, b)
}

// The grant that repaid may be the very first of the account.
func TestRefundGoesBackToTheFirstGrant(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	job := b.spend("1")
	first := b.give(AdjustmentGrant, "2", 0)
	b.back(job, "0.25")
	b.back(job, "0.5") // what else it repaid
	if b.left(first) != "1.75" || len(b.Credits.Grants) != 1 {
		t.Errorf("left %s of %d grants", b.left(first), len(b.Credits.Grants))
	}
	checkInvariants(t, b)
}

// A grant that repaid and has since expired is not refilled; an ADJUSTMENT grant is made instead.
func TestRefundToAnExpiredRepayer(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	job := b.spend("1")
	gone := b.give(AdjustmentGrant, "2", 100)
	b.at(100).back(job, "0.25")
	if g := b.Credits.Grant(gone); g.Given[0] != 1e6 || g.Left() != 0 || b.left(b.GrantNo) != "0.25" || b.GrantNo != 2 {
		t.Errorf("expired %+v, new %s", *g, b.left(b.GrantNo))
	}
	if e := b.ledger[len(b.ledger)-1]; e.Kind != EntryRefund || len(e.Draws) != 1 || e.Draws[0] != (Draw{2, 250_000}) {
		t.Errorf("entry %+v", e)
	}
	checkInvariants(t, b)
}

// Refunds of runs give back runs.
func TestRefundOfRuns(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.Grant(Grant{Meter: ToolRuns, Kind: Free, Amount: 10})
	b.give(Free, "1", 0)
	b.ChargeEvents(Tools, []Line{{1, 4}}, 1)
	b.commit()
	b.Refund(Entry{Category: Tools, Cause: CauseEvents, CauseID: 1}, 3, b.ledger[2:])
	b.commit()
	wantBalances(t, "refunded", b, "1", "9")
	checkInvariants(t, b)
}

// A refund of nothing makes no entry. A refund of the smallest amount does, even if the grant that paid has retired.
func TestRefundOfLittle(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "1", 0)
	job := b.spend("1")
	b.give(TopUp, "1", 0)
	before := len(b.ledger)
	for _, credits := range []string{"0", "-1"} {
		b.back(job, credits)
	}
	if len(b.ledger) != before {
		t.Errorf("refunds of nothing: %+v", b.ledger[before:])
	}
	b.back(job, "0.000001")
	wantBook(t, b, "1.000001", "0", "1.000001")
	checkInvariants(t, b)
}

// What is still owed was repaid by no grant, even if a grant repaid other debt of the category.
func TestRefundOfWhatIsStillOwed(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.spend("1") // older debt
	first := b.give(AdjustmentGrant, "1", 0)
	second := b.give(AdjustmentGrant, "1", 0)
	job := b.spend("1.5") // the second gives 1, 0.5 become debt
	b.back(job, "1")      // 0.5 off the debt, 0.5 to the second
	if b.left(first) != "0" || b.left(second) != "0.5" || b.Credits.Debt.Sum() != 0 {
		t.Errorf("left: first %s, second %s, debt %d; want 0, 0.5, 0", b.left(first), b.left(second), b.Credits.Debt.Sum())
	}
}

// A refund that pays off another category's debt moves what the payers gave, last drawn first, and refills the rest of them.
func TestRefundThroughAnothersDebt(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(TopUp, "3", 0)
	b.give(TopUp, "4", 0)
	paid := b.spend("5") // 3 of the first, 2 of the second
	b.spend("2")         // of the second
	b.ChargeEvents(Scripts, []Line{{9, MustCredits("1")}}, 7)
	b.Refund(Entry{Category: Models, Cause: CauseEvents}, MustCredits("3"), []Entry{paid})
	first, second := b.Credits.Grant(1), b.Credits.Grant(2)
	if first.Given != (Slices{2_000_000}) || second.Given != (Slices{2_000_000, 0, 1_000_000}) || second.Repaid != (Slices{0, 0, 1_000_000}) {
		t.Errorf("gave %v and %v, repaid %v", first.Given, second.Given, second.Repaid)
	}
	if e := b.Journal.Entries[len(b.Journal.Entries)-1]; e.Debt != 1_000_000 || len(e.Draws) != 2 || e.Draws[0] != (Draw{2, 1_000_000}) || e.Draws[1] != (Draw{1, 1_000_000}) {
		t.Errorf("entry %+v", e)
	}
	b.commit()
	checkInvariants(t, b)
}

// A late end gives back minute by minute. What no live grant can take becomes one grant, to which a later end adds.
func TestALateEndMakesOneGrant(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	b.give(Free, "75", 6000)
	for id := range int64(2) {
		b.StartSegment(Segment{ID: id, Category: Models, RatePerHour: MustCredits("3.6"), Replicas: 1, Start: b.At})
	}
	b.commit()
	b.at(6000)
	for id := range int64(2) {
		end := tableStart + 600*Second(id+1)
		b.EndSegment(id, end, b.paid(id, end))
		b.commit()
		g := b.Credits.Grant(b.GrantNo)
		if want := Amount(6000-600*(id+1)) * 1000; g.No != int32(id)+2 || g.Amount != want || g.Kind != AdjustmentGrant || g.ExpiresAt != b.At+refundTerm {
			t.Errorf("end %d: the last grant is %+v, want grant %d of %d", id, *g, id+2, want)
		}
	}
	checkInvariants(t, b)
}
