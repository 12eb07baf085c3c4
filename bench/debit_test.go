package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb"
)

const (
	debitCallers = 8
	debitBatch   = 1000
)

// BenchmarkDebits charges events through the batcher, from 8 callers with 1,000 each: identity, price, grants, ledger, balance, crossings,
// outbox. Bare is what any ledger must do: the balance in an UPDATE, and each debit with its identity in an INSERT, as many per
// transaction, over as many connections.
func BenchmarkDebits(b *testing.B) {
	for _, accounts := range []int{1, 1000} {
		b.Run(fmt.Sprint("accounts=", accounts), func(b *testing.B) {
			f := newFleet(b, accounts)
			batcher := tsdb.NewBatcher(f.store, tsdb.BatcherConfig{})
			b.Cleanup(batcher.Stop)
			versus(b, "debits", newBareDebits(f).side, func() (int, func()) { return f.submissions(batcher, debitCallers, debitBatch) }, f)
		})
	}
}

// submissions makes each caller submit a batch, all callers at once.
func (f *fleet) submissions(batcher *tsdb.Batcher, callers, batch int) (int, func()) {
	batches := make([][]tsdb.UsageEvent, callers)
	for i := range batches {
		batches[i] = f.events(batch)
	}
	return callers * batch, func() {
		atOnce(callers, func(i int) {
			results, err := batcher.Submit(f.b.Context(), batches[i], tsdb.Record)
			if err != nil || results[0].Status != tsdb.Stored {
				f.b.Error(err, results[0])
			}
		})
	}
}

// bareDebits is a table of debits and one of balances, with nothing around them.
type bareDebits struct{ f *fleet }

func newBareDebits(f *fleet) *bareDebits {
	f.exec(`CREATE TABLE bare_balance (account_id bigint PRIMARY KEY, balance bigint NOT NULL)`)
	f.exec(`CREATE TABLE bare_debit (account_id bigint NOT NULL, time timestamptz NOT NULL, source text NOT NULL, event_id text NOT NULL, kind text NOT NULL, resource_id bigint NOT NULL,
  input_tokens bigint NOT NULL, output_tokens bigint NOT NULL, charge bigint NOT NULL, posted_at timestamptz NOT NULL, PRIMARY KEY (account_id, time, source, event_id))`)
	f.exec(`INSERT INTO bare_balance SELECT account_id, 1000000000000 FROM account`)
	return &bareDebits{f}
}

// debitColumns holds debits as the arrays for unnest.
type debitColumns struct {
	accounts, resources, inputs, outputs []int64
	times                                []time.Time
	sources, ids                         []string
}

func (c *debitColumns) add(e *tsdb.UsageEvent) {
	c.accounts, c.resources, c.inputs, c.outputs = append(c.accounts, e.AccountID), append(c.resources, e.ResourceID), append(c.inputs, e.InputTokens), append(c.outputs, e.OutputTokens)
	c.times, c.sources, c.ids = append(c.times, e.Time), append(c.sources, e.Source), append(c.ids, e.ID)
}

// side makes as many debits as the batcher's callers do. Two connections have every other account each, like the batcher's writers.
func (d *bareDebits) side() (int, func()) {
	writers := min(2, len(d.f.accounts))
	parts := make([]debitColumns, writers)
	events := d.f.events(debitCallers * debitBatch)
	for i := range events {
		parts[int(events[i].AccountID)%writers].add(&events[i])
	}
	return len(events), func() {
		atOnce(writers, func(i int) {
			if err := d.write(&parts[i]); err != nil {
				d.f.b.Error(err)
			}
		})
	}
}

const bareUpdate = `UPDATE bare_balance b SET balance = b.balance - u.amount
FROM (SELECT account_id, 253 * count(*) AS amount FROM unnest($1::bigint[]) AS u (account_id) GROUP BY account_id) u WHERE b.account_id = u.account_id`

const bareInsert = `INSERT INTO bare_debit (account_id, time, source, event_id, kind, resource_id, input_tokens, output_tokens, charge, posted_at)
SELECT account_id, time, source, event_id, 'INFERENCE', resource_id, input, output, 253, now()
FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[]) AS u (account_id, time, source, event_id, resource_id, input, output)`

// write makes all debits in one transaction.
func (d *bareDebits) write(c *debitColumns) error {
	ctx := d.f.b.Context()
	return pgx.BeginFunc(ctx, d.f.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, bareUpdate, c.accounts); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, bareInsert, c.accounts, c.times, c.sources, c.ids, c.resources, c.inputs, c.outputs)
		return err
	})
}
