package tsdb

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// batchedTx is a transaction that takes few round trips: its BEGIN goes out with its first questions, and its COMMIT with its last
// statements. A statement that fails keeps those after it from being run, COMMIT among them; so nothing is committed in part.
type batchedTx struct {
	pgx.Tx
	conn *pgxpool.Conn
	last pgx.Batch // goes out with COMMIT
}

// transactBatched is transact for a transaction that fn begins and ends.
func (s *Store) transactBatched(ctx context.Context, fn func(context.Context, *batchedTx) error) error {
	return withRepeats(func() error {
		return s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
			tx := &batchedTx{conn: conn}
			err := fn(ctx, tx)
			if tx.isOpen() {
				_ = tx.Rollback(ctx) // it has failed already; a connection that cannot be rolled back is closed
			}
			return err
		})
	})
}

// isOpen reports whether the transaction has begun and not ended.
func (tx *batchedTx) isOpen() bool {
	return tx.Tx != nil && !tx.conn.Conn().IsClosed() && tx.conn.Conn().PgConn().TxStatus() != 'I'
}

// begin begins it and puts the questions that queue queues, in one round trip.
func (tx *batchedTx) begin(ctx context.Context, queue func(*pgx.Batch)) error {
	var b pgx.Batch
	b.BeginTx(pgx.TxOptions{BeginQuery: "-- name: begin\nBEGIN"})
	queue(&b)
	answers := tx.conn.SendBatch(ctx, &b)
	tx.Tx = answers.Tx()
	return answers.Close()
}

// commitLast sends what waits in last, and commits in the same round trip.
func (tx *batchedTx) commitLast(ctx context.Context) error {
	tx.last.Queue("-- name: commit\nCOMMIT").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() == "ROLLBACK" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	return tx.SendBatch(ctx, &tx.last).Close()
}

// sendLast sends what waits in last without ending the transaction.
func (tx *batchedTx) sendLast(ctx context.Context) error {
	b := tx.last
	tx.last = pgx.Batch{}
	return tx.SendBatch(ctx, &b).Close()
}
