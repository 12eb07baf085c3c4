// Package bench measures the product against what the database can do by itself. `make bench` runs it.
package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// fleet is a database with accounts, each with a model and credits that last.
type fleet struct {
	b        *testing.B
	pool     *pgxpool.Pool
	store    *tsdb.Store
	accounts []int64
	models   []int64
	sent     int
}

func newFleet(b *testing.B, n int) *fleet {
	b.Helper()
	f := &fleet{b: b, pool: tsdbtest.New(b)}
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

// events makes n events of the last hour, dealt to the accounts.
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

// BenchmarkIngest stores events through the batcher, from 8 callers. Compare events/s with BenchmarkCopy.
func BenchmarkIngest(b *testing.B) {
	for _, c := range []struct{ accounts, batch int }{{1, 5000}, {1, 500}, {100, 5000}, {100, 500}, {1000, 500}} {
		b.Run(fmt.Sprintf("accounts=%d/batch=%d", c.accounts, c.batch), func(b *testing.B) {
			f := newFleet(b, c.accounts)
			batcher := tsdb.NewBatcher(f.store, tsdb.BatcherConfig{})
			defer batcher.Stop()
			b.ResetTimer()
			total := 0
			for b.Loop() {
				total += f.round(batcher, 8, c.batch)
			}
			b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// round lets callers submit a batch each, all at once, and returns how many events that was.
func (f *fleet) round(batcher *tsdb.Batcher, callers, batch int) int {
	f.b.StopTimer()
	batches := make([][]tsdb.UsageEvent, callers)
	for i := range batches {
		batches[i] = f.events(batch)
	}
	f.b.StartTimer()
	var all sync.WaitGroup
	for _, events := range batches {
		all.Go(func() {
			results, err := batcher.Submit(context.Background(), events, tsdb.Record)
			if err != nil || results[0].Status != tsdb.Stored {
				f.b.Error(err, results[0])
			}
		})
	}
	all.Wait()
	return callers * batch
}

// BenchmarkCopy is what the database can do: the same rows by COPY on one connection, and nothing else.
func BenchmarkCopy(b *testing.B) {
	columns := strings.Fields("account_id time source event_id kind resource_id deployment_id runs input_tokens output_tokens charge history posted_at entry_no")
	f := newFleet(b, 1)
	total := 0
	for b.Loop() {
		b.StopTimer()
		events := f.events(5000)
		b.StartTimer()
		n, err := f.pool.CopyFrom(b.Context(), pgx.Identifier{"usage_event"}, columns, pgx.CopyFromSlice(len(events), func(i int) ([]any, error) {
			e := &events[i]
			return []any{e.AccountID, e.Time, e.Source, e.ID, string(e.Kind), e.ResourceID, e.DeploymentID, e.Runs, e.InputTokens, e.OutputTokens, int64(253), false, e.Time, int64(1)}, nil
		}))
		f.must(err)
		total += int(n)
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "events/s")
}
