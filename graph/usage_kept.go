package graph

import (
	"context"
	"slices"
	"strconv"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// maxKeptRows is how many groups, in the order of a measure, are kept for the pages after the first.
const maxKeptRows = 10_000

// keptUsage says what question a kept list of groups answers. Other questions get nothing from it.
type keptUsage struct {
	Question     uint64
	Accounts     []int64 // nil: all
	Figures      usageFigures
	Rows         int
	More, Before bool // groups that were not kept follow or precede
	Total        int
	Totals, Then charts.PivotFigures
	Range        billing.Range
}

// usageFigures are the figures that were asked for.
type usageFigures struct{ Classes, Hosting, Distinct, Users, Cumulative, Totals bool }

func figuresAsked(q *charts.PivotQuery) usageFigures {
	return usageFigures{q.Classes, q.Hosting, q.Distinct, q.Users, q.Cumulative, q.Totals}
}

// covers reports whether all figures of another question are among these.
func (f usageFigures) covers(asked usageFigures) bool {
	return (f.Classes || !asked.Classes) && (f.Hosting || !asked.Hosting) && (f.Distinct || !asked.Distinct) && (f.Users || !asked.Users) &&
		(f.Cumulative || !asked.Cumulative) && (f.Totals || !asked.Totals)
}

// moves reports whether groups may change places while usage is being written, and the operation asks for cursors to turn pages.
func (u *usageAsked) moves(ctx context.Context, q *charts.PivotQuery) bool {
	byMeasure := q.Top > 0 || slices.ContainsFunc(q.OrderBy, func(o charts.PivotOrder) bool { return o.Dimension == "" })
	if q.Top > 0 && q.Limit > q.Top && !slices.Contains(q.GroupBy, charts.ByTime) {
		return false // only one page
	}
	return byMeasure && q.Rows && (selected(ctx, "edges.cursor") || selected(ctx, "pageInfo.startCursor") || selected(ctx, "pageInfo.endCursor"))
}

// keep reads more groups than the page shows, keeps them if there are more pages, and cuts off the page. list is "" if there is only one
// page.
func (u *usageAsked) keep(ctx context.Context, r *Resolver, reader *charts.Reader, q charts.PivotQuery) (out *charts.Pivot, list string, err error) {
	page := q
	q.Limit = maxKeptRows
	if out, err = reader.Pivot(ctx, q); err != nil {
		return nil, "", asFault(ctx, err)
	}
	n := len(out.Rows)
	if n <= page.Limit && !out.HasNext && !out.HasPrev {
		return out, "", nil
	}
	about := keptUsage{Question: u.question(), Accounts: q.Accounts, Figures: figuresAsked(&q), Rows: n, More: out.HasNext, Before: out.HasPrev,
		Total: out.Total, Totals: out.Totals, Then: out.Then, Range: out.Range}
	for i := range out.Rows {
		out.Rows[i].Key = []string{strconv.Itoa(i)}
	}
	if list, err = tsdb.KeepList(ctx, r.Store, about, out.Rows); err != nil {
		return nil, "", err
	}
	from, to := about.page(page.Limit, page.Backward, nil, nil)
	about.cut(out, out.Rows[from:to], from, to)
	return out, list, nil
}

// page returns the rows [from, to) of a kept list that a page shows.
func (k *keptUsage) page(limit int, backward bool, after, before *int) (from, to int) {
	to = k.Rows
	if after != nil {
		from = min(max(0, *after+1), k.Rows)
	}
	if before != nil {
		to = min(max(from, *before), k.Rows)
	}
	if backward {
		return max(from, to-limit), to
	}
	return from, min(to, from+limit)
}

func (k *keptUsage) cut(out *charts.Pivot, rows []charts.PivotRow, from, to int) {
	out.Rows, out.HasPrev, out.HasNext = rows, from > 0 || k.Before, to < k.Rows || k.More
	out.Total, out.Totals, out.Then, out.Range = k.Total, k.Totals, k.Then, k.Range
}

// kept returns a page of a list that an earlier page kept.
func (u *usageAsked) kept(ctx context.Context, r *Resolver, q *charts.PivotQuery, between usageCursors) (*charts.Pivot, error) {
	after, before := rowNo(between.after), rowNo(between.before)
	gone := fault(ctx, badPage, "The cursor is not one of this list, or older than an hour. Ask for the first page again, for all the figures that are wanted.")
	from, to := 0, maxKeptRows
	if after != nil {
		from = max(0, *after+1)
	}
	if before != nil {
		to = max(from, min(*before, maxKeptRows))
	}
	if q.Backward {
		from = max(from, to-q.Limit)
	} else {
		to = min(to, from+q.Limit)
	}
	var about keptUsage
	rows, err := tsdb.KeptList[charts.PivotRow](ctx, r.Store, between.list, &about, from, to)
	switch {
	case isNotFound(err):
		return nil, gone
	case err != nil:
		return nil, asFault(ctx, err)
	case about.Question != u.question() || !slices.Equal(about.Accounts, q.Accounts) || (about.Accounts == nil) != (q.Accounts == nil) || !about.Figures.covers(figuresAsked(q)):
		return nil, gone
	case len(rows) == 0 && (from >= about.Rows && about.More || to == 0 && about.Before):
		return nil, fault(ctx, badPage, "Only 10,000 groups can be turned over in the order of a measure. Ask for fewer by having, top or a filter, or order by a dimension.")
	}
	out := &charts.Pivot{AsOf: between.asOf}
	about.cut(out, rows, from, from+len(rows))
	return out, nil
}

// rowNo returns a row's number in a kept list; nil for no cursor.
func rowNo(key []string) *int {
	if key == nil {
		return nil
	}
	n, err := strconv.Atoi(key[0])
	if err != nil {
		n = -1
	}
	return &n
}

// pageOfUsage reads the requested page, and returns the id of the kept list that contains it; "" if the list is not kept.
func (u *usageAsked) pageOfUsage(ctx context.Context, r *Resolver, reader *charts.Reader, q charts.PivotQuery, between usageCursors) (out *charts.Pivot, list string, err error) {
	switch {
	case between.list != "":
		out, err = u.kept(ctx, r, &q, between)
		return out, between.list, err
	case between.after == nil && between.before == nil && u.moves(ctx, &q):
		return u.keep(ctx, r, reader, q)
	}
	out, err = reader.Pivot(ctx, q)
	return out, "", asFault(ctx, err)
}
