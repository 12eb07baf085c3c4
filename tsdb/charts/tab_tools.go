package charts

import (
	"context"
	"fmt"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// ToolRow is a row of the Tools tab: the tool as it is now, and its runs within the span.
type ToolRow struct {
	tsdb.Resource
	Runs int64
}

// ToolsTab is a page of the tools that were deployed at least once; those in development are not listed.
type ToolsTab struct {
	TabRows[ToolRow]
	Runs int64     // of all rows that the filter leaves
	Then *ToolsTab // all rows in the span compared with
}

// Tools answers the Tools tab in one statement, or in two with Compare.
func (r *Reader) Tools(ctx context.Context, account int64, q TabQuery) (*ToolsTab, error) {
	var found resourceRow
	var runs int64
	var rows []ToolRow
	tab := &ToolsTab{}
	sums := usageSums{wanted: q.sums(), by: "resource_id", category: "TOOLS", figures: "sum(runs)::bigint AS runs"}
	_, err := r.queryListed(ctx, account, "tools tab", r.chartRead(q.Span, byDay), sums, func(a *pg.Arguments) string {
		return "SELECT " + tsdb.ResourceColumns + ", " + sums.column("runs") + " FROM resource r" + sums.join("r.resource_id") +
			" WHERE r." + oneAccount + " AND r.kind = 'TOOL' AND r.ever_deployed AND r.status <> 'IN_DEVELOPMENT'" + q.named("r.name", a) +
			" ORDER BY r.resource_id"
	}, append(found.columns(), &runs), func() error {
		if q.hasStatus(string(found.Status)) {
			rows = append(rows, ToolRow{found.Resource, runs})
			tab.Runs += runs
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read tools: %w", err)
	}
	shown, err := r.resolve(ctx, q.Span, []int64{account})
	tab.TabRows = tabRows(r, shown, &q, rows, q.toolCursor)
	if err == nil && q.Compare != nil {
		tab.Then, err = r.Tools(ctx, account, q.then())
	}
	return tab, err
}

func (q *TabQuery) toolCursor(t *ToolRow) Cursor {
	switch q.Sort {
	case SortUsed:
		return Cursor{Number: t.Runs, ID: t.ID}
	case SortOwner:
		return byText(t.OwnerName, t.ID)
	case SortDate:
		return byTime(t.LastActiveAt, t.ID)
	case SortStatus:
		return byText(string(t.Status), t.ID)
	}
	return byText(t.Name, t.ID)
}
