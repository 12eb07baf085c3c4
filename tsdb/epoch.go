package tsdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrEpoch says that the answer to a question would mix two histories of the database: before and after a promotion or
// a restore that lost commits. NoticeEpoch begins the new epoch; then the question may be asked again.
var ErrEpoch = errors.New("tsdb: the database has another history than before")

// The revisions of an epoch count from its base: those of a later epoch are all higher, however many commits were lost.
// With 2^32 revisions per epoch, and a number for each ten minutes since 2026, they stay below 2^53 until 2065.
//
// EpochBase looks in every answer whether the epoch is over, because behind a pooler nobody sees a new connection. If it
// is and nobody has noted that yet, it counts in the one that would begin now, which is at most the one that will.
const (
	EpochBase = `(SELECT CASE WHEN identity IS NULL OR run = ` + epochRun + ` THEN number WHEN coalesce(identity = database_identity(), true) THEN number
  ELSE greatest(number + 1, ` + tenMinutes + `) END * 4294967296 FROM epoch)`

	epochRun   = `extract(epoch FROM pg_postmaster_start_time()) || ' ' || pg_relation_filepath('epoch')`
	tenMinutes = `floor(date_part('epoch', now() - timestamptz '2026-01-01Z') / 600)::bigint`

	selectEpoch = `-- name: read the epoch
SELECT number * 4294967296, coalesce(identity = database_identity(), true) FROM epoch`

	// One more than now: by somebody's clock the next ten minutes may have begun, and that number have been answered.
	updateEpoch = `-- name: notice that the database is another
UPDATE epoch e SET identity = h.identity, run = ` + epochRun + `, since = CASE WHEN e.identity IS NULL THEN e.since ELSE now() END,
  number = CASE WHEN e.identity IS NULL THEN e.number ELSE greatest(e.number + 1, ` + tenMinutes + ` + 1) END
FROM (SELECT database_identity() AS identity, (SELECT identity FROM epoch) AS was) h WHERE e.identity IS DISTINCT FROM h.identity AND h.identity IS NOT NULL
RETURNING h.was IS NOT NULL`

	updateEpochRun = `-- name: note on which run the epoch was compared
UPDATE epoch SET run = ` + epochRun + ` WHERE identity = database_identity()`
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
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

func noticeEpoch(ctx context.Context, in rowQuerier) (changed bool, err error) {
	same, noted, err := sameEpoch(ctx, in)
	switch {
	case err != nil:
		return false, err
	case same && !noted:
		// If that fails, because the database only reads for example, answers take a little longer.
		_, _ = in.Exec(ctx, updateEpochRun)
		return false, nil
	case same:
		return false, nil
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

// sameEpoch reports whether the database is the one that its epoch names, and whether that was noted on this run of it.
func sameEpoch(ctx context.Context, in rowQuerier) (same, noted bool, err error) {
	err = in.QueryRow(ctx, `-- name: compare the epoch
SELECT coalesce(identity = database_identity(), database_identity() IS NULL), coalesce(run = `+epochRun+`, database_identity() IS NULL) FROM epoch`).Scan(&same, &noted)
	if err != nil {
		return false, false, fmt.Errorf("compare the epoch: %w", err)
	}
	return same, noted, nil
}
