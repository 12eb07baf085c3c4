package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// lookAs runs statements in a role, in a transaction that is rolled back.
func (f *fixture) lookAs(role string, look func(tx pgx.Tx) error) error {
	f.t.Helper()
	tx, err := f.pool.Begin(f.ctx)
	f.must(err)
	defer func() { _ = tx.Rollback(f.ctx) }()
	_, err = tx.Exec(f.ctx, "SET LOCAL ROLE "+role)
	f.must(err)
	return look(tx)
}

// The views of the schema analyst sum up to the events, rolled up or not, and to the books.
func TestAnalystViewsAddUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	random := rand.New(rand.NewPCG(1, 2))
	byDay, byQuarter := map[string]int64{}, map[string]int64{}
	for batch := range 6 {
		var events []tsdb.UsageEvent
		for i := range 50 {
			at := start.Add(-time.Duration(random.IntN(3*24*3600)) * time.Second)
			n := int64(1 + random.IntN(9))
			events = append(events, runs(id, tool, fmt.Sprint("r", batch, i), at, n), tokens(id, model, fmt.Sprint("t", batch, i), at, 1000*n, 10))
			byDay[at.Format("2006-01-02")] += n
			byQuarter[at.Truncate(15*time.Minute).Format("2006-01-02 15:04")] += n
		}
		f.ingest(tsdb.Record, events...)
		if batch%2 == 0 { // the last batch is not rolled up
			f.rollUp(1000)
		}
	}
	ok, err := tsdb.MakeExploreRole(f.ctx, f.pool)
	if f.must(err); !ok {
		t.Fatal("the roles cannot be made")
	}
	f.must(f.lookAs(tsdb.AnalystRole, func(tx pgx.Tx) error {
		for view, want := range map[string]map[string]int64{"usage_daily": byDay, "usage_quarter_hourly": byQuarter} {
			column, format := "at", "YYYY-MM-DD HH24:MI"
			if view == "usage_daily" {
				column, format = "day", "YYYY-MM-DD"
			}
			rows, err := tx.Query(f.ctx, fmt.Sprintf(`SELECT to_char(%s AT TIME ZONE 'UTC', '%s'), sum(runs)::bigint, sum(input_tokens)::bigint, count(*) FILTER (WHERE kind = 'TOOL_RUN') FROM analyst.%s
WHERE account_id = $1 GROUP BY 1`, column, format, view), id)
			if err != nil {
				return err
			}
			got := 0
			var at string
			var n, in, groups int64
			if _, err := pgx.ForEachRow(rows, []any{&at, &n, &in, &groups}, func() error {
				if got++; want[at] != n || in != 1000*n || groups != 1 {
					t.Errorf("%s %s: %d runs, %d tokens, %d rows, want %d", view, at, n, in, groups, want[at])
				}
				return nil
			}); err != nil {
				return err
			}
			if got != len(want) {
				t.Errorf("%s has %d buckets, want %d", view, got, len(want))
			}
		}
		return nil
	}))
	a := f.view(id)
	f.must(f.lookAs(tsdb.AnalystRole, func(tx pgx.Tx) error {
		var credits, used, charged, left string
		err := tx.QueryRow(f.ctx, `SELECT model_credits_balance::text, model_credits_used::text, (SELECT sum(amount)::text FROM analyst.ledger l WHERE l.account_id = a.account_id AND meter = 'MODEL_CREDITS'),
  (SELECT sum(remaining)::text FROM analyst.credit_grant g WHERE g.account_id = a.account_id AND meter = 'MODEL_CREDITS') FROM analyst.account a WHERE account_id = $1`, id).
			Scan(&credits, &used, &charged, &left)
		if want := sixDecimals(a.Credits.Balance()); credits != want || charged != want || left != want {
			t.Errorf("balance %s, ledger %s, grants %s, want %s", credits, charged, left, want)
		}
		if want := sixDecimals(billing.MustCredits("75") - a.Credits.Balance()); used != want {
			t.Errorf("used %s, want %s", used, want)
		}
		return err
	}))
}

// The views by who usage was for sum up to the events that said it, rolled up or not, minus what was taken back.
func TestAnalystViewsOfAttributionAddUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	want := map[string]int64{}
	for batch := range 4 {
		var events []tsdb.UsageEvent
		for i := range 30 {
			e := runs(id, tool, fmt.Sprint(batch, "-", i), start.Add(-time.Duration(i*40)*time.Minute), int64(1+i%5))
			if i%3 > 0 {
				e.User, e.Tags = fmt.Sprint("u", i%3), tsdb.Tags{"team": fmt.Sprint("t", i%2)}
				want[e.User] += e.Runs
			}
			events = append(events, e)
		}
		f.ingest(tsdb.Record, events...)
		if batch%2 == 0 {
			f.rollUp(1000)
		}
	}
	ok, err := tsdb.MakeExploreRole(f.ctx, f.pool)
	if f.must(err); !ok {
		t.Fatal("the roles cannot be made")
	}
	for _, from := range []string{"analyst.usage_attributed_daily", "analyst.usage_attributed_quarter_hourly", "analyst.event WHERE user_name IS NOT NULL AND voided_at IS NULL"} {
		f.must(f.lookAs(tsdb.AnalystRole, func(tx pgx.Tx) error {
			rows, err := tx.Query(f.ctx, "SELECT user_name, sum(runs)::bigint, count(DISTINCT tags->>'team') FROM "+from+" GROUP BY 1")
			if err != nil {
				return err
			}
			got := map[string]int64{}
			var user string
			var n, teams int64
			_, err = pgx.ForEachRow(rows, []any{&user, &n, &teams}, func() error {
				if got[user] = n; teams != 2 {
					t.Errorf("%s: %d teams of %s", from, teams, user)
				}
				return nil
			})
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %v", from, got, want)
			}
			return err
		}))
	}
}

// What the views say of prices and of what ran comes to what hosting cost.
func TestAnalystViewsOfHostingAddUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.deployModel(id, f.model(id), "g4dn.xlarge", 2, time.Time{})
	f.clock.Advance(90 * time.Minute)
	f.tick()
	_, err := tsdb.MakeExploreRole(f.ctx, f.pool)
	f.must(err)
	f.must(f.lookAs(tsdb.AnalystRole, func(tx pgx.Tx) error {
		var hour, minute, ran, cost string
		err := tx.QueryRow(f.ctx, `SELECT d.credits_per_replica_hour::text, trim_scale(d.credits_per_replica_minute)::text,
  trim_scale(round(s.credits_per_replica_hour * s.replicas * extract(epoch FROM $1 - s.started_at) / 3600, 6))::text,
  (SELECT trim_scale(sum(credits))::text FROM analyst.usage_daily u WHERE u.deployment_id = d.deployment_id AND kind = 'HOSTING')
FROM analyst.deployment d JOIN analyst.segment s USING (account_id, resource_id, deployment_id) WHERE s.ended_at IS NULL AND NOT s.stopped AND s.hardware = d.hardware`, f.Now()).
			Scan(&hour, &minute, &ran, &cost)
		if hour != "0.789000" || minute != "0.01315" || ran != "2.367" || cost != ran {
			t.Errorf("%s an hour, %s a minute; by the segment it is %s, by usage %s", hour, minute, ran, cost)
		}
		return err
	}))
}

// The role can read all of the views, and nothing else.
func TestAnalystRoleReadsTheViewsAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 2 { // it may be repeated
		if ok, err := tsdb.MakeExploreRole(f.ctx, f.pool); err != nil || !ok {
			t.Fatal(ok, err)
		}
	}
	var views []string
	f.must(f.pool.QueryRow(f.ctx, "SELECT array_agg(viewname::text) FROM pg_views WHERE schemaname = 'analyst'").Scan(&views))
	if len(views) < 8 {
		t.Errorf("views: %v", views)
	}
	for _, view := range views {
		if err := f.lookAs(tsdb.AnalystRole, func(tx pgx.Tx) error {
			_, err := tx.Exec(f.ctx, "SELECT * FROM analyst."+view+" LIMIT 1")
			return err
		}); err != nil {
			t.Errorf("%s: %v", view, err)
		}
	}
	for _, sql := range []string{"SELECT * FROM account", "SELECT * FROM member", "SELECT * FROM usage_day", "SELECT hash FROM api_token", "CREATE TABLE analyst.x (y int)",
		"UPDATE analyst.resource SET name = 'x'"} {
		if err := f.lookAs(tsdb.AnalystRole, func(tx pgx.Tx) error {
			_, err := tx.Exec(f.ctx, sql)
			return err
		}); !pg.HasState(err, "42501") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// The views are a contract: columns are added, at the end, and the documentation names each. Another name, type or order is a breaking change.
func TestAnalystViewsAreAContract(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	rows, err := f.pool.Query(f.ctx, `SELECT c.relname, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relnamespace = 'analyst'::regnamespace AND c.relkind = 'v' GROUP BY 1 ORDER BY 1`)
	f.must(err)
	documents, err := os.ReadFile("../docs/analysts.md")
	f.must(err)
	var b strings.Builder
	var view, columns string
	_, err = pgx.ForEachRow(rows, []any{&view, &columns}, func() error {
		fmt.Fprintf(&b, "%s: %s\n", view, columns)
		row := regexp.MustCompile("(?m)^\\|[^|]*`analyst." + view + "`.*$").FindString(string(documents))
		for column := range strings.SplitSeq(columns, ", ") {
			if name, _, _ := strings.Cut(column, " "); !strings.Contains(row, "`"+name+"`") {
				t.Errorf("docs/analysts.md does not name the column %s of analyst.%s", name, view)
			}
		}
		return nil
	})
	f.must(err)
	const golden = "testdata/analyst_views.txt"
	want, err := os.ReadFile(golden)
	if f.must(err); b.String() != string(want) {
		t.Errorf("the views have other columns than %s says. Add yours there; others break who reads them:\n%s", golden, &b)
	}
}

func sixDecimals(a billing.Amount) string { return billing.ModelCredits.Decimal(a).StringFixed(6) }
