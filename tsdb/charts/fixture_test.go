package charts_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// clock is a clock that a test sets.
type clock struct{ micros atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMicro(c.micros.Load()).UTC() }
func (c *clock) set(t time.Time)         { c.micros.Store(t.UnixMicro()) }
func (c *clock) advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

// fixture is a store on a database of its own, with a clock that stands still until it is moved.
type fixture struct {
	*tsdb.Store
	t     testing.TB
	ctx   context.Context
	pool  *pgxpool.Pool
	clock *clock
	keys  int
}

var start = time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return fixtureOn(t, tsdbtest.New(t), tsdb.Settings{})
}

// fixtureOn is a fixture on a pool, with settings of its own.
func fixtureOn(t testing.TB, pool *pgxpool.Pool, settings tsdb.Settings) *fixture {
	t.Helper()
	f := &fixture{t: t, ctx: t.Context(), pool: pool, clock: &clock{}}
	f.clock.set(start)
	store, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.clock.now, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	f.Store = store
	return f
}

func (f *fixture) key() string {
	f.keys++
	return fmt.Sprintf("key-%d", f.keys)
}

func (f *fixture) account() int64 {
	f.t.Helper()
	id, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Acme", IdempotencyKey: f.key(), Members: []access.Member{
		{UserID: "u-master", Name: "Mia", Email: "mia@acme.example", Role: access.RoleMasterAdmin},
		{UserID: "u-member", Name: "Max", Email: "max@acme.example", Role: access.RoleMember},
	}}, tsdb.Actor{})
	f.must(err)
	return id
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// resource inserts a resource directly; registering has tests of its own.
func (f *fixture) resource(account int64, kind, status string) (id int64) {
	f.t.Helper()
	f.must(f.pool.QueryRow(f.ctx, `INSERT INTO resource (account_id, kind, name, status, type, created_at, ever_deployed)
VALUES ($1, $2, $2 || ' one', $3, 'BASE', $4, true) RETURNING resource_id`, account, kind, status, f.clock.now()).Scan(&id))
	return id
}

func (f *fixture) ingest(mode tsdb.UsageMode, events ...tsdb.UsageEvent) []tsdb.UsageResult {
	f.t.Helper()
	results, err := f.Ingest(f.ctx, events, mode)
	f.must(err)
	return results
}

func (f *fixture) view(id int64) *tsdb.Account {
	f.t.Helper()
	a, err := f.Account(f.ctx, id)
	f.must(err)
	return a
}

func runs(account, tool int64, id string, at time.Time, n int64) tsdb.UsageEvent {
	return tsdb.UsageEvent{AccountID: account, Source: "test", ID: id, Time: at, Kind: tsdb.ToolRun, ResourceID: tool, Runs: n}
}

func tokens(account, model int64, id string, at time.Time, in, out int64) tsdb.UsageEvent {
	return tsdb.UsageEvent{AccountID: account, Source: "test", ID: id, Time: at, Kind: tsdb.Inference, ResourceID: model, InputTokens: in, OutputTokens: out}
}

// wantRefused demands a refusal of a code and returns it.
func (f *fixture) wantRefused(err error, code tsdb.Code) *tsdb.Error {
	f.t.Helper()
	var refused *tsdb.Error
	if !errors.As(err, &refused) || refused.Code != code {
		f.t.Fatalf("got %v, want %s", err, code)
	}
	return refused
}
