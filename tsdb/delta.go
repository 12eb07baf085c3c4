package tsdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// useKey says what a row of the charts is about. The account is that of the change.
type useKey struct {
	minute      billing.Second
	resource    int64
	deployment  int64 // 0: none
	kind        string
	attribution int64 // the attribution of its events; 0: none
}

// use is what a row of the charts counts: micro-credits, runs, events and tokens. All of them may be negative, if usage
// was given back.
type use struct {
	category     billing.Category
	credits      billing.Amount
	runs, events int64
	tokens       billing.Tokens
}

// addUse charts what a transaction used, or gave back.
func (c *change) addUse(k useKey, u use) {
	// Most batches touch one minute and a few resources, so one row stands for many events.
	if c.used == nil {
		c.used = map[useKey]*use{}
	}
	sum := c.used[k]
	if sum == nil {
		c.used[k] = &u
		return
	}
	sum.credits += u.credits
	sum.runs += u.runs
	sum.events += u.events
	sum.tokens = sum.tokens.Plus(u.tokens)
}

// addHosting charts what hosting cost within a minute. It counts no events and runs, because hosting is time.
func (c *change) addHosting(s *billing.Segment, minute billing.Second, cost billing.Amount) {
	c.addUse(useKey{minute: minute, resource: s.ResourceID, deployment: s.DeploymentID, kind: kindHosting}, use{category: s.Category, credits: cost})
}

// chartLedger charts the ledger's entries of hosting and fine-tuning. What adds up to 0 is not charted.
func (c *change) chartLedger() {
	for i := range c.Journal.Entries {
		// Entries of usage have no minute: their events have been charted one by one, each in its own.
		if e := &c.Journal.Entries[i]; e.Minute != 0 {
			c.addUse(useKey{minute: e.Minute, resource: e.ResourceID, deployment: e.DeploymentID, kind: string(e.Cause)}, use{category: e.Category, credits: -e.Amount})
		}
	}
	for k, u := range c.used {
		// Posted and given back within the transaction, or hosting that costs nothing.
		if u.credits == 0 && u.events == 0 {
			delete(c.used, k)
		}
	}
}

// The columns are in the order of copyUse and of UsedColumns.
const copyDeltas = `-- name: add to the charts
COPY usage_delta_row (` + UsedColumns + ClassColumns + `, attribution_no) FROM STDIN (FORMAT binary)`

// copyUse writes a row of usage_delta_row. Token classes that are 0 are stored as null, as in the chart tables, where
// zeros would make every row longer (decisions/books.md).
func copyUse(c *pg.CopyRows, account int64, k useKey, u *use) {
	c.Row(15)
	c.Bigint(account)
	c.Timestamp(k.minute.Time())
	c.Bigint(k.resource)
	c.Bigint(k.deployment)
	c.Text(k.kind)
	c.Text(string(u.category))
	c.Bigint(int64(u.credits))
	c.Bigint(u.runs)
	c.Bigint(u.events)
	c.Bigint(u.tokens.Input)
	c.Bigint(u.tokens.Output)
	c.BigintOrNull(u.tokens.CacheRead)
	c.BigintOrNull(u.tokens.CacheWrite)
	c.BigintOrNull(u.tokens.Reasoning)
	c.BigintOrNull(k.attribution)
}

const insertDeltas = `-- name: add a little to the charts
INSERT INTO usage_delta_row (` + UsedColumns + ClassColumns + `, attribution_no)
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[],
  $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[])`

// writeUsage adds what the transaction used to what the charts show, by b if it is little. Charts read these rows
// beside the coarse tables until the roll-up moves them there, so each figure is in one place in every snapshot.
func writeUsage(ctx context.Context, tx pgx.Tx, b *pgx.Batch, changes []*change) error {
	n := 0
	var hosting []packedHosting
	for _, c := range changes {
		c.chartLedger()
		// Otherwise every chart would read weeks of hosting row by row until they are rolled up.
		if err := c.chartAtOnce(ctx, tx); err != nil {
			return err
		}
		hosting = c.packHosting(hosting)
		n += len(c.used)
	}
	if err := writeHosting(ctx, tx, b, hosting); err != nil {
		return err
	}
	switch {
	case n == 0:
		return nil
	case n <= pg.Few:
		queueUsage(b, changes)
		return nil
	}
	// In any order: rows are only added, and none waits for another.
	rows := usesOf(changes, n)
	err := pg.CopyInto(ctx, tx, "usage_delta_row", copyDeltas, n, func(c *pg.CopyRows) {
		copyUse(c, rows[0].account, rows[0].key, rows[0].use)
		rows = rows[1:]
	})
	if err != nil {
		return fmt.Errorf("add to the charts: %w", err)
	}
	return nil
}

// accountUse is a row to be written.
type accountUse struct {
	account int64
	key     useKey
	use     *use
}

func usesOf(changes []*change, n int) []accountUse {
	rows := make([]accountUse, 0, n)
	for _, c := range changes {
		for k, u := range c.used {
			rows = append(rows, accountUse{c.ID, k, u})
		}
	}
	return rows
}

func queueUsage(b *pgx.Batch, changes []*change) {
	columns := pg.NewColumns(15)
	for _, c := range changes {
		for k, u := range c.used {
			t := u.tokens
			columns.Add(c.ID, k.minute.Time(), k.resource, k.deployment, k.kind, string(u.category), int64(u.credits), u.runs, u.events,
				t.Input, t.Output, pg.OrNull(t.CacheRead), pg.OrNull(t.CacheWrite), pg.OrNull(t.Reasoning), pg.OrNull(k.attribution))
		}
	}
	b.Queue(insertDeltas, columns.Args()...)
}

// UsedColumns are the columns that every table of usage has: its key and its sums. They are one list, because the
// roll-up copies rows from one table into the next by it.
const UsedColumns = `account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens`

// AttributedColumns are the columns of the tables of usage by attribution.
const AttributedColumns = `account_id, bucket, resource_id, deployment_id, kind, attribution_no, category, credits, runs, events, input_tokens, output_tokens`

// ClassColumns are null if no token classes are used, so that they do not make such rows longer; only questions about
// classes read them.
const ClassColumns = `, cache_read_tokens, cache_write_tokens, reasoning_tokens`
