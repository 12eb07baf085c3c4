package tsdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/usagegraph/usagegraph/billing"
)

// The columns are in the order of copyRows.entry.
const copyLedger = `-- name: write ledger
COPY ledger_entry (account_id, entry_no, meter, kind, category, amount, balance_after, posted_at, effective_at, cycle_no, cause, cause_id,
  resource_id, deployment_id, minute, line_resources, line_amounts, draw_grants, draw_amounts, debt, note)
FROM STDIN (FORMAT binary)`

// ledgerRow is an entry on its way.
type ledgerRow struct {
	account int64
	*billing.Entry
}

// writeLedger writes the entries of the transaction: by b if they are few.
func writeLedger(ctx context.Context, tx pgx.Tx, b *pgx.Batch, changes []*change) error {
	var next []ledgerRow
	for _, c := range changes {
		for i := range c.Journal.Entries {
			next = append(next, ledgerRow{c.ID, &c.Journal.Entries[i]})
		}
	}
	if len(next) <= few {
		queueLedger(b, next)
		return nil
	}
	err := copyInto(ctx, tx, "ledger_entry", copyLedger, len(next), func(c *copyRows) {
		c.entry(next[0].account, next[0].Entry)
		next = next[1:]
	})
	if err != nil {
		return fmt.Errorf("write ledger: %w", err)
	}
	return nil
}

const insertLedger = `-- name: write a few entries of the ledger
INSERT INTO ledger_entry (account_id, entry_no, meter, kind, category, amount, balance_after, posted_at, effective_at, cycle_no, cause, cause_id,
  resource_id, deployment_id, minute, line_resources, line_amounts, draw_grants, draw_amounts, debt, note)
SELECT u.account_id, u.entry_no, u.meter, u.kind, u.category, u.amount, u.balance_after, u.posted_at, u.effective_at, u.cycle_no, u.cause, u.cause_id,
  u.resource_id, u.deployment_id, u.minute, u.line_resources::bigint[], u.line_amounts::bigint[], u.draw_grants::int[], u.draw_amounts::bigint[], u.debt, u.note
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::int[], $11::text[],
  $12::bigint[], $13::bigint[], $14::bigint[], $15::timestamptz[], $16::text[], $17::text[], $18::text[], $19::text[], $20::bigint[], $21::text[])
  AS u (account_id, entry_no, meter, kind, category, amount, balance_after, posted_at, effective_at, cycle_no, cause, cause_id, resource_id, deployment_id, minute,
    line_resources, line_amounts, draw_grants, draw_amounts, debt, note)`

func queueLedger(b *pgx.Batch, rows []ledgerRow) {
	if len(rows) == 0 {
		return
	}
	columns := newColumns(21)
	for _, e := range rows {
		resources, amounts := linesOf(e.Lines)
		grants, drawn := drawsOf(e.Draws)
		columns.add(e.account, e.No, string(e.Meter), string(e.Kind), orNull(string(e.Category)), int64(e.Amount), int64(e.BalanceAfter), e.Posted.Time(), e.Effective.Time(),
			e.Cycle, string(e.Cause), orNull(e.CauseID), orNull(e.ResourceID), orNull(e.DeploymentID), timeOrNull(e.Minute), resources, amounts, grants, drawn,
			int64(e.Debt), e.Note)
	}
	b.Queue(insertLedger, columns.args()...)
}

// linesOf are lines as two arrays, NULL for none, as copyRows.lines writes them.
func linesOf(lines []billing.Line) (resources, amounts any) {
	if len(lines) == 0 {
		return nil, nil
	}
	of, charged := make([]int64, len(lines)), make([]int64, len(lines))
	for i, l := range lines {
		of[i], charged[i] = l.ResourceID, int64(l.Amount)
	}
	return array(of...), array(charged...)
}

// drawsOf are draws as two arrays, NULL for none, as copyRows.draws writes them.
func drawsOf(draws []billing.Draw) (grants, amounts any) {
	if len(draws) == 0 {
		return nil, nil
	}
	from, drawn := make([]int64, len(draws)), make([]int64, len(draws))
	for i, d := range draws {
		from[i], drawn[i] = int64(d.Grant), int64(d.Amount)
	}
	return array(from...), array(drawn...)
}

// entry is a row of the ledger.
func (c *copyRows) entry(account int64, e *billing.Entry) {
	c.row(21)
	c.bigint(account)
	c.bigint(e.No)
	c.text(string(e.Meter))
	c.text(string(e.Kind))
	c.textOrNull(string(e.Category))
	c.bigint(int64(e.Amount))
	c.bigint(int64(e.BalanceAfter))
	c.timestamp(e.Posted.Time())
	c.timestamp(e.Effective.Time())
	c.integer(e.Cycle)
	c.text(string(e.Cause))
	c.bigintOrNull(e.CauseID)
	c.bigintOrNull(e.ResourceID)
	c.bigintOrNull(e.DeploymentID)
	c.secondOrNull(e.Minute)
	c.lines(e.Lines)
	c.draws(e.Draws)
	c.bigint(int64(e.Debt))
	c.text(e.Note)
}

// lines are two columns: the resources, and what each was charged.
func (c *copyRows) lines(lines []billing.Line) {
	c.array(len(lines), pgtype.Int8OID, 8)
	for i := range lines {
		c.bigint(lines[i].ResourceID)
	}
	c.array(len(lines), pgtype.Int8OID, 8)
	for i := range lines {
		c.bigint(int64(lines[i].Amount))
	}
}

// draws are two columns: the grants, and what each gave or got back.
func (c *copyRows) draws(draws []billing.Draw) {
	c.array(len(draws), pgtype.Int4OID, 4)
	for i := range draws {
		c.integer(draws[i].Grant)
	}
	c.array(len(draws), pgtype.Int8OID, 8)
	for i := range draws {
		c.bigint(int64(draws[i].Amount))
	}
}
