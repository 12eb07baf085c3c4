package charts_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// Pages cover a list without gap or overlap, in both directions, for every way to sort.
func TestTabPages(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.NewAccount()
	for i := range 23 {
		tool, err := f.RegisterTool(f.Ctx, tsdb.NewTool{AccountID: id, Name: string(rune('a'+i%5)) + "tool", OwnerName: string(rune('z' - i%3)), Status: tsdb.Deployed})
		f.Must(err)
		if i%4 > 0 {
			f.Report(tsdb.Record, storetest.Runs(id, tool.ID, "r", start.Add(-time.Duration(i%6)*time.Hour), int64(1+i%7)))
		}
	}
	for _, sort := range []charts.TabSort{charts.SortName, charts.SortUsed, charts.SortOwner, charts.SortDate, charts.SortStatus} {
		for _, desc := range []bool{false, true} {
			q := everything(sort)
			q.Desc = desc
			r := charts.Read(f.Store)
			whole, err := r.Tools(f.Ctx, id, q)
			f.Must(err)
			want := toolIDs(whole.TabRows)
			q.Page.Limit = 5
			var forward, backward []int64
			for {
				tab, err := r.Tools(f.Ctx, id, q)
				f.Must(err)
				forward = append(forward, toolIDs(tab.TabRows)...)
				wants(t, "total", tab.Total, 23)
				wants(t, "runs", tab.Runs, whole.Runs)
				wants(t, "previous", tab.HasPrev, len(forward) > 5)
				if !tab.HasNext {
					break
				}
				q.Page.After = &tab.Rows[len(tab.Rows)-1].Cursor
			}
			q.Page = charts.TabPage{Limit: 5, Backward: true}
			for {
				tab, err := r.Tools(f.Ctx, id, q)
				f.Must(err)
				backward = append(toolIDs(tab.TabRows), backward...)
				if !tab.HasPrev {
					break
				}
				q.Page.Before = &tab.Rows[0].Cursor
			}
			if !slices.Equal(forward, want) || !slices.Equal(backward, want) {
				t.Errorf("by %s: forward %v, backward %v, want %v", sort, forward, backward, want)
			}
			r.Close(f.Ctx)
		}
	}
}

// Rows that are added, and usage and statuses that change between two pages, neither repeat nor hide a row that stays
// in its place.
func TestPagesStayWhileRowsChange(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.NewAccount()
	add := func(name, owner string) int64 {
		tool, err := f.RegisterTool(f.Ctx, tsdb.NewTool{AccountID: id, Name: name, OwnerName: owner, Status: tsdb.Deployed})
		f.Must(err)
		return tool.ID
	}
	var first []int64
	for i := range 12 {
		first = append(first, add(string(rune('a'+2*i)), string(rune('z'-i/3))))
	}
	for _, sort := range []charts.TabSort{charts.SortName, charts.SortOwner} {
		for _, desc := range []bool{false, true} {
			q := everything(sort)
			q.Desc, q.Page.Limit = desc, 3
			times := map[int64]int{}
			for page := 0; ; page++ {
				r := charts.Read(f.Store)
				tab, err := r.Tools(f.Ctx, id, q)
				r.Close(f.Ctx)
				f.Must(err)
				for _, row := range toolIDs(tab.TabRows) {
					times[row]++
				}
				if !tab.HasNext {
					break
				}
				q.Page.After = &tab.Rows[len(tab.Rows)-1].Cursor
				add(string(rune('b'+2*(page%12))), "a") // before, among and after what was shown
				add("zz", "zz")
				last := tab.Rows[len(tab.Rows)-1].Row.ID // the row that the cursor stands on
				f.Report(tsdb.Record, storetest.Runs(id, last, fmt.Sprint(sort, desc, page), f.Now(), 5))
				_, err = f.SetToolStatus(f.Ctx, id, last, tsdb.Undeployed)
				f.Must(err)
			}
			for _, tool := range first {
				wants(t, fmt.Sprintf("by %s, descending %v: tool %d", sort, desc, tool), times[tool], 1)
			}
			for tool, n := range times {
				wants(t, fmt.Sprintf("by %s, descending %v: tool %d at all", sort, desc, tool), n, 1)
			}
		}
	}
}

func toolIDs(rows charts.TabRows[charts.ToolRow]) (ids []int64) {
	for _, row := range rows.Rows {
		ids = append(ids, row.Row.ID)
	}
	return ids
}
