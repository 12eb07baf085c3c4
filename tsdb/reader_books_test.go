package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Everything that one operation reads of the books comes from one snapshot and instant, even if the meter, a charge and
// a reservation come between two queries: what is posted and what is still to be posted never overlap, and no figure
// contradicts another.
func TestOneOperationReadsOneState(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	past := time.Date(2026, 4, 10, 0, 5, 0, 0, time.UTC)
	f.clock.set(past.Add(-20 * time.Minute)) // before the cycle ends
	f.script(id, small, 10)
	f.clock.set(past.Add(time.Hour))
	r := f.Read()
	defer r.Close(f.ctx)
	a, err := r.Account(f.ctx, id)
	f.must(err)
	before := f.figures(r, id, past)
	_, err = f.Tick(f.ctx, 1)
	f.must(err)
	f.clock.advance(time.Minute)
	f.spend(id, model, credit)
	f.topUp(id, billing.ModelCredits, 5*credit)
	f.reserve(id, credit, 60)
	after := f.figures(r, id, past)
	if after != before || before.closing != a.Credits.Balance() || before.left != a.Credits.Balance() || before.now != a.Credits.Balance() || before.statements != 2 {
		t.Errorf("balance %d\nbefore %+v\nafter  %+v", a.Credits.Balance(), before, after)
	}
	late := f.Read()
	defer late.Close(f.ctx)
	if later := f.figures(late, id, past); later.past != before.past || later.holds != 1 || later.grants != before.grants+1 {
		t.Errorf("before %+v\nlater  %+v", before, later)
	}
}

// figures are what the lists of the books say.
type figures struct {
	past, now, closing, left                   billing.Amount
	entries, statements, grants, holds, folded int
}

func (f *fixture) figures(r *tsdb.Reader, id int64, past time.Time) (x figures) {
	f.t.Helper()
	var err error
	x.past, _, err = r.BalanceAt(f.ctx, id, past)
	f.must(err)
	x.now, _, err = r.BalanceAt(f.ctx, id, r.AsOf())
	f.must(err)
	statements, err := r.Statements(f.ctx, id, tsdb.Page{Limit: 10})
	f.must(err)
	grants, err := r.Grants(f.ctx, id, tsdb.GrantFilter{Meter: billing.ModelCredits}, tsdb.Page{Limit: 10}, true)
	f.must(err)
	entries, err := r.Ledger(f.ctx, id, tsdb.LedgerFilter{}, tsdb.Page{Limit: 100}, true)
	f.must(err)
	folded, err := r.Ledger(f.ctx, id, tsdb.LedgerFilter{FoldDays: true}, tsdb.Page{Limit: 100}, true)
	f.must(err)
	holds, err := r.Reservations(f.ctx, id, nil, tsdb.Page{Limit: 10}, true)
	f.must(err)
	x.entries, x.folded, x.statements, x.grants, x.holds = entries.Total, folded.Total, len(statements.Rows), grants.Total, holds.Total
	x.closing = statements.Rows[0].Flows[0].Closing()
	for _, g := range grants.Rows {
		x.left += g.Left()
	}
	return x
}
