package pg

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// BatchedTx is a transaction that takes few round trips: its BEGIN goes out with its first questions, and its COMMIT with its last
// statements. A statement that fails keeps those after it from being run, COMMIT among them; so nothing is committed in part.
type BatchedTx struct {
	pgx.Tx
	conn *pgxpool.Conn
	Last pgx.Batch // goes out with COMMIT
}

// TransactBatched is Transact for a transaction that fn begins and ends.
func TransactBatched(ctx context.Context, pool *pgxpool.Pool, fn func(context.Context, *BatchedTx) error) error {
	return withRepeats(func() error {
		return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
			tx := &BatchedTx{conn: conn}
			// The connection is taken before the transaction begins, so that BEGIN can go out with the first questions. fn may be run again,
			// so what it writes to must be made anew by it.
			err := fn(ctx, tx)
			if tx.isOpen() {
				_ = tx.Rollback(ctx) // it has failed already; a connection that cannot be rolled back is closed
			}
			return err
		})
	})
}

// isOpen reports whether the transaction has begun and not ended.
func (tx *BatchedTx) isOpen() bool {
	return tx.Tx != nil && !tx.conn.Conn().IsClosed() && tx.conn.Conn().PgConn().TxStatus() != 'I'
}

// BeginWith begins it and puts the questions that queue queues, in one round trip.
func (tx *BatchedTx) BeginWith(ctx context.Context, queue func(*pgx.Batch)) error {
	var b pgx.Batch
	b.BeginTx(pgx.TxOptions{BeginQuery: "-- name: begin\nBEGIN"})
	queue(&b)
	answers := tx.conn.SendBatch(ctx, &b)
	// Set before it is known what the questions answer: where one fails, TransactBatched has something to roll back.
	tx.Tx = answers.Tx()
	return answers.Close()
}

// CommitLast sends what waits in Last, and commits in the same round trip.
func (tx *BatchedTx) CommitLast(ctx context.Context) error {
	tx.Last.Queue("-- name: commit\nCOMMIT").Exec(func(tag pgconn.CommandTag) error {
		// COMMIT of a transaction that has failed succeeds, and says in its tag that nothing was committed.
		if tag.String() == "ROLLBACK" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	return tx.SendBatch(ctx, &tx.Last).Close()
}

// SendLast sends what waits in Last without ending the transaction.
func (tx *BatchedTx) SendLast(ctx context.Context) error {
	b := tx.Last
	tx.Last = pgx.Batch{}
	return tx.SendBatch(ctx, &b).Close()
}
