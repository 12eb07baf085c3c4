package tsdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// grantholders are accounts whose grants are posted, partly posted, or only foreseen, and one that has only its free
// ones.
func (f *fixture) grantholders() []int64 {
	f.t.Helper()
	holders := []int64{f.account(), f.account(), f.account(), f.account()}
	f.planned(holders[1], 40*credit) // whose rollovers grant
	f.planned(holders[2], 7*credit)
	for i, id := range holders[:3] {
		for range i + 1 {
			f.topUp(id, billing.ModelCredits, 5*credit)
		}
		f.spend(id, f.model(id), billing.Amount(79+20*i)*credit)
		f.topUp(id, billing.ModelCredits, 30*credit) // retires what is finished
	}
	f.clock.advance(32 * 24 * time.Hour)
	_, err := f.Adjust(f.ctx, tsdb.Adjustment{AccountID: holders[1], Meter: billing.ModelCredits, Amount: credit, Reference: "posts it", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
	f.clock.advance(31 * 24 * time.Hour)
	return holders
}

// Grants that are read for several accounts equal those listed for each alone: every filter, page and edge, posted or
// not.
func TestGrantsOfManyAreThoseOfEach(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	holders := f.grantholders()
	live, retired := true, false
	filters := []tsdb.GrantFilter{{}, {Live: &live}, {Live: &retired}, {Meter: billing.ToolRuns}, {Kinds: []billing.GrantKind{billing.PlanGrant, billing.TopUp}},
		{Kinds: []billing.GrantKind{}}, {Meter: billing.ModelCredits, Live: &retired, Kinds: []billing.GrantKind{billing.Free}}}
	pages := []tsdb.Page{{Limit: 100}, {Limit: 1}, {Limit: 2, Backward: true}, {Limit: 2, After: []int64{5}}, {Limit: 100, Before: []int64{3}}, {Limit: 1, Before: []int64{2}, Backward: true},
		{Limit: 3, After: []int64{7}, Before: []int64{2}}, {Limit: 3, After: []int64{1 << 40}}, {Limit: 3, Before: []int64{1 << 40}, Backward: true}, {Limit: 3, Before: []int64{-1 << 63}}}
	r := f.Read()
	defer r.Close(f.ctx)
	several := 0
	for _, filter := range filters {
		for _, p := range pages {
			many, err := r.GrantsOfMany(f.ctx, append([]int64{holders[3] + 1, -1}, holders...), filter, p, true)
			f.must(err)
			if len(many) != len(holders) {
				t.Fatalf("%d accounts answered, want %d", len(many), len(holders))
			}
			for _, id := range holders {
				one, err := r.Grants(f.ctx, id, filter, p, true)
				f.must(err)
				several += len(one.Rows)
				if got, want := fmt.Sprintf("%+v", many[id]), fmt.Sprintf("%+v", one); got != want {
					t.Errorf("%+v %+v of account %d\namong others %s\nalone        %s", filter, p, id, got, want)
				}
			}
		}
	}
	if several < 200 {
		t.Errorf("only %d rows were compared", several)
	}
	if none, err := r.GrantsOfMany(f.ctx, nil, tsdb.GrantFilter{}, tsdb.Page{Limit: 5}, true); err != nil || len(none) != 0 {
		t.Errorf("of no account: %v, %v", none, err)
	}
}

// A filter by numbers that is null does not filter; one that is empty leaves nothing (rules.md §9). Unknown numbers are
// missing, and another account's numbers are not this one's.
func TestGrantsByNumber(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one, other := f.account(), f.account()
	f.planned(one, 40*credit)
	for range 3 {
		f.topUp(other, billing.ToolRuns, 5)
	}
	f.clock.advance(31 * 24 * time.Hour) // a rollover grants number 4, which no row shows yet
	r := f.Read()
	defer r.Close(f.ctx)
	whole, err := r.Grants(f.ctx, one, tsdb.GrantFilter{}, tsdb.Page{Limit: 100}, true)
	f.must(err)
	if len(whole.Rows) != 4 || whole.Total != 4 {
		t.Fatalf("%d of %d grants", len(whole.Rows), whole.Total)
	}
	none, err := r.Grants(f.ctx, one, tsdb.GrantFilter{Nos: []int32{}}, tsdb.Page{Limit: 100}, true)
	if f.must(err); len(none.Rows) != 0 || none.Total != 0 {
		t.Errorf("an empty filter leaves %+v", none)
	}
	for _, asked := range [][]int32{{}, {4}, {1, 4, 4, 5}, {5}, {0, -1, 1 << 30}} {
		found, err := r.GrantsOf(f.ctx, one, asked)
		f.must(err)
		want := map[int32]tsdb.GrantRow{}
		for _, g := range whole.Rows {
			for _, no := range asked {
				if g.No == no {
					want[no] = g
				}
			}
		}
		if fmt.Sprint(found) != fmt.Sprint(want) {
			t.Errorf("of %v: %v, want %v", asked, found, want)
		}
	}
	if _, err := r.GrantsOf(f.ctx, other+1, []int32{1}); err == nil {
		t.Error("an unknown account has grants")
	}
}
