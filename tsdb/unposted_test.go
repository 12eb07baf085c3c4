package tsdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// TestGrantsBeforeATickAreThoseAfterIt lists an account's grants over rollovers, expiries and retirements that nobody
// has posted: every filter and page says the same before a tick as after it, and so do ledger and unposted, which add
// up to the balance.
func TestGrantsBeforeATickAreThoseAfterIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	f.planned(id, 40*credit)
	f.topUp(id, billing.ModelCredits, 5*credit)
	f.spend(id, model, 30*credit)
	f.script(id, small, 3)
	for _, wait := range []time.Duration{time.Hour, 31 * 24 * time.Hour, 59 * 24 * time.Hour, 3 * 24 * time.Hour, 100 * 24 * time.Hour, time.Second} {
		f.clock.advance(wait)
		before := f.allGrants(id)
		credits, runs := f.ledgerAndUnposted(id)
		if a := f.view(id); credits != a.Credits.Balance() || runs != a.Runs.Balance() {
			t.Errorf("after %s: ledger and unposted are %d and %d, the balances %d and %d", wait, credits, runs, a.Credits.Balance(), a.Runs.Balance())
		}
		f.tick()
		if after := f.allGrants(id); before != after {
			t.Errorf("after %s\nbefore the tick\n%s\nafter it\n%s", wait, before, after)
		}
		if c, r := f.ledgerAndUnposted(id); c != credits || r != runs {
			t.Errorf("after %s: %d and %d, posted %d and %d", wait, credits, runs, c, r)
		}
	}
}

// allGrants prints what every filter and way of paging lists.
func (f *fixture) allGrants(id int64) (text string) {
	f.t.Helper()
	live, retired := true, false
	for _, filter := range []tsdb.GrantFilter{{}, {Live: &live}, {Live: &retired}, {Meter: billing.ToolRuns}, {Kinds: []billing.GrantKind{billing.PlanGrant}},
		{Live: &retired, Kinds: []billing.GrantKind{billing.PlanGrant, billing.Free}, Meter: billing.ModelCredits}} {
		var lists [3]string
		for i, p := range []tsdb.Page{{Limit: 100}, {Limit: 2}, {Limit: 1, Backward: true}} {
			lists[i] = f.pagedGrants(id, filter, p)
		}
		if lists[0] != lists[1] || lists[0] != lists[2] {
			f.t.Errorf("%+v: whole\n%s\nforward\n%s\nbackward\n%s", filter, lists[0], lists[1], lists[2])
		}
		text += lists[0] + "\n"
	}
	return text
}

func (f *fixture) pagedGrants(id int64, filter tsdb.GrantFilter, p tsdb.Page) (text string) {
	f.t.Helper()
	r := f.Read()
	defer r.Close(f.ctx)
	total := 0
	for {
		page, err := r.Grants(f.ctx, id, filter, p, true)
		f.must(err)
		total += len(page.Rows)
		part := ""
		for _, g := range page.Rows {
			part += fmt.Sprintf("%+v\n", g)
			if one, err := r.GrantOf(f.ctx, id, g.No); err != nil || fmt.Sprint(one) != fmt.Sprint(g) {
				f.t.Errorf("grant %d by itself: %+v, %v", g.No, one, err)
			}
		}
		if p.Backward {
			text = part + text
		} else {
			text += part
		}
		switch {
		case p.Backward && page.HasPrev:
			p.Before = page.Rows[0].Key()
		case !p.Backward && page.HasNext:
			p.After = page.Rows[len(page.Rows)-1].Key()
		default:
			if page.Total != total {
				f.t.Errorf("%+v: %d of %d grants", filter, total, page.Total)
			}
			return text
		}
	}
}

// ledgerAndUnposted adds up the ledger's entries and what is not posted yet, in one operation.
func (f *fixture) ledgerAndUnposted(id int64) (credits, runs billing.Amount) {
	f.t.Helper()
	r := f.Read()
	defer r.Close(f.ctx)
	a, err := r.Account(f.ctx, id)
	f.must(err)
	credits, runs = a.UnpostedOf(billing.ModelCredits), a.UnpostedOf(billing.ToolRuns)
	for p := (tsdb.Page{Limit: 100}); ; {
		page, err := r.Ledger(f.ctx, id, tsdb.LedgerFilter{FoldDays: true}, p, false)
		f.must(err)
		for _, e := range page.Rows {
			if e.Meter == billing.ToolRuns {
				runs += e.Amount
			} else {
				credits += e.Amount
			}
		}
		if !page.HasNext {
			return credits, runs
		}
		p.After = page.Rows[len(page.Rows)-1].Key()
	}
}
