package pg

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Transact runs fn in one transaction and repeats it, at most five times, when PostgreSQL asks for that (serialization
// failure, deadlock).
func Transact(ctx context.Context, pool *pgxpool.Pool, opts pgx.TxOptions, fn func(pgx.Tx) error) error {
	return withRepeats(func() error { return pgx.BeginTxFunc(ctx, pool, opts, fn) })
}

// withRepeats runs a whole transaction, and again while PostgreSQL asks for that, at most five times in all.
func withRepeats(run func() error) (err error) {
	// There is no pause between runs: after a deadlock, the other transaction has gone on.
	for range 5 {
		if err = run(); !HasState(err, "40001", "40P01") {
			return err
		}
	}
	return fmt.Errorf("transaction given up after repeats: %w", err)
}

// HasState reports whether err is a PostgreSQL error with one of the SQLSTATEs.
func HasState(err error, states ...string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.Contains(states, pg.Code)
}
