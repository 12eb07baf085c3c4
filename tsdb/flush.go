package tsdb

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// flush writes what the transaction changed on its accounts, as queueChanges says, and the e-mails. It leaves the end
// of the transaction to its caller, who has more to do in it, such as making an account. Others use commit, which saves
// a round trip.
func (s *Store) flush(ctx context.Context, tx pgx.Tx, changes []*change) error {
	var b pgx.Batch
	changed, err := s.queueChanges(ctx, tx, &b, changes)
	if err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	return s.writeMails(ctx, tx, changed)
}

// commit is flush and the end of the transaction, which are mostly sent together. E-mails, which few transactions have,
// must be known to the queue of deliveries before the transaction ends.
func (s *Store) commit(ctx context.Context, tx *pg.BatchedTx, changes []*change) error {
	changed, err := s.queueChanges(ctx, tx, &tx.Last, changes)
	if err != nil {
		return err
	}
	// An e-mail and its delivery must be queued in the transaction that gives the reason for it (rules.md §8), and the
	// ids that the queue needs are known only once the e-mails are written. So here the last statements are sent before
	// the COMMIT, not with it.
	if slices.ContainsFunc(changed, func(c *change) bool { return len(c.mails) > 0 }) {
		if err := tx.SendLast(ctx); err != nil {
			return fmt.Errorf("write accounts: %w", err)
		}
		if err := s.writeMails(ctx, tx, changed); err != nil {
			return err
		}
	}
	if err := tx.CommitLast(ctx); err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	return nil
}

// queueChanges queues what the transaction changed on its accounts, one statement per table, with NOTIFY; many rows
// are sent beforehand by COPY. Crossings, e-mails and outbox events follow from the state before and after. It returns
// the accounts that changed.
func (s *Store) queueChanges(ctx context.Context, tx pgx.Tx, b *pgx.Batch, changes []*change) ([]*change, error) {
	// An account that was only looked at takes no revision and no NOTIFY: subscribers would be shown what they already
	// have.
	changed := slices.DeleteFunc(slices.Clone(changes), func(c *change) bool { return !c.isChanged() })
	if len(changed) == 0 {
		return nil, nil
	}
	// Before anything is written: announce compares the state before with the state after, and what it finds (crossings,
	// e-mails, banners) is written below.
	for _, c := range changed {
		c.announce(s.Now())
		c.written = true
	}
	if err := writeLedger(ctx, tx, b, changed); err != nil {
		return nil, err
	}
	// One statement per table, not one per account: a batch of usage changes hundreds of accounts, and each statement costs
	// more than its rows. All accounts are locked in the order of their ids, so the order of tables is free.
	queueBalances(b, changed)
	queueGrants(b, changed)
	queueDebt(b, changed)
	queueHosting(b, changed)
	// What the charts gain goes with the entries that charge it, so that no snapshot has one without the other.
	if err := writeUsage(ctx, tx, b, changed); err != nil {
		return nil, err
	}
	queueStops(b, changed)
	if err := queueEvents(b, changed); err != nil {
		return nil, err
	}
	for _, c := range changed {
		c.queueRare(b)
	}
	// PostgreSQL delivers the message at the COMMIT, so nobody hears of what is rolled back.
	queueNotify(b, changed)
	return changed, nil
}

// isChanged reports whether anything of the account has to be written. That includes an instant that has only moved on,
// because others read up to when the account is posted.
func (c *change) isChanged() bool {
	j := &c.Journal
	return c.touched || c.At != c.before.At || len(j.Entries) > 0 || len(c.segments) > 0 || len(c.used) > 0 || j.PlanMoved
}

// queueRare writes what few transactions have: statements and a moved plan.
func (c *change) queueRare(b *pgx.Batch) {
	for _, st := range c.Journal.Statements {
		f := st.Flows
		b.Queue(`-- name: close statement
INSERT INTO statement (account_id, cycle_no, meter, starts_at, ends_at, opening, granted, charged, refunded, expired, adjusted, closing)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, c.ID, st.Cycle, string(st.Meter), st.Start.Time(), st.End.Time(),
			int64(f.Opening), int64(f.Granted), int64(f.Charged), int64(f.Refunded), int64(f.Expired), int64(f.Adjusted), int64(f.Closing()))
	}
	if c.Journal.PlanMoved {
		var asked *time.Time // nil for a rollover: it moves the plan as was asked before, and answers must not depend on when it is posted
		if c.planAsked {
			now := c.Now.Time()
			asked = &now
		}
		b.Queue(`-- name: move plan
UPDATE account SET plan_id = $2, next_plan_id = $3, plan_ends = $4, updated_at = coalesce($5, updated_at) WHERE account_id = $1`,
			c.ID, planID(c.Plan), planID(c.NextPlan), c.PlanEnds, asked)
	}
}
