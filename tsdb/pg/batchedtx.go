package pg

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// BatchedTx is a transaction that takes few round trips: its BEGIN is sent with its first statements, and its COMMIT
// with its last. When a statement fails, those after it are not run, COMMIT among them, so nothing is committed in
// part.
type BatchedTx struct {
	pgx.Tx
	conn *pgxpool.Conn
	Last pgx.Batch // goes out with COMMIT
}

// TransactBatched is like Transact, but fn itself begins and ends the transaction.
func TransactBatched(ctx context.Context, pool *pgxpool.Pool, fn func(context.Context, *BatchedTx) error) error {
	return withRepeats(func() error {
		return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
			tx := &BatchedTx{conn: conn}
			// The connection is taken before the transaction begins, so that BEGIN can be sent with the first statements.
			// fn may be run again, so it must make anew whatever it writes to.
			err := fn(ctx, tx)
			if tx.isOpen() {
				_ = tx.Rollback(ctx) // fn has failed already; a connection that cannot be rolled back is closed
			}
			return err
		})
	})
}

// isOpen reports whether the transaction has begun and not ended.
func (tx *BatchedTx) isOpen() bool {
	return tx.Tx != nil && !tx.conn.Conn().IsClosed() && tx.conn.Conn().PgConn().TxStatus() != 'I'
}

// BeginWith begins the transaction and sends the statements that queue adds, in one round trip.
func (tx *BatchedTx) BeginWith(ctx context.Context, queue func(*pgx.Batch)) error {
	var b pgx.Batch
	b.BeginTx(pgx.TxOptions{BeginQuery: "-- name: begin\nBEGIN"})
	queue(&b)
	answers := tx.conn.SendBatch(ctx, &b)
	// Set before the answers are known, so that TransactBatched has something to roll back if one of the statements
	// fails.
	tx.Tx = answers.Tx()
	return answers.Close()
}

// CommitLast sends the statements in Last and commits, in one round trip.
func (tx *BatchedTx) CommitLast(ctx context.Context) error {
	tx.Last.Queue("-- name: commit\nCOMMIT").Exec(func(tag pgconn.CommandTag) error {
		// COMMIT in a transaction that has failed succeeds; only its tag says that nothing was committed.
		if tag.String() == "ROLLBACK" {
			return pgx.ErrTxCommitRollback
		}
		return nil
	})
	return tx.SendBatch(ctx, &tx.Last).Close()
}

// SendLast sends the statements in Last without ending the transaction.
func (tx *BatchedTx) SendLast(ctx context.Context) error {
	b := tx.Last
	tx.Last = pgx.Batch{}
	return tx.SendBatch(ctx, &b).Close()
}
