package access

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Store is the part of the database that says who may do what. It is safe for concurrent use.
type Store struct {
	pool   *pgxpool.Pool
	listen func(ctx context.Context) (*pgx.Conn, error)
	clock  func() time.Time
}

// New returns a Store. listen opens a connection that hears notifications; nil: one is taken from the pool.
func New(pool *pgxpool.Pool, listen func(ctx context.Context) (*pgx.Conn, error), clock func() time.Time) *Store {
	if listen == nil {
		listen = func(ctx context.Context) (*pgx.Conn, error) { return pg.Hijack(ctx, pool) }
	}
	return &Store{pool: pool, listen: listen, clock: clock}
}

func (s *Store) now() time.Time { return s.clock().UTC() }

func (s *Store) transact(ctx context.Context, fn func(pgx.Tx) error) error {
	return pg.Transact(ctx, s.pool, pgx.TxOptions{}, fn)
}

// NoAccount returns the refusal for an account that does not exist.
func NoAccount() *pg.Error { return pg.Refuse(pg.NotFound, "accountId", "there is no such account") }
