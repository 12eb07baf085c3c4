package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// ResourceCharge is what a resource was charged of a meter. Amount is in micro-credits or runs, above 0.
type ResourceCharge struct {
	Meter        billing.Meter
	Category     billing.Category
	ResourceID   int64
	ResourceName string // as it is now
	Amount       billing.Amount
}

// ChargeList is what was charged within a time. Charges are the first of Total rows; Credits and Runs are the sums of
// all rows.
type ChargeList struct {
	Charges       []ResourceCharge
	Total         int
	Credits, Runs billing.Amount
}

// ChargeQuery says of which time: [From, To); zero: open. Limit is the number of rows at most.
type ChargeQuery struct {
	From, To time.Time
	Limit    int
}

// An entry of events has a line for each resource; any other names its one. Hosting is effective at the end of the
// seconds that it charges, so it belongs to the second before, as in ledgerFold: what ran up to midnight is of the old
// day. An entry is posted in its effective second or later, or one second before it (the stop), so older chunks are
// left out.
const chargesByResource = `-- name: sum charges by resource
WITH entry AS (
  SELECT e.meter, e.category, e.resource_id, e.amount, e.line_resources, e.line_amounts
  FROM ledger_entry e, LATERAL (SELECT e.effective_at - CASE e.cause WHEN 'HOSTING' THEN interval '1 second' ELSE interval '0' END AS at) t
  WHERE e.account_id = $1 AND e.kind = 'CHARGE' AND t.at >= coalesce($2::timestamptz, '-infinity') AND t.at < coalesce($3::timestamptz, 'infinity')
    AND e.effective_at >= coalesce($2::timestamptz, '-infinity') AND e.posted_at >= coalesce($2::timestamptz, '-infinity') - interval '2 seconds'),
charged AS (
  SELECT meter, category, resource_id, sum(amount)::bigint AS amount FROM (
    SELECT meter, category, l.resource_id, l.amount FROM entry, unnest(line_resources, line_amounts) AS l (resource_id, amount)
    UNION ALL SELECT meter, category, resource_id, -amount FROM entry WHERE line_resources IS NULL) line
  GROUP BY meter, category, resource_id HAVING sum(amount) > 0)
SELECT c.meter, c.category, c.resource_id, coalesce(r.name, ''), c.amount, count(*) OVER (),
  coalesce(sum(c.amount) FILTER (WHERE c.meter = 'MODEL_CREDITS') OVER (), 0)::bigint, coalesce(sum(c.amount) FILTER (WHERE c.meter = 'TOOL_RUNS') OVER (), 0)::bigint
FROM charged c LEFT JOIN resource r USING (resource_id) ORDER BY c.meter, c.amount DESC, c.resource_id LIMIT $4`

// Charges returns what each resource of an account was charged within a time, credits before runs, the dearest first.
// What has accrued and is not posted is not in it: that is `ledger.unposted` (rules.md §3).
func (r *Reader) Charges(ctx context.Context, account int64, q ChargeQuery) (list ChargeList, err error) {
	err = r.about(ctx, account, func(tx pgx.Tx, a *Account) error {
		list = ChargeList{Charges: []ResourceCharge{}}
		rows, err := tx.Query(ctx, chargesByResource, a.ID, openAt(q.From), openAt(q.To), q.Limit)
		if err != nil {
			return fmt.Errorf("sum charges: %w", err)
		}
		var c ResourceCharge
		_, err = pgx.ForEachRow(rows, []any{&c.Meter, &c.Category, &c.ResourceID, &c.ResourceName, &c.Amount, &list.Total, &list.Credits, &list.Runs}, func() error {
			list.Charges = append(list.Charges, c)
			return nil
		})
		if err != nil {
			return fmt.Errorf("sum charges: %w", err)
		}
		return nil
	})
	return list, err
}

// openAt returns an end of a time as an argument; null: open.
func openAt(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at
}
