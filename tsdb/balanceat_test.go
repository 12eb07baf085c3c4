package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// The balance at a past second is what a punctual meter had shown, whether nobody has posted yet, or at which seconds the meter
// came by since (rules.md §3).
func TestBalanceAtASecond(t *testing.T) {
	t.Parallel()
	for name, ticks := range map[string][]int{"not posted": nil, "posted late": {600}, "posted within": {50, 125, 135, 600}, "scaled": {-130, 600}} {
		f := newFixture(t)
		id := f.account()
		s := f.script(id, small, 1)
		f.guardrail(id, "TOXICITY", "GENERAL_PURPOSE")
		first := int64(600)
		for _, second := range ticks {
			if second < 0 {
				first = int64(-second)
				f.clock.set(start.Add(time.Duration(first) * time.Second))
				f.must(f.ScaleDeployment(f.ctx, id, script(s), 3, time.Time{}))
				continue
			}
			f.clock.set(start.Add(time.Duration(second) * time.Second))
			_, err := f.Tick(f.ctx, 1)
			f.must(err)
		}
		f.clock.set(start.Add(10 * time.Minute))
		for _, second := range []int64{0, 1, 30, 59, 60, 61, 119, 120, 126, 130, 131, 140, 179, 180, 599, 600} {
			want := 75*credit - cost("0.07698", 1, min(second, first)) - cost("0.07698", 3, max(0, second-first)) - cost("0.144", 1, second)
			if got := f.balanceAt(id, start.Add(time.Duration(second)*time.Second)); got != want {
				t.Errorf("%s, after %d s: %d, want %d", name, second, got, want)
			}
		}
	}
}

func (f *fixture) balanceAt(id int64, at time.Time) billing.Amount {
	f.t.Helper()
	credits, _, err := f.balancesAt(id, at)
	f.must(err)
	return credits
}

// balancesAt asks a Reader of now for both balances of a past instant.
func (f *fixture) balancesAt(id int64, at time.Time) (credits, runs billing.Amount, err error) {
	r := f.Read()
	defer r.Close(f.ctx)
	return r.BalanceAt(f.ctx, id, at)
}
