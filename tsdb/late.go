package tsdb

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// manyUses is how many rows of the charts a call about hosting must add for them to go straight into the chart tables.
// In usage_delta, every chart of the account would read them all until they are rolled up, and their dead rows until
// these are vacuumed. Fewer rows are cheaper in usage_delta for everybody, because the roll-up's lock is not taken.
const manyUses = 2000

// chartAtOnce adds the hosting of a call to the chart tables, if there is much of it and no roll-up is at work, and
// takes it out of c.used. It is part of the transaction and keeps roll-ups, rebuilds and compression off until that
// ends. If it fails, for example because something else holds a chunk for long, nothing of it is done, and the rows go
// through usage_delta like all others.
func (c *change) chartAtOnce(ctx context.Context, tx pgx.Tx) error {
	// atOnce is set only by calls about hosting: they are few, and each may have many minutes.
	if !c.atOnce || len(c.used) <= manyUses {
		return nil
	}
	var minutes []useKey
	for k, u := range c.used {
		if k.isHosting(u) {
			minutes = append(minutes, k)
		}
	}
	// A savepoint: if a chunk is locked for too long, only the charts go the other way; the hosting itself stays reported.
	sub, err := tx.Begin(ctx)
	if err != nil {
		return fmt.Errorf("chart at once: %w", err)
	}
	done, err := c.foldMinutes(ctx, sub, minutes)
	if err != nil || !done {
		if failed := sub.Rollback(ctx); failed != nil {
			return fmt.Errorf("chart at once: %w", failed)
		}
		return nil
	}
	if err := sub.Commit(ctx); err != nil {
		return fmt.Errorf("chart at once: %w", err)
	}
	// Only after the savepoint has ended well. What else the call used stays in c.used.
	for _, k := range minutes {
		delete(c.used, k)
	}
	return nil
}

// The bound ends with the statements that it is for: what comes after them waits as before.
const (
	boundFold   = "SET LOCAL lock_timeout = '2s'"
	unboundFold = "SET LOCAL lock_timeout = DEFAULT"
)

// foldMinutes adds minutes of hosting to the chart tables, as the roll-up does; free is false if a roll-up is at work.
func (c *change) foldMinutes(ctx context.Context, tx pgx.Tx, minutes []useKey) (free bool, err error) {
	if err := tx.QueryRow(ctx, tryRollUpLock, rollUpLock).Scan(&free); err != nil || !free {
		return false, err
	}
	if _, err := tx.Exec(ctx, boundFold); err != nil {
		return false, err
	}
	// By time, so that each statement touches few chunks.
	slices.SortFunc(minutes, func(a, b useKey) int { return cmp.Compare(a.minute, b.minute) })
	for part := range slices.Chunk(minutes, mostRows) {
		columns := pg.NewColumns(5)
		for _, k := range part {
			u := c.used[k]
			columns.Add(k.minute.Time(), k.resource, k.deployment, string(u.category), int64(u.credits))
		}
		if _, err := tx.Exec(ctx, foldHosting, append([]any{c.ID}, columns.Args()...)...); err != nil {
			return false, err
		}
	}
	_, err = tx.Exec(ctx, unboundFold)
	return true, err
}

// The same statements as the roll-up's, on rows that come as arguments instead of from usage_delta.
const foldHosting = `-- name: add hosting to the chart tables
WITH taken AS MATERIALIZED (
  SELECT $1::bigint AS account_id, bucket, resource_id, deployment_id, 'HOSTING' AS kind, category, credits, 0::bigint AS runs, 0::bigint AS events,
    0::bigint AS input_tokens, 0::bigint AS output_tokens, NULL::bigint AS cache_read_tokens, NULL::bigint AS cache_write_tokens, NULL::bigint AS reasoning_tokens
  FROM unnest($2::timestamptz[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[]) AS u (bucket, resource_id, deployment_id, category, credits)
), minutes AS (` + addToMinutes + `), quarters AS (` + addToQuarters + `), days AS (` + addToDays + `), whole AS (` + addToAccountUsage + `)
SELECT count(*) FROM taken`
