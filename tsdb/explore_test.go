package tsdb_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// The role for ad-hoc queries can read every table except those of secrets and of the queue, and of tokens everything
// but the hash. It can neither write nor create anything, and gets no further through any function that a table's owner
// could use.
func TestTheExploreRoleReadsAndNothingElse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := tsdb.MakeExploreRole(f.ctx, f.pool)
	f.must(err)
	id := f.account()
	f.exec(`CREATE TABLE river_of_mine (x int); CREATE TABLE goose_of_mine (x int); CREATE TABLE brought_later (x int)`)
	if ok, err := tsdb.MakeExploreRole(f.ctx, f.pool); err != nil || !ok {
		t.Fatalf("again: %t, %v", ok, err)
	}
	rows, err := f.pool.Query(f.ctx, `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') ORDER BY 1`)
	f.must(err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	f.must(err)
	if len(tables) < 50 || !slices.Contains(tables, "brought_later") {
		t.Fatalf("tables %v", tables)
	}
	for _, table := range tables {
		err := f.lookAs(tsdb.ExploreRole, func(tx pgx.Tx) error {
			_, err := tx.Exec(f.ctx, `SELECT * FROM `+table+` LIMIT 1`)
			return err
		})
		secret := table == "api_token" || table == "trusted_document" || strings.HasPrefix(table, "river") || strings.HasPrefix(table, "goose")
		if pg.HasState(err, "42501") != secret || !secret && err != nil {
			t.Errorf("%s: %v", table, err)
		}
	}
	for sql, state := range map[string]string{
		`SELECT count(token_id) + count(name) + count(prefix) FROM api_token`: "",
		`SELECT hash FROM api_token`:                                          "42501",
		`SELECT count(*) FROM api_token WHERE hash IS NULL`:                   "42501",
		`UPDATE account SET name = 'x'`:                                       "42501",
		`DELETE FROM usage_event`:                                             "42501",
		`INSERT INTO plan (name) VALUES ('x')`:                                "42501",
		`SELECT * FROM balance FOR UPDATE`:                                    "42501",
		`TRUNCATE usage_day`:                                                  "42501",
		`CREATE TABLE mine (x int)`:                                           "42501",
		`CREATE SCHEMA mine`:                                                  "42501",
		`CREATE ROLE another`:                                                 "42501",
		`COPY account TO PROGRAM 'cat'`:                                       "42501",
		`SELECT pg_read_file('postgresql.conf')`:                              "42501",
		`DROP TABLE account`:                                                  "42501",
		`ALTER TABLE account ADD COLUMN x int`:                                "42501",
		`SELECT drop_chunks('usage_event', now())`:                            "42501",
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity LIMIT 0`:      "",
	} {
		err := f.lookAs(tsdb.ExploreRole, func(tx pgx.Tx) error {
			_, err := tx.Exec(f.ctx, sql)
			return err
		})
		if state == "" && err != nil || state != "" && !pg.HasState(err, state) {
			t.Errorf("%s: %v, want %q", sql, err, state)
		}
	}
	f.view(id)
}

// If processes start at once, on one database and on others of the cluster, all find the roles made, and none fails
// because of another; a database in which nothing was granted to the roles is told from one that they may read.
func TestTheExploreRoleIsMadeByMany(t *testing.T) {
	t.Parallel()
	pools := []*pgxpool.Pool{tsdbtest.New(t), tsdbtest.New(t)}
	empty, err := pgxpool.New(t.Context(), tsdbtest.NewEmptyURL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(empty.Close)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if ok, err := tsdb.MakeExploreRole(t.Context(), pools[i%2]); err != nil || !ok {
				t.Errorf("%t, %v", ok, err)
			}
		})
	}
	all.Wait()
	for _, pool := range pools {
		if ok, err := tsdb.CanExplore(t.Context(), pool); err != nil || !ok {
			t.Errorf("can explore %t, %v", ok, err)
		}
	}
	if _, err := empty.Exec(t.Context(), `CREATE TABLE account (x int); CREATE TABLE usage_day (x int)`); err != nil {
		t.Fatal(err)
	}
	if ok, err := tsdb.CanExplore(t.Context(), empty); err != nil || ok {
		t.Errorf("what was granted nothing: %t, %v", ok, err)
	}
}
