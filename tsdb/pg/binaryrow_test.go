package pg

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

func TestBinaryRow(t *testing.T) {
	t.Parallel()
	rows, err := tsdbtest.New(t).Query(t.Context(), `SELECT -5::bigint AS a, 7::int AS b, NULL::bigint AS c, -1::bigint AS d, 'ü' AS e, NULL::text AS f, '' AS g, true AS h,
  '{1,-2,3}'::bigint[] AS i, '{}'::bigint[] AS j, NULL::bigint[] AS k, '{t,f}'::boolean[] AS l, '{{1,2,3},{4,5,6}}'::bigint[] AS m, NULL::bigint[] AS n,
  '{8,9}'::bigint[] AS o, 10::int AS p, '{}'::bigint[] AS q`)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"}
	err = ReadRows(rows, names, func(r BinaryRow) {
		got := fmt.Sprintln(r.Bigint(), r.Bigint(), r.BigintOrNil() == nil, *r.BigintOrNil(), r.Text(), r.TextOrNil() == nil, *r.TextOrNil() == "", r.Boolean(),
			r.Bigints(), r.Bigints(), r.Bigints(), r.Booleans(), r.Table(), r.Table(), r.AppendTo(r.AppendTo(r.AppendTo(nil))))
		if want := "-5 7 true -1 ü true true true [1 -2 3] [] [] [true false] [[1 2 3] [4 5 6]] [] [8 9 10]\n"; got != want || len(r.values) != 0 {
			t.Errorf("%s\nwant %s; %d left", got, want, len(r.values))
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// Reading by position is refused if the columns are others, have other types, or are sent as text.
func TestBinaryRowChecksColumns(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	for _, c := range []struct {
		sql   string
		names []string
		mode  pgx.QueryExecMode
	}{
		{"SELECT 1 AS b, 2 AS a", []string{"a", "b"}, pgx.QueryExecModeCacheStatement},
		{"SELECT 1 AS a, 2 AS b", []string{"a"}, pgx.QueryExecModeCacheStatement},
		{"SELECT 1 AS a", []string{"a"}, pgx.QueryExecModeSimpleProtocol},
		{"SELECT 7::smallint AS a", nil, pgx.QueryExecModeCacheStatement},
		{"SELECT 7::numeric AS a", nil, pgx.QueryExecModeCacheStatement},
		{"SELECT now() AS a", nil, pgx.QueryExecModeCacheStatement},
	} {
		rows, err := pool.Query(t.Context(), c.sql, c.mode)
		if err != nil {
			t.Fatal(err)
		}
		if err := ReadRows(rows, c.names, func(BinaryRow) { t.Error(c.sql, "was read") }); err == nil {
			t.Error(c.sql, "was not refused")
		}
	}
}
