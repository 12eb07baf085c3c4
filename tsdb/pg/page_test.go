package pg

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// place is a row of a list with a key of two columns.
type place struct{ Major, Minor int64 }

func (p place) key() []int64 { return []int64{p.Major, p.Minor} }

// newPlaces makes a table of random places, many of which share their first column, and returns them in the list's order.
func newPlaces(t *testing.T, pool *pgxpool.Pool, n int) []place {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 5))
	if _, err := pool.Exec(t.Context(), "CREATE TABLE place (major bigint, minor bigint)"); err != nil {
		t.Fatal(err)
	}
	columns := NewColumns(2)
	var all []place
	for len(all) < n {
		p := place{random.Int64N(7) - 3, random.Int64N(1000)}
		if !slices.Contains(all, p) {
			all = append(all, p)
			columns.Add(p.Major, p.Minor)
		}
	}
	if _, err := pool.Exec(t.Context(), "INSERT INTO place SELECT * FROM unnest($1::bigint[], $2::bigint[])", columns.Args()...); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b place) int { return slices.Compare(b.key(), a.key()) })
	return all
}

func readPlaces(t *testing.T, pool *pgxpool.Pool, p Page) Paged[place] {
	t.Helper()
	clause, args := p.Clause([]string{"major", "minor"}, []any{int64(-100)})
	rows, err := pool.Query(t.Context(), "SELECT major, minor FROM place WHERE major > $1"+clause, args...)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[place])
	if err != nil {
		t.Fatal(err)
	}
	return CutPage(p, list)
}

// Any page is the part of the whole list that its edges leave, read from either end.
func TestPagesArePartsOfTheList(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	all := newPlaces(t, pool, 60)
	random := rand.New(rand.NewPCG(9, 2))
	for range 150 {
		p := Page{Limit: 1 + random.IntN(20), Backward: random.IntN(2) == 0}
		want := all
		if random.IntN(2) == 0 {
			from := random.IntN(len(all))
			p.After = all[from].key()
			want = all[from+1:]
		}
		if random.IntN(2) == 0 {
			to := random.IntN(len(all))
			p.Before = all[to].key()
			want = want[:max(0, min(len(want), to-(len(all)-len(want))))]
		}
		more := len(want) > p.Limit
		if more && p.Backward {
			want = want[len(want)-p.Limit:]
		} else if more {
			want = want[:p.Limit]
		}
		got := readPlaces(t, pool, p)
		if !slices.Equal(got.Rows, want) || got.Total != -1 {
			t.Fatalf("%+v: %v, want %v", p, got.Rows, want)
		}
		next, prev := more, p.After != nil
		if p.Backward {
			next, prev = p.Before != nil, more
		}
		if got.HasNext != next || got.HasPrev != prev {
			t.Fatalf("%+v: next %v, previous %v; want %v, %v", p, got.HasNext, got.HasPrev, next, prev)
		}
	}
}

// Rows that are added before a cursor do not move what follows it.
func TestPagesStayWhileRowsAreAdded(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	all := newPlaces(t, pool, 20)
	first := readPlaces(t, pool, Page{Limit: 5})
	if _, err := pool.Exec(t.Context(), "INSERT INTO place VALUES ($1, 0), ($1 + 1, 0)", all[0].Major+1); err != nil {
		t.Fatal(err)
	}
	second := readPlaces(t, pool, Page{Limit: 5, After: first.Rows[4].key()})
	if !slices.Equal(second.Rows, all[5:10]) {
		t.Errorf("%v, want %v", second.Rows, all[5:10])
	}
}

// A key with another length than the list's is not a place in it, and restricts nothing.
func TestKeysOfOtherLists(t *testing.T) {
	t.Parallel()
	clause, args := Page{Limit: 3, After: []int64{1}, Before: []int64{1, 2, 3}}.Clause([]string{"a", "b"}, nil)
	if want := " ORDER BY a DESC, b DESC LIMIT 4"; clause != want || len(args) != 0 {
		t.Errorf("%q with %v, want %q", clause, args, want)
	}
}

func TestArgumentsAreNumbered(t *testing.T) {
	t.Parallel()
	a := Arguments{Values: []any{"first"}}
	if got := a.Add(2) + a.Add("three"); got != "$2$3" || len(a.Values) != 3 || a.Values[2] != "three" {
		t.Errorf("%s %v", got, a.Values)
	}
}

func TestColumnsAreRowsTurned(t *testing.T) {
	t.Parallel()
	c := NewColumns(2)
	c.Add(1, "a")
	c.Add(2, "b")
	if args := c.Args(); len(args) != 2 || !slices.Equal(args[0].([]any), []any{1, 2}) || !slices.Equal(args[1].([]any), []any{"a", "b"}) {
		t.Errorf("%v", args)
	}
	if OrNull("") != nil || OrNull(int64(0)) != nil || OrNull("x") != "x" || SecondOrNull(0) != nil || SecondOrNull(1) == nil {
		t.Error("zero is NULL, and nothing else is")
	}
	for want, got := range map[string]string{"{}": Array[int64](), "{-1}": Array(int64(-1)), "{1,2}": Array(int64(1), 2)} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
