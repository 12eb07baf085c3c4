package tsdb_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
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

func TestNewAccountHasFreeGrants(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a := f.view(f.account())
	if got := a.Credits.Balance(); got != billing.MustCredits("75") {
		t.Errorf("credits %v, want 75", billing.ModelCredits.Format(got))
	}
	if got := a.Runs.Balance(); got != 10_000 {
		t.Errorf("runs %v, want 10,000", got)
	}
	f.clock.advance(90 * 24 * time.Hour)
	a = f.view(a.ID)
	if a.Credits.Balance() != 0 || !a.Credits.FreeExpired || a.Credits.Allocation() != 0 {
		t.Errorf("after 90 days: balance %v, free-expired %v", a.Credits.Balance(), a.Credits.FreeExpired)
	}
}

func TestIngestChargesOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	events := []tsdb.UsageEvent{tokens(id, model, "a", start, 374, 44), runs(id, tool, "b", start, 3), runs(id, 999, "c", start, 1)}
	got := f.ingest(tsdb.Record, events...)
	if got[0].Status != tsdb.Stored || got[0].Charge != 253 || got[1].Status != tsdb.Stored || got[2].Code != tsdb.UnknownTool {
		t.Fatalf("first time: %+v", got)
	}
	again := f.ingest(tsdb.Record, events...)
	if again[0].Status != tsdb.Duplicate || again[0].Charge != 253 || again[1].Charge != 3 {
		t.Fatalf("second time: %+v", again)
	}
	events[0].InputTokens++
	if c := f.ingest(tsdb.Record, events[0]); c[0].Status != tsdb.UsageConflict {
		t.Fatalf("other content: %+v", c)
	}
	a := f.view(id)
	if a.Credits.Used() != 253 || a.Runs.Used() != 3 || a.Revision != 2 {
		t.Errorf("used %v credits, %v runs at revision %d", a.Credits.Used(), a.Runs.Used(), a.Revision)
	}
}

func TestTopUpRetiresAndRearms(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	f.ingest(tsdb.Record, tokens(id, model, "a", start, 140_000_000, 0))
	if got := f.view(id).Credits.Balance(); got != billing.MustCredits("5") {
		t.Fatalf("balance %v", got)
	}
	_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits("225"),
		Reference: "order 1", IdempotencyKey: "t1"}, tsdb.Actor{})
	f.must(err)
	a := f.view(id)
	percent := billing.UsedPercent(a.Credits.Used(), a.Credits.Allocation())
	if a.Credits.Allocation() != billing.MustCredits("300") || percent.StringFixed(2) != "23.33" {
		t.Errorf("allocation %v, %s%%", a.Credits.Allocation(), percent)
	}
	var mails, crossings int
	f.must(f.pool.QueryRow(f.ctx, `SELECT count(*) FROM email`).Scan(&mails))
	f.must(f.pool.QueryRow(f.ctx, `SELECT count(*) FROM crossing`).Scan(&crossings))
	if mails != 1 || crossings != 5 {
		t.Errorf("%d mails and %d crossings, want one mail (90%%) and 5 crossings", mails, crossings)
	}
}

func (f *fixture) exec(sql string, args ...any) {
	f.t.Helper()
	_, err := f.pool.Exec(f.ctx, sql, args...)
	f.must(err)
}
