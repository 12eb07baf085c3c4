package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/usagegraph/usagegraph/tsdb"
)

// pools are the connections to the database, one pool a purpose, so that charts cannot starve the books.
type pools struct{ books, charts, explore *pgxpool.Pool }

func openPools(ctx context.Context, c Config) (pools, error) {
	books, err := openPool(ctx, c, c.DatabaseURL, "usagegraph", c.PoolSize, c.StatementTimeout, nil)
	if err != nil {
		return pools{}, err
	}
	// A generic plan locks every chunk; a custom one leaves out those beyond the range before it locks any.
	custom := map[string]string{"plan_cache_mode": "force_custom_plan"}
	charts, err := openPool(ctx, c, c.DatabaseURL, "usagegraph charts", c.ChartPoolSize, c.ChartTimeout, custom)
	if err != nil {
		books.Close()
		return pools{}, err
	}
	return pools{books: books, charts: charts}, nil
}

// openExplore opens connections that cannot write: in the role that only reads, where the database has it and no URL of
// another user was given, and in read-only transactions in any case.
func openExplore(ctx context.Context, c Config, books *pgxpool.Pool) (*pgxpool.Pool, error) {
	settings := map[string]string{"plan_cache_mode": "force_custom_plan", "default_transaction_read_only": "on"}
	if c.ExploreURL == c.DatabaseURL {
		ok, err := tsdb.CanExplore(ctx, books)
		if err != nil {
			return nil, err
		}
		if ok {
			settings["role"] = tsdb.ExploreRole
		} else {
			c.Log.Warn("ad-hoc questions are asked by the database user itself, in read-only transactions: it may not act in the role "+tsdb.ExploreRole,
				"help", "run usagegraph migrate as a user who may make roles, or set explore-database-url")
		}
	}
	return openPool(ctx, c, c.ExploreURL, "usagegraph explore", c.ExplorePoolSize, c.ExploreTimeout, settings)
}

func openPool(ctx context.Context, c Config, url, name string, size int, timeout time.Duration, settings map[string]string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("open database: the URL does not parse") // err would show the password
	}
	cfg.MaxConns = int32(max(size, 2)) // a snapshot, and a question beside it
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.ConnConfig.ConnectTimeout = 10 * time.Second
	if _, off := c.Tracing.(noop.TracerProvider); !off {
		cfg.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(c.Tracing), otelpgx.WithSpanNameFunc(statementName))
	}
	params := cfg.ConnConfig.RuntimeParams
	params["application_name"] = name
	params["timezone"] = "UTC"
	params["statement_timeout"] = strconv.FormatInt(timeout.Milliseconds(), 10)
	params["idle_in_transaction_session_timeout"] = "60000"
	for k, v := range settings {
		params[k] = v
	}
	if c.Settings.Compress {
		params["timescaledb.max_tuples_decompressed_per_dml_transaction"] = "0" // a late batch may meet as many compressed rows as it likes
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return pool, nil
}

// statementName is the name that a statement's first comment gives it; "statement" without one.
func statementName(sql string) string {
	first, _, _ := strings.Cut(sql, "\n")
	name, named := strings.CutPrefix(first, "-- name: ")
	if !named {
		return "statement"
	}
	return name
}

// closing bounds how long connections in use are waited for. A process that ends cuts them off anyway.
const closing = time.Second

func (p pools) close() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		p.books.Close()
		p.charts.Close()
		if p.explore != nil {
			p.explore.Close()
		}
	}()
	select {
	case <-closed:
	case <-time.After(closing):
	}
}
