package charts

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

const (
	planDays = 410 // one chunk a day
	// A statement locks each table, chunk and index that its plan knows; PostgreSQL's table of locks is shared by all.
	maxLocks = 100
)

var planNow = time.Date(2026, 6, 17, 10, 7, 30, 0, time.UTC)

// planStore is a store with the usage of an account in more than 400 chunks of events and of minutes.
func planStore(t *testing.T) *tsdb.Store {
	t.Helper()
	config, err := pgxpool.ParseConfig(tsdbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	config.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	fillChunks(t, pool)
	s, err := tsdb.New(tsdb.Config{Pool: pool, Clock: func() time.Time { return planNow }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RebuildMarked(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// fillChunks puts events into every chunk, many events of other accounts into the last days, and fills the chart tables
// as a roll-up would. Some usage of now and some of long ago is not rolled up.
func fillChunks(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	days := strings.NewReplacer("FROM_DAY", planNow.Truncate(wholeDay).Add(-planDays*wholeDay).Format(time.RFC3339), "TO_DAY", planNow.Format(time.RFC3339))
	for _, sql := range []string{
		`INSERT INTO account (name, created_at, books_from) VALUES ('a', 'FROM_DAY', 'FROM_DAY')`,
		`INSERT INTO balance (account_id, posted_until, cycle_start, cycle_end) SELECT account_id, 'TO_DAY', 'FROM_DAY', timestamptz 'TO_DAY' + interval '1 day' FROM account`,
		`INSERT INTO resource (account_id, kind, name, status, created_at, ever_deployed) VALUES (1, 'TOOL', 'tool', 'DEPLOYED', 'FROM_DAY', true)`,
		`INSERT INTO usage_event (account_id, time, source, event_id, kind, resource_id, runs, charge, posted_at)
SELECT 1, at, 'test', '', 'TOOL_RUN', 1, 1, 0, at FROM generate_series(timestamptz 'FROM_DAY', 'TO_DAY', interval '12 hours') at`,
		`INSERT INTO usage_event (account_id, time, source, event_id, kind, resource_id, runs, charge, posted_at)
SELECT 2 + n % 50, at, 'test', n::text, 'TOOL_RUN', 1, 1, 0, at FROM generate_series(timestamptz 'TO_DAY' - interval '3 days', 'TO_DAY', interval '5 minutes') at, generate_series(1, 100) n`,
		`INSERT INTO usage_minute (account_id, bucket, resource_id, kind, category, runs, events)
SELECT account_id, date_bin('1 minute', time, 'epoch'), resource_id, kind, 'TOOLS', sum(runs), count(*) FROM usage_event GROUP BY 1, 2, 3, 4`,
		`INSERT INTO usage_quarter SELECT account_id, date_bin('15 minutes', bucket, 'epoch'), resource_id, 0, kind, 'TOOLS', 0, sum(runs), sum(events), 0, 0
FROM usage_minute GROUP BY 1, 2, 3, kind`,
		`INSERT INTO usage_day SELECT account_id, date_bin('1 day', bucket, '2000-01-01+00'), resource_id, 0, kind, 'TOOLS', 0, sum(runs), sum(events), 0, 0
FROM usage_minute GROUP BY 1, 2, 3, kind`,
		`INSERT INTO usage_quarter SELECT 1, at, 1, 0, 'TOOL_RUN', 'TOOLS', 0, 1, 1, 0, 0
FROM generate_series(timestamptz 'FROM_DAY' - interval '360 days', timestamptz 'FROM_DAY' - interval '1 second', interval '12 hours') at`,
		`INSERT INTO usage_delta SELECT 1, at, 1, 0, 'TOOL_RUN', 'TOOLS', 0, 0, 0, 0, 0 FROM (VALUES (timestamptz 'FROM_DAY'), ('TO_DAY')) v (at)`,
		`INSERT INTO usage_day SELECT account_id, date_bin('1 day', bucket, '2000-01-01+00'), resource_id, 0, kind, category, 0, sum(runs), sum(events), 0, 0
FROM usage_quarter WHERE bucket < 'FROM_DAY' GROUP BY 1, 2, 3, kind, category`,
		`INSERT INTO account_usage_due VALUES (1)`,
		`ANALYZE usage_event; ANALYZE usage_minute; ANALYZE usage_quarter; ANALYZE usage_day`,
	} {
		if _, err := pool.Exec(t.Context(), days.Replace(sql), pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%.60s: %v", sql, err)
		}
	}
}

// readOf returns a Reader that gives back its connection even if the test fails: the pool waits for it.
func readOf(t *testing.T, s *tsdb.Store) *Reader {
	r := Read(s)
	t.Cleanup(func() { r.Close(context.Background()) })
	return r
}

// touched returns the chunks that the Reader's transaction has locked, and the number of all its locks.
func (r *Reader) touched(t *testing.T) (chunks []part, locks int) {
	t.Helper()
	none := func() error { return nil }
	err := r.Ask(t.Context(), `SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'`, nil, []any{&locks}, none)
	if err != nil {
		t.Fatal(err)
	}
	var c part
	err = r.Ask(t.Context(), `SELECT c.hypertable_name, c.range_start, c.range_end
FROM pg_locks l JOIN pg_class k ON k.oid = l.relation JOIN timescaledb_information.chunks c ON c.chunk_name = k.relname
WHERE l.pid = pg_backend_pid()`, nil, []any{&c.table, &c.from, &c.to}, func() error { chunks = append(chunks, c); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return chunks, locks
}

// A chart over more than 400 chunks takes few locks, and touches no chunk outside what it reads.
func TestChartsTouchOnlyTheirChunks(t *testing.T) {
	t.Parallel()
	s := planStore(t)
	kathmandu, err := time.LoadLocation("Asia/Kathmandu")
	if err != nil {
		t.Fatal(err)
	}
	year := billing.Range{From: planNow.AddDate(-1, 0, 0).Truncate(time.Hour).Add(7 * time.Minute), To: planNow.Truncate(time.Minute).Add(time.Minute), EndsNow: true}
	for name, q := range map[string]TrendQuery{
		"48 hours by minute":         {Range: billing.Range{From: planNow.Truncate(time.Minute).Add(-48 * time.Hour), To: planNow.Truncate(time.Minute)}, Granularity: billing.Minute, Zone: time.UTC},
		"a month by hour":            {Range: billing.Resolve(billing.Last30Days, planNow, time.UTC), Granularity: billing.Hour, Zone: time.UTC},
		"a year by day":              {Range: year, Granularity: billing.Day, Zone: time.UTC},
		"a year by day in Kathmandu": {Range: year, Granularity: billing.Day, Zone: kathmandu},
		"25 months by week there":    {Range: billing.Range{From: planNow.AddDate(0, -25, 0).Truncate(time.Minute).Add(time.Hour), To: year.To}, Granularity: billing.Week, Zone: kathmandu},
		"a year by month":            {Range: year, Granularity: billing.Month, Zone: time.UTC},
	} {
		r := readOf(t, s)
		began := time.Now()
		trend, err := r.Trend(t.Context(), 1, q)
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		read := r.chartRead(Span{Range: q.Range}, q.grain(trend.Buckets))
		touchesOnly(t, name, r, read)
		t.Logf("%s: %s", name, took)
		var runs billing.Amount
		for _, u := range trend.Used {
			runs += u[billing.Tools.Index()]
		}
		if hours := q.Range.To.Sub(q.Range.From) / (12 * time.Hour); runs < billing.Amount(hours)-1 || runs > billing.Amount(hours)+1 {
			t.Errorf("%s: %d runs, want about %d", name, runs, hours)
		}
		r.Close(t.Context())
	}
}

// touchesOnly demands that what a read has locked lies within its parts.
func touchesOnly(t *testing.T, name string, r *Reader, read chartRead) {
	t.Helper()
	chunks, locks := r.touched(t)
	if len(chunks) == 0 || locks >= maxLocks {
		t.Errorf("%s: %d locks, on %d chunks", name, locks, len(chunks))
	}
	for _, c := range chunks {
		meets := func(s part) bool { return s.table == c.table && s.from.Before(c.to) && c.from.Before(s.to) }
		if !slices.ContainsFunc(read.parts, meets) {
			t.Errorf("%s: touches the chunk of %s from %s", name, c.table, c.from)
		}
	}
	t.Logf("%s: %d locks, %d chunks", name, locks, len(chunks))
}

var seqScan = regexp.MustCompile(`Seq Scan on \S*_hyper_\S+`)

// If chunks hold more than a page of other accounts' rows, charts are read by index.
func TestChartsReadByIndex(t *testing.T) {
	t.Parallel()
	s := planStore(t)
	for name, coarsest := range map[string]grain{"minutes": byMinute, "quarter-hours": byQuarter} {
		r := readOf(t, s)
		span := Span{Range: billing.Range{From: planNow.Truncate(wholeDay).Add(-24 * time.Hour), To: planNow.Truncate(wholeDay)}}
		a := pg.Arguments{Values: []any{int64(1)}}
		read := r.chartRead(span, coarsest)
		sql := read.with(&a, oneAccount) + "SELECT category, sum(credits) FROM used GROUP BY 1"
		if _, err := r.Account(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		var lines []string
		var line string
		if err := r.Ask(t.Context(), "EXPLAIN "+sql, a.Values, []any{&line}, func() error { lines = append(lines, line); return nil }); err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(lines, "\n")
		if seqScan.MatchString(plan) || !strings.Contains(plan, "Index") {
			t.Errorf("%s:\n%s", name, plan)
		}
		r.Close(t.Context())
	}
}

// Sums since the account began, over all chunks, take few locks as well: they come from whole days.
func TestTabsTakeFewLocks(t *testing.T) {
	t.Parallel()
	s := planStore(t)
	q := TabQuery{Span: Span{Ever: true}, Sums: true, Page: TabPage{Limit: 25}}
	for name, ask := range map[string]func(r *Reader) error{
		"overview": func(r *Reader) error { _, err := r.UsedIn(t.Context(), 1, q.Span); return err },
		"tools":    func(r *Reader) error { _, err := r.Tools(t.Context(), 1, q); return err },
		"models":   func(r *Reader) error { _, err := r.Models(t.Context(), 1, q); return err },
		"deployments": func(r *Reader) error {
			_, err := r.ModelDeployments(t.Context(), 1, 1, q)
			return err
		},
		"pivot": func(r *Reader) error {
			_, err := r.Pivot(t.Context(), PivotQuery{Span: q.Span, GroupBy: []Dimension{ByKind}, Rows: true, Totals: true, Limit: 10})
			return err
		},
	} {
		r := readOf(t, s)
		if err := ask(r); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		read := r.chartRead(q.Span, byDay)
		read.add("usage_minute", planNow, r.latest()) // what is dated ahead, for the range that the answer names
		first := planNow.Truncate(wholeDay).Add(-(planDays + 360) * wholeDay)
		read.add("usage_quarter", first, first.Add(wholeDay)) // and the beginning of what there is
		touchesOnly(t, name, r, read)
		r.Close(t.Context())
	}
}

// The beginning and end of usage are found by a step in an index per account and not by reading every row, even for all
// accounts.
func TestTheEndsOfUsageAreFoundByIndex(t *testing.T) {
	t.Parallel()
	s := planStore(t)
	r := readOf(t, s)
	none := func() error { return nil }
	var off string
	if err := r.Ask(t.Context(), "SELECT set_config('enable_seqscan', 'off', true)", nil, []any{&off}, none); err != nil { // the tables are small
		t.Fatal(err)
	}
	for _, accounts := range [][]int64{nil, {1}, {1, 2, 3}} {
		for sql, args := range map[string][]any{
			selectUsageEnds: {accounts, planNow, beginning(), r.latest()}, selectFirstMinute: {accounts, planNow.Truncate(wholeDay), planNow.Truncate(wholeDay).Add(wholeDay)},
		} {
			var line, plan string
			if err := r.Ask(t.Context(), "EXPLAIN "+sql, args, []any{&line}, func() error { plan += line + "\n"; return nil }); err != nil {
				t.Fatal(err)
			}
			if seqScan.MatchString(plan) || strings.Contains(plan, "Seq Scan on segment") || !strings.Contains(plan, "Index") {
				t.Errorf("%v:\n%s", accounts, plan)
			}
		}
	}
}

// Lists of events touch only the chunks of what they are asked for.
func TestListsOfEventsTouchOnlyTheirChunks(t *testing.T) {
	t.Parallel()
	s := planStore(t)
	yes := true
	to := planNow.Add(-100 * wholeDay)
	for name, f := range map[string]tsdb.EventFilter{
		"the last days": {}, "the most": {From: to.Add(-tsdb.MaxEventSpan), To: to}, "what was taken back": {From: to.Add(-wholeDay), To: to, Voided: &yes},
	} {
		r := readOf(t, s)
		page, err := r.Events(t.Context(), 1, f, tsdb.EventPage{Limit: 5})
		if err != nil || f.Voided == nil && len(page.Rows) != 5 {
			t.Fatalf("%s: %d rows, %v", name, len(page.Rows), err)
		}
		if f.To.IsZero() {
			f.From, f.To = planNow.Add(-tsdb.UsualEventSpan), planNow.Add(time.Hour)
		}
		touchesOnly(t, name, r, chartRead{parts: []part{{table: "usage_event", from: f.From, to: f.To}}})
		r.Close(t.Context())
	}
	r := readOf(t, s)
	defer r.Close(t.Context())
	at := to.Truncate(wholeDay)
	if e, err := r.Event(t.Context(), 1, tsdb.EventID{Source: "test", ID: "x", Time: at}); err != nil || e != nil {
		t.Fatal(e, err)
	}
	touchesOnly(t, "one event", r, chartRead{parts: []part{{table: "usage_event", from: at, to: at.Add(time.Microsecond)}}})
}
