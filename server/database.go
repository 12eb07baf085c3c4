package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/usagegraph/usagegraph/migrations"
)

// migrationLock is the advisory lock under which one process prepares the database; the number is ours at random.
const migrationLock = 7_305_912_884_410_233

// Migrate brings the database at url up to this binary, our tables and those of River alike, and returns how many steps
// that took. Of several processes at once one does it and the others wait.
func Migrate(ctx context.Context, url string) (steps int, err error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("open database: %w", err)
	}
	defer pool.Close()
	unlock, err := lockMigrations(ctx, url)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if steps, err = migrations.Up(ctx, url); err != nil {
		return steps, err
	}
	river, err := migrateRiver(ctx, pool)
	return steps + river, err
}

func migrateRiver(ctx context.Context, pool *pgxpool.Pool) (int, error) {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return 0, fmt.Errorf("make migrations of River: %w", err)
	}
	result, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return 0, fmt.Errorf("migrate River: %w", err)
	}
	return len(result.Versions), nil
}

// lockMigrations takes the lock on a connection of its own. It looks every half second rather than queue, because a waiting
// statement holds a snapshot for which CREATE INDEX CONCURRENTLY would wait in turn.
func lockMigrations(ctx context.Context, url string) (unlock func(), err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect to migrate: %w", err)
	}
	unlock = func() { _ = conn.Close(context.WithoutCancel(ctx)) } // the lock ends with its connection
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		var mine bool
		err := conn.QueryRow(ctx, "-- name: lock migrations\nSELECT pg_try_advisory_lock($1)", int64(migrationLock)).Scan(&mine)
		if err != nil || mine {
			return unlock, errors.Join(err)
		}
		select {
		case <-ctx.Done():
			unlock()
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// pools are the connections to the database, one pool a purpose, so that charts cannot starve the books.
type pools struct{ books, charts *pgxpool.Pool }

func openPools(ctx context.Context, c Config) (pools, error) {
	books, err := openPool(ctx, c.DatabaseURL, "usagegraph", c.PoolSize, c.StatementTimeout, nil)
	if err != nil {
		return pools{}, err
	}
	// A generic plan locks every chunk; a custom one leaves out those beyond the range before it locks any.
	custom := map[string]string{"plan_cache_mode": "force_custom_plan"}
	charts, err := openPool(ctx, c.DatabaseURL, "usagegraph charts", c.ChartPoolSize, c.ChartTimeout, custom)
	if err != nil {
		books.Close()
		return pools{}, err
	}
	return pools{books, charts}, nil
}

func openPool(ctx context.Context, url, name string, size int, timeout time.Duration, settings map[string]string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("open database: the URL does not parse") // err would show the password
	}
	cfg.MaxConns = int32(size)
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.ConnConfig.ConnectTimeout = 10 * time.Second
	params := cfg.ConnConfig.RuntimeParams
	params["application_name"] = name
	params["timezone"] = "UTC"
	params["statement_timeout"] = strconv.FormatInt(timeout.Milliseconds(), 10)
	params["idle_in_transaction_session_timeout"] = "60000"
	for k, v := range settings {
		params[k] = v
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return pool, nil
}

func (p pools) close() {
	p.books.Close()
	p.charts.Close()
}
