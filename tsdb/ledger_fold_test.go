package tsdb_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Pages of the folded ledger, read in either direction, make up the folded ledger: no day is cut where a page ends.
func TestFoldedLedgerPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.model(id), f.resource(id, "TOOL", "DEPLOYED")
	f.deployModel(id, model, "g4dn.xlarge", 1, start)
	f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE")
	for day := range 45 {
		f.clock.set(start.AddDate(0, 0, day).Truncate(24 * time.Hour).Add(time.Duration(day%3) * 11 * time.Hour)) // some at midnight
		f.ingest(tsdb.Record, runs(id, tool, fmt.Sprint(day), f.clock.now(), 1))
		_, err := f.Tick(f.ctx, 10)
		f.must(err)
	}
	fold := tsdb.LedgerFilter{FoldDays: true}
	whole, err := f.ledger(id, fold, tsdb.Page{Limit: 1000}, true)
	f.must(err)
	want := ledgerText(whole.Rows)
	if len(want) < 50 || whole.Total != len(want) {
		t.Fatalf("%d rows, %d counted", len(want), whole.Total)
	}
	for _, limit := range []int{7, 20} {
		if got := f.pages(id, fold, tsdb.Page{Limit: limit}); !slices.Equal(got, want) {
			t.Errorf("pages of %d differ from the whole:\n%v\n%v", limit, got, want)
		}
		if got := f.pages(id, fold, tsdb.Page{Limit: limit, Backward: true}); !slices.Equal(got, want) {
			t.Errorf("pages of %d, backward, differ from the whole", limit)
		}
	}
	plain := f.pages(id, tsdb.LedgerFilter{Meter: billing.ToolRuns}, tsdb.Page{Limit: 10})
	if len(plain) != 46 {
		t.Errorf("%d entries of runs", len(plain))
	}
}

// ledger reads a page of the ledger as of now.
func (f *fixture) ledger(id int64, filter tsdb.LedgerFilter, p tsdb.Page, total bool) (tsdb.Paged[tsdb.LedgerRow], error) {
	r := f.Read()
	defer r.Close(f.ctx)
	return r.Ledger(f.ctx, id, filter, p, total)
}

// pages reads a list page by page in the page's direction.
func (f *fixture) pages(id int64, filter tsdb.LedgerFilter, p tsdb.Page) (all []string) {
	f.t.Helper()
	for {
		page, err := f.ledger(id, filter, p, false)
		f.must(err)
		if p.Backward {
			all = append(ledgerText(page.Rows), all...)
			if !page.HasPrev {
				return all
			}
			p.Before = page.Rows[0].Key()
			continue
		}
		all = append(all, ledgerText(page.Rows)...)
		if !page.HasNext {
			return all
		}
		p.After = page.Rows[len(page.Rows)-1].Key()
	}
}

func ledgerText(rows []tsdb.LedgerRow) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = fmt.Sprintf("%d %s %s %d ×%d", r.Effective, r.Kind, r.ResourceName, r.Amount, r.Count)
	}
	return out
}
