package charts

import (
	"context"
	"fmt"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// ToolRow is a row of the Tools tab: the tool as it is now, and its runs within the span.
type ToolRow struct {
	tsdb.Resource
	Runs int64
}

// ToolsTab is a page of the tools that were deployed at least once, without those in development. Runs does not depend
// on the page.
type ToolsTab struct {
	TabRows[ToolRow]
	Runs int64     // of all rows that match the filter
	Then *ToolsTab // all rows in the compared span, with only the ids of tools
}

// toolRuns are three figures, of which the Tools tab needs one.
const toolRuns = "sum(runs)::bigint, 0::bigint, 0::bigint"

// Tools returns the Tools tab. An account may have ten thousand tools: it reads of all only what decides their order
// and their sum, and the rest only of those that are shown.
func (r *Reader) Tools(ctx context.Context, account int64, q TabQuery) (*ToolsTab, error) {
	tab, err := r.toolIDs(ctx, account, q)
	if err != nil {
		return nil, fmt.Errorf("read tools: %w", err)
	}
	ids := make([]int64, len(tab.Rows))
	for i, edge := range tab.Rows {
		ids[i] = edge.Row.ID
	}
	shown, err := r.resourcesOf(ctx, account, ids)
	if err != nil {
		return nil, fmt.Errorf("read tools: %w", err)
	}
	for i := range tab.Rows {
		tab.Rows[i].Row.Resource = shown[tab.Rows[i].Row.ID]
	}
	if q.Compare != nil {
		if tab.Then, err = r.toolIDs(ctx, account, q.then()); err != nil {
			return nil, fmt.Errorf("read tools compared with: %w", err)
		}
	}
	return tab, nil
}

// toolIDs is the tab with only the ids of its tools. Runs do not accrue, so nothing is added to what the tables say.
func (r *Reader) toolIDs(ctx context.Context, account int64, q TabQuery) (*ToolsTab, error) {
	rows, cursors, err := r.listTools(ctx, account, &q)
	if err != nil {
		return nil, err
	}
	tab := &ToolsTab{}
	for i := range rows {
		tab.Runs += rows[i].Runs
	}
	at := 0 // turn asks for cursors in the order of rows
	cursor := func(*ToolRow) Cursor { at++; return cursors[at-1] }
	if q.Sort == SortUsed {
		cursor = func(t *ToolRow) Cursor { return Cursor{Number: t.Runs, ID: t.ID} }
	}
	shown, err := r.resolve(ctx, q.Span, []int64{account})
	tab.TabRows = tabRows(r, shown, &q, rows, cursor)
	return tab, err
}

// listTools reads which tools match the filter, by ascending id, and their cursors; the caller places them by runs. They
// come as arrays in one row: the order of ten thousand tools does not need a row for each.
func (r *Reader) listTools(ctx context.Context, account int64, q *TabQuery) ([]ToolRow, []Cursor, error) {
	if err := r.PayThings(ctx, account); err != nil {
		return nil, nil, err
	}
	a := pg.Arguments{Values: []any{account}}
	// A tool in development is not listed, even if it was deployed before (rules.md §9).
	sql := "-- name: tools tab\nSELECT array_agg(resource_id), " + q.toolKeys() + " FROM (SELECT * FROM resource r WHERE r." + oneAccount +
		" AND r.kind = 'TOOL' AND r.ever_deployed AND r.status <> 'IN_DEVELOPMENT'" + q.named("r.name", &a) + q.inStatus("r.status", &a) + " ORDER BY r.resource_id) r"
	var ids []int64
	var texts []string
	var times []*int64
	asked := []tsdb.Question{{SQL: sql, Args: a.Values, Columns: []any{&ids, &texts, &times}, Scan: func() error { return nil }}}
	var sums *listedSums
	if q.sums() {
		sums = r.listedSums(account, billing.Tools, toolRuns, q.Span)
		if err := r.pay(ctx, []int64{account}, &sums.read, 1); err != nil {
			return nil, nil, err
		}
		asked = append(asked, sums.questions()...)
	}
	if _, err := r.QueryAll(ctx, account, asked...); err != nil {
		return nil, nil, err
	}
	rows, cursors := make([]ToolRow, len(ids)), make([]Cursor, len(ids))
	for i, id := range ids {
		rows[i].ID = id
		switch {
		case texts != nil:
			cursors[i] = byText(texts[i], id)
		// A tool without runs has no date and comes last.
		case times != nil && times[i] != nil:
			cursors[i] = Cursor{Number: *times[i], ID: id}
		default:
			cursors[i] = Cursor{None: true, ID: id}
		}
	}
	if sums == nil {
		return rows, cursors, nil
	}
	if err := sums.settle(ctx); err != nil {
		return nil, nil, err
	}
	for i := range rows {
		rows[i].Runs = sums.of(rows[i].ID)[0]
	}
	return rows, cursors, nil
}

// toolKeys are the aggregates of what tools are sorted by: texts, and instants in microseconds. Names, owners and
// statuses are compared in Go, ignoring case.
func (q *TabQuery) toolKeys() string {
	column := "r.name"
	switch q.Sort {
	case SortUsed:
		return "NULL::text[], NULL::bigint[]"
	case SortDate:
		return "NULL::text[], array_agg((extract(epoch FROM r.last_active_at) * 1000000)::bigint)"
	case SortOwner:
		column = "r.owner_name"
	case SortStatus:
		column = "r.status"
	}
	return "array_agg(" + column + "), NULL::bigint[]"
}
