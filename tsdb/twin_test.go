package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

const (
	twinPairs = 6
	twinSteps = 60
)

// TestNothingDependsOnWhenTheMeterTicks does the same random things at the same instants in two databases. One is
// metered and rolled up all the time, the other now and then or never. Both always give the same answers, and in the
// end they hold the same books (rules.md §3).
func TestNothingDependsOnWhenTheMeterTicks(t *testing.T) {
	t.Parallel()
	for seed := range twinPairs {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			newTwins(t, uint64(seed)).live()
		})
	}
}

// twin is one of two databases.
type twin struct {
	*mischief
	f     *fixture
	ticks *rand.Rand
	sent  []tsdb.UsageEvent
	turn  func() // comes before each act and tick; nil: nothing does
}

type twins struct {
	t           *testing.T
	eager, lazy *twin
	random      *rand.Rand // decides what both do
}

func newTwins(t *testing.T, seed uint64) *twins {
	return &twins{t: t, eager: newTwin(t, seed), lazy: newTwin(t, seed), random: rand.New(rand.NewPCG(seed, 1))}
}

func newTwin(t *testing.T, seed uint64) *twin {
	settings := tsdb.DefaultSettings()
	settings.FreeTerm = 30*24*time.Hour + 12*time.Hour
	f := fixtureOn(t, tsdbtest.New(t), settings)
	f.clock.set(time.Date(2026, 3, 30, 9, 30, 0, 0, time.UTC))
	w := &twin{f: f, ticks: rand.New(rand.NewPCG(seed, 2)), mischief: &mischief{Store: f.Store, random: rand.New(rand.NewPCG(seed, 3)), name: "twin"}}
	for range 2 {
		w.victims = append(w.victims, f.victim())
	}
	for i := range 2 {
		p, err := f.CreatePlan(f.ctx, billing.Plan{Name: fmt.Sprint("plan ", i), Credits: billing.Amount(i+1) * 30 * credit, Runs: 100}, tsdb.Actor{})
		f.must(err)
		w.plans = append(w.plans, p.ID)
	}
	w.cards = seed%2 == 1
	f.clock.set(time.Date(2026, 4, 28, 20, 0, 0, 0, time.UTC)) // soon the free grants expire, and cycles end
	return w
}

func (w *twins) live() {
	for range twinSteps {
		to := w.eager.f.clock.now().Add(w.pause())
		w.eager.passBusily(to)
		w.lazy.passIdly(to)
		a, b := w.eager.act(), w.lazy.act()
		w.same("answers", a, b)
		w.sameAnswers()
	}
	for _, x := range []*twin{w.eager, w.lazy} {
		for _, v := range x.victims {
			x.f.sound(v.Account)
			if !x.cards {
				x.f.previewed(v.Account)
			}
		}
	}
	for name, sql := range twinTables {
		w.same(name, w.eager.rows(sql), w.lazy.rows(sql))
	}
}

// pause is a random pause: mostly short, sometimes hours, and once in a while beyond the end of a cycle.
func (w *twins) pause() time.Duration {
	switch n := w.random.IntN(30); {
	case n == 0:
		return 30 * time.Hour
	case n < 8:
		return time.Duration(w.random.IntN(4*3600)) * time.Second
	default:
		return time.Duration(w.random.IntN(900)) * time.Second
	}
}

func (w *twins) same(what string, eager, lazy []string) {
	w.t.Helper()
	if slices.Equal(eager, lazy) {
		return
	}
	for i := range max(len(eager), len(lazy)) {
		a, b := append(eager, make([]string, len(lazy))...)[i], append(lazy, make([]string, len(eager))...)[i]
		if a != b {
			w.t.Fatalf("%s: %d rows and %d, the first that differ:\n%s\n%s", what, len(eager), len(lazy), a, b)
		}
	}
}

// passBusily ticks at random instants up to another, by seconds, minutes or hours, and rolls up.
func (w *twin) passBusily(to time.Time) {
	steps := []time.Duration{time.Second, time.Minute, time.Hour}
	for ticks := 0; ticks < 20; ticks++ {
		next := w.f.clock.now().Add(time.Duration(1 + w.ticks.Int64N(int64(4*steps[w.ticks.IntN(3)]))))
		if !next.Before(to) {
			break
		}
		w.f.clock.set(next)
		w.tick()
	}
	w.f.clock.set(to)
	w.tick()
	w.f.rollUp(1000)
}

// passIdly hardly ever ticks.
func (w *twin) passIdly(to time.Time) {
	w.f.clock.set(to)
	if w.ticks.IntN(20) == 0 {
		w.tick()
	}
	if w.ticks.IntN(10) == 0 {
		w.f.rollUp(1000)
	}
}

func (w *twin) tick() {
	if w.turn != nil {
		w.turn()
	}
	_, err := w.Tick(w.f.ctx, 1+w.ticks.IntN(2))
	w.f.must(err)
}

// act does one random thing and returns what came of it.
func (w *twin) act() []string {
	if w.turn != nil {
		w.turn()
	}
	if w.random.IntN(2) == 0 {
		return []string{fmt.Sprint(w.once(w.f.ctx))}
	}
	if len(w.sent) > 0 && w.random.IntN(4) == 0 {
		return w.takeBack()
	}
	mode := []tsdb.UsageMode{tsdb.Record, tsdb.Enforce}[w.random.IntN(2)]
	var batch []tsdb.UsageEvent
	for range 1 + w.random.IntN(5) {
		batch = append(batch, w.event())
	}
	w.sent = append(w.sent, batch...)
	var told []string
	for i, r := range w.f.ingest(mode, batch...) {
		told = append(told, fmt.Sprint(mode, batch[i].ID, r.Status, r.Code, r.Charge, r.PostedAt))
	}
	return told
}

// takeBack voids some of the last events of an account, and one that does not exist.
func (w *twin) takeBack() (told []string) {
	account := w.victims[w.random.IntN(len(w.victims))].Account
	ids := []tsdb.EventID{{Source: "test", ID: "nobody's", Time: w.f.clock.now()}}
	for _, e := range w.sent[max(0, len(w.sent)-20):] {
		if e.AccountID == account && w.random.IntN(3) == 0 {
			ids = append(ids, tsdb.EventID{Source: e.Source, ID: e.ID, Time: e.Time})
		}
	}
	results, err := w.VoidEvents(w.f.ctx, account, ids, tsdb.Actor{})
	w.f.must(err)
	for i, r := range results {
		told = append(told, fmt.Sprint("void ", ids[i].ID, r.Status, r.Code, r.Refund, r.VoidedAt))
	}
	return told
}

// event makes an event, or repeats one.
func (w *twin) event() tsdb.UsageEvent {
	if len(w.sent) > 0 && w.random.IntN(10) == 0 {
		return w.sent[w.random.IntN(len(w.sent))]
	}
	v := w.victims[w.random.IntN(len(w.victims))]
	at := w.f.clock.now().Add(-time.Duration(w.random.IntN(7200)) * time.Second)
	if w.random.IntN(3) == 0 {
		return runs(v.Account, v.Tool, w.key(), at, 1+w.random.Int64N(100))
	}
	return tokens(v.Account, v.Model, w.key(), at, w.random.Int64N(4_000_000), 0)
}

// sameAnswers compares what both answer, before anything is posted for it.
func (w *twins) sameAnswers() {
	w.t.Helper()
	w.same("reads", w.eager.read(), w.lazy.read())
}

func (w *twin) read() (told []string) {
	now := w.f.clock.now()
	for _, v := range w.victims {
		a := w.f.view(v.Account)
		told = append(told, fmt.Sprint(a.ID, a.Credits.Balance(), a.Credits.Allocation(), a.Credits.Used(), a.Credits.Slices(), a.Runs.Balance(), a.Runs.Allocation(),
			a.Cycle, len(a.Running), a.Reserved(billing.ModelCredits), a.Credits.FreeExpired, a.Credits.Debt))
		for _, action := range []billing.Action{billing.Inference, billing.DeployModel, billing.FineTune, billing.ToolRun} {
			told = append(told, fmt.Sprintf("%+v", a.Decide(action, nil, false)))
		}
		for _, back := range []time.Duration{0, 7 * time.Second, 61 * time.Second, 95 * time.Second, 1111 * time.Second} {
			credits, left, err := w.f.balancesAt(v.Account, now.Add(-back))
			told = append(told, fmt.Sprint("balance ", back, " ago: ", credits, " ", left, " ", err))
		}
		hours := w.f.trend(v.Account, charts.TrendQuery{Range: billing.Resolve(billing.Last24Hours, now, time.UTC), Zone: time.UTC})
		days := w.f.trend(v.Account, charts.TrendQuery{Range: billing.Resolve(billing.Last7Days, now, time.UTC), Zone: time.UTC})
		told = append(told, fmt.Sprint(hours.Used), fmt.Sprint(days.Used))
	}
	return told
}

// rows are a query's rows as text.
func (w *twin) rows(sql string) (told []string) {
	rows, err := w.f.pool.Query(w.f.ctx, sql)
	w.f.must(err)
	for rows.Next() {
		values, err := rows.Values()
		w.f.must(err)
		told = append(told, fmt.Sprint(values...))
	}
	w.f.must(rows.Err())
	return told
}

// twinTables are what must be the same in the end, after both were metered up to the same instant.
var twinTables = map[string]string{
	"ledger, folded": `SELECT account_id, meter, kind, category, cause, cause_id, resource_id, deployment_id, minute, sum(amount)::bigint, sum(debt)::bigint, cycle_no
FROM ledger_entry GROUP BY account_id, meter, kind, category, cause, cause_id, resource_id, deployment_id, minute, cycle_no,
  CASE WHEN cause = 'HOSTING' THEN NULL ELSE effective_at END ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`,
	"entries but hosting, in order": `SELECT account_id, meter, kind, category, amount, effective_at, cause, cause_id, line_amounts, draw_grants, draw_amounts, debt, note
FROM ledger_entry WHERE cause <> 'HOSTING' ORDER BY account_id, entry_no`,
	"grants":      `SELECT account_id, grant_no, meter, kind, amount, granted_at, expires_at, given, repaid, expired, taken_back, retired_at FROM credit_grant ORDER BY 1, 2`,
	"balances":    `SELECT account_id, grant_no, cycle_no, balances, allocations, used, debts, slices, free_expired, had_grant, flows FROM balance ORDER BY 1`,
	"statements":  `SELECT account_id, cycle_no, meter, starts_at, ends_at, opening, granted, charged, refunded, expired, adjusted, closing FROM statement ORDER BY 1, 2, 3`,
	"segments":    `SELECT account_id, segment_id, deployment_id, replicas, rate, started_at, ended_at FROM segment ORDER BY 1, 2`,
	"deployments": `SELECT deployment_id, status, reason, replicas, updated_at FROM deployment ORDER BY 1`,
	"hosting by minute": `SELECT account_id, bucket, resource_id, deployment_id, kind, sum(credits)::bigint FROM (
  ` + minutesAndDelta + `) m WHERE kind IN ('HOSTING', 'FINE_TUNING') GROUP BY 1, 2, 3, 4, 5 HAVING sum(credits) <> 0 ORDER BY 1, 2, 3, 4, 5`,
	"debt":           `SELECT account_id, meter, minute, category, amount FROM debt WHERE amount <> 0 ORDER BY 1, 2, 3, 4`,
	"events":         `SELECT account_id, event_id, time, charge, posted_at FROM usage_event ORDER BY 1, 2`,
	"voids":          `SELECT account_id, event_id, time, charge, runs, posted_at, entry_no > 0 FROM usage_void ORDER BY 1, 2`,
	"mails of stops": `SELECT DISTINCT account_id, kind FROM email WHERE kind = 'STOPPED' ORDER BY 1`,
}
