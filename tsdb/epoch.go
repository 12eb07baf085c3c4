package tsdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrEpoch says that the answer to a question would mix two histories of the database: before and after a promotion or
// a restore that lost commits. NoticeEpoch begins the new epoch; then the question may be asked again.
var ErrEpoch = errors.New("tsdb: the database has another history than before")

// The revisions of an epoch count from its base: those of a later epoch are all higher, however many commits were lost.
// With 2^32 revisions per epoch, and a number for each ten minutes since 2026, they stay below 2^53 until 2065.
const (
	EpochBase = `(SELECT number * 4294967296 FROM epoch)`

	selectEpoch = `-- name: read the epoch
SELECT number * 4294967296, coalesce(identity = database_identity(), true) FROM epoch`

	updateEpoch = `-- name: notice that the database is another
UPDATE epoch e SET identity = h.identity, since = CASE WHEN e.identity IS NULL THEN e.since ELSE now() END,
  number = CASE WHEN e.identity IS NULL THEN e.number ELSE greatest(e.number + 1, floor(date_part('epoch', now() - timestamptz '2026-01-01Z') / 600)::bigint) END
FROM (SELECT database_identity() AS identity, (SELECT identity FROM epoch) AS was) h WHERE e.identity IS DISTINCT FROM h.identity AND h.identity IS NOT NULL
RETURNING h.was IS NOT NULL`
)

// NoticeEpoch checks whether the database is another than the one that wrote its epoch: another cluster, timeline or
// database, as after a promotion or a restore. If so, it begins a new epoch, unless another process just did; changed
// reports whether it did.
func (s *Store) NoticeEpoch(ctx context.Context) (changed bool, err error) {
	return noticeEpoch(ctx, s.pool)
}

// NoticeEpochOn is NoticeEpoch over one connection. Called for each new connection, it keeps answers from counting in an
// epoch that is over: nobody reaches a promoted or restored database over a connection that was there before.
func NoticeEpochOn(ctx context.Context, conn *pgx.Conn) (changed bool, err error) {
	return noticeEpoch(ctx, conn)
}

// rowQuerier is a pool or a connection.
type rowQuerier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func noticeEpoch(ctx context.Context, in rowQuerier) (changed bool, err error) {
	same, err := sameEpoch(ctx, in)
	if err != nil || same {
		return false, err
	}
	err = in.QueryRow(ctx, updateEpoch).Scan(&changed)
	// Another process was first, and has noted the same identity.
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("begin an epoch: %w", err)
	}
	return changed, nil
}

func sameEpoch(ctx context.Context, in rowQuerier) (same bool, err error) {
	err = in.QueryRow(ctx, "-- name: compare the epoch\nSELECT coalesce(identity = database_identity(), database_identity() IS NULL) FROM epoch").Scan(&same)
	if err != nil {
		return false, fmt.Errorf("compare the epoch: %w", err)
	}
	return same, nil
}
