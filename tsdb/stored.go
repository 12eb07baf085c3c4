package tsdb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// storedItem is an item that becomes a row, with the ledger entry that charges it; 0 for history.
type storedItem struct {
	*ingestItem
	entry int64
}

func (run *ingestRun) addRow(it *ingestItem, entry int64) {
	if it.result.History {
		entry = 0
	}
	run.stored = append(run.stored, storedItem{it, entry})
}

// row writes the event's columns into values, which COPY has sent before it asks for the next row.
func (it *storedItem) row(values []any) []any {
	e := it.event
	return append(values[:0], e.AccountID, e.Time, e.Source, e.ID, string(e.Kind), e.ResourceID, e.DeploymentID, e.Runs, e.InputTokens, e.OutputTokens,
		int64(it.credits()), it.result.History, it.result.PostedAt, it.entry)
}

var eventColumns = []string{"account_id", "time", "source", "event_id", "kind", "resource_id", "deployment_id", "runs", "input_tokens", "output_tokens",
	"charge", "history", "posted_at", "entry_no"}

// store writes the events and the tools' latest runs.
func (run *ingestRun) store(ctx context.Context, tx pgx.Tx) error {
	if len(run.stored) == 0 {
		return nil
	}
	values := make([]any, 0, len(eventColumns))
	rows := pgx.CopyFromSlice(len(run.stored), func(i int) ([]any, error) { return run.stored[i].row(values), nil })
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"usage_event"}, eventColumns, rows); err != nil {
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
	_, err := tx.Exec(ctx, `-- name: note the latest runs of tools
UPDATE resource r SET last_active_at = u.at FROM unnest($1::bigint[], $2::timestamptz[]) AS u (id, at)
WHERE r.resource_id = u.id AND (r.last_active_at IS NULL OR r.last_active_at < u.at)`, tools, times)
	if err != nil {
		return fmt.Errorf("note active tools: %w", err)
	}
	return nil
}
