package tsdbtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

func TestNewIsMigratedAndHasTimescaleDB(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	if !exists(t, pool, `SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')`) {
		t.Error("the extension is missing")
	}
	if !exists(t, pool, `SELECT EXISTS (SELECT FROM goose_db_version WHERE version_id > 0)`) {
		t.Error("no migration was applied")
	}
}

// A hypertable made or filled in one copy works there and is unknown to another.
func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	one, other := tsdbtest.New(t), tsdbtest.New(t)
	for _, statement := range []string{
		`CREATE TABLE apart (at timestamptz NOT NULL)`,
		`SELECT create_hypertable('apart', by_range('at', INTERVAL '1 day'))`,
		`INSERT INTO apart SELECT generate_series('2025-01-01'::timestamptz, '2025-01-03', '1 day')`,
	} {
		if _, err := one.Exec(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if !exists(t, one, `SELECT (SELECT count(*) FROM show_chunks('apart')) = 3`) {
		t.Error("want three chunks")
	}
	if exists(t, other, `SELECT to_regclass('apart') IS NOT NULL`) {
		t.Error("the other database has the table too")
	}
}

func TestNewEmptyURLHasNoTables(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(context.Background(), tsdbtest.NewEmptyURL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if exists(t, pool, `SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')`) {
		t.Error("an empty database has tables")
	}
}

// The database goes when its test ends, even with a connection of the test's own still open.
func TestDatabaseIsDroppedWhenTheTestEnds(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("test", func(t *testing.T) {
		conn, err := pgx.Connect(context.Background(), tsdbtest.NewURL(t))
		if err != nil {
			t.Fatal(err)
		}
		name = conn.Config().Database
	})
	var left bool
	row := tsdbtest.New(t).QueryRow(context.Background(), `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name)
	if err := row.Scan(&left); err != nil || left {
		t.Errorf("database %q is still there (%v)", name, err)
	}
}

func exists(t *testing.T, pool *pgxpool.Pool, query string) (yes bool) {
	t.Helper()
	if err := pool.QueryRow(context.Background(), query).Scan(&yes); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return yes
}
