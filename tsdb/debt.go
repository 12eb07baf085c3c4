package tsdb

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// A negative amount repays. A row is of a minute, which is how finely the age of debt is told apart
// (decisions/engine.md).
const upsertDebt = `-- name: write debt by age
INSERT INTO debt AS d (account_id, meter, minute, category, amount)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $5::bigint[])
ON CONFLICT (account_id, meter, minute, category) DO UPDATE SET amount = d.amount + EXCLUDED.amount`

// queueDebt writes what the transactions added to debts by age and what they repaid. Rows of 0 are deleted, so that
// repaid debt costs later reads nothing.
func queueDebt(b *pgx.Batch, changes []*change) {
	columns := pg.NewColumns(5)
	var debtFree, repaid []int64
	for _, c := range changes {
		// A statement may name a row only once, or ON CONFLICT would meet it twice, and a minute of hosting adds to the
		// same row many times. The amount is left out of the key.
		sums := map[billing.DebtRun]billing.Amount{}
		for _, d := range c.Journal.Debt {
			amount := d.Amount
			d.Amount = 0
			sums[d] += amount
		}
		// All debt is repaid, so the rows need not be worked out one by one.
		if len(sums) > 0 && c.Credits.Debt.Sum() == 0 && c.Runs.Debt.Sum() == 0 {
			debtFree = append(debtFree, c.ID)
			continue
		}
		for d, amount := range sums {
			columns.Add(c.ID, string(d.Meter), d.Minute.Time(), string(d.Category), int64(amount))
		}
		// Only a repayment can leave a row of 0.
		if slices.ContainsFunc(c.Journal.Debt, func(d billing.DebtRun) bool { return d.Amount < 0 }) {
			repaid = append(repaid, c.ID)
		}
	}
	if len(columns[0]) > 0 {
		b.Queue(upsertDebt, columns.Args()...)
	}
	if len(debtFree) > 0 {
		b.Queue(`-- name: forget repaid debt
DELETE FROM debt WHERE account_id = ANY($1::bigint[])`, debtFree)
	}
	if len(repaid) > 0 {
		b.Queue(`-- name: forget what is repaid of the debt
DELETE FROM debt WHERE account_id = ANY($1::bigint[]) AND amount = 0`, repaid)
	}
}
