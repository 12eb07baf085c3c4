package tsdb

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
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

// NextMove is the next instant at which the account's state changes by itself in a way that is more than accrual: a grant
// or a hold ends, a cycle closes, or hosting carries the credits across a limit. Zero: none is foreseeable.
func (a *Account) NextMove() time.Time {
	o := a.Outlook()
	next := a.CycleEnd
	earlier := func(t billing.Second) {
		if t != 0 && t < next {
			next = t
		}
	}
	for _, t := range []billing.Second{a.Credits.NextExpiry(), a.Runs.NextExpiry(), o.LowAt, o.ExhaustedAt, o.StopAt} {
		earlier(t)
	}
	for _, h := range a.holds {
		if h.expires > billing.SecondOf(a.AsOf) {
			earlier(h.expires)
		}
	}
	return next.Time()
}
