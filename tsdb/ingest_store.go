package tsdb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// The columns are in the order of ingestItem.copy.
const copyEvents = `-- name: write events
COPY usage_event (account_id, time, source, event_id, kind, resource_id, deployment_id, runs, input_tokens, output_tokens, charge, history, posted_at, entry_no)
FROM STDIN (FORMAT binary)`

func (it *ingestItem) copy(c *copyRows) {
	e := it.event
	c.row(14)
	c.bigint(e.AccountID)
	c.timestamp(e.Time)
	c.text(e.Source)
	c.text(e.ID)
	c.text(string(e.Kind))
	c.bigint(e.ResourceID)
	c.bigint(e.DeploymentID)
	c.bigint(e.Runs)
	c.bigint(e.InputTokens)
	c.bigint(e.OutputTokens)
	c.bigint(int64(it.credits()))
	c.boolean(it.result.History)
	c.timestamp(it.result.PostedAt)
	c.bigint(it.entry)
}

const insertEvents = `-- name: write a few events
INSERT INTO usage_event (account_id, time, source, event_id, kind, resource_id, deployment_id, runs, input_tokens, output_tokens, charge, history, posted_at, entry_no)
SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
  $11::bigint[], $12::boolean[], $13::timestamptz[], $14::bigint[])`

// store writes the events and the tools' latest runs: a few events by b, with the transaction's last statements.
func (run *ingestRun) store(ctx context.Context, tx pgx.Tx, b *pgx.Batch) error {
	switch {
	case len(run.stored) == 0:
		return nil
	case len(run.stored) <= few:
		queueStored(b, run.stored)
	default:
		if err := copyStored(ctx, tx, run.stored); err != nil {
			return err
		}
	}
	run.storeHolds(b)
	run.storeActive(b)
	return nil
}

func queueStored(b *pgx.Batch, items []*ingestItem) {
	columns := newColumns(14)
	for _, it := range items {
		e := it.event
		columns.add(e.AccountID, e.Time, e.Source, e.ID, string(e.Kind), e.ResourceID, e.DeploymentID, e.Runs, e.InputTokens, e.OutputTokens,
			int64(it.credits()), it.result.History, it.result.PostedAt, it.entry)
	}
	b.Queue(insertEvents, columns.args()...)
}

func copyStored(ctx context.Context, tx pgx.Tx, next []*ingestItem) error {
	err := copyInto(ctx, tx, "usage_event", copyEvents, len(next), func(c *copyRows) {
		next[0].copy(c)
		next = next[1:]
	})
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}

// storeActive queues the tools' latest runs.
func (run *ingestRun) storeActive(b *pgx.Batch) {
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

// storeHolds queues what was settled.
func (run *ingestRun) storeHolds(b *pgx.Batch) {
	columns := newColumns(2)
	for id, h := range run.holds {
		if h.changed {
			columns.add(id, int64(h.settled))
		}
	}
	if len(columns[0]) > 0 {
		b.Queue(`-- name: settle reservations
UPDATE reservation r SET settled = u.settled FROM unnest($1::bigint[], $2::bigint[]) AS u (id, settled) WHERE r.reservation_id = u.id`, columns.args()...)
	}
}
