package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// naiveBooks is an account by the sentences of rules.md §§5 and 10, one event after the other: balances, what is
// reserved, what is stored.
type naiveBooks struct {
	balance      map[billing.Meter]billing.Amount
	events       map[string]naiveEvent // by id: source and time are the same
	reservations []*naiveReservation
	known        map[int64]string // what its targets are; others are unknown
	now          time.Time
}

type naiveEvent struct {
	what   string // its content
	charge billing.Amount
	meter  billing.Meter
	voided bool
}

type naiveReservation struct {
	id                int64
	meter             billing.Meter
	reserved, settled billing.Amount
	ends              time.Time // a whole second, rounded up
	closed            bool
}

// open is what a reservation sets aside: gates count whole seconds.
func (r *naiveReservation) open(now time.Time) billing.Amount {
	if r.closed || !r.ends.After(now.Truncate(time.Second)) {
		return 0
	}
	return max(0, r.reserved-r.settled)
}

// available is what remains of a meter minus what is reserved, except by one reservation.
func (n *naiveBooks) available(m billing.Meter, but *naiveReservation) billing.Amount {
	left := n.balance[m]
	for _, r := range n.reservations {
		if r.meter == m && r != but {
			left -= r.open(n.now)
		}
	}
	return left
}

func (n *naiveBooks) reservation(id int64) *naiveReservation {
	for _, r := range n.reservations {
		if r.id == id {
			return r
		}
	}
	return nil
}

// take answers an event, and stores it if it may be stored.
func (n *naiveBooks) take(e tsdb.UsageEvent, mode tsdb.UsageMode) string {
	meter, charge := billing.ToolRuns, billing.Amount(e.Runs)
	if e.Kind == tsdb.Inference {
		meter, charge = billing.ModelCredits, billing.Amount(e.InputTokens+1)/2 // half a credit a million, rounded half up
	}
	what := fmt.Sprint(e.Kind, e.ResourceID, e.Runs, e.InputTokens, e.User)
	before, stored := n.events[e.ID]
	r := n.reservation(e.ReservationID)
	switch target := n.known[e.ResourceID]; {
	case target == "DEVELOPED" && e.Kind == tsdb.ToolRun:
		return "REFUSED TOOL_IN_DEVELOPMENT"
	case target != string(e.Kind) && e.Kind == tsdb.ToolRun:
		return "REFUSED UNKNOWN_TOOL"
	case target != string(e.Kind):
		return "REFUSED UNKNOWN_MODEL"
	case stored && before.voided:
		return fmt.Sprint("VOIDED ", before.charge)
	case stored && before.what != what:
		return "CONFLICT"
	case stored:
		return fmt.Sprint("DUPLICATE ", before.charge)
	case e.ReservationID != 0 && (r == nil || r.meter != meter):
		return "REFUSED UNKNOWN_RESERVATION"
	case r != nil && r.closed:
		return "REFUSED RESERVATION_CLOSED"
	case mode == tsdb.Enforce && n.available(meter, r) < max(charge, 1):
		return "REFUSED gate"
	}
	n.events[e.ID] = naiveEvent{what, charge, meter, false}
	n.balance[meter] -= charge
	if r != nil {
		r.settled += charge
	}
	return fmt.Sprint("STORED ", charge)
}

// answerText is a result as the naive model says it.
func answerText(r tsdb.UsageResult) string {
	switch {
	case r.Decision != nil:
		return "REFUSED gate"
	case r.Status == tsdb.UsageRefused:
		return "REFUSED " + string(r.Code)
	case r.Status == tsdb.UsageConflict:
		return "CONFLICT"
	}
	return fmt.Sprint(r.Status, " ", int64(r.Charge))
}

// intake is the product beside the naive model: two processes on one database, which take turns.
type intake struct {
	*fixture
	random     *rand.Rand
	stores     []*tsdb.Store
	id, other  int64
	targets    []int64
	naive      *naiveBooks
	step, said int
}

func (in *intake) store() *tsdb.Store { return in.stores[in.random.IntN(len(in.stores))] }

func (in *intake) event() tsdb.UsageEvent {
	e := runs(in.id, in.targets[in.random.IntN(len(in.targets))], fmt.Sprint(in.random.IntN(20+in.step)), start, 1+in.random.Int64N(40))
	if in.random.IntN(2) == 0 {
		e.Kind, e.Runs, e.InputTokens = tsdb.Inference, 0, in.random.Int64N(6_000_000)
	}
	if in.random.IntN(8) > 0 { // mostly what it can name
		e.ResourceID = map[tsdb.UsageKind]int64{tsdb.ToolRun: in.targets[0], tsdb.Inference: in.targets[1]}[e.Kind]
	}
	if n := len(in.naive.reservations); n > 0 && in.random.IntN(3) == 0 {
		e.ReservationID = in.naive.reservations[in.random.IntN(n)].id
	} else if in.random.IntN(40) == 0 {
		e.ReservationID = 1 << 40
	}
	if in.random.IntN(6) == 0 {
		e.User = "ann"
	}
	return e
}

// batch is some events, some of them twice, perhaps under another reservation.
func (in *intake) batch() (events []tsdb.UsageEvent) {
	for range 1 + in.random.IntN(7) {
		e := in.event()
		events = append(events, e)
		if in.random.IntN(4) == 0 {
			e.ReservationID = in.event().ReservationID
			events = append(events, e)
		}
	}
	return events
}

func (in *intake) report() {
	in.t.Helper()
	mode := []tsdb.UsageMode{tsdb.Record, tsdb.Enforce}[in.random.IntN(2)]
	events := in.batch()
	results, err := in.store().Ingest(in.ctx, events, mode)
	in.must(err)
	for i, r := range results {
		in.said++
		if want, got := in.naive.take(events[i], mode), answerText(r); got != want {
			in.t.Fatalf("step %d, %s, event %d of %d: %+v\nanswered %s, want %s", in.step, mode, i, len(events), events[i], got, want)
		}
	}
}

func (in *intake) reserve() {
	in.t.Helper()
	m := billing.Meters()[in.random.IntN(2)]
	n := tsdb.NewReservation{AccountID: in.id, Meter: m, Amount: billing.Amount(1 + in.random.IntN(200)), Mode: tsdb.ReservationReject,
		Timeout: time.Duration(1+in.random.IntN(90)) * time.Second, IdempotencyKey: in.key()}
	if m == billing.ModelCredits {
		n.Amount *= 10_000
	}
	available, reserved := in.naive.available(m, nil), n.Amount
	if in.random.IntN(2) == 0 {
		n.Mode, reserved = tsdb.ReservationCap, max(1, min(n.Amount, available))
	}
	r, err := in.store().Reserve(in.ctx, n)
	if available < reserved {
		in.refusedAs("a reservation", err, tsdb.Refused, "amount")
		return
	}
	if in.must(err); r.Reserved != reserved {
		in.t.Fatalf("step %d: reserved %d of %d, want %d", in.step, r.Reserved, n.Amount, reserved)
	}
	ends := in.naive.now.Add(n.Timeout)
	if whole := ends.Truncate(time.Second); whole.Before(ends) {
		ends = whole.Add(time.Second)
	}
	in.naive.reservations = append(in.naive.reservations, &naiveReservation{id: r.ID, meter: m, reserved: reserved, ends: ends})
}
