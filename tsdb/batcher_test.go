package tsdb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Without a database a batch fails once, not once more for each caller: they would only wait for one another.
func TestOutageIsNotTriedByEachCaller(t *testing.T) {
	t.Parallel()
	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := tsdb.New(tsdb.Config{Pool: pool, Clock: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	const callers = 5
	var failed, told atomic.Int64
	batcher := tsdb.NewBatcher(store, tsdb.BatcherConfig{Writers: 1, Linger: time.Second, Observe: func(b tsdb.Batch) {
		failed.Add(1)
		told.Add(int64(b.Callers))
	}})
	t.Cleanup(batcher.Stop)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			if _, err := batcher.Submit(t.Context(), []tsdb.UsageEvent{runs(1, 1, fmt.Sprint(i), start, 1)}, tsdb.Record); err == nil {
				t.Error("stored without a database")
			}
		})
	}
	all.Wait()
	if failed.Load() >= callers || told.Load() != callers {
		t.Errorf("%d transactions for %d callers", failed.Load(), told.Load())
	}
}

// Who must end cuts off a transaction that waits for a lock; the caller is told, and nothing is stored.
func TestDrainCutsOff(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.victim()
	tx, err := f.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `SELECT FROM balance WHERE account_id = $1 FOR UPDATE`, v.Account); err != nil {
		t.Fatal(err)
	}
	batcher := tsdb.NewBatcher(f.Store, tsdb.BatcherConfig{})
	answered := make(chan error, 1)
	go func() {
		_, err := batcher.Submit(t.Context(), []tsdb.UsageEvent{runs(v.Account, v.Tool, "waits", start, 1)}, tsdb.Record)
		answered <- err
	}()
	f.waitForLock()
	now, cancel := context.WithCancel(t.Context())
	cancel()
	batcher.Drain(now)
	if err := <-answered; err == nil || errors.Is(err, tsdb.ErrStopped) {
		t.Errorf("the caller was told %v", err)
	}
}

// waitForLock returns when a session of the database waits for a lock.
func (f *fixture) waitForLock() {
	f.t.Helper()
	for waiting := 0; waiting == 0; {
		err := f.pool.QueryRow(f.t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
		if err != nil {
			f.t.Fatal(err)
		}
	}
}
