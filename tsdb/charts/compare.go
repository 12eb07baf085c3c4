package charts

import (
	"math"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// Keeps reports whether usage is kept finely enough to add up a range: as quarter-hours, or as days if the range is of
// whole days of UTC.
func (r *Reader) Keeps(of billing.Range) bool {
	whole := func(t time.Time) bool { return t.Equal(t.UTC().Truncate(wholeDay)) }
	if whole(of.From) && whole(of.To) {
		return true
	}
	return r.retention().Check(of, billing.Hour, r.AsOf(), time.UTC) == nil
}

// then returns the question for all rows of a tab in the span that the figures are compared with. Only the figures of
// that span are wanted, of every row: pages and cursors belong to the rows that are shown.
func (q TabQuery) then() TabQuery {
	q.Span, q.Compare, q.Sums, q.Page = *q.Compare, nil, true, TabPage{Limit: math.MaxInt}
	return q
}
