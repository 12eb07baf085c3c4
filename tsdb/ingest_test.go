package tsdb_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// As long as no repeats come, they are looked for only among events that this process stored lately. The first repeats
// of another process's events violate the unique key: then nothing of the failed attempt remains, and everything in the
// batch is answered as if it had been looked for.
func TestRepeatsAreMetUnawares(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*fixture) *tsdb.Store{
		"by the process that stored them": func(f *fixture) *tsdb.Store { return f.Store },
		"by others":                       func(f *fixture) *tsdb.Store { return f.another(true, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testRepeats(t, open)
		})
	}
}

func testRepeats(t *testing.T, open func(*fixture) *tsdb.Store) {
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	first := []tsdb.UsageEvent{tokens(id, model, "a", start, 1000, 0), runs(id, tool, "b", start, 3), runs(id, tool, "c", start.Add(-30*24*time.Hour), 2)}
	f.ingest(tsdb.Record, first...)
	f.Store = open(f)
	for round := range 3 { // unawares, wary, and unawares again
		if round == 2 {
			for i := range 70 {
				f.ingest(tsdb.Record, runs(id, tool, fmt.Sprint("later ", i), start, 1))
			}
		}
		batch := slices.Clone(first)
		batch[1].Runs = 4
		batch = append(batch, tokens(id, model, fmt.Sprint("fresh ", round), start, 2000, 0), tokens(id, model, fmt.Sprint("fresh ", round), start, 2000, 0))
		var got []tsdb.UsageStatus
		for _, r := range f.ingest(tsdb.Record, batch...) {
			got = append(got, r.Status)
		}
		if want := []tsdb.UsageStatus{tsdb.Duplicate, tsdb.UsageConflict, tsdb.Duplicate, tsdb.Stored, tsdb.Duplicate}; !slices.Equal(got, want) {
			t.Fatalf("round %d: %q, want %q", round, got, want)
		}
	}
	a := f.view(id)
	if a.Credits.Used() != billing.Amount(500+3*1000) || a.Runs.Used() != 5+70 || a.Revision != 2+3+70 {
		t.Errorf("used %d credits and %d runs at revision %d", a.Credits.Used(), a.Runs.Used(), a.Revision)
	}
	if r, err := f.Reconcile(f.ctx, id); err != nil || r.Difference != 0 {
		t.Errorf("reconciliation %+v %v", r, err)
	}
}

// A repeat is answered as such even if a new event would be refused: at 0, and on a reservation that is closed.
func TestRepeatsAreKnownBeforeTheyAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	all, one := runs(id, tool, "all", start, 9_999), runs(id, tool, "one", start, 1)
	r, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Amount: 1, Mode: tsdb.ReservationReject, IdempotencyKey: f.key()})
	f.must(err)
	one.ReservationID = r.ID
	for _, want := range []tsdb.UsageStatus{tsdb.Stored, tsdb.Duplicate, tsdb.Duplicate} {
		for _, got := range f.ingest(tsdb.Enforce, all, one) {
			if got.Status != want {
				t.Fatalf("%+v, want %s", got, want)
			}
		}
		_, _, _ = f.Settle(f.ctx, r.ID, nil, true) // closed already the second time
	}
	if got := f.ingest(tsdb.Enforce, runs(id, tool, "more", start, 1)); got[0].Code != "RUNS_EXHAUSTED" {
		t.Fatalf("at 0: %+v", got)
	}
}
