// Package bench measures the product against what the database does by itself, in the same run and on the same machine, so that a figure
// means the same everywhere: it is a ratio. `make bench` runs it.
package bench

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// side prepares one round and returns it, with the amount of its work. Preparing is not measured.
type side func() (amount int, round func())

// versus runs round after round of both sides, in turn, and reports the median of each in units per second, and the median of their ratios.
func versus(b *testing.B, unit string, bare, ours side, fleets ...*fleet) {
	b.Helper()
	rate(bare) // warm caches, plans and chunks
	rate(ours)
	for _, f := range fleets {
		f.exec("ANALYZE") // as autovacuum does within a minute, so that plans are those of a running system
	}
	rate(bare)
	rate(ours)
	var bares, oursRates, ratios []float64
	for b.Loop() {
		x, y := rate(bare), rate(ours)
		bares, oursRates, ratios = append(bares, x), append(oursRates, y), append(ratios, y/x)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(bares), "bare-"+unit+"/s")
	b.ReportMetric(median(oursRates), unit+"/s")
	b.ReportMetric(median(ratios), "ratio")
}

func rate(s side) float64 {
	amount, round := s()
	started := time.Now()
	round()
	return float64(amount) / time.Since(started).Seconds()
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// atOnce runs do for n callers at once and waits for all of them.
func atOnce(n int, do func(caller int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

// fleet is a database with accounts, each with a model and credits that last.
type fleet struct {
	b        *testing.B
	url      string
	pool     *pgxpool.Pool
	store    *tsdb.Store
	accounts []int64
	models   []int64
	sent     int
}

// bareFleet returns a database of the same form without accounts.
func bareFleet(b *testing.B) *fleet {
	b.Helper()
	return fleetOn(b, 16)
}

// fleetOn is bareFleet with so many connections.
func fleetOn(b *testing.B, connections int32) *fleet {
	b.Helper()
	f := &fleet{b: b, url: tsdbtest.NewURL(b)}
	config, err := pgxpool.ParseConfig(f.url)
	f.must(err)
	config.MaxConns = connections
	f.pool, err = pgxpool.NewWithConfig(b.Context(), config)
	f.must(err)
	b.Cleanup(f.pool.Close)
	return f
}

func newFleet(b *testing.B, n int) *fleet {
	b.Helper()
	f := bareFleet(b)
	var err error
	f.store, err = tsdb.New(tsdb.Config{Pool: f.pool, Clock: time.Now})
	f.must(err)
	for i := range n {
		key := fmt.Sprint("account ", i)
		id, err := f.store.CreateAccount(b.Context(), tsdb.NewAccount{Name: key, IdempotencyKey: key}, tsdb.Actor{})
		f.must(err)
		_, err = f.store.GrantCredits(b.Context(), tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp,
			Amount: billing.MustCredits("1000000"), Reference: "bench", IdempotencyKey: "bench"}, tsdb.Actor{})
		f.must(err)
		m, err := f.store.RegisterModel(b.Context(), tsdb.NewModel{AccountID: id, Name: "model"})
		f.must(err)
		f.accounts, f.models = append(f.accounts, id), append(f.models, m.ID)
	}
	return f
}

func (f *fleet) must(err error) {
	f.b.Helper()
	if err != nil {
		f.b.Fatal(err)
	}
}

// exec runs a statement that prepares a measurement.
func (f *fleet) exec(sql string, args ...any) {
	f.b.Helper()
	_, err := f.pool.Exec(f.b.Context(), sql, args...)
	f.must(err)
}

// events makes n events of the last hour, distributed over the accounts.
func (f *fleet) events(n int) []tsdb.UsageEvent {
	events := make([]tsdb.UsageEvent, n)
	first := time.Now().Add(-time.Hour)
	for i := range events {
		f.sent++
		a := f.sent % len(f.accounts)
		events[i] = tsdb.UsageEvent{AccountID: f.accounts[a], Source: "gateway-eu", ID: fmt.Sprintf("%032d", f.sent), Time: first.Add(time.Duration(f.sent) * 13 * time.Microsecond),
			Kind: tsdb.Inference, ResourceID: f.models[a], InputTokens: 374, OutputTokens: 44}
	}
	return events
}
