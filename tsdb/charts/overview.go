package charts

import (
	"context"
	"fmt"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// RangeUsage is what an account used within a span, whatever paid for it: micro-credits by category, and runs.
type RangeUsage struct {
	Range billing.Range
	Used  billing.Slices
}

// UsedIn adds an account's usage up over a span, in one statement.
func (r *Reader) UsedIn(ctx context.Context, account int64, span Span) (*RangeUsage, error) {
	var category billing.Category
	var credits, runs billing.Amount
	u := &RangeUsage{}
	read := r.chartRead(span, byDay)
	a, err := r.queryUsage(ctx, account, "usage by category", read, func(*pg.Arguments) string {
		return "SELECT category, sum(credits)::bigint, sum(runs)::bigint FROM used GROUP BY 1 ORDER BY 1"
	}, []any{&category, &credits, &runs}, func() error {
		u.Used[category.Index()] += credits + runs
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read usage: %w", err)
	}
	read.unposted(a, func(s *billing.Segment, _ billing.Second, cost billing.Amount) { u.Used[s.Category.Index()] += cost })
	u.Range, err = r.resolve(ctx, span, []int64{account})
	return u, err
}
