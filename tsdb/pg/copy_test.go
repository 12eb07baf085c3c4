package pg

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// copied is a row with a column of every type that copyRows writes, as pgx reads it.
type copied struct {
	Big     int64
	Maybe   *int64
	Small   int32
	Yes     bool
	Text    string
	Note    *string
	At      time.Time
	Minute  *time.Time
	Lines   []int64
	Amounts []int64
	Grants  []int32
	Draws   []int64
}

func (v *copied) copy(c *CopyRows) {
	c.Row(12)
	c.Bigint(v.Big)
	c.BigintOrNull(valueOf(v.Maybe))
	c.Integer(v.Small)
	c.Boolean(v.Yes)
	c.Text(v.Text)
	c.TextOrNull(valueOf(v.Note))
	c.Timestamp(v.At)
	c.SecondOrNull(billing.SecondOf(valueOf(v.Minute)))
	c.Bigints(len(v.Lines), func(i int) int64 { return v.Lines[i] })
	c.Bigints(len(v.Amounts), func(i int) int64 { return v.Amounts[i] })
	c.Integers(len(v.Grants), func(i int) int32 { return v.Grants[i] })
	c.Bigints(len(v.Draws), func(i int) int64 { return v.Draws[i] })
}

func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

const copiedTable = `CREATE TEMP TABLE copied (big bigint NOT NULL, maybe bigint, small int NOT NULL, yes boolean NOT NULL, text text NOT NULL, note text,
  at timestamptz NOT NULL, minute timestamptz, lines bigint[], amounts bigint[], grants int[], draws bigint[])`

// copiedRows fill several chunks; one is longer than a chunk.
func copiedRows() []copied {
	one, note, minute := int64(-1), "ü", time.Date(1999, 12, 31, 23, 59, 0, 0, time.UTC)
	rows := []copied{
		{Big: -1 << 63, Small: -1 << 31, Text: "", At: time.Date(1970, 1, 1, 0, 0, 0, 1000, time.UTC)},
		{Big: 1<<63 - 1, Maybe: &one, Small: 1<<31 - 1, Yes: true, Text: strings.Repeat("long ", 40_000), Note: &note, At: time.Date(2026, 3, 29, 1, 0, 0, 999_999_000, time.UTC),
			Minute: &minute, Lines: []int64{1, 2, 3}, Amounts: []int64{0, -5, 1 << 40}, Grants: []int32{7}, Draws: []int64{-9}},
	}
	for i := range 5000 {
		rows = append(rows, copied{Big: int64(i), Text: "some text", At: minute.Add(time.Duration(i) * time.Microsecond), Lines: []int64{int64(i)}, Amounts: []int64{1}})
	}
	return rows
}

func TestCopyRoundTrip(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	tx, err := tsdbtest.New(t).Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	if _, err := tx.Exec(ctx, copiedTable); err != nil {
		t.Fatal(err)
	}
	want := copiedRows()
	next := want
	err = CopyInto(ctx, tx, "copied", "COPY copied FROM STDIN (FORMAT binary)", len(next), func(c *CopyRows) {
		next[0].copy(c)
		next = next[1:]
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := tx.Query(ctx, `SELECT big, maybe, small, yes, text, note, at, minute, lines, amounts, grants, draws FROM copied`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowToStructByPos[copied])
	if err != nil || len(got) != len(want) {
		t.Fatal(len(got), err)
	}
	for i := range got {
		got[i].At = got[i].At.UTC()
		if got[i].Minute != nil {
			*got[i].Minute = got[i].Minute.UTC()
		}
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("row %d: %.300v, want %.300v", i, got[i], want[i])
		}
	}
}

// PostgreSQL refuses a row that does not fit its table, and the connection remains usable.
func TestCopyRefusesOtherColumns(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	pool := tsdbtest.New(t)
	for name, write := range map[string]func(*CopyRows){
		"too few": func(c *CopyRows) { c.Row(1); c.Bigint(1) },
		"width":   func(c *CopyRows) { c.Row(2); c.Integer(1); c.Bigint(2) },
	} {
		err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			return CopyInto(ctx, tx, "usage_dirty_day", "COPY usage_dirty_day (account_id, day) FROM STDIN (FORMAT binary)", 1, write)
		})
		if !HasState(err, "22P03", "22P04", "08P01") {
			t.Errorf("%s: %v", name, err)
		}
	}
	var n int
	if err := pool.QueryRow(ctx, `SELECT count(*) FROM usage_dirty_day`).Scan(&n); err != nil || n != 0 {
		t.Error(n, err)
	}
}

// Once copyInto has returned, nothing reads the caller's rows any more, even if the connection fails while a row is
// being written.
func TestCopyGivesItsRowsBack(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tx, err := tsdbtest.New(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	rows, returned := 0, make(chan struct{})
	err = CopyInto(ctx, tx, "usage_dirty_day", "COPY usage_dirty_day FROM STDIN (FORMAT binary)", 3, func(c *CopyRows) {
		c.Row(1)
		c.Text(strings.Repeat("x", copyChunk)) // each row is a chunk; all but the first are asked for while COPY runs
		if rows++; rows == 1 {
			return
		}
		cancel()
		select {
		case <-returned:
			t.Error("copyInto returned while a row was being written")
		case <-time.After(200 * time.Millisecond):
		}
	})
	close(returned)
	if !errors.Is(err, context.Canceled) || rows != 2 {
		t.Error(rows, err)
	}
}

// told records what a tracer of COPY is told.
type told struct{ spans []string }

func (*told) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}
func (*told) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (*told) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, start pgx.TraceCopyFromStartData) context.Context {
	return context.WithValue(ctx, toldTable{}, start.TableName.Sanitize())
}

func (t *told) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, end pgx.TraceCopyFromEndData) {
	t.spans = append(t.spans, fmt.Sprint(ctx.Value(toldTable{}), " ", end.CommandTag.RowsAffected(), " ", HasState(end.Err, "23505")))
}

type toldTable struct{}

// An existing row at the end of several chunks fails all of them. The connection remains usable, and a trace tells of
// both.
func TestCopyMeetsTheUniqueKey(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	cfg, err := pgx.ParseConfig(tsdbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	var tracer told
	cfg.Tracer = &tracer
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `CREATE TEMP TABLE keyed (id bigint PRIMARY KEY, at timestamptz NOT NULL)`); err != nil {
		t.Fatal(err)
	}
	const rows = 10_000
	fill := func(last int64) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			n := int64(0)
			return CopyInto(ctx, tx, "keyed", "COPY keyed (id, at) FROM STDIN (FORMAT binary)", rows, func(c *CopyRows) {
				if n++; n == rows {
					n = last
				}
				c.Row(2)
				c.Bigint(n)
				c.Timestamp(time.Unix(0, 0))
			})
		})
	}
	if err := fill(1); !HasState(err, "23505") {
		t.Errorf("a row twice: %v", err)
	}
	if err := fill(rows); err != nil {
		t.Error(err)
	}
	var n int
	if err := conn.QueryRow(ctx, `SELECT count(*) FROM keyed`).Scan(&n); err != nil || n != rows {
		t.Error(n, err)
	}
	if want := []string{`"keyed" 0 true`, `"keyed" 10000 false`}; !slices.Equal(tracer.spans, want) {
		t.Errorf("told %q, want %q", tracer.spans, want)
	}
}
