package tsdb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// The columns are in the order of ingestItem.copy. Binary, so that no value becomes a text on its way; the values must
// have the types of the columns, which pg.CopyInto cannot check.
const copyEvents = `-- name: write events
COPY usage_event (account_id, time, source, event_id, kind, resource_id, deployment_id, runs, input_tokens, output_tokens, charge, history, posted_at, entry_no,
  cache_read_tokens, cache_write_tokens, reasoning_tokens, user_id, api_key, tags, attribution_no)
FROM STDIN (FORMAT binary)`

// copy appends the item's row. What was not reported is null and not 0, so that rows without classes or attribution
// take no room for them.
func (it *ingestItem) copy(c *pg.CopyRows) {
	e := it.event
	c.Row(21)
	c.Bigint(e.AccountID)
	c.Timestamp(e.Time)
	c.Text(e.Source)
	c.Text(e.ID)
	c.Text(string(e.Kind))
	c.Bigint(e.ResourceID)
	c.Bigint(e.DeploymentID)
	c.Bigint(e.Runs)
	c.Bigint(e.InputTokens)
	c.Bigint(e.OutputTokens)
	c.Bigint(int64(it.credits()))
	c.Boolean(it.result.History)
	c.Timestamp(it.result.PostedAt)
	c.Bigint(it.entry)
	c.BigintOrNull(e.CacheReadTokens)
	c.BigintOrNull(e.CacheWriteTokens)
	c.BigintOrNull(e.ReasoningTokens)
	c.TextOrNull(e.User)
	c.TextOrNull(e.APIKey)
	c.DocumentOrNull(e.Tags.document())
	c.BigintOrNull(it.attribution)
}

// The same columns as copyEvents, for few events: one statement that goes out with the transaction's last ones, where a
// COPY is a round trip by itself.
const insertEvents = `-- name: write a few events
INSERT INTO usage_event (account_id, time, source, event_id, kind, resource_id, deployment_id, runs, input_tokens, output_tokens, charge, history, posted_at, entry_no,
  cache_read_tokens, cache_write_tokens, reasoning_tokens, user_id, api_key, tags, attribution_no)
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
  $11::bigint[], $12::boolean[], $13::timestamptz[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[],
  $18::text[], $19::text[], $20::jsonb[], $21::bigint[])`

// store writes the events and the tools' latest runs, a few events by b, with the transaction's last statements. The
// unique key is what makes an event count once; if it refuses one, nothing of the transaction stands and ingest begins
// again.
func (run *ingestRun) store(ctx context.Context, tx pgx.Tx, b *pgx.Batch) error {
	switch {
	case len(run.stored) == 0:
		return nil
	case len(run.stored) <= pg.Few:
		queueStored(b, run.stored)
	default:
		if err := copyStored(ctx, tx, run.stored); err != nil {
			return err
		}
	}
	// After the events, in the same transaction, so that a reservation is never settled by events that are not stored.
	run.storeReservations(b)
	run.storeActive(b)
	return nil
}

// queueStored does what copyStored does, for at most pg.Few events; the columns are in the same order.
func queueStored(b *pgx.Batch, items []*ingestItem) {
	columns := pg.NewColumns(21)
	for _, it := range items {
		e := it.event
		columns.Add(e.AccountID, e.Time, e.Source, e.ID, string(e.Kind), e.ResourceID, e.DeploymentID, e.Runs, e.InputTokens, e.OutputTokens,
			int64(it.credits()), it.result.History, it.result.PostedAt, it.entry, pg.OrNull(e.CacheReadTokens), pg.OrNull(e.CacheWriteTokens), pg.OrNull(e.ReasoningTokens),
			pg.OrNull(e.User), pg.OrNull(e.APIKey), pg.OrNull(e.Tags.document()), pg.OrNull(it.attribution))
	}
	b.Queue(insertEvents, columns.Args()...)
}

// copyStored writes many events, in a round trip of its own.
func copyStored(ctx context.Context, tx pgx.Tx, next []*ingestItem) error {
	// In the order of the items; the unique key is checked row by row.
	err := pg.CopyInto(ctx, tx, "usage_event", copyEvents, len(next), func(c *pg.CopyRows) {
		next[0].copy(c)
		next = next[1:]
	})
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}

// storeActive queues the tools' latest runs, unless they, or later ones, are known to be stored. Mostly memory knows of
// a later run and nothing is written: otherwise every batch would write the row of a busy tool (engine.md).
func (run *ingestRun) storeActive(b *pgx.Batch) {
	for id, at := range run.active {
		if t := run.targets[id]; at.After(t.active) {
			t.active = at
		} else {
			delete(run.active, id)
		}
	}
	if len(run.active) == 0 {
		return
	}
	tools := slices.Sorted(maps.Keys(run.active))
	times := make([]time.Time, len(tools))
	for i, id := range tools {
		times[i] = run.active[id]
	}
	b.Queue(`-- name: note the latest runs of tools
UPDATE resource r SET last_active_at = u.at FROM unnest($1::bigint[], $2::timestamptz[]) AS u (id, at)
WHERE r.resource_id = u.id AND (r.last_active_at IS NULL OR r.last_active_at < u.at)`, tools, times)
}

// storeReservations queues what was settled. The amount is written as a whole, since the account's lock makes it exact.
// The trigger on the table gives the account a new version.
func (run *ingestRun) storeReservations(b *pgx.Batch) {
	columns := pg.NewColumns(2)
	for id, h := range run.reservations {
		if h.changed {
			columns.Add(id, int64(h.settled))
		}
	}
	if len(columns[0]) > 0 {
		b.Queue(`-- name: settle reservations
UPDATE reservation r SET settled = u.settled, updated_at = $3 FROM unnest($1::bigint[], $2::bigint[]) AS u (id, settled) WHERE r.reservation_id = u.id`, append(columns.Args(), run.now)...)
	}
}
