package tsdb_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// order is a top-up of 100 credits that ends at an instant.
func order(account int64, key string, ends time.Time) tsdb.NewGrant {
	return tsdb.NewGrant{AccountID: account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: 100 * credit, ExpiresAt: ends, Reference: "order", IdempotencyKey: key}
}

// A repeat of a grant's key returns the first grant however late it comes, even after that grant has expired; so does a
// repeat of an upward correction, which is a grant too.
func TestARepeatFindsAGrantThatHasExpired(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	up := tsdb.Adjustment{AccountID: id, Meter: billing.ToolRuns, Amount: 5, ExpiresAt: start.Add(time.Hour), Reference: "slip", IdempotencyKey: "up"}
	first, err := f.GrantCredits(f.ctx, order(id, "k", start.Add(time.Hour)), tsdb.Actor{})
	f.must(err)
	second, err := f.Adjust(f.ctx, up, tsdb.Actor{})
	f.must(err)
	for _, later := range []time.Duration{time.Hour - time.Second, time.Hour, 48 * time.Hour} {
		f.clock.set(start.Add(later))
		if no, err := f.GrantCredits(f.ctx, order(id, "k", start.Add(time.Hour)), tsdb.Actor{}); err != nil || no != first {
			t.Errorf("after %s: grant %d, %v; the first was %d", later, no, err, first)
		}
		if no, err := f.Adjust(f.ctx, up, tsdb.Actor{}); err != nil || no != second {
			t.Errorf("after %s: correction %d, %v; the first was %d", later, no, err, second)
		}
	}
	_, err = f.GrantCredits(f.ctx, order(id, "k", start.Add(2*time.Hour)), tsdb.Actor{})
	f.refusedAs("another end under the same key", err, tsdb.Conflict, "idempotencyKey")
	_, err = f.GrantCredits(f.ctx, order(id, "new", start.Add(time.Hour)), tsdb.Actor{})
	f.refusedAs("another key", err, tsdb.Invalid, "expiresAt")
	f.sound(id)
}

// A grant can be used from the second in which it is given up to the second in which it ends (rules.md §2). If the two
// are the same it could never be used, so it is refused, by the account's second: a process whose clock lags cannot
// give a grant that is over already.
func TestAGrantCanBeUsed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.clock.set(start.Add(200 * time.Millisecond))
	_, err := f.GrantCredits(f.ctx, order(id, "same second", start.Add(999*time.Millisecond)), tsdb.Actor{})
	f.refusedAs("an end within the second", err, tsdb.Invalid, "expiresAt")
	_, err = f.GrantCredits(f.ctx, order(id, "next second", start.Add(1001*time.Millisecond)), tsdb.Actor{})
	f.must(err)
	if got := f.view(id).Credits.Balance(); got != 175*credit {
		t.Errorf("balance %d", got)
	}
	f.clock.advance(time.Hour)
	f.tick() // it has expired, and the account is an hour ahead of who lags
	f.clock.set(start.Add(time.Minute))
	for name, ends := range map[string]time.Time{"before the account's second": start.Add(30 * time.Minute), "in it": start.Add(time.Hour + 200*time.Millisecond)} {
		_, err = f.GrantCredits(f.ctx, order(id, name, ends), tsdb.Actor{})
		f.refusedAs(name, err, tsdb.Invalid, "expiresAt")
	}
	_, err = f.GrantCredits(f.ctx, order(id, "after it", start.Add(time.Hour+2*time.Second)), tsdb.Actor{})
	f.must(err)
	f.clock.set(start.Add(2 * time.Hour))
	if got := f.view(id).Credits; got.Balance() != 75*credit || got.Flows.Expired != 200*credit {
		t.Errorf("balance %d, expired %d", got.Balance(), got.Flows.Expired)
	}
	f.sound(id)
}

// Terms in months are clamped to the end of the month (rules.md §2): a top-up on a leap day ends on 28 February.
func TestTermsAreClamped(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(time.Date(2027, 12, 1, 0, 0, 0, 0, time.UTC))
	id := f.account()
	for at, want := range map[string]string{"2027-12-31T23:59:59Z": "2028-12-31T23:59:59Z", "2028-02-29T00:00:00Z": "2029-02-28T00:00:00Z", "2028-02-29T23:59:59Z": "2029-02-28T23:59:59Z"} {
		now, err := time.Parse(time.RFC3339, at)
		f.must(err)
		f.clock.set(now)
		account := f.account()
		no := f.topUp(account, billing.ModelCredits, credit)
		if got := f.grantOf(account, no).ExpiresAt.Time().Format(time.RFC3339); got != want {
			t.Errorf("given at %s it ends at %s, want %s", at, got, want)
		}
	}
	f.topUp(id, billing.ModelCredits, credit)
	no := f.topUp(id, billing.ModelCredits, credit) // the others have no grant of this number
	r := f.Read()
	defer r.Close(f.ctx)
	_, err := r.GrantOf(f.ctx, id+1, no)
	f.refusedAs("another account's grant", err, tsdb.NotFound, "grantId")
	for _, unknown := range []int32{0, -1, math.MinInt32, math.MaxInt32} {
		_, err := r.GrantOf(f.ctx, id, unknown)
		f.refusedAs(fmt.Sprint("grant ", unknown), err, tsdb.NotFound, "grantId")
	}
}

func (f *fixture) grantOf(account int64, no int32) tsdb.GrantRow {
	f.t.Helper()
	g := reading(f, func(r *tsdb.Reader) (tsdb.GrantRow, error) { return r.GrantOf(f.ctx, account, no) })
	return g
}

// pot is a grant as the naive model of drawing keeps it.
type pot struct {
	no            int32
	left          billing.Amount
	free          bool
	given, expiry int64 // seconds; expiry 0: never
}

// before orders pots as usage draws from them: the one that ends first, then FREE before paid, then the oldest
// (rules.md §2).
func (p pot) before(q pot) int {
	ends := func(p pot) int64 {
		if p.expiry == 0 {
			return math.MaxInt64
		}
		return p.expiry
	}
	rank := func(p pot) int64 {
		if p.free {
			return 0
		}
		return 1
	}
	for _, pair := range [][2]int64{{ends(p), ends(q)}, {rank(p), rank(q)}, {p.given, q.given}, {int64(p.no), int64(q.no)}} {
		if pair[0] != pair[1] {
			if pair[0] < pair[1] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// Usage draws from grants in the order of the rules, whatever comes in between: random grants, expiries and usage are
// compared with pots that a few lines of arithmetic empty one after the other.
func TestDrawingOrderOfPots(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, random := f.resource(id, "MODEL", "REGISTERED"), rand.New(rand.NewPCG(12, 2))
	pots := []pot{{no: 1, left: 75 * credit, free: true, given: start.Unix(), expiry: start.Add(freeDays).Unix()}}
	for step := range 70 {
		f.clock.advance(time.Duration(random.IntN(4)) * time.Second)
		now := f.Now().Unix()
		pots = slices.DeleteFunc(pots, func(p pot) bool { return p.expiry != 0 && p.expiry <= now })
		var rest billing.Amount
		for _, p := range pots {
			rest += p.left
		}
		if random.IntN(3) == 0 || rest < 5*credit {
			n := order(id, f.key(), f.Now().Add(time.Duration(1+random.IntN(20))*time.Second))
			n.Kind = []billing.GrantKind{billing.TopUp, billing.Free, billing.AdjustmentGrant}[random.IntN(3)]
			n.Amount = billing.Amount(20+random.IntN(20)) * credit
			p := pot{left: n.Amount, free: n.Kind == billing.Free, given: now, expiry: n.ExpiresAt.Unix()}
			if n.Kind == billing.AdjustmentGrant && random.IntN(2) == 0 {
				n.ExpiresAt, p.expiry = time.Time{}, 0
			}
			no, err := f.GrantCredits(f.ctx, n, tsdb.Actor{})
			f.must(err)
			p.no = no
			pots = append(pots, p)
			continue
		}
		amount := billing.Amount(1 + random.Int64N(int64(rest)))
		f.spend(id, model, amount)
		slices.SortFunc(pots, pot.before)
		for i := range pots {
			part := min(amount, pots[i].left)
			pots[i].left, amount = pots[i].left-part, amount-part
		}
		for _, p := range pots {
			if g := f.view(id).Credits.Grant(p.no); g != nil && g.Left() != p.left || g == nil && p.left != 0 {
				t.Fatalf("step %d: grant %d has %+v, want %d left of %+v", step, p.no, g, p.left, pots)
			}
		}
	}
	f.checkBooks(id)
}
