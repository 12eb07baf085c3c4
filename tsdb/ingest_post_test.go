package tsdb_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// settle reports the real usage of a reservation: always as RECORD, and for good only if no event is left to be sent
// again.
func (in *intake) settle(r *naiveReservation) {
	in.t.Helper()
	events, final := in.batch(), in.random.IntN(2) == 0
	results, got, err := in.store().Settle(in.ctx, r.id, events, final)
	before := *in.naive
	before.balance, before.events = map[billing.Meter]billing.Amount{}, map[string]naiveEvent{}
	for m, b := range in.naive.balance {
		before.balance[m] = b
	}
	for id, e := range in.naive.events {
		before.events[id] = e
	}
	closed, settled := r.closed, r.settled
	left, repeats := false, len(events) > 0
	for i, e := range events {
		e.ReservationID = r.id
		want := in.naive.take(e, tsdb.Record)
		left = left || want == "CONFLICT" || want[:3] == "REF"
		repeats = repeats && want[:3] == "DUP"
		if err == nil && answerText(results[i]) != want {
			in.t.Fatalf("step %d: settled %+v: %s, want %s", in.step, e, answerText(results[i]), want)
		}
	}
	if closed && !repeats {
		in.refusedAs("settling what is closed", err, tsdb.WrongState, "reservationId")
		*in.naive, r.settled = before, settled
		return
	}
	in.must(err)
	r.closed = closed || final && !left
	if closed := got.Status == "SETTLED" || got.Status == "RELEASED"; closed != r.closed || got.Settled != r.settled {
		in.t.Fatalf("step %d: the reservation is %+v, want %+v", in.step, got, r)
	}
}

// release frees a reservation; one that is settled for good or has timed out stays as it is.
func (in *intake) release(r *naiveReservation) {
	in.t.Helper()
	_, err := in.store().Release(in.ctx, r.id)
	timedOut := !r.ends.After(in.naive.now)
	var refused *tsdb.Error
	if err != nil && !(errors.As(err, &refused) && refused.Code == tsdb.WrongState && r.closed) {
		in.t.Fatalf("step %d: release %+v: %v", in.step, r, err)
	}
	r.closed = r.closed || !timedOut
}

// void takes some events back; what they settled of a reservation stays settled.
func (in *intake) void() {
	in.t.Helper()
	e := in.event()
	results, err := in.store().VoidEvents(in.ctx, in.id, identities(e), tsdb.Actor{})
	in.must(err)
	before, stored := in.naive.events[e.ID]
	if want := map[bool]string{true: "VOIDED", false: "UNKNOWN_EVENT"}[stored]; before.voided {
		want = "ALREADY_VOIDED"
	} else if got := string(results[0].Status); stored && got != want {
		in.t.Fatalf("step %d: taking %s back: %+v, want %s", in.step, e.ID, results[0], want)
	}
	if stored && !before.voided {
		in.naive.balance[before.meter] += before.charge
		before.voided = true
		in.naive.events[e.ID] = before
	}
}

// compare compares balances and what is reserved with the naive model.
func (in *intake) compare() {
	in.t.Helper()
	a, err := in.store().Account(in.ctx, in.id)
	in.must(err)
	for _, m := range billing.Meters() {
		reserved := in.naive.balance[m] - in.naive.available(m, nil)
		if a.Book(m).Balance() != in.naive.balance[m] || a.Reserved(m) != reserved {
			in.t.Fatalf("step %d: %s: balance %d, reserved %d; want %d and %d", in.step, m, a.Book(m).Balance(), a.Reserved(m), in.naive.balance[m], reserved)
		}
	}
}

func newIntake(t *testing.T, seed uint64) *intake {
	t.Helper()
	f := newFixture(t)
	in := &intake{fixture: f, random: rand.New(rand.NewPCG(seed, 5)), id: f.account(), other: f.account()}
	in.stores = []*tsdb.Store{f.Store, f.another(true, 1000)}
	in.targets = []int64{f.resource(in.id, "TOOL", "DEPLOYED"), f.resource(in.id, "MODEL", "REGISTERED"), f.resource(in.id, "TOOL", "IN_DEVELOPMENT"),
		f.resource(in.id, "TOOL", "DELETED"), f.resource(in.other, "TOOL", "DEPLOYED"), f.resource(in.other, "MODEL", "REGISTERED"), 1 << 50}
	in.naive = &naiveBooks{balance: map[billing.Meter]billing.Amount{billing.ModelCredits: 75 * credit, billing.ToolRuns: 10_000}, events: map[string]naiveEvent{},
		known: map[int64]string{in.targets[0]: "TOOL_RUN", in.targets[1]: "INFERENCE", in.targets[2]: "DEVELOPED", in.targets[3]: "TOOL_RUN"}}
	f.spend(in.id, in.targets[1], 69*credit) // so that what is left is soon scarce
	f.ingest(tsdb.Record, runs(in.id, in.targets[0], "much", start, 9_500))
	in.naive.balance = map[billing.Meter]billing.Amount{billing.ModelCredits: 6 * credit, billing.ToolRuns: 500}
	return in
}

// Whatever is reported, reserved, settled, released and taken back, by two processes in turn, every answer and every
// balance is what a few sentences say about one event after the other: in batches with repeats, in both modes, with
// scarce credits and runs, and with reservations that time out.
func TestIntakeAnswersWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2} {
		in := newIntake(t, seed)
		for in.step = range 110 {
			in.clock.advance(time.Duration(in.random.IntN(9_000_000)) * time.Microsecond)
			in.naive.now = in.clock.now()
			n := len(in.naive.reservations)
			switch what := in.random.IntN(14); {
			case what < 7:
				in.report()
			case what < 9:
				in.reserve()
			case what < 11 && n > 0:
				in.settle(in.naive.reservations[in.random.IntN(n)])
			case what == 11 && n > 0:
				in.release(in.naive.reservations[in.random.IntN(n)])
			case what == 12:
				in.void()
			case what == 13 && in.random.IntN(2) == 0:
				m := billing.Meters()[in.random.IntN(2)]
				amount := map[billing.Meter]billing.Amount{billing.ModelCredits: 5 * credit, billing.ToolRuns: 100}[m]
				in.topUp(in.id, m, amount)
				in.naive.balance[m] += amount
			}
			in.compare()
		}
		if in.said < 200 {
			t.Errorf("only %d events were answered", in.said)
		}
		in.checkBooks(in.id)
		in.reconciled(in.id)
	}
}

// A settlement whose events would have made a tool that none of them then names, as they contradict each other, is recorded as far as it can be.
func TestASettlementMakesNothingForRefusedEvents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.must(f.SetProvisioning(f.ctx, id, true, true, tsdb.Actor{}))
	r, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Amount: 5, Mode: tsdb.ReservationReject, Timeout: time.Hour, IdempotencyKey: "k"})
	f.must(err)
	e := runs(id, f.resource(id, "TOOL", "DEPLOYED"), "a", start, 2)
	against, more := e, runs(id, 0, "b", start, 1)
	against.ResourceID, against.ResourceExternal, more.ResourceExternal = 0, "made for nothing", "made for something"
	results, got, err := f.Settle(f.ctx, r.ID, []tsdb.UsageEvent{e, against, more}, true)
	f.must(err)
	if results[0].Status != tsdb.Stored || results[1].Status != tsdb.UsageConflict || results[2].Status != tsdb.Stored || got.Status != "OPEN" || got.Settled != 3 {
		t.Errorf("%+v, %+v", results, got)
	}
	if names := f.count(`SELECT count(*) FROM resource WHERE account_id = $1 AND name = 'made for something'`, id); names != 1 || f.count(`SELECT count(*) FROM resource WHERE account_id = $1`, id) != 2 {
		t.Error("what was made is not what stored events name")
	}
	if p, err := f.Provisioning(f.ctx, id); err != nil || p.Made != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}
