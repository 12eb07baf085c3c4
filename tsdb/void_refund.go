package tsdb

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// refundEvents gives back what events had cost, with one ledger entry for each entry that had charged them, the latest
// first. A charge of many events is one entry, so a refund needs what is left of that entry after earlier refunds of
// it: which of the grants that paid can still take something back.
func (c *change) refundEvents(ctx context.Context, tx pgx.Tx, events []*voidable) error {
	byEntry := map[int64][]*voidable{}
	var numbers []int64
	for _, v := range events {
		// Other events are in no entry.
		if v.amount() > 0 && v.charged > 0 {
			if byEntry[v.charged] == nil {
				numbers = append(numbers, v.charged)
			}
			byEntry[v.charged] = append(byEntry[v.charged], v)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	charges, err := c.readCharges(ctx, tx, numbers, events)
	if err != nil {
		return err
	}
	refunds, err := c.readRefunds(ctx, tx, numbers)
	if err != nil {
		return err
	}
	// The latest first, because the grants that paid last are refilled first.
	slices.Sort(numbers)
	for _, no := range slices.Backward(numbers) {
		charge, found := charges[no]
		// The ledger is append-only, so this is damage; nothing is voided.
		if !found {
			return fmt.Errorf("void events of account %d: its ledger has no entry %d", c.ID, no)
		}
		c.refundCharge(charge, refunds[no], byEntry[no])
	}
	return nil
}

// refundCharge gives back what some events of one charge had cost. Its entry has a line per resource, as the charge
// has, and each event gets the number of the entry that gave it back.
func (c *change) refundCharge(charge billing.Entry, earlier []billing.Entry, events []*voidable) {
	e := billing.Entry{Category: charge.Category, Cause: billing.CauseVoid, CauseID: charge.CauseID}
	var amount billing.Amount
	for _, v := range events {
		// The charge was one entry for many resources, and so is its refund.
		i := slices.IndexFunc(e.Lines, func(l billing.Line) bool { return l.ResourceID == v.resource })
		if i < 0 {
			i = len(e.Lines)
			e.Lines = append(e.Lines, billing.Line{ResourceID: v.resource})
		}
		e.Lines[i].Amount += v.amount()
		amount += v.amount()
	}
	// From the charge as it is now: if earlier refunds were not deducted, a grant would get the same amount twice.
	c.Refund(e, amount, []billing.Entry{c.Remaining(charge, earlier)})
	for _, v := range events {
		v.refund = c.EntryNo
	}
}

const selectCharges = `-- name: read the charges of events
SELECT entry_no, category, cause_id, amount, draw_grants, draw_amounts, debt FROM ledger_entry
WHERE account_id = $1 AND entry_no = ANY($2::bigint[]) AND posted_at >= $3 AND posted_at <= $4`

// readCharges reads the entries that charged events; the events say when they were posted. Draws are kept in the order
// in which grants paid; the last one gets something back first (rules.md §2).
func (c *change) readCharges(ctx context.Context, tx pgx.Tx, numbers []int64, events []*voidable) (map[int64]billing.Entry, error) {
	// An entry is posted in the second of its events, so these bounds leave all other chunks of the ledger out.
	first, last := events[0].postedAt, events[0].postedAt
	for _, v := range events {
		if v.postedAt.Before(first) {
			first = v.postedAt
		}
		if v.postedAt.After(last) {
			last = v.postedAt
		}
	}
	rows, err := tx.Query(ctx, selectCharges, c.ID, numbers, first, last)
	if err != nil {
		return nil, fmt.Errorf("read charges of events: %w", err)
	}
	charges := map[int64]billing.Entry{}
	var e billing.Entry
	var grants []int32
	var amounts []int64
	_, err = pgx.ForEachRow(rows, []any{&e.No, &e.Category, &e.CauseID, &e.Amount, &grants, &amounts, &e.Debt}, func() error {
		// A copy, because e is scanned into again.
		charge := e
		charge.Meter, charge.Draws = e.Category.Meter(), drawsFrom(grants, amounts)
		charges[e.No] = charge
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read charges of events: %w", err)
	}
	return charges, nil
}

// drawsFrom reads the two columns that draws are stored in. They have the same number of elements, in the order in
// which the grants were drawn from.
func drawsFrom(grants []int32, amounts []int64) []billing.Draw {
	draws := make([]billing.Draw, len(grants))
	for i := range grants {
		draws[i] = billing.Draw{Grant: grants[i], Amount: billing.Amount(amounts[i])}
	}
	return draws
}

// Refunds are found through usage_void, which has the numbers of the charge and of the refund; posted_at names the chunk
// of the ledger.
const selectRefunds = `-- name: read earlier refunds of charges
SELECT v.charged_no, l.amount, l.draw_grants, l.draw_amounts FROM (
  SELECT DISTINCT charged_no, entry_no, posted_at FROM usage_void WHERE account_id = $1 AND charged_no = ANY($2::bigint[]) AND entry_no > 0) v
JOIN ledger_entry l ON l.account_id = $1 AND l.entry_no = v.entry_no AND l.posted_at = v.posted_at ORDER BY l.entry_no`

// readRefunds reads the earlier refunds of these charges, by charge. A charge of many events may be refunded in parts, and
// no part may be refunded twice. A refund has an amount besides its draws, because a grant that the refund itself made is
// not among the grants that paid for the charge.
func (c *change) readRefunds(ctx context.Context, tx pgx.Tx, numbers []int64) (map[int64][]billing.Entry, error) {
	rows, err := tx.Query(ctx, selectRefunds, c.ID, numbers)
	if err != nil {
		return nil, fmt.Errorf("read earlier refunds: %w", err)
	}
	refunds := map[int64][]billing.Entry{}
	var charged int64
	var amount billing.Amount
	var grants []int32
	var amounts []int64
	_, err = pgx.ForEachRow(rows, []any{&charged, &amount, &grants, &amounts}, func() error {
		refunds[charged] = append(refunds[charged], billing.Entry{Amount: amount, Draws: drawsFrom(grants, amounts)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read earlier refunds: %w", err)
	}
	return refunds, nil
}
