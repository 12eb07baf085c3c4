package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/jobs"
	"github.com/usagegraph/usagegraph/mail"
	"github.com/usagegraph/usagegraph/mail/mailtest"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

var start = time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)

// fixture is a store with a queue of e-mails, on a database of its own, with a clock that stands still until it is moved.
type fixture struct {
	*tsdb.Store
	t      testing.TB
	ctx    context.Context
	pool   *pgxpool.Pool
	micros atomic.Int64
	queue  *jobs.Queue
	keys   int
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return openFixture(t, tsdbtest.New(t))
}

func openFixture(t testing.TB, pool *pgxpool.Pool) *fixture {
	t.Helper()
	f := &fixture{t: t, ctx: t.Context(), pool: pool}
	f.micros.Store(start.UnixMicro())
	f.must(jobs.Migrate(f.ctx, f.pool))
	var err error
	f.queue, err = jobs.NewQueue(f.pool)
	f.must(err)
	f.Store, err = tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.now, Mailer: f.queue})
	f.must(err)
	return f
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
	f.keys++
	id, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Acme", IdempotencyKey: fmt.Sprint("account ", f.keys), Members: []access.Member{
		{UserID: "u-master", Name: "Mia", Email: "mia@acme.example", Role: access.RoleMasterAdmin},
	}}, tsdb.Actor{})
	f.must(err)
	return id
}

func (f *fixture) model(account int64) int64 {
	f.t.Helper()
	r, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: account, Name: "llama"})
	f.must(err)
	return r.ID
}

// spend draws whole credits.
func (f *fixture) spend(account, model, credits int64) {
	f.t.Helper()
	f.keys++
	results, err := f.Ingest(f.ctx, []tsdb.UsageEvent{{AccountID: account, Source: "test", ID: fmt.Sprint(f.keys), Time: f.now(), Kind: tsdb.Inference,
		ResourceID: model, InputTokens: 2_000_000 * credits}}, tsdb.Record)
	f.must(err)
	if results[0].Status != tsdb.Stored {
		f.t.Fatalf("%+v", results[0])
	}
}

func (f *fixture) topUp(account int64, credits string) {
	f.t.Helper()
	f.keys++
	_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits(credits),
		Reference: "order", IdempotencyKey: fmt.Sprint("grant ", f.keys)}, tsdb.Actor{})
	f.must(err)
}

// delivery delivers to a relay that behaves as specified.
func (f *fixture) delivery(behave ...mailtest.Behaviour) (jobs.Delivery, *mailtest.Server) {
	f.t.Helper()
	relay := mailtest.Start(f.t, mailtest.Options{Behave: mailtest.Sequence(behave...)})
	return jobs.Delivery{Store: f.Store, Sender: f.sender(relay)}, relay
}

func (f *fixture) sender(relay *mailtest.Server) *mail.Sender {
	f.t.Helper()
	config := relay.Config()
	config.StepTimeout, config.Timeout = 200*time.Millisecond, time.Second
	sender, err := mail.New(config)
	f.must(err)
	return sender
}

// run starts a runner until the test ends.
func (f *fixture) run(cfg jobs.Config) *jobs.Runner {
	f.t.Helper()
	cfg.Store, cfg.Log = f.Store, slog.New(slog.DiscardHandler)
	if cfg.Jobs == nil {
		cfg.Jobs = []jobs.Job{}
	}
	runner, err := jobs.New(cfg)
	f.must(err)
	f.must(runner.Start(f.ctx))
	f.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := runner.Stop(ctx); err != nil {
			f.t.Error(err)
		}
	})
	return runner
}

// count returns the number that a query answers.
func (f *fixture) count(sql string, args ...any) (n int) {
	f.t.Helper()
	f.must(f.pool.QueryRow(f.ctx, sql, args...).Scan(&n))
	return n
}

// eventually waits until done reports true.
func (f *fixture) eventually(done func() bool) {
	f.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(time.Minute); !done(); {
		select {
		case <-tick.C:
		case <-end:
			f.t.Fatal("it did not come about")
		}
	}
}
