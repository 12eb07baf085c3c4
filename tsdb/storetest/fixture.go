// Package storetest gives a test a store on a database of its own, with a clock that the test sets, and the few things that nearly every
// test of what the store keeps begins with: an account, a resource, usage.
package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// Clock is a clock that stands still until a test moves it. It is safe for concurrent use.
type Clock struct{ micros atomic.Int64 }

// Now is the clock's instant, to the microsecond, in UTC.
func (c *Clock) Now() time.Time { return time.UnixMicro(c.micros.Load()).UTC() }

// Set moves the clock to an instant.
func (c *Clock) Set(t time.Time) { c.micros.Store(t.UnixMicro()) }

// Advance moves the clock by a duration.
func (c *Clock) Advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

// Start is when the clock of a fixture stands still at first: in the morning of a Tuesday, between two quarter-hours of an ordinary month.
func Start() time.Time { return time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC) }

// Fixture is a store and what a test of it needs.
type Fixture struct {
	*tsdb.Store
	T     testing.TB
	Ctx   context.Context
	Pool  *pgxpool.Pool
	Clock *Clock
	keys  int
}

// New makes a fixture on a database of its own.
func New(t testing.TB) *Fixture {
	t.Helper()
	return On(t, tsdbtest.New(t), tsdb.Settings{})
}

// On makes a fixture on a pool, with settings of its own. What the store remembers is held against the database at every use.
func On(t testing.TB, pool *pgxpool.Pool, settings tsdb.Settings) *Fixture {
	t.Helper()
	f := &Fixture{T: t, Ctx: t.Context(), Pool: pool, Clock: &Clock{}}
	f.Clock.Set(Start())
	store, err := tsdb.New(tsdb.Config{Pool: f.Pool, Clock: f.Clock.Now, Settings: settings, CheckMemory: true})
	f.Must(err)
	f.Store = store
	return f
}

// Must ends the test where there is an error.
func (f *Fixture) Must(err error) {
	f.T.Helper()
	if err != nil {
		f.T.Fatal(err)
	}
}

// Key is an idempotency key that was not used before.
func (f *Fixture) Key() string {
	f.keys++
	return fmt.Sprintf("key-%d", f.keys)
}

// NewAccount makes an account with a master admin and a member.
func (f *Fixture) NewAccount() int64 {
	f.T.Helper()
	id, err := f.CreateAccount(f.Ctx, tsdb.NewAccount{Name: "Acme", IdempotencyKey: f.Key(), Members: []access.Member{
		{UserID: "u-master", Name: "Mia", Email: "mia@acme.example", Role: access.RoleMasterAdmin},
		{UserID: "u-member", Name: "Max", Email: "max@acme.example", Role: access.RoleMember},
	}}, tsdb.Actor{})
	f.Must(err)
	return id
}

// NewResource inserts a resource directly; registering has tests of its own.
func (f *Fixture) NewResource(account int64, kind, status string) (id int64) {
	f.T.Helper()
	f.Must(f.Pool.QueryRow(f.Ctx, `INSERT INTO resource (account_id, kind, name, status, type, created_at, ever_deployed)
VALUES ($1, $2, $2 || ' one', $3, 'BASE', $4, true) RETURNING resource_id`, account, kind, status, f.Clock.Now()).Scan(&id))
	return id
}

// Report stores usage, and returns what became of each event.
func (f *Fixture) Report(mode tsdb.UsageMode, events ...tsdb.UsageEvent) []tsdb.UsageResult {
	f.T.Helper()
	results, err := f.Ingest(f.Ctx, events, mode)
	f.Must(err)
	return results
}

// View reads an account as of the clock.
func (f *Fixture) View(id int64) *tsdb.Account {
	f.T.Helper()
	a, err := f.Account(f.Ctx, id)
	f.Must(err)
	return a
}

// Exec runs a statement.
func (f *Fixture) Exec(sql string, args ...any) {
	f.T.Helper()
	_, err := f.Pool.Exec(f.Ctx, sql, args...)
	f.Must(err)
}

// Runs is an event of n runs of a tool.
func Runs(account, tool int64, id string, at time.Time, n int64) tsdb.UsageEvent {
	return tsdb.UsageEvent{AccountID: account, Source: "test", ID: id, Time: at, Kind: tsdb.ToolRun, ResourceID: tool, Runs: n}
}

// Tokens is an event of inference.
func Tokens(account, model int64, id string, at time.Time, in, out int64) tsdb.UsageEvent {
	return tsdb.UsageEvent{AccountID: account, Source: "test", ID: id, Time: at, Kind: tsdb.Inference, ResourceID: model, InputTokens: in, OutputTokens: out}
}
