package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

var start = time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)

// fixture is a store on a database of its own, with a clock that stands still until it is moved.
type fixture struct {
	*tsdb.Store
	t      testing.TB
	ctx    context.Context
	pool   *pgxpool.Pool
	micros atomic.Int64
	keys   atomic.Int64
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{t: t, ctx: t.Context(), pool: tsdbtest.New(t)}
	f.micros.Store(start.UnixMicro())
	f.Store = f.store(f.pool)
	return f
}

// store returns another process's store on the same database.
func (f *fixture) store(pool *pgxpool.Pool) *tsdb.Store {
	f.t.Helper()
	s, err := tsdb.New(tsdb.Config{Pool: pool, Clock: f.now})
	f.must(err)
	return s
}

func (f *fixture) now() time.Time          { return time.UnixMicro(f.micros.Load()).UTC() }
func (f *fixture) advance(d time.Duration) { f.micros.Add(d.Microseconds()) }

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) account() int64 {
	f.t.Helper()
	id, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Acme", IdempotencyKey: fmt.Sprint("a", f.keys.Add(1))}, tsdb.Actor{})
	f.must(err)
	return id
}

func (f *fixture) tool(account int64) int64 {
	f.t.Helper()
	tool, err := f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: account, Name: "search", OwnerName: "Mia", Status: tsdb.Deployed})
	f.must(err)
	return tool.ID
}

func (f *fixture) use(account, tool, runs int64) {
	f.t.Helper()
	results, err := f.Ingest(f.ctx, []tsdb.UsageEvent{{AccountID: account, Source: "test", ID: fmt.Sprint(f.keys.Add(1)), Time: f.now(), Kind: tsdb.ToolRun,
		ResourceID: tool, Runs: runs}}, tsdb.Record)
	f.must(err)
	if results[0].Status != tsdb.Stored {
		f.t.Fatalf("%+v", results[0])
	}
}

func (f *fixture) topUp(account, runs int64) {
	f.t.Helper()
	_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: account, Meter: billing.ToolRuns, Kind: billing.TopUp, Amount: billing.Amount(runs),
		Reference: "order", IdempotencyKey: fmt.Sprint("g", f.keys.Add(1))}, tsdb.Actor{})
	f.must(err)
}

// hub starts a separate hub on the fixture's database; it stops with the test.
func (f *fixture) hub(store *tsdb.Store) *live.Hub {
	f.t.Helper()
	h, err := live.New(live.Config{Store: store, Log: slog.New(slog.DiscardHandler), Page: 20})
	f.must(err)
	h.Start()
	f.t.Cleanup(h.Stop)
	return h
}

// sink records what it receives.
type sink struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced with each frame and at the end
	frames   []live.Frame
	payloads [][]byte
	ended    bool
	err      error
	full     bool
	gone     bool
}

func newSink() *sink { return &sink{changed: make(chan struct{})} }

func (s *sink) Next(f live.Frame, payload []byte) live.Taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.gone || s.ended:
		return live.Gone
	case s.full:
		return live.Full
	}
	s.frames, s.payloads = append(s.frames, f), append(s.payloads, payload)
	s.tell()
	return live.Took
}

func (s *sink) End(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended, s.err = true, err
	s.tell()
}

func (s *sink) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *sink) setFull(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// wait returns the frames as soon as they satisfy enough; the test's deadline bounds it.
func (s *sink) wait(t testing.TB, what string, enough func([]live.Frame) bool) []live.Frame {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		s.mu.Lock()
		frames, changed, ended, err := append([]live.Frame(nil), s.frames...), s.changed, s.ended, s.err
		s.mu.Unlock()
		if enough(frames) {
			return frames
		}
		if ended {
			t.Fatalf("%s: ended with %v after %d frames", what, err, len(frames))
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("%s: %d frames came", what, len(frames))
		}
	}
}

// end waits for the end of the watch.
func (s *sink) end(t testing.TB) error {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		s.mu.Lock()
		changed, ended, err := s.changed, s.ended, s.err
		s.mu.Unlock()
		if ended {
			return err
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatal("never ended")
		}
	}
}

func atLeast(n int) func([]live.Frame) bool {
	return func(f []live.Frame) bool { return len(f) >= n }
}

// last returns the latest frame.
func last(frames []live.Frame) live.Frame { return frames[len(frames)-1] }

// events returns a topic of events whose snapshot is the account's state.
func (f *fixture) events(kind live.Kind, account int64) live.Topic {
	return live.Topic{Account: account, Kind: kind, Snapshot: func(ctx context.Context) (live.Frame, error) {
		a, err := f.Account(ctx, account)
		if err != nil {
			return live.Frame{}, err
		}
		return live.Frame{Account: a, Cursor: a.Revision}, nil
	}}
}
