package charts

import (
	"context"
	"fmt"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// RangeUsage is what an account used within a span, however it was paid for: micro-credits by category, and runs as the
// slice of tools. Range is the range that the figures cover, which differs from the span that was asked for if that was
// Ever.
type RangeUsage struct {
	Range billing.Range
	Used  billing.Slices
}

// UsedIn adds up an account's usage over a span, in one statement. It returns NotFound if there is no such account.
func (r *Reader) UsedIn(ctx context.Context, account int64, span Span) (*RangeUsage, error) {
	u := &RangeUsage{}
	read := r.wholeRead(span, nil)
	a, err := r.queryWhole(ctx, account, "usage by category", &read, nil, func(*pg.Arguments) string { return "" }, func(_ int, c billing.Category, amount billing.Amount) {
		u.Used[c.Index()] += amount
	})
	if err != nil {
		return nil, fmt.Errorf("read usage: %w", err)
	}
	read.unposted(a, func(s *billing.Segment, _ billing.Second, cost billing.Amount) { u.Used[s.Category.Index()] += cost })
	u.Range, err = r.resolve(ctx, span, []int64{account})
	return u, err
}
