// Package tsdbtest gives a test its own migrated TimescaleDB database.
//
// One template database per set of migrations is made once and shared by all packages and runs; a test's database is
// a copy of it, which takes a fraction of a second, and is dropped when the test ends. So tests run in parallel,
// within a package and across packages, and none sees another's rows.
//
// The server is that of USAGEGRAPH_TEST_DATABASE_URL, else DATABASE_URL, else what `scripts/database up` finds or
// starts; or a container, see provider. A test without a database fails and says what to run: it never skips.
package tsdbtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// poolSize keeps many parallel tests within the server's max_connections.
const poolSize = 8

// setUpTime covers waiting for another process that starts the server (a private root takes a minute) or makes the template.
const setUpTime = 10 * time.Minute

// New makes a migrated database for t alone and returns a pool of at most 8 connections to it. The pool is closed
// and the database dropped when t ends. The pool's URL is pool.Config().ConnString().
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return poolAt(t, NewURL(t))
}

// NewInLocaleC is New for a database whose locale is C, where only the letters of ASCII have small ones. It takes seconds: it is no copy of the template,
// whose locale is that of the server.
func NewInLocaleC(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return poolAt(t, newDatabase(t, (*server).inLocaleC))
}

func poolAt(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatalf("tsdbtest: parse url: %v", err)
	}
	config.MaxConns = poolSize
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatalf("tsdbtest: open pool: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// NewURL makes a migrated database for t alone and returns its URL, for a test that opens its own connections.
// The database is dropped, with the connections then open, when t ends.
func NewURL(t testing.TB) string {
	t.Helper()
	return newDatabase(t, (*server).copyOfTemplate)
}

// NewEmptyURL makes a database without any of our tables for t alone and returns its URL: what a first start finds.
func NewEmptyURL(t testing.TB) string {
	t.Helper()
	return newDatabase(t, (*server).emptyDatabase)
}

func newDatabase(t testing.TB, create func(*server, context.Context) (string, error)) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), setUpTime)
	defer cancel()
	server, err := theServer()
	if err != nil {
		t.Fatalf("tsdbtest: no TimescaleDB for this test: %v\nRun `scripts/database up`, or set DATABASE_URL to a PostgreSQL 17 with TimescaleDB; docs/development.md tells more.", err)
	}
	name, err := create(server, ctx)
	if err != nil {
		t.Fatalf("tsdbtest: make a database: %v", err)
	}
	t.Cleanup(func() { drop(t, server, name) })
	return server.urlOf(name)
}

func drop(t testing.TB, server *server, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	switch err := server.drop(ctx, name); {
	case errors.Is(err, context.DeadlineExceeded): // a busy disk: dropping waits for a checkpoint
		t.Logf("tsdbtest: database %s is left to a later run, which drops it: %v", name, err)
	case err != nil:
		t.Errorf("tsdbtest: drop database %s: %v", name, err)
	}
}
