package pg

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// randomValue is a number of any size, with the bounds of its type among them.
func randomValue(random *rand.Rand) int64 {
	switch random.IntN(6) {
	case 0:
		return []int64{0, 1, -1, 1<<63 - 1, -1 << 63, 1<<31 - 1, -1 << 31}[random.IntN(7)]
	case 1:
		return random.Int64N(256) - 128
	}
	return (random.Int64() - random.Int64()) >> random.IntN(63)
}

// asRead is a row as pgx reads it by reflection: what BinaryRow must read from the same bytes.
type asRead struct {
	Big, Small int64
	Maybe      *int64
	Text       string
	Note       *string
	Yes        bool
	Numbers    []int64
	Flags      []bool
	Table      [][]int64
}

func (a *asRead) literals(random *rand.Rand) string {
	nullable := func(s string) string {
		if random.IntN(3) == 0 {
			return "NULL"
		}
		return s
	}
	a.Big, a.Small, a.Yes = randomValue(random), int64(int32(randomValue(random))), random.IntN(2) == 0
	numbers := make([]int64, random.IntN(5))
	for i := range numbers {
		numbers[i] = randomValue(random)
	}
	flags := make([]string, random.IntN(4))
	for i := range flags {
		flags[i] = strconv.FormatBool(random.IntN(2) == 0)
	}
	width := 1 + random.IntN(3)
	var rows []string
	for range random.IntN(4) {
		row := make([]int64, width)
		for i := range row {
			row[i] = randomValue(random)
		}
		rows = append(rows, Array(row...))
	}
	text := strings.Repeat("ü'", random.IntN(3))
	quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	return fmt.Sprintf("('%d'::bigint, '%d'::int::bigint, %s::bigint, %s, %s::text, %v, %s::bigint[], %s::boolean[], %s::bigint[])", a.Big, a.Small,
		nullable(fmt.Sprintf("'%d'", randomValue(random))), quoted, nullable(quoted), a.Yes, nullable("'"+Array(numbers...)+"'"),
		nullable("'{"+strings.Join(flags, ",")+"}'"), nullable("'{"+strings.Join(rows, ",")+"}'"))
}

// BinaryRow reads the same values from any row as pgx does, including NULLs, empty arrays and the bounds of numbers.
func TestBinaryRowsEqualPgx(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(17, 4))
	literals := make([]string, 300)
	for i := range literals {
		literals[i] = new(asRead).literals(random)
	}
	pool := tsdbtest.New(t)
	sql := "SELECT * FROM (VALUES " + strings.Join(literals, ", ") + ") AS v (a, b, c, d, e, f, g, h, i)"
	rows, err := pool.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	want, err := pgx.CollectRows(rows, pgx.RowToStructByPos[asRead])
	if err != nil {
		t.Fatal(err)
	}
	if rows, err = pool.Query(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	n := 0
	err = ReadRows(rows, nil, func(r BinaryRow) {
		got := asRead{Big: r.Bigint(), Small: r.Bigint(), Maybe: r.BigintOrNil(), Text: r.Text(), Note: r.TextOrNil(), Yes: r.Boolean(),
			Numbers: r.Bigints(), Flags: r.Booleans(), Table: r.Table()}
		w := want[n]
		n++
		if fmt.Sprint(got.Numbers, got.Flags, got.Table) != fmt.Sprint(w.Numbers, w.Flags, w.Table) || r.More() {
			t.Fatalf("row %d: %v, want %v; more %v", n, got, w, r.More())
		}
		got.Numbers, got.Flags, got.Table, w.Numbers, w.Flags, w.Table = nil, nil, nil, nil, nil, nil
		if !reflect.DeepEqual(got, w) {
			t.Fatalf("row %d: %+v, want %+v", n, got, w)
		}
	})
	if err != nil || n != len(literals) {
		t.Errorf("%d rows, %v", n, err)
	}
}

// Numbers that are sent as one text inside an array of rows arrive unchanged, including the bounds of their type.
func TestArraysTravelAsText(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	random := rand.New(rand.NewPCG(6, 6))
	columns := NewColumns(2)
	if !columns.Empty() || !NewColumns(0).Empty() {
		t.Error("columns without a row are not empty")
	}
	var want [][]int64
	for i := range 50 {
		numbers := make([]int64, random.IntN(6))
		for n := range numbers {
			numbers[n] = randomValue(random)
		}
		want = append(want, numbers)
		columns.Add(i, Array(numbers...))
	}
	if columns.Empty() {
		t.Error("columns with rows are empty")
	}
	rows, err := pool.Query(t.Context(), "SELECT a::bigint[] FROM unnest($1::int[], $2::text[]) AS r (n, a) ORDER BY n", columns.Args()...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[[]int64])
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v (%v)", got, want, err)
	}
}

// A cursor comes from outside: a key that its column cannot hold is a place before or after all rows, and not a
// failure.
func TestKeysBeyondTheirColumn(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	exec(t, pool, "CREATE TABLE short (n int)")
	exec(t, pool, "INSERT INTO short SELECT generate_series(1, 5)")
	for _, c := range []struct {
		page Page
		want int
	}{
		{Page{Limit: 9, After: []int64{1<<63 - 1}}, 5}, {Page{Limit: 9, After: []int64{-1 << 63}}, 0},
		{Page{Limit: 9, Before: []int64{1<<63 - 1}}, 0}, {Page{Limit: 9, Before: []int64{-1 << 63}}, 5},
		{Page{Limit: 9, After: []int64{4}, Before: []int64{2}}, 1}, {Page{Limit: 9, After: []int64{2}, Before: []int64{4}}, 0},
	} {
		clause, args := c.page.Clause([]string{"n"}, nil)
		rows, err := pool.Query(t.Context(), "SELECT n FROM short WHERE true"+clause, args...)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := pgx.CollectRows(rows, pgx.RowTo[int]); err != nil || len(got) != c.want {
			t.Errorf("%+v: %v, %v; want %d", c.page, got, err, c.want)
		}
	}
}

// Documents are copied as jsonb reads them; PostgreSQL refuses what is not a document, together with the rows beside
// it.
func TestDocumentsAreCopied(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	exec(t, pool, "CREATE TABLE document (n bigint, d jsonb)")
	put := func(texts ...string) error {
		return pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			n := 0
			return CopyInto(t.Context(), tx, "document", "COPY document (n, d) FROM STDIN (FORMAT binary)", len(texts), func(c *CopyRows) {
				c.Row(2)
				c.Bigint(int64(n))
				c.DocumentOrNull(texts[n])
				n++
			})
		})
	}
	if err := put(`{"a": "ü"}`, "", "null", "[]"); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"{", `{"a": "\u0000"}`, "\xff"} {
		if err := put("1", bad); !HasState(err, "22P02", "22P05", "22021") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	var got string
	err := pool.QueryRow(t.Context(), "SELECT string_agg(coalesce(d::text, 'NULL'), ' ' ORDER BY n) FROM document").Scan(&got)
	if want := `{"a": "ü"} NULL null []`; err != nil || got != want {
		t.Errorf("%s, want %s (%v)", got, want, err)
	}
}
