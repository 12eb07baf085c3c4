package tsdb_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// clock is a clock that a test sets.
type clock struct{ *storetest.Clock }

func newClock() *clock                   { return &clock{&storetest.Clock{}} }
func (c *clock) now() time.Time          { return c.Now() }
func (c *clock) set(t time.Time)         { c.Set(t) }
func (c *clock) advance(d time.Duration) { c.Advance(d) }

// fixture is a store on a database of its own, with a clock that stands still until it is moved, by the names that this room's tests use.
type fixture struct {
	*storetest.Fixture
	t     testing.TB
	ctx   context.Context
	pool  *pgxpool.Pool
	clock *clock
}

var start = storetest.Start()

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return fixtureOn(t, tsdbtest.New(t), tsdb.Settings{})
}

// fixtureOn is a fixture on a pool, with settings of its own.
func fixtureOn(t testing.TB, pool *pgxpool.Pool, settings tsdb.Settings) *fixture {
	t.Helper()
	f := storetest.On(t, pool, settings)
	return &fixture{Fixture: f, t: t, ctx: f.Ctx, pool: pool, clock: &clock{f.Clock}}
}

func (f *fixture) must(err error)                      { f.t.Helper(); f.Must(err) }
func (f *fixture) key() string                         { return f.Key() }
func (f *fixture) account() int64                      { f.t.Helper(); return f.NewAccount() }
func (f *fixture) view(id int64) *tsdb.Account         { f.t.Helper(); return f.View(id) }
func (f *fixture) exec(sql string, args ...any)        { f.t.Helper(); f.Exec(sql, args...) }
func (f *fixture) resource(a int64, k, s string) int64 { f.t.Helper(); return f.NewResource(a, k, s) }

func (f *fixture) ingest(mode tsdb.UsageMode, events ...tsdb.UsageEvent) []tsdb.UsageResult {
	f.t.Helper()
	return f.Report(mode, events...)
}

func runs(account, tool int64, id string, at time.Time, n int64) tsdb.UsageEvent {
	return storetest.Runs(account, tool, id, at, n)
}

func tokens(account, model int64, id string, at time.Time, in, out int64) tsdb.UsageEvent {
	return storetest.Tokens(account, model, id, at, in, out)
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
