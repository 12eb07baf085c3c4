package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// gateModel is what ENFORCE looks at, kept by the test itself: what remains of each meter, and what open reservations set aside.
type gateModel struct {
	remains map[billing.Meter]billing.Amount
	set     map[billing.Meter]map[int64]billing.Amount // by reservation
}

// fits reports whether a charge may be drawn (rules.md §5): inference and runs need a balance above 0, whatever they
// cost, and what they cost must be available beside what is reserved.
func (g *gateModel) fits(m billing.Meter, charge billing.Amount) bool {
	left := g.remains[m]
	if left <= 0 {
		return false
	}
	for _, a := range g.set[m] {
		left -= a
	}
	return charge <= left
}

// What ENFORCE stores is decided event by event, in order, as a naive account of both meters decides it: with
// reservations that come, end and are released, to the last micro-credit, with events that cost nothing, and with
// RECORD in between, which stores everything that happened.
func TestEnforceDecidesLikeANaiveAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	random := rand.New(rand.NewPCG(55, 5))
	g := &gateModel{map[billing.Meter]billing.Amount{billing.ModelCredits: 75 * credit, billing.ToolRuns: 10_000}, map[billing.Meter]map[int64]billing.Amount{billing.ModelCredits: {}, billing.ToolRuns: {}}}
	stored, refusals := 0, 0
	for range 60 {
		m := billing.Meters()[random.IntN(2)]
		switch random.IntN(8) {
		case 0:
			amount := 1 + billing.Amount(random.Int64N(int64(max(1, g.remains[m]))))
			r, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: m, Amount: amount, Mode: tsdb.ReservationReject, Timeout: time.Hour, IdempotencyKey: f.key()})
			if (err == nil) != g.fits(m, amount) {
				t.Fatalf("reserve %d of %s: %v, of %+v", amount, m, err, g)
			}
			if err == nil {
				g.set[m][r.ID] = amount
			}
		case 1:
			for r := range g.set[m] {
				_, err := f.Release(f.ctx, r)
				f.must(err)
				delete(g.set[m], r)
				break
			}
		case 2:
			f.topUp(id, m, 5_000)
			g.remains[m] += 5_000
		}
		mode := []tsdb.UsageMode{tsdb.Enforce, tsdb.Enforce, tsdb.Enforce, tsdb.Record}[random.IntN(4)]
		var events []tsdb.UsageEvent
		var want []bool
		for range 1 + random.IntN(6) {
			m := billing.Meters()[random.IntN(2)]
			left := g.remains[m]
			for _, a := range g.set[m] {
				left -= a
			}
			charge := []billing.Amount{0, 1, left - 1, left, left + 1, left / 3}[random.IntN(6)]
			charge = min(max(charge, 0), 2_000_000_000)
			e := tokens(id, model, f.key(), start, int64(2*charge), 0)
			if m == billing.ToolRuns {
				charge = max(charge, 1)
				e = runs(id, tool, f.key(), start, int64(charge))
			}
			fits := mode == tsdb.Record || g.fits(m, charge)
			if fits {
				g.remains[m] -= charge
			}
			events, want = append(events, e), append(want, fits)
		}
		for i, r := range f.ingest(mode, events...) {
			if (r.Status == tsdb.Stored) != want[i] || r.Status == tsdb.UsageRefused && (r.Decision == nil || r.Decision.Allowed) {
				t.Fatalf("%s, event %d of %+v: %+v, want %t", mode, i, events, r, want[i])
			}
			if want[i] {
				stored++
			} else {
				refusals++
			}
		}
	}
	a := f.view(id)
	if got := fmt.Sprint(a.Credits.Balance(), a.Runs.Balance()); got != fmt.Sprint(g.remains[billing.ModelCredits], g.remains[billing.ToolRuns]) || stored < 40 || refusals < 40 {
		t.Errorf("%s remain of %v; %d stored, %d refused", got, g.remains, stored, refusals)
	}
	f.sound(id)
}
