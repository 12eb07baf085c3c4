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

// store writes the events and the tools' latest runs.
func (run *ingestRun) store(ctx context.Context, tx pgx.Tx) error {
	if len(run.stored) == 0 {
		return nil
	}
	next := run.stored
	err := copyInto(ctx, tx, "usage_event", copyEvents, len(next), func(c *copyRows) {
		next[0].copy(c)
		next = next[1:]
	})
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	if err := run.storeHolds(ctx, tx); err != nil {
		return err
	}
	if len(run.active) == 0 {
		return nil
	}
	tools := slices.Sorted(maps.Keys(run.active))
	times := make([]time.Time, len(tools))
	for i, id := range tools {
		times[i] = run.active[id]
	}
	_, err = tx.Exec(ctx, `-- name: note the latest runs of tools
UPDATE resource r SET last_active_at = u.at FROM unnest($1::bigint[], $2::timestamptz[]) AS u (id, at)
WHERE r.resource_id = u.id AND (r.last_active_at IS NULL OR r.last_active_at < u.at)`, tools, times)
	if err != nil {
		return fmt.Errorf("note active tools: %w", err)
	}
	return nil
}
