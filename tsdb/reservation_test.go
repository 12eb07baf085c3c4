package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// reserve holds credits for some seconds.
func (f *fixture) reserve(account int64, credits billing.Amount, seconds int) tsdb.Reservation {
	f.t.Helper()
	r, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: account, Meter: billing.ModelCredits, Amount: credits, Mode: tsdb.ReservationReject,
		Timeout: time.Duration(seconds) * time.Second, IdempotencyKey: f.key()})
	f.must(err)
	return r
}

// A reservation ends at one instant for everybody: what the list shows as open is what gates keep, and the settlement of a reservation never
// finds room that nothing held, whatever fraction of a second it was made at.
func TestReservationEndsAtOneInstant(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, made := range []time.Duration{0, 200 * time.Millisecond, 500 * time.Millisecond, 700 * time.Millisecond} {
		f.clock.set(f.clock.now().Truncate(time.Second).Add(made))
		id := f.account()
		model := f.resource(id, "MODEL", "REGISTERED")
		r := f.reserve(id, 50*credit, 2)
		if lives := r.ExpiresAt.Sub(r.CreatedAt); lives < 2*time.Second || lives >= 3*time.Second {
			t.Errorf("made at %v, it lives for %v", made, lives)
		}
		for n := range 12 {
			f.clock.advance(300 * time.Millisecond)
			shown, err := f.Reservation(f.ctx, r.ID)
			f.must(err)
			if held := f.view(id).Reserved(billing.ModelCredits); held != shown.Open() {
				t.Errorf("made at %v, %d: the list says %d, gates keep %d", made, n, shown.Open(), held)
			}
			e := tokens(id, model, f.key(), f.clock.now(), 152_000_000, 0) // 76 of 75 credits
			e.ReservationID = r.ID
			if got := f.ingest(tsdb.Enforce, e); got[0].Status != tsdb.UsageRefused {
				t.Fatalf("made at %v, %d: more than there is was accepted: %+v", made, n, got)
			}
		}
	}
}

// Whoever did not hear the answer to the last settlement sends it again and gets the first results; what is new then is refused.
func TestLastSettlementIsRepeated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	r := f.reserve(id, 10*credit, 60)
	use := func(key string) tsdb.UsageEvent { return tokens(id, model, key, start, 2_000_000, 0) }
	first, _, err := f.Settle(f.ctx, r.ID, []tsdb.UsageEvent{use("a"), use("b")}, true)
	f.must(err)
	again, shown, err := f.Settle(f.ctx, r.ID, []tsdb.UsageEvent{use("a"), use("b")}, true)
	f.must(err)
	for i := range again {
		if first[i].Status != tsdb.Stored || again[i].Status != tsdb.Duplicate || again[i].Charge != first[i].Charge {
			t.Errorf("event %d: %+v, then %+v", i, first[i], again[i])
		}
	}
	if shown.Status != "SETTLED" || shown.Settled != 2*credit {
		t.Errorf("%+v", shown)
	}
	for _, events := range [][]tsdb.UsageEvent{nil, {use("c")}, {use("a"), use("c")}} {
		if _, _, err = f.Settle(f.ctx, r.ID, events, true); code(err) != tsdb.WrongState {
			t.Errorf("%d events: %v", len(events), err)
		}
	}
	f.wantUsed(id, 2*credit)
}

// A release that comes first stays: the settlement that ran beside it is refused as a whole and charges nothing.
func TestSettlementAfterARelease(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	r := f.reserve(id, 10*credit, 60)
	_, err := f.Release(f.ctx, r.ID)
	f.must(err)
	_, _, err = f.Settle(f.ctx, r.ID, []tsdb.UsageEvent{tokens(id, model, "a", start, 2, 0)}, true)
	f.wantRefused(err, tsdb.WrongState)
	if shown, err := f.Reservation(f.ctx, r.ID); err != nil || shown.Status != "RELEASED" {
		t.Errorf("%+v %v", shown, err)
	}
	f.wantUsed(id, 0)
}
