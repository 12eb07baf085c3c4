package charts

import (
	"math"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// Keeps reports whether usage is kept finely enough to add up a range: since when quarter-hours are, or whole days of UTC.
func (r *Reader) Keeps(of billing.Range) bool {
	whole := func(t time.Time) bool { return t.Equal(t.UTC().Truncate(wholeDay)) }
	if whole(of.From) && whole(of.To) {
		return true
	}
	return r.retention().Check(of, billing.Hour, r.AsOf(), time.UTC) == nil
}

// then is the question for all rows of a tab in the span that the figures are compared with.
// Of that span only figures are wanted, of every row: pages and cursors belong to the rows that are shown.
func (q TabQuery) then() TabQuery {
	q.Span, q.Compare, q.Sums, q.Page = *q.Compare, nil, true, TabPage{Limit: math.MaxInt}
	return q
}
