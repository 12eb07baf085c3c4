package tsdb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// listenProbe is how long a silent LISTEN connection is trusted before it is asked whether it is still there, and
// listenPatience how long it may take to answer.
const (
	listenProbe    = 15 * time.Second
	listenPatience = 5 * time.Second
)

// ListenChanges calls heard with the accounts of each committed change, and listening as soon as it listens: what was
// committed before that may have been missed, and no notification is a promise. It holds one connection of its own and
// returns when that, or ctx, ends.
func (s *Store) ListenChanges(ctx context.Context, listening func(), heard func(accounts []int64)) error {
	raw, err := s.listen(ctx)
	if err != nil {
		return fmt.Errorf("listen for changes: %w", err)
	}
	defer func() { _ = raw.Close(context.WithoutCancel(ctx)) }()
	const listen = "-- name: listen for changes\nLISTEN " + Channel
	if _, err := raw.Exec(ctx, listen); err != nil {
		return fmt.Errorf("listen for changes: %w", err)
	}
	listening()
	for {
		if err := hear(ctx, raw, listen, func(payload string) { heard(parseAccounts(payload)) }); err != nil {
			return fmt.Errorf("listen for changes: %w", err)
		}
	}
}

// hijack takes a connection out of the pool for good.
func (s *Store) hijack(ctx context.Context) (*pgx.Conn, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	return conn.Hijack(), nil
}

// hear waits for one notification; after a long silence it asks whether the connection is still there, by listening once more, so that
// pg_stat_activity goes on telling what the connection is for.
func hear(ctx context.Context, conn *pgx.Conn, listen string, heard func(payload string)) error {
	waiting, cancel := context.WithTimeout(ctx, listenProbe)
	defer cancel()
	n, err := conn.WaitForNotification(waiting)
	switch {
	case err == nil:
		heard(n.Payload)
		return nil
	case ctx.Err() != nil || conn.IsClosed():
		return err
	}
	probe, cancel := context.WithTimeout(ctx, listenPatience)
	defer cancel()
	_, err = conn.Exec(probe, listen)
	return err
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

// Channel is the one that committed changes are announced on: the ids of the accounts, separated by commas.
const Channel = "usagegraph_account"

// queueNotify wakes the readers; PostgreSQL takes at most 8,000 bytes a message.
func queueNotify(b *pgx.Batch, changes []*change) {
	ids := map[string]bool{}
	for _, c := range changes {
		ids[strconv.FormatInt(c.ID, 10)] = true
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(ids)), 380) {
		b.Queue("-- name: notify\nSELECT pg_notify($1, $2)", Channel, strings.Join(part, ","))
	}
}
