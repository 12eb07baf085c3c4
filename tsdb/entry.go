package tsdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// The columns are in the order of copyEntry. insertLedger has the same columns: TestAFewEntriesAreWrittenLikeMany
// compares the two ways.
const copyLedger = `-- name: write ledger
COPY ledger_entry (account_id, entry_no, meter, kind, category, amount, balance_after, posted_at, effective_at, cycle_no, cause, cause_id,
  resource_id, deployment_id, minute, line_resources, line_amounts, draw_grants, draw_amounts, debt, note)
FROM STDIN (FORMAT binary)`

// ledgerRow is an entry to be written. The entry is not copied: a long pause has tens of thousands.
type ledgerRow struct {
	account int64
	*billing.Entry
}

// writeLedger writes the entries of the transaction, by b if they are few.
func writeLedger(ctx context.Context, tx pgx.Tx, b *pgx.Batch, changes []*change) error {
	// All accounts at once: one statement, or one COPY, whatever the number of accounts.
	var next []ledgerRow
	for _, c := range changes {
		for i := range c.Journal.Entries {
			next = append(next, ledgerRow{c.ID, &c.Journal.Entries[i]})
		}
	}
	if len(next) <= pg.Few {
		queueLedger(b, next)
		return nil
	}
	err := pg.CopyInto(ctx, tx, "ledger_entry", copyLedger, len(next), func(c *pg.CopyRows) {
		copyEntry(c, next[0].account, next[0].Entry)
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

// queueLedger writes a few rows by a statement of the last round trip: most transactions have a handful of entries, and
// a COPY would take another round trip.
func queueLedger(b *pgx.Batch, rows []ledgerRow) {
	if len(rows) == 0 {
		return
	}
	// In the order of insertLedger. Arrays in an array of rows must have equal lengths, so those of an entry travel as
	// texts.
	columns := pg.NewColumns(21)
	for _, e := range rows {
		resources, amounts := linesOf(e.Lines)
		grants, drawn := drawsOf(e.Draws)
		columns.Add(e.account, e.No, string(e.Meter), string(e.Kind), pg.OrNull(string(e.Category)), int64(e.Amount), int64(e.BalanceAfter), e.Posted.Time(), e.Effective.Time(),
			e.Cycle, string(e.Cause), pg.OrNull(e.CauseID), pg.OrNull(e.ResourceID), pg.OrNull(e.DeploymentID), pg.SecondOrNull(e.Minute), resources, amounts, grants, drawn,
			int64(e.Debt), e.Note)
	}
	b.Queue(insertLedger, columns.Args()...)
}

// linesOf returns lines as two arrays, as copyLines writes them, or NULL if there are none. They are texts, which the
// statement casts.
func linesOf(lines []billing.Line) (resources, amounts any) {
	// NULL and not an empty array: most entries of hosting have no lines, and there are millions of them.
	if len(lines) == 0 {
		return nil, nil
	}
	of, charged := make([]int64, len(lines)), make([]int64, len(lines))
	for i, l := range lines {
		of[i], charged[i] = l.ResourceID, int64(l.Amount)
	}
	return pg.Array(of...), pg.Array(charged...)
}

// drawsOf returns draws as two arrays, as copyDraws writes them, or NULL if there are none. They are texts as well.
func drawsOf(draws []billing.Draw) (grants, amounts any) {
	if len(draws) == 0 {
		return nil, nil
	}
	from, drawn := make([]int64, len(draws)), make([]int64, len(draws))
	for i, d := range draws {
		from[i], drawn[i] = int64(d.Grant), int64(d.Amount)
	}
	return pg.Array(from...), pg.Array(drawn...)
}

// copyEntry writes an entry as a row, in PostgreSQL's binary form: the driver would box each value, and its COPY first
// asks for the types of the columns (decisions/books.md).
func copyEntry(c *pg.CopyRows, account int64, e *billing.Entry) {
	c.Row(21)
	c.Bigint(account)
	c.Bigint(e.No)
	c.Text(string(e.Meter))
	c.Text(string(e.Kind))
	c.TextOrNull(string(e.Category))
	c.Bigint(int64(e.Amount))
	c.Bigint(int64(e.BalanceAfter))
	c.Timestamp(e.Posted.Time())
	c.Timestamp(e.Effective.Time())
	c.Integer(e.Cycle)
	c.Text(string(e.Cause))
	c.BigintOrNull(e.CauseID)
	c.BigintOrNull(e.ResourceID)
	c.BigintOrNull(e.DeploymentID)
	c.SecondOrNull(e.Minute)
	copyLines(c, e.Lines)
	copyDraws(c, e.Draws)
	c.Bigint(int64(e.Debt))
	c.Text(e.Note)
}

// copyLines writes two columns: the resources, and what each was charged.
func copyLines(c *pg.CopyRows, lines []billing.Line) {
	c.Bigints(len(lines), func(i int) int64 { return lines[i].ResourceID })
	c.Bigints(len(lines), func(i int) int64 { return int64(lines[i].Amount) })
}

// copyDraws writes two columns: the grants, and what each gave or got back.
func copyDraws(c *pg.CopyRows, draws []billing.Draw) {
	c.Integers(len(draws), func(i int) int32 { return draws[i].Grant })
	c.Bigints(len(draws), func(i int) int64 { return int64(draws[i].Amount) })
}
