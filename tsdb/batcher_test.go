package tsdb_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Without a database a batch fails once and not once more per caller: they would only wait for one another.
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

// A drain that must end cuts off a transaction that waits for a lock; the caller is told, and nothing is stored.
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

// spoil makes the database do something to the transaction that writes an event with this id, after what else it has
// written.
func (f *fixture) spoil(id, do string) {
	f.t.Helper()
	_, err := f.pool.Exec(f.ctx, `CREATE SEQUENCE spoilt; CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN `+do+` RETURN NEW; END $$;
CREATE TRIGGER spoil BEFORE INSERT ON usage_event FOR EACH ROW WHEN (NEW.event_id = '`+id+`') EXECUTE FUNCTION spoil()`)
	f.must(err)
}

// batchOf is a batch of several chunks of COPY whose last event has an id of its own.
func batchOf(v victim, name, last string) []tsdb.UsageEvent {
	events := make([]tsdb.UsageEvent, 2000)
	for i := range events {
		events[i] = runs(v.Account, v.Tool, fmt.Sprint(name, " ", i), start, 1)
	}
	events[len(events)-1].ID = last
	return events
}

// A caller whose transaction fails in its last row, or loses its connection there, gets an error and no answer that
// contradicts it. Another caller in the same batch is stored, and so is the next.
func TestFailedBatchAnswersNothing(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]string{"refused": `RAISE EXCEPTION 'no';`, "cut": `PERFORM pg_terminate_backend(pg_backend_pid());`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			bad, good := f.victim(), f.victim()
			f.spoil("spoils", do)
			batcher := tsdb.NewBatcher(f.Store, tsdb.BatcherConfig{Writers: 1, MaxBatch: 4000, Linger: time.Second}) // or until both are in it
			t.Cleanup(batcher.Stop)
			var both sync.WaitGroup
			both.Go(func() {
				results, err := batcher.Submit(f.ctx, append(batchOf(bad, "bad", "spoils"), tsdb.UsageEvent{AccountID: bad.Account}), tsdb.Record)
				if err == nil || results[2000].Code != tsdb.SourceRequired {
					t.Error("the spoilt batch:", err, results[2000])
				}
				for i, r := range results[:2000] {
					if r != (tsdb.UsageResult{}) {
						t.Errorf("event %d of the spoilt batch: %+v", i, r)
						return
					}
				}
			})
			both.Go(func() {
				if _, err := batcher.Submit(f.ctx, batchOf(good, "good", "last"), tsdb.Record); (err != nil) != (name == "cut") {
					t.Error("the other caller:", err)
				}
			})
			both.Wait()
			for i, r := range f.ingest(tsdb.Record, batchOf(good, "good", "last")...) {
				if want := map[string]tsdb.UsageStatus{"refused": tsdb.Duplicate, "cut": tsdb.Stored}[name]; r.Status != want || r.Charge != 1 {
					t.Fatalf("event %d, again: %+v", i, r)
				}
			}
			if used := f.view(bad.Account).Runs.Used(); used != 0 {
				t.Errorf("%d runs of the spoilt batch are charged", used)
			}
			f.sound(bad.Account)
			f.sound(good.Account)
		})
	}
}

// A transaction that PostgreSQL wants repeated starts again from what is stored, and is answered once: duplicates
// within the call, thresholds, what expires next.
func TestRepeatedTransactionAnswersOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.victim()
	f.spoil("spoils", `IF nextval('spoilt') < 3 THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF;`)
	batch := batchOf(v, "twice", "spoils")
	batch[0].Runs = 8_000 // of 10,000: four thresholds
	batch = append(batch, batch[1], batch[0])
	batch[len(batch)-1].Runs++
	for round := range 2 {
		results := f.ingest(tsdb.Record, batch...)
		n := map[tsdb.UsageStatus]int{}
		for _, r := range results {
			n[r.Status]++
		}
		if want := []map[tsdb.UsageStatus]int{{tsdb.Stored: 2000, tsdb.Duplicate: 1, tsdb.UsageConflict: 1}, {tsdb.Duplicate: 2001, tsdb.UsageConflict: 1}}[round]; !maps.Equal(n, want) {
			t.Errorf("round %d: %v, want %v", round, n, want)
		}
	}
	if used := f.view(v.Account).Runs.Used(); used != 9_999 {
		t.Errorf("%d runs used", used)
	}
	f.sound(v.Account)
}

// Many callers with events of many accounts get their answers in the order of their events, whoever is in whose batch,
// and what is observed of the batches adds up to what was answered.
func TestEachCallerGetsItsAnswers(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var accounts, tools []int64
	for range 5 {
		id := f.account()
		accounts, tools = append(accounts, id), append(tools, f.resource(id, "TOOL", "DEPLOYED"))
	}
	var mu sync.Mutex
	seen, observed := map[tsdb.UsageStatus]int{}, map[tsdb.UsageStatus]int{}
	refusals := map[tsdb.UsageCode]int{}
	batcher := tsdb.NewBatcher(f.Store, tsdb.BatcherConfig{Writers: 3, MaxBatch: 7, Linger: time.Hour, Observe: func(b tsdb.Batch) {
		mu.Lock()
		defer mu.Unlock()
		if b.Err != nil || b.Callers < 1 || b.Took < 0 || b.Age < b.Took {
			t.Errorf("observed %+v", b)
		}
		for s, n := range b.Statuses {
			observed[s] += n
		}
		for c, n := range b.Refusals {
			refusals[c] += n
		}
	}})
	t.Cleanup(batcher.Stop)
	var all sync.WaitGroup
	for caller := range 12 {
		random := rand.New(rand.NewPCG(uint64(caller), 3))
		all.Go(func() {
			for round := range 6 {
				var events []tsdb.UsageEvent
				var want []tsdb.UsageStatus
				for i := range random.IntN(9) {
					at := random.IntN(5)
					e := runs(accounts[at], tools[at], fmt.Sprint(caller, round, i), start, int64(1+i))
					want = append(want, tsdb.Stored)
					if random.IntN(5) == 0 {
						e.ResourceID, want[i] = 999, tsdb.UsageRefused
					}
					events = append(events, e)
					if random.IntN(7) == 0 {
						events[i].ID, want[i] = "", tsdb.UsageRefused // which reaches no batch
					}
				}
				results, err := batcher.Submit(f.ctx, events, tsdb.Record)
				if err != nil || len(results) != len(events) {
					t.Errorf("%d answers to %d events: %v", len(results), len(events), err)
					return
				}
				mu.Lock()
				for i, r := range results {
					if r.Status != want[i] || r.Status == tsdb.Stored && int64(r.Charge) != events[i].Runs {
						t.Errorf("%+v: %+v, want %s", events[i], r, want[i])
					}
					if r.Code != tsdb.IDRequired {
						seen[r.Status]++
					}
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	if !maps.Equal(seen, observed) || refusals[tsdb.UnknownTool] != seen[tsdb.UsageRefused] || seen[tsdb.Stored] < 100 {
		t.Errorf("answered %v, observed %v and %v", seen, observed, refusals)
	}
	for _, id := range accounts {
		f.sound(id)
	}
}

// A caller who comes after the batcher has stopped, or gives up before a writer is free, gets an error, and nothing of
// theirs is stored without their being told. What another writer had taken before is stored and answered, and sending
// everything again adds the rest.
func TestWhatASubmissionLosesIsSaid(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var accounts, tools []int64 // by writer: some of the first ten accounts belong to each
	for range 10 {
		id := f.account()
		accounts, tools = append(accounts, id), append(tools, f.resource(id, "TOOL", "DEPLOYED"))
	}
	batcher := tsdb.NewBatcher(f.Store, tsdb.BatcherConfig{Writers: 2})
	tx, err := f.pool.Begin(f.ctx)
	f.must(err)
	_, err = tx.Exec(f.ctx, `SELECT FROM balance WHERE account_id = $1 FOR UPDATE`, accounts[0])
	f.must(err)
	busy := make(chan error)
	go func() {
		_, err := batcher.Submit(f.ctx, []tsdb.UsageEvent{runs(accounts[0], tools[0], "busy", start, 1)}, tsdb.Record)
		busy <- err
	}()
	f.waitForLock() // the writer of the first account is busy until it may go on
	var events []tsdb.UsageEvent
	for i := range accounts {
		events = append(events, runs(accounts[i], tools[i], "all", start, 1))
	}
	gone, giveUp := context.WithCancel(f.ctx)
	type answer struct {
		results []tsdb.UsageResult
		err     error
	}
	answered := make(chan answer)
	go func() {
		results, err := batcher.Submit(gone, events, tsdb.Record)
		answered <- answer{results, err}
	}()
	for f.count(`SELECT count(*) FROM usage_event`) == 0 { // the other writer has stored its part
	}
	giveUp()
	got := <-answered
	stored := int64(0)
	for i, r := range got.results {
		there := f.count(`SELECT count(*) FROM usage_event WHERE account_id = $1`, accounts[i])
		if stored += there; (r.Status == tsdb.Stored) != (there == 1) || r.Status == "" && r != (tsdb.UsageResult{}) {
			t.Errorf("account %d: answered %+v, and %d are stored", accounts[i], r, there)
		}
	}
	if !errors.Is(got.err, context.Canceled) || stored == 0 || stored == 10 {
		t.Errorf("%d of 10 stored: %v", stored, got.err)
	}
	f.must(tx.Rollback(f.ctx))
	if err := <-busy; err != nil {
		t.Error(err)
	}
	batcher.Stop()
	batcher.Stop()
	if results, err := batcher.Submit(f.ctx, events, tsdb.Record); !errors.Is(err, tsdb.ErrStopped) || results[0] != (tsdb.UsageResult{}) {
		t.Errorf("after the stop: %v, %v", results, err)
	}
	if results, err := batcher.Submit(f.ctx, nil, tsdb.Record); err != nil || len(results) != 0 {
		t.Errorf("of nothing: %v, %v", results, err)
	}
	for i, r := range f.ingest(tsdb.Record, events...) {
		if want := map[bool]tsdb.UsageStatus{true: tsdb.Duplicate, false: tsdb.Stored}[got.results[i].Status == tsdb.Stored]; r.Status != want {
			t.Errorf("account %d, again: %+v, want %s", accounts[i], r, want)
		}
	}
}
