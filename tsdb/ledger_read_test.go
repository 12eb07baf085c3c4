package tsdb_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// A process whose clock lags reads entries that another process posted after its own instant: folded or not, the ledger
// shows all of them, and adds up to the balance.
func TestLedgerOfAClockThatLags(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.topUp(id, billing.ModelCredits, 100*credit)
	f.deployModel(id, f.model(id), gpu, 1, start)
	f.clock.advance(26*time.Hour + 30*time.Second)
	f.tick()
	f.topUp(id, billing.ModelCredits, credit)
	posted := f.clock.now()
	for _, back := range []time.Duration{0, 59 * time.Second, 61 * time.Second, 10 * time.Minute, 3 * time.Hour, 25 * time.Hour} {
		f.clock.set(posted.Add(-back))
		for _, filter := range []tsdb.LedgerFilter{{Meter: billing.ModelCredits}, {Meter: billing.ModelCredits, FoldDays: true}} {
			page, err := f.ledger(id, filter, tsdb.Page{Limit: 5000}, true)
			f.must(err)
			var sum billing.Amount
			for _, r := range page.Rows {
				sum += r.Amount
			}
			if a := f.view(id); sum+a.UnpostedOf(billing.ModelCredits) != a.Credits.Balance() || page.Total != len(page.Rows) {
				t.Errorf("%s behind, folded %t: %d of %d rows add up to %d of %d", back, filter.FoldDays, len(page.Rows), page.Total, sum, a.Credits.Balance())
			}
		}
	}
}

// naiveFold adds up hosting by deployment and day: a second belongs to the day in which it ran, so what takes effect at
// midnight belongs to the old day.
func naiveFold(rows []tsdb.LedgerRow) map[string]billing.Amount {
	days := map[string]billing.Amount{}
	for _, r := range rows {
		key := fmt.Sprint(r.Kind, " entry ", r.No)
		if r.Cause == billing.CauseHosting {
			key = fmt.Sprint(r.Kind, r.DeploymentID, (r.Effective - 1).Time().Format(" 2006-01-02"))
		}
		days[key] += r.Amount
	}
	return days
}

// Every filter leaves of the folded ledger what it leaves of the plain one, added up by hand: by kind, category,
// resource and time, also at midnight, at clock changes, and on a leap day. Empty filters leave nothing.
func TestFoldedLedgerIsThePlainOneAddedUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(time.Date(2028, 2, 27, 22, 0, 0, 0, time.UTC))
	id := f.account()
	f.topUp(id, billing.ModelCredits, 500*credit)
	model := f.model(id)
	d := f.deployModel(id, model, gpu, 1, f.Now())
	f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE")
	for range 3 {
		f.clock.advance(11*time.Hour + 7*time.Second)
		f.spend(id, model, credit)
		f.tick()
	}
	_, err := f.UndeployModel(f.ctx, id, d, f.Now().Add(-90*time.Minute)) // refunds in their minutes
	f.must(err)
	midnight := time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC)
	for name, filter := range map[string]tsdb.LedgerFilter{
		"all": {}, "a leap day": {From: midnight.Add(time.Second), To: midnight.Add(24*time.Hour + time.Second)}, "kinds": {Kinds: []billing.EntryKind{billing.EntryRefund}},
		"category": {Categories: []billing.Category{billing.Guardrails}}, "resource": {ResourceID: model}, "meter": {Meter: billing.ModelCredits},
		"no kind": {Kinds: []billing.EntryKind{}}, "no category": {Categories: []billing.Category{}}, "no time": {From: midnight, To: midnight}, "backwards": {From: midnight, To: midnight.Add(-time.Hour)},
	} {
		plain, err := f.ledger(id, filter, tsdb.Page{Limit: 20_000}, true)
		f.must(err)
		filter.FoldDays = true
		folded, err := f.ledger(id, filter, tsdb.Page{Limit: 20_000}, true)
		f.must(err)
		entries := 0
		for _, r := range folded.Rows {
			entries += r.Count
		}
		if want, got := naiveFold(plain.Rows), naiveFold(folded.Rows); fmt.Sprint(got) != fmt.Sprint(want) || len(folded.Rows) != len(want) || entries != len(plain.Rows) {
			t.Errorf("%s: %d folded rows of %d entries, want %d of %d\n%v\n%v", name, len(folded.Rows), entries, len(want), len(plain.Rows), got, want)
		}
		if plain.Total != len(plain.Rows) || folded.Total != len(folded.Rows) {
			t.Errorf("%s: counted %d and %d", name, plain.Total, folded.Total)
		}
	}
	if all, err := f.ledger(id, tsdb.LedgerFilter{}, tsdb.Page{Limit: 20_000}, false); err != nil || len(all.Rows) < 3000 || !slices.IsSortedFunc(all.Rows, func(a, b tsdb.LedgerRow) int { return slices.Compare(b.Key(), a.Key()) }) {
		t.Errorf("%d rows, or out of order: %v", len(all.Rows), err)
	}
}

// A cursor may hold any numbers: those beyond every row's are before the first or after the last row, and not a
// failure.
func TestCursorsBeyondEveryRow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.tick()
	for _, key := range []int64{math.MaxInt64, math.MinInt64, 1 << 33, -1 << 40, 0} {
		for _, fold := range []bool{false, true} {
			for _, p := range []tsdb.Page{{Limit: 3, After: []int64{key, key}}, {Limit: 3, Before: []int64{key, key}}, {Limit: 3, Before: []int64{key, 0}, Backward: true}} {
				if _, err := f.ledger(id, tsdb.LedgerFilter{FoldDays: fold}, p, true); err != nil {
					t.Errorf("ledger %t %+v: %v", fold, p, err)
				}
			}
		}
		for _, p := range []tsdb.Page{{Limit: 3, After: []int64{key}}, {Limit: 3, Before: []int64{key}, Backward: true}} {
			r := f.Read()
			page, err := r.Statements(f.ctx, id, p)
			r.Close(f.ctx)
			if rows := len(page.Rows); err != nil || page.Total != 1 || rows > 1 || (rows == 1) != (p.After != nil && key > 1 || p.Before != nil && key < 1) {
				t.Errorf("statements %+v: %+v, %v", p, page, err)
			}
		}
		if _, err := f.Events(f.ctx, []tsdb.EventsOf{{Account: id, After: key}}, 10); err != nil {
			t.Errorf("events after %d: %v", key, err)
		}
	}
}

// Statements page alike in both directions over cycles that are closed and posted, closed but not posted, and current;
// each closing balance is the next opening balance, and the sentence of rules.md §3 holds for each.
func TestStatementsPageOverWhatIsNotPosted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(time.Date(2027, 10, 31, 13, 0, 0, 0, time.UTC))
	id := f.account()
	f.planned(id, 9*credit)
	model := f.model(id)
	for range 4 {
		f.clock.set(f.Now().AddDate(0, 0, 31))
		f.spend(id, model, 30*credit)
	}
	f.clock.set(time.Date(2028, 5, 30, 23, 59, 59, 0, time.UTC))
	read := func(p tsdb.Page) tsdb.Paged[tsdb.StatementRow] {
		return reading(f, func(r *tsdb.Reader) (tsdb.Paged[tsdb.StatementRow], error) { return r.Statements(f.ctx, id, p) })
	}
	whole := read(tsdb.Page{Limit: 100}).Rows
	for i, s := range whole {
		if i > 0 && (!s.Closed || whole[i-1].Cycle != s.Cycle+1 || !whole[i-1].Start.Equal(s.End)) || i == 0 && s.Closed {
			t.Errorf("cycle %d: %+v", s.Cycle, s)
		}
		for m, flows := range s.Flows {
			if i > 0 && whole[i-1].Flows[m].Opening != flows.Closing() || flows.Closing() != flows.Opening+flows.Granted-flows.Charged+flows.Refunded-flows.Expired+flows.Adjusted {
				t.Errorf("cycle %d, meter %d: %+v", s.Cycle, m, flows)
			}
		}
	}
	if len(whole) != 7 || whole[0].End.Format(time.DateOnly) != "2028-05-31" || whole[2].Start.Format(time.DateOnly) != "2028-02-29" {
		t.Fatalf("%d cycles: %+v", len(whole), whole)
	}
	for _, limit := range []int{1, 2, 3} {
		var forward, backward []tsdb.StatementRow
		for p := (tsdb.Page{Limit: limit}); ; p.After = forward[len(forward)-1].Key() {
			page := read(p)
			if forward = append(forward, page.Rows...); !page.HasNext {
				break
			}
		}
		for p := (tsdb.Page{Limit: limit, Backward: true}); ; p.Before = backward[0].Key() {
			page := read(p)
			if backward = append(page.Rows, backward...); !page.HasPrev {
				break
			}
		}
		if fmt.Sprint(forward) != fmt.Sprint(whole) || fmt.Sprint(backward) != fmt.Sprint(whole) {
			t.Errorf("pages of %d:\n%v\n%v\nwant\n%v", limit, forward, backward, whole)
		}
	}
}
