package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// chargesIn adds up the entries of the plain ledger by hand: hosting by the last second that it charges, all else by the
// second in which it took effect.
func chargesIn(rows []tsdb.LedgerRow, from, to time.Time) map[billing.Meter]map[int64]billing.Amount {
	sums := map[billing.Meter]map[int64]billing.Amount{billing.ModelCredits: {}, billing.ToolRuns: {}}
	for _, r := range rows {
		at := r.Effective
		if r.Cause == billing.CauseHosting {
			at--
		}
		if r.Kind != billing.EntryCharge || at.Time().Before(from) || !at.Time().Before(to) {
			continue
		}
		if len(r.Lines) == 0 {
			sums[r.Meter][r.ResourceID] -= r.Amount
		}
		for _, l := range r.Lines {
			sums[r.Meter][l.ResourceID] += l.Amount
		}
	}
	return sums
}

// What each resource was charged in a time is the sum of its entries, however many there are: of events, which a batch
// charges together, of hosting minute by minute and over midnight, and of fine-tuning; refunds are not deducted. Rows are
// cut, sums are not.
func TestChargesAreTheLedgerAddedUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(time.Date(2026, 5, 3, 20, 0, 0, 0, time.UTC))
	id, other := f.account(), f.account()
	f.topUp(id, billing.ModelCredits, 500*credit)
	model, quiet, tool := f.model(id), f.model(id), f.resource(id, "TOOL", "DEPLOYED")
	d := f.deployModel(id, model, gpu, 1, f.Now())
	f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE")
	f.spend(other, f.model(other), credit)
	for range 70 {
		f.clock.advance(7*time.Minute + 13*time.Second)
		f.ingest(tsdb.Record, tokens(id, model, f.key(), f.Now(), 20_000, 0), tokens(id, quiet, f.key(), f.Now(), 2, 0), runs(id, tool, f.key(), f.Now(), 3))
		f.tick()
	}
	_, err := f.UndeployModel(f.ctx, id, d, f.Now().Add(-50*time.Minute)) // refunds in their minutes
	f.must(err)
	plain, err := f.ledger(id, tsdb.LedgerFilter{}, tsdb.Page{Limit: 5000}, true)
	f.must(err)
	if plain.Total != len(plain.Rows) || plain.Total < 200 {
		t.Fatalf("%d of %d entries", len(plain.Rows), plain.Total)
	}
	midnight := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	r := f.Read()
	defer r.Close(f.ctx)
	for name, span := range map[string][2]time.Time{
		"all": {}, "the day": {midnight.Add(-24 * time.Hour), midnight}, "the next": {midnight, midnight.Add(24 * time.Hour)},
		"an hour": {midnight.Add(-90 * time.Minute), midnight.Add(-30 * time.Minute)}, "none": {midnight, midnight}, "open": {midnight, time.Time{}},
	} {
		to := span[1]
		if to.IsZero() {
			to = midnight.Add(48 * time.Hour)
		}
		want := chargesIn(plain.Rows, span[0], to)
		list, err := r.Charges(f.ctx, id, tsdb.ChargeQuery{From: span[0], To: span[1], Limit: 100})
		f.must(err)
		got := map[billing.Meter]billing.Amount{}
		for i, c := range list.Charges {
			if c.Amount != want[c.Meter][c.ResourceID] || c.ResourceName == "" {
				t.Errorf("%s: %+v, want %d", name, c, want[c.Meter][c.ResourceID])
			}
			if i > 0 && c.Meter == list.Charges[i-1].Meter && c.Amount > list.Charges[i-1].Amount {
				t.Errorf("%s: the dearer comes later: %+v", name, list.Charges)
			}
			got[c.Meter] += c.Amount
		}
		if n := len(want[billing.ModelCredits]) + len(want[billing.ToolRuns]); list.Total != n || len(list.Charges) != n {
			t.Errorf("%s: %d of %d rows, want %d", name, len(list.Charges), list.Total, n)
		}
		if got[billing.ModelCredits] != list.Credits || got[billing.ToolRuns] != list.Runs {
			t.Errorf("%s: sums %d and %d of %v", name, list.Credits, list.Runs, got)
		}
	}
	all, err := r.Charges(f.ctx, id, tsdb.ChargeQuery{Limit: 100})
	f.must(err)
	first, err := r.Charges(f.ctx, id, tsdb.ChargeQuery{Limit: 1})
	if f.must(err); len(first.Charges) != 1 || first.Charges[0] != all.Charges[0] || first.Total != all.Total || first.Credits != all.Credits || first.Runs != all.Runs {
		t.Errorf("the first of %+v is %+v", all, first)
	}
	if _, err := r.Charges(f.ctx, 1<<40, tsdb.ChargeQuery{Limit: 1}); err == nil {
		t.Error("an account that does not exist has charges")
	}
}
