package pg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

func withState(code string) error { return fmt.Errorf("step: %w", &pgconn.PgError{Code: code}) }

// A transaction is repeated if PostgreSQL asks for it, at most five times, and not otherwise; a failed one leaves
// nothing behind.
func TestTransactionsAreRepeated(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	if _, err := pool.Exec(t.Context(), "CREATE TABLE tried (n int)"); err != nil {
		t.Fatal(err)
	}
	other := errors.New("other")
	for name, c := range map[string]struct {
		failures []error
		tries    int
		want     string // "": committed
	}{
		"at once":                  {nil, 1, ""},
		"after a deadlock":         {[]error{withState("40P01")}, 2, ""},
		"after two conflicts":      {[]error{withState("40001"), withState("40001")}, 3, ""},
		"not for a taken key":      {[]error{withState("23505")}, 1, "23505"},
		"not for an error of fn":   {[]error{other}, 1, "other"},
		"given up after five":      {slices.Repeat([]error{withState("40001")}, 9), 5, "given up"},
		"what comes second ends":   {[]error{withState("40P01"), other}, 2, "other"},
		"a late success is enough": {slices.Repeat([]error{withState("40P01")}, 4), 5, ""},
	} {
		tries := 0
		err := Transact(t.Context(), pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
			tries++
			if _, err := tx.Exec(t.Context(), "INSERT INTO tried VALUES ($1)", tries); err != nil {
				return err
			}
			if tries <= len(c.failures) {
				return c.failures[tries-1]
			}
			return nil
		})
		if tries != c.tries || (err == nil) != (c.want == "") {
			t.Errorf("%s: %d tries, %v; want %d", name, tries, err, c.tries)
		}
		var left []int
		rows, _ := pool.Query(t.Context(), "DELETE FROM tried RETURNING n")
		left, err = pgx.CollectRows(rows, pgx.RowTo[int])
		if committed := c.want == ""; err != nil || committed != (len(left) == 1) || committed && left[0] != c.tries {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
}

// BEGIN is sent with the first queries and COMMIT with the last statements; if one of them fails, nothing is kept.
func TestBatchedTransaction(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	if _, err := pool.Exec(t.Context(), "CREATE TABLE kept (n int PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	put := func(numbers ...int) error {
		return TransactBatched(t.Context(), pool, func(ctx context.Context, tx *BatchedTx) error {
			var one int
			err := tx.BeginWith(ctx, func(b *pgx.Batch) {
				b.Queue("SELECT 1").QueryRow(func(row pgx.Row) error { return row.Scan(&one) })
			})
			if err != nil || one != 1 {
				return fmt.Errorf("began with %d: %w", one, err)
			}
			for i, n := range numbers {
				tx.Last.Queue("INSERT INTO kept VALUES ($1)", n)
				if i == 0 {
					if err := tx.SendLast(ctx); err != nil {
						return err
					}
				}
			}
			return tx.CommitLast(ctx)
		})
	}
	if err := put(1, 2, 3); err != nil {
		t.Fatal(err)
	}
	if err := put(4, 5, 2, 6); !HasState(err, "23505") {
		t.Errorf("%v, want a taken key", err)
	}
	var sum int
	if err := pool.QueryRow(t.Context(), "SELECT sum(n) FROM kept").Scan(&sum); err != nil || sum != 6 {
		t.Errorf("kept %d, %v", sum, err)
	}
	if n := pool.Stat().AcquiredConns(); n != 0 {
		t.Errorf("%d connections are not given back", n)
	}
}

// Failures that say nothing against a query are told from those that say that the database as a whole is unavailable.
func TestFailuresAreToldApart(t *testing.T) {
	t.Parallel()
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for name, c := range map[string]struct {
		err                 error
		unavailable, outage bool
	}{
		"none":                  {nil, false, false},
		"no connection":         {withState("08006"), true, true},
		"no room":               {withState("53100"), true, true},
		"going down":            {withState("57P01"), true, true},
		"a statement timed out": {withState("57014"), true, false},
		"a lock timed out":      {withState("55P03"), true, false},
		"a deadlock":            {withState("40P01"), true, false},
		"reads only":            {withState("25006"), true, true},
		"failed before":         {withState("25P02"), true, false},
		"a taken key":           {withState("23505"), false, false},
		"a wrong statement":     {withState("42601"), false, false},
		"cut off":               {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), true, true},
		"closed":                {net.ErrClosed, true, true},
		"refused":               {&net.OpError{Op: "dial", Err: errors.New("refused")}, true, true},
		"too late":              {late.Err(), true, false},
		"given up":              {context.Canceled, true, true},
		"anything else":         {errors.New("x"), false, false},
	} {
		if got := Unavailable(c.err); got != c.unavailable {
			t.Errorf("%s: unavailable %v", name, got)
		}
		if got := IsOutage(c.err); got != c.outage {
			t.Errorf("%s: outage %v", name, got)
		}
	}
	if !FollowsFailure(withState("25P02")) || FollowsFailure(withState("57014")) {
		t.Error("what follows a failure")
	}
	var refused *Error
	if err := SumsFit(withState("22003")); !errors.As(err, &refused) || refused.Code != TooMuch || refused.Field != "range" {
		t.Errorf("%v", err)
	}
	if err := withState("23505"); SumsFit(err) != err || SumsFit(nil) != nil {
		t.Error("other errors stay")
	}
	if Hangs(t.Context(), tsdbtest.New(t)) {
		t.Error("a database that answers hangs")
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	heard, listening, ended := make(chan string, 1), make(chan struct{}), make(chan error, 1)
	open := func(ctx context.Context) (*pgx.Conn, error) { return Hijack(ctx, pool) }
	go func() {
		ended <- Listen(ctx, open, "LISTEN pg_room", func() { close(listening) }, func(payload string) { heard <- payload })
	}()
	select {
	case <-listening:
	case err := <-ended:
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), "SELECT pg_notify('pg_room', 'hello')"); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-heard:
		if got != "hello" {
			t.Errorf("heard %q", got)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing was heard")
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended by %v", err)
	}
	away := errors.New("away")
	none := func(context.Context) (*pgx.Conn, error) { return nil, away }
	if err := Listen(t.Context(), none, "LISTEN pg_room", func() { t.Error("it listens") }, nil); !errors.Is(err, away) {
		t.Errorf("%v", err)
	}
}
