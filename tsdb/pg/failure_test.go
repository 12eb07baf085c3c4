package pg

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// exec runs a statement that must succeed.
func exec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// Real errors of a database in each kind of trouble are told apart as the list of SQLSTATEs says.
func TestRealFailuresAreToldApart(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	exec(t, pool, "CREATE TABLE locked (n int PRIMARY KEY, m smallint CHECK (m <> 3))")
	exec(t, pool, "INSERT INTO locked VALUES (1, 1), (4, 4)")
	within := func(sql ...string) error {
		return pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) (err error) {
			for _, s := range sql {
				_, failed := tx.Exec(t.Context(), s)
				err = errors.Join(err, failed)
			}
			return err
		})
	}
	holder, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Rollback(t.Context()) }()
	if _, err := holder.Exec(t.Context(), "UPDATE locked SET m = 2 WHERE n = 1"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err                          error
		unavailable, outage, follows bool
	}{
		"a statement too long": {within("SET LOCAL statement_timeout = 1", "SELECT pg_sleep(60)"), true, false, false},
		"a lock not got":       {within("SET LOCAL lock_timeout = 1", "UPDATE locked SET m = 5"), true, false, false},
		"a lock not waited":    {within("SELECT FROM locked WHERE n = 1 FOR UPDATE NOWAIT"), true, false, false},
		"cut off":              {within("SELECT pg_terminate_backend(pg_backend_pid())"), true, true, false},
		"reads only":           {within("SET LOCAL transaction_read_only = on", "INSERT INTO locked VALUES (9, 9)"), true, true, false},
		"a taken key":          {within("INSERT INTO locked VALUES (4, 1)"), false, false, false},
		"a check":              {within("INSERT INTO locked VALUES (2, 3)"), false, false, false},
		"a number too large":   {within("INSERT INTO locked VALUES (3, 40000)"), false, false, false},
		"division by zero":     {within("SELECT 1 / (SELECT 0)"), false, false, false},
		"no such table":        {within("SELECT FROM nothing"), false, false, false},
		"no text":              {pool.QueryRow(t.Context(), "SELECT $1::text", "a\x00").Scan(new(string)), false, false, false},
		"after a failure":      {within("SELECT 1 / (SELECT 0)", "SELECT 1"), false, false, false}, // the first of two says why
	} {
		if Unavailable(c.err) != c.unavailable || IsOutage(c.err) != c.outage || FollowsFailure(c.err) != c.follows || c.err == nil {
			t.Errorf("%s: %v: unavailable %v, outage %v, follows %v", name, c.err, Unavailable(c.err), IsOutage(c.err), FollowsFailure(c.err))
		}
	}
	failed, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = failed.Exec(t.Context(), "SELECT FROM nothing")
	if _, err := failed.Exec(t.Context(), "SELECT 1"); !FollowsFailure(err) || !Unavailable(err) {
		t.Errorf("what follows a failure: %v", err)
	}
	if err := failed.Commit(t.Context()); !errors.Is(err, pgx.ErrTxCommitRollback) || !Unavailable(err) {
		t.Errorf("its commit: %v", err)
	}
}

// A sum that no figure can hold is a refusal that says what to do; the texts of refusals begin with their code.
func TestSumsThatDoNotFit(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	var n int64
	err := pool.QueryRow(t.Context(), "SELECT sum(n)::bigint FROM unnest(ARRAY[9223372036854775807, 1]) n").Scan(&n)
	var refused *Error
	if err = SumsFit(err); !errors.As(err, &refused) || refused.Code != TooMuch || refused.Field != "range" {
		t.Fatalf("%v", err)
	}
	if got, want := fmt.Errorf("read: %w", Refuse(NameTaken, "name", "%d are %s", 2, "taken")).Error(), "read: NAME_TAKEN: 2 are taken"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Two transactions that wait for each other both succeed: PostgreSQL aborts one of them, which is repeated as a whole.
func TestDeadlocksAreResolved(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	exec(t, pool, "CREATE TABLE pair (n int PRIMARY KEY, sum int NOT NULL DEFAULT 0)")
	exec(t, pool, "INSERT INTO pair VALUES (1), (2)")
	var tries [2]int
	holds := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	ended := make(chan error, 2)
	for i := range 2 {
		go func() {
			ended <- TransactBatched(t.Context(), pool, func(ctx context.Context, tx *BatchedTx) error {
				err := tx.BeginWith(ctx, func(b *pgx.Batch) { b.Queue("UPDATE pair SET sum = sum + 1 WHERE n = $1", 1+i) })
				if err != nil {
					return err
				}
				if tries[i]++; tries[i] == 1 { // each has its row before either asks for the other's
					close(holds[i])
					<-holds[1-i]
				}
				tx.Last.Queue("UPDATE pair SET sum = sum + 10 WHERE n = $1", 2-i)
				return tx.CommitLast(ctx)
			})
		}()
	}
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	var sums []int
	rows, _ := pool.Query(t.Context(), "SELECT sum FROM pair ORDER BY n")
	sums, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil || !slices.Equal(sums, []int{11, 11}) || tries[0]+tries[1] < 3 {
		t.Errorf("%v after %v tries, %v", sums, tries, err)
	}
}

// However a batched transaction ends early, nothing of it is kept, and its connection is returned to the pool fit for
// use.
func TestBatchedTransactionsThatEndEarly(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	exec(t, pool, "CREATE TABLE kept (n int PRIMARY KEY)")
	other := errors.New("other")
	insert := func(b *pgx.Batch) { b.Queue("INSERT INTO kept VALUES (1)") }
	for name, c := range map[string]struct {
		run  func(context.Context, *BatchedTx) error
		want func(error) bool
	}{
		"before it began": {func(context.Context, *BatchedTx) error { return other }, func(err error) bool { return errors.Is(err, other) }},
		"with its first answer": {func(ctx context.Context, tx *BatchedTx) error {
			return tx.BeginWith(ctx, func(b *pgx.Batch) { insert(b); insert(b) })
		}, takenKey},
		"by its own choice": {func(ctx context.Context, tx *BatchedTx) error {
			return errors.Join(tx.BeginWith(ctx, insert), other)
		}, func(err error) bool { return errors.Is(err, other) }},
		"forgotten": {func(ctx context.Context, tx *BatchedTx) error { return tx.BeginWith(ctx, insert) }, func(err error) bool { return err == nil }},
		"with a failure that is ignored": {func(ctx context.Context, tx *BatchedTx) error {
			if err := tx.BeginWith(ctx, insert); err != nil {
				return err
			}
			_, _ = tx.Exec(ctx, "SELECT FROM nothing")
			return tx.CommitLast(ctx)
		}, func(err error) bool { return err != nil }},
		"with its last statement": {func(ctx context.Context, tx *BatchedTx) error {
			tx.Last.Queue("INSERT INTO kept VALUES (1)")
			return errors.Join(tx.BeginWith(ctx, insert), tx.CommitLast(ctx))
		}, takenKey},
		"given up": {func(ctx context.Context, tx *BatchedTx) error {
			err := tx.BeginWith(ctx, insert)
			ended, end := context.WithCancel(ctx)
			end()
			return errors.Join(err, tx.CommitLast(ended))
		}, Unavailable},
		"cut off": {func(ctx context.Context, tx *BatchedTx) error {
			err := tx.BeginWith(ctx, insert)
			_, _ = tx.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
			return errors.Join(err, tx.CommitLast(ctx))
		}, IsOutage},
	} {
		err := TransactBatched(t.Context(), pool, c.run)
		var n int
		if e := pool.QueryRow(t.Context(), "SELECT count(*) FROM kept").Scan(&n); !c.want(err) || n != 0 || e != nil || pool.Stat().AcquiredConns() != 0 {
			t.Errorf("%s: %v; %d rows kept (%v), %d connections not given back", name, err, n, e, pool.Stat().AcquiredConns())
		}
	}
}

func takenKey(err error) bool { return HasState(err, "23505") }

// A listener gets everything that is sent once it listens, in order and with any content, and learns that its
// connection is gone.
func TestListenersHearAllInOrder(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	exec(t, pool, "SELECT pg_notify('pg_order', 'before it listens')")
	const count = 500
	heard, listening, ended := make(chan string, count+1), make(chan struct{}), make(chan error, 1)
	open := func(ctx context.Context) (*pgx.Conn, error) { return Hijack(ctx, pool) }
	go func() {
		ended <- Listen(t.Context(), open, "LISTEN pg_order", func() { close(listening) }, func(payload string) { heard <- payload })
	}()
	<-listening
	exec(t, pool, "SELECT pg_notify('pg_order', 'ü ' || n) FROM generate_series(1, $1) n", count)
	exec(t, pool, "SELECT pg_notify('another', 'not asked for')")
	for n := range count {
		select {
		case got := <-heard:
			if want := fmt.Sprint("ü ", n+1); got != want {
				t.Fatalf("heard %q, want %q", got, want)
			}
		case err := <-ended:
			t.Fatal(err)
		}
	}
	exec(t, pool, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN pg_order' AND datname = current_database()")
	select {
	case err := <-ended:
		if !IsOutage(err) {
			t.Errorf("ended by %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it goes on listening to nobody")
	}
	if len(heard) != 0 {
		t.Errorf("heard %q besides", <-heard)
	}
}

// A database that accepts no connections hangs, and so does one that has no connection left.
func TestADatabaseThatHangs(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	var held []*pgxpool.Conn
	for range pool.Config().MaxConns {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	if !Hangs(t.Context(), pool) {
		t.Error("it answers without a connection")
	}
	for _, conn := range held {
		conn.Release()
	}
	if Hangs(t.Context(), pool) {
		t.Error("it hangs with all its connections")
	}
}
