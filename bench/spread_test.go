package bench

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// spread is usage of many accounts with many tools and models each, in random order, so that the cost of a batch per account counts as much
// as that of an event.
type spread struct {
	*fleet
	random *rand.Rand
	tools  [][]int64 // by account; models correspondingly
	models [][]int64
	// repeats is the share of events that were sent before, in hundredths.
	repeats int
	last    []tsdb.UsageEvent
}

// Each account has so many tools and as many models, and four live grants.
const spreadOver = 5

func newSpread(b *testing.B, accounts int) *spread {
	b.Helper()
	s := &spread{fleet: newFleet(b, accounts), random: rand.New(rand.NewPCG(1, 2))}
	for _, id := range s.accounts {
		_, err := s.store.GrantCredits(b.Context(), tsdb.NewGrant{AccountID: id, Meter: billing.ToolRuns, Kind: billing.TopUp, Amount: 1_000_000_000, Reference: "bench", IdempotencyKey: "runs"}, tsdb.Actor{})
		s.must(err)
	}
	s.exec(`INSERT INTO resource (account_id, kind, name, status, type, created_at, ever_deployed)
SELECT account_id, kind, kind || ' ' || i, 'DEPLOYED', CASE kind WHEN 'MODEL' THEN 'BASE' ELSE '' END, now(), true
FROM account, unnest(ARRAY['TOOL', 'MODEL']) AS kind, generate_series(1, $1::int) AS i`, spreadOver)
	for _, id := range s.accounts {
		s.tools, s.models = append(s.tools, s.resources(id, "TOOL")), append(s.models, s.resources(id, "MODEL"))
	}
	return s
}

func (s *spread) resources(account int64, kind string) []int64 {
	rows, err := s.pool.Query(s.b.Context(), `SELECT resource_id FROM resource WHERE account_id = $1 AND kind = $2 AND name <> 'model' ORDER BY 1`, account, kind)
	s.must(err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	s.must(err)
	return ids
}

// events returns events of the last minute, half of them runs of tools and half inference.
func (s *spread) events(n int) []tsdb.UsageEvent {
	events := make([]tsdb.UsageEvent, n)
	first := time.Now().Add(-time.Minute)
	for i := range events {
		if len(s.last) > 0 && s.random.IntN(100) < s.repeats {
			events[i] = s.last[s.random.IntN(len(s.last))]
			continue
		}
		s.sent++
		a := s.random.IntN(len(s.accounts))
		e := &events[i]
		*e = tsdb.UsageEvent{AccountID: s.accounts[a], Source: "gateway-eu", ID: fmt.Sprintf("%032d", s.sent), Time: first.Add(time.Duration(s.random.IntN(60_000_000)) * time.Microsecond)}
		if i%2 == 0 {
			e.Kind, e.ResourceID, e.Runs = tsdb.ToolRun, s.tools[a][s.random.IntN(spreadOver)], 1
		} else {
			e.Kind, e.ResourceID, e.InputTokens, e.OutputTokens = tsdb.Inference, s.models[a][s.random.IntN(spreadOver)], 374, 44
		}
	}
	s.last = events
	return events
}

// submissions makes each caller submit some batches, all callers at once.
func (s *spread) submissions(batcher *tsdb.Batcher, callers, each, batch int) (int, func()) {
	batches := make([][][]tsdb.UsageEvent, callers)
	for i := range batches {
		for range each {
			batches[i] = append(batches[i], s.events(batch))
		}
	}
	return callers * each * batch, func() {
		atOnce(callers, func(i int) {
			for _, events := range batches[i] {
				results, err := batcher.Submit(s.b.Context(), events, tsdb.Record)
				if err != nil || results[0].Status != tsdb.Stored && s.repeats == 0 {
					s.b.Error(err, results[0])
				}
			}
		})
	}
}

func (s *spread) copied(n int) side {
	return func() (int, func()) {
		rows := make([][]any, n)
		for i, e := range s.events(n) {
			rows[i] = []any{e.AccountID, e.Time, e.Source, e.ID, string(e.Kind), e.ResourceID, e.DeploymentID, e.Runs, e.InputTokens, e.OutputTokens, int64(253), false, e.Time, int64(1)}
		}
		return n, func() {
			for i := 0; i < n; i += 10_000 {
				_, err := s.pool.CopyFrom(s.b.Context(), pgx.Identifier{"usage_event"}, eventColumns, pgx.CopyFromRows(rows[i:min(n, i+10_000)]))
				s.must(err)
			}
		}
	}
}

// cpu returns the CPU time used by this process and by the backends of the fleet's database.
func (f *fleet) cpu() (own, database time.Duration) {
	var u syscall.Rusage
	f.must(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	rows, err := f.pool.Query(f.b.Context(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database()`)
	f.must(err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	f.must(err)
	var ticks int64
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		var user, system int64
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		_, _ = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
		ticks += user + system
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), time.Duration(ticks) * 10 * time.Millisecond
}

// BenchmarkSpread stores usage of many accounts through the batcher, with books in memory and without. Bare is a binary COPY of as many
// rows into the same table, 10,000 at once, over one connection. Beside the ratios it prints the CPU time that a round of each used, in
// this process (including the callers) and in the database.
func BenchmarkSpread(b *testing.B) {
	for _, c := range []struct{ accounts, batch, repeats int }{{1000, 500, 0}, {1000, 500, 1}, {1000, 2000, 0}, {1, 500, 0}} {
		b.Run(fmt.Sprintf("accounts=%d/batch=%d/repeats=%d", c.accounts, c.batch, c.repeats), func(b *testing.B) {
			bare, s := bareFleet(b), newSpread(b, c.accounts)
			copies := &spread{fleet: bare, random: rand.New(rand.NewPCG(3, 4)), tools: s.tools, models: s.models}
			bare.accounts, s.repeats = s.accounts, c.repeats
			forgetful, err := tsdb.New(tsdb.Config{Pool: s.pool, Clock: time.Now, Memory: -1})
			s.must(err)
			each := max(1, 4000/c.batch)
			sides := []*measured{
				{name: "bare", fleet: bare, side: copies.copied(8 * each * c.batch)},
				{name: "memory", fleet: s.fleet, side: s.through(s.store, each, c.batch)},
				{name: "without", fleet: s.fleet, side: s.through(forgetful, each, c.batch)},
			}
			for range 2 {
				for _, m := range sides {
					m.round()
				}
				s.exec("ANALYZE")
			}
			for _, m := range sides {
				m.rates, m.events, m.own, m.database = nil, 0, 0, 0
			}
			for b.Loop() {
				for _, m := range sides {
					m.round()
				}
			}
			b.ReportMetric(0, "ns/op")
			for _, m := range sides {
				m.report(b, sides[0])
			}
		})
	}
}

func (s *spread) through(store *tsdb.Store, each, batch int) side {
	batcher := tsdb.NewBatcher(store, tsdb.BatcherConfig{})
	s.b.Cleanup(batcher.Stop)
	return func() (int, func()) { return s.submissions(batcher, 8, each, batch) }
}

// measured is a side with what its rounds used.
type measured struct {
	*fleet
	name          string
	side          side
	rates         []float64
	events        int
	own, database time.Duration
}

func (m *measured) round() {
	n, round := m.side()
	own, database := m.cpu()
	started := time.Now()
	round()
	took := time.Since(started)
	ownAfter, databaseAfter := m.cpu()
	m.rates = append(m.rates, float64(n)/took.Seconds())
	m.events, m.own, m.database = m.events+n, m.own+ownAfter-own, m.database+databaseAfter-database
}

func (m *measured) report(b *testing.B, bare *measured) {
	b.ReportMetric(median(slices.Clone(m.rates)), m.name+"/s")
	b.ReportMetric(float64(m.own.Microseconds())/float64(m.events), m.name+"-own-µs")
	b.ReportMetric(float64(m.database.Microseconds())/float64(m.events), m.name+"-db-µs")
	if m != bare {
		var ratios []float64
		for i := range m.rates {
			ratios = append(ratios, m.rates[i]/bare.rates[i])
		}
		slices.Sort(ratios)
		b.ReportMetric(ratios[0], m.name+"-min")
		b.ReportMetric(median(ratios), m.name+"-median")
		b.ReportMetric(ratios[len(ratios)-1], m.name+"-max")
	}
}
