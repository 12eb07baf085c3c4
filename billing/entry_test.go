package billing

import (
	"reflect"
	"testing"
)

// An entry says what made it, when it was written and when a punctual meter would have written it, which grants gave and what became debt,
// and the balance after it (rules.md §3).
func TestEntriesSayWhatMadeThem(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	free := b.give(Free, "1", 0)
	b.ChargeEvents(Guardrails, []Line{{3, 100_000}, {4, 200_000}}, 5)
	b.at(130)
	if no := b.ChargeFineTuning(6, 7, 900_000); no != 3 {
		t.Errorf("the job's entry is number %d", no)
	}
	b.commit()
	adjustment := b.give(AdjustmentGrant, "1", 0)
	b.StartSegment(Segment{ID: 8, DeploymentID: 9, ResourceID: 10, Category: Scripts, RatePerHour: MustCredits("3.6"), Replicas: 1, Start: b.At})
	b.at(150).EndSegment(8, tableStart+140, b.paid(8, tableStart+140))
	b.Refund(Entry{Category: Models, Cause: CauseFineTuning, CauseID: 6, ResourceID: 7, Minute: tableStart + 120}, 100_000, b.ledger[2:3])
	if err := b.Correct(adjustment, 50_000, "too much"); err != nil {
		t.Fatal(err)
	}
	b.ChangePlan(&Plan{ID: 1, Runs: 10})
	b.ChangePlan(&Plan{ID: 2, Runs: 20})
	b.commit()
	b.give(TopUp, "0.1", 3600)
	b.at(4000).ChargeEvents(Models, []Line{{7, 1_000_000}}, 11)
	b.at(nextCycle + 60)

	const carried, start, rollover = "debt carried into the next cycle", tableStart, tableStart + nextCycle
	want := []Entry{
		{Kind: EntryGrant, Amount: 1_000_000, BalanceAfter: 1_000_000, Effective: start, Cause: CauseGrant, CauseID: 1},
		{Kind: EntryCharge, Category: Guardrails, Amount: -300_000, BalanceAfter: 700_000, Effective: start, Cause: CauseEvents, CauseID: 5,
			Lines: []Line{{3, 100_000}, {4, 200_000}}, Draws: []Draw{{free, 300_000}}},
		{Kind: EntryCharge, Category: Models, Amount: -900_000, BalanceAfter: -200_000, Effective: start + 130, Cause: CauseFineTuning, CauseID: 6,
			ResourceID: 7, Minute: start + 120, Draws: []Draw{{free, 700_000}}, Debt: 200_000},
		{Kind: EntryAdjustment, Amount: 1_000_000, BalanceAfter: 800_000, Effective: start + 130, Cause: CauseCorrection, CauseID: 2,
			Draws: []Draw{{adjustment, 200_000}}, Debt: 200_000},
		{Kind: EntryCharge, Category: Scripts, Amount: -20_000, BalanceAfter: 780_000, Effective: start + 150, Cause: CauseHosting, CauseID: 8,
			ResourceID: 10, DeploymentID: 9, Minute: start + 120, Draws: []Draw{{adjustment, 20_000}}},
		{Kind: EntryRefund, Category: Scripts, Amount: 10_000, BalanceAfter: 790_000, Effective: start + 150, Cause: CauseHosting, CauseID: 8,
			ResourceID: 10, DeploymentID: 9, Minute: start + 120, Draws: []Draw{{adjustment, 10_000}}},
		{Kind: EntryRefund, Category: Models, Amount: 100_000, BalanceAfter: 890_000, Effective: start + 150, Cause: CauseFineTuning, CauseID: 6,
			ResourceID: 7, Minute: start + 120, Draws: []Draw{{adjustment, 100_000}}},
		{Kind: EntryAdjustment, Amount: -50_000, BalanceAfter: 840_000, Effective: start + 150, Cause: CauseCorrection, CauseID: 2, Note: "too much"},
		{Meter: ToolRuns, Kind: EntryGrant, Amount: 10, BalanceAfter: 10, Effective: start + 150, Cause: CauseGrant, CauseID: 3},
		{Meter: ToolRuns, Kind: EntryGrant, Amount: 10, BalanceAfter: 20, Effective: start + 150, Cause: CauseGrant, CauseID: 4},
		{Kind: EntryGrant, Amount: 100_000, BalanceAfter: 940_000, Effective: start + 150, Cause: CauseGrant, CauseID: 5},
		{Kind: EntryExpiry, Amount: -100_000, BalanceAfter: 840_000, Posted: start + 4000, Effective: start + 3600, Cause: CauseExpiry, CauseID: 5},
		{Kind: EntryCharge, Category: Models, Amount: -1_000_000, BalanceAfter: -160_000, Effective: start + 4000, Cause: CauseEvents, CauseID: 11,
			Lines: []Line{{7, 1_000_000}}, Draws: []Draw{{adjustment, 840_000}}, Debt: 160_000},
		{Meter: ToolRuns, Kind: EntryExpiry, Amount: -10, BalanceAfter: 10, Posted: rollover + 60, Effective: rollover, Cause: CauseExpiry, CauseID: 3},
		{Meter: ToolRuns, Kind: EntryExpiry, Amount: -10, Posted: rollover + 60, Effective: rollover, Cause: CauseExpiry, CauseID: 4},
		{Kind: EntryAdjustment, Amount: 160_000, Posted: rollover + 60, Effective: rollover, Cause: CauseCycle, CauseID: 1, Note: carried},
		{Kind: EntryAdjustment, Amount: -160_000, BalanceAfter: -160_000, Posted: rollover + 60, Effective: rollover, Cycle: 2, Cause: CauseCycle, CauseID: 1, Note: carried},
		{Meter: ToolRuns, Kind: EntryGrant, Amount: 20, BalanceAfter: 20, Posted: rollover + 60, Effective: rollover, Cycle: 2, Cause: CauseGrant, CauseID: 6},
	}
	for i := range max(len(want), len(b.ledger)) {
		if i >= len(want) || i >= len(b.ledger) {
			t.Fatalf("%d entries, want %d", len(b.ledger), len(want))
		}
		if got := b.ledger[i]; !reflect.DeepEqual(got, completed(want[i], i)) {
			t.Errorf("entry %d\n%+v, want\n%+v", i+1, got, completed(want[i], i))
		}
	}
	checkInvariants(t, b)
}

// completed fills in what most entries have in common: credits, the first cycle, written on time.
func completed(e Entry, i int) Entry {
	e.No, e.Cycle = int64(i+1), max(e.Cycle, 1)
	if e.Meter == "" {
		e.Meter = ModelCredits
	}
	if e.Posted == 0 {
		e.Posted = e.Effective
	}
	return e
}
