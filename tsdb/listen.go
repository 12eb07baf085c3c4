package tsdb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// ListenChanges calls listening as soon as it listens, and then heard with the accounts of each committed change. What
// was committed before that may have been missed, and notifications are not guaranteed. It holds one connection of its
// own and returns when the connection or ctx ends.
func (s *Store) ListenChanges(ctx context.Context, listening func(), heard func(accounts []int64)) error {
	const listen = "-- name: listen for changes\nLISTEN " + Channel
	if err := pg.Listen(ctx, s.listen, listen, listening, func(payload string) { heard(parseAccounts(payload)) }); err != nil {
		return fmt.Errorf("listen for changes: %w", err)
	}
	return nil
}

// parseAccounts reads the payload of queueNotify.
func parseAccounts(payload string) []int64 {
	var ids []int64
	for part := range strings.SplitSeq(payload, ",") {
		if id, err := strconv.ParseInt(part, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// Channel is the NOTIFY channel of committed changes: a payload is the ids of the accounts, separated by commas.
const Channel = "usagegraph_account"

// queueNotify wakes the readers; PostgreSQL takes at most 8,000 bytes a message.
func queueNotify(b *pgx.Batch, changes []*change) {
	ids := map[string]bool{}
	for _, c := range changes {
		ids[strconv.FormatInt(c.ID, 10)] = true
	}
	// 380 ids of at most 19 digits, with their commas, are 7,600 bytes.
	for part := range slices.Chunk(slices.Sorted(maps.Keys(ids)), 380) {
		b.Queue("-- name: notify\nSELECT pg_notify($1, $2)", Channel, strings.Join(part, ","))
	}
}
