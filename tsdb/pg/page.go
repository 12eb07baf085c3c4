package pg

import (
	"fmt"
	"slices"
	"strings"
)

// Page says which page of a list to read. Lists are ordered by a key of one or more numbers, largest first; a key names
// a place that stays put when rows are added (keyset paging).
type Page struct {
	Limit    int     // rows, 1 to 100
	Backward bool    // the last rows instead of the first
	After    []int64 // only rows after this key; nil: from the beginning
	Before   []int64 // only rows before this key; nil: to the end
}

// Paged is a page that was read.
type Paged[T any] struct {
	Rows    []T
	HasNext bool // rows follow
	HasPrev bool // rows come before
	Total   int  // rows of the whole list; −1 if nobody asked
}

// Clause returns what a page adds to a query (conditions on the key columns, order and limit) and the query's arguments
// with those of the page. It reads one row more than asked for, which shows whether there are more. args are the
// query's arguments so far.
func (p Page) Clause(columns []string, args []any) (string, []any) {
	var b strings.Builder
	tuple := "(" + strings.Join(columns, ", ") + ")"
	for _, edge := range []struct {
		key []int64
		op  string
	}{{p.After, "<"}, {p.Before, ">"}} {
		// A key of another length comes from a cursor of another list. Cursors are checked where they are decoded; here
		// such a key restricts nothing, rather than comparing rows of different lengths.
		if len(edge.key) != len(columns) {
			continue
		}
		marks := make([]string, len(columns))
		for i, k := range edge.key {
			args = append(args, k)
			marks[i] = fmt.Sprintf("$%d::bigint", len(args)) // a cursor may hold more than a column of ints does
		}
		fmt.Fprintf(&b, " AND %s %s (%s)", tuple, edge.op, strings.Join(marks, ", "))
	}
	direction := " DESC"
	if p.Backward {
		direction = " ASC"
	}
	// A backward page is read from its end, so that LIMIT leaves the rows nearest to Before; CutPage reverses it.
	fmt.Fprintf(&b, " ORDER BY %s%s LIMIT %d", strings.Join(columns, direction+", "), direction, p.Limit+1)
	return b.String(), args
}

// CutPage cuts off the surplus row and puts a backward page into the list's order.
func CutPage[T any](p Page, rows []T) Paged[T] {
	more := len(rows) > p.Limit
	if more {
		rows = rows[:p.Limit]
	}
	// Nothing is read from before After: a cursor came from a row, so there is at least that one.
	out := Paged[T]{Rows: rows, HasNext: more, HasPrev: p.After != nil, Total: -1}
	if p.Backward {
		slices.Reverse(out.Rows)
		out.HasNext, out.HasPrev = p.Before != nil, more
	}
	return out
}
