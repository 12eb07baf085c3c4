package migrations_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/usagegraph/usagegraph/migrations"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// Several processes of a roll-out start at once on an empty database: each migration goes in once, and all of them
// then find the schema complete.
func TestUpFromSeveralProcessesAtOnce(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewEmptyURL(t)
	versions := known(t)
	applied := make([]int, 3)
	var group errgroup.Group
	for i := range applied {
		group.Go(func() (err error) {
			applied[i], err = migrations.Up(context.Background(), url)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if sum := applied[0] + applied[1] + applied[2]; sum != len(versions) {
		t.Errorf("applied %v, %d in all; want %d", applied, sum, len(versions))
	}
	if state := status(t, url); len(state.Pending)+len(state.Unknown) != 0 {
		t.Errorf("status afterwards %+v, want nothing pending or unknown", state)
	}
}

func TestUpAgainAppliesNothing(t *testing.T) {
	t.Parallel()
	applied, err := migrations.Up(context.Background(), tsdbtest.NewURL(t))
	if err != nil || applied != 0 {
		t.Errorf("Up = %d, %v; want 0, nil", applied, err)
	}
}

// Where a pooler stands between, the user's own limits bound statements and idle transactions. A migration takes as long as it takes.
func TestUpTakesItsTime(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewEmptyURL(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET statement_timeout = 500', current_database()); END $$;
CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.6); END $$;
CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION slow()`, pgx.QueryExecModeSimpleProtocol)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.Up(t.Context(), url); err != nil {
		t.Error(err)
	}
}

// Looking at an empty database leaves it empty, so a health check may do it.
func TestStatusOfEmptyDatabase(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewEmptyURL(t)
	if state := status(t, url); len(state.Pending) != len(known(t)) || len(state.Unknown) != 0 {
		t.Errorf("status %+v, want every version pending", state)
	}
	var tables int
	row := open(t, url).QueryRow(context.Background(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`)
	if err := row.Scan(&tables); err != nil || tables != 0 {
		t.Errorf("%d tables (%v) after Status, want none", tables, err)
	}
}

func TestStatusOfNewerDatabase(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	if _, err := pool.Exec(context.Background(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`); err != nil {
		t.Fatal(err)
	}
	state, err := migrations.Status(context.Background(), pool)
	if err != nil || len(state.Unknown) != 1 || state.Unknown[0] != 99999 || len(state.Pending) != 0 {
		t.Errorf("Status = %+v, %v; want 99999 unknown", state, err)
	}
}

func TestUpRefusesUnusableURL(t *testing.T) {
	t.Parallel()
	if _, err := migrations.Up(context.Background(), "postgres://localhost:port"); err == nil {
		t.Error("no error for an unusable URL")
	}
}

func TestVersionsAscendWithoutGaps(t *testing.T) {
	t.Parallel()
	for i, version := range known(t) {
		if version != int64(i)+1 {
			t.Fatalf("migration %d has number %d", i+1, version)
		}
	}
}

func known(t *testing.T) []int64 {
	t.Helper()
	versions, err := migrations.Versions()
	if err != nil {
		t.Fatal(err)
	}
	return versions
}

func status(t *testing.T, url string) migrations.State {
	t.Helper()
	state, err := migrations.Status(context.Background(), open(t, url))
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func open(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}
