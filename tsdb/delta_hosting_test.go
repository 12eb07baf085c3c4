package tsdb_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// hostingDelta writes what n segments of an account cost in a minute, as one row: credits, and one more for each.
func (f *fixture) hostingDelta(account int64, at time.Time, n int, credits int64) {
	f.t.Helper()
	f.exec(`INSERT INTO usage_delta_hosting SELECT $1, $2, 'MODELS', array_agg(i), array_agg(10 + i), array_agg($4::bigint + i) FROM generate_series(1, $3::bigint) i`,
		account, at, n, credits)
}

// The segments of an account share a row per minute, a segment that runs alone has a row as usage does, and charts and
// books are the same before and after the roll-up, and after a rebuild.
func TestSegmentsOfAnAccountShareARow(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := []int64{f.account(), f.account()}
	for i, id := range ids {
		f.topUp(id, billing.ModelCredits, 100_000*credit)
		for range 1 + 2*i {
			f.deployModel(id, f.model(id), gpu, 1, start)
		}
	}
	f.clock.set(start.Add(3 * time.Minute))
	f.tick()
	if n := f.count(`SELECT count(*) FROM usage_delta_hosting WHERE account_id = $1 AND cardinality(credits) = 3`, ids[1]); n != 3 || f.left(ids[1]) != 9 {
		t.Errorf("%d rows for 3 segments and minutes, %d shown", n, f.left(ids[1]))
	}
	if n := f.count(`SELECT count(*) FROM usage_delta_row WHERE account_id = $1`, ids[0]); n != 3 || f.left(ids[0]) != 3 {
		t.Errorf("%d rows for one segment and 3 minutes, %d shown", n, f.left(ids[0]))
	}
	q := charts.TrendQuery{Range: billing.Resolve(billing.Last24Hours, f.Now(), time.UTC), Granularity: billing.Day, Zone: time.UTC}
	before := []billing.Slices{total(f.trend(ids[0], q)), total(f.trend(ids[1], q))}
	if before[1][billing.Models.Index()] == 0 || before[1][billing.Models.Index()] != 3*before[0][billing.Models.Index()] {
		t.Errorf("charts show %v", before)
	}
	if done := f.rollUp(1000); done.Rows != 12 {
		t.Errorf("%d lines rolled up, want 12", done.Rows)
	}
	f.tablesAddUp()
	for i, id := range ids {
		if got := total(f.trend(id, q)); got != before[i] {
			t.Errorf("rolled up, charts show %v, before %v", got, before[i])
		}
		f.reconciled(id)
		want := f.hostingCharts(id)
		f.hostingDelta(id, start.Add(time.Minute), 5, 7) // a rebuild takes it away: no segment explains it
		_, err := f.RebuildCharts(f.ctx, id, nil)
		f.must(err)
		if f.hostingCharts(id) != want || f.left(id) != 0 {
			t.Errorf("rebuilt charts differ, or %d rows are left", f.left(id))
		}
	}
}

// Both forms are rolled up side by side, in steps of any size, and at every moment each figure is in exactly one place.
func TestRollUpTakesBothForms(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	random := rand.New(rand.NewPCG(45, 1))
	want, rows := map[int64]int64{}, 0
	for range 60 {
		account, n, at := 1+random.Int64N(4), 1+random.IntN(40), start.Add(-time.Duration(random.IntN(3000))*time.Minute)
		if random.IntN(2) == 0 {
			f.hostingDelta(account, at, n, 100)
			want[account] += int64(100*n + n*(n+1)/2)
		} else {
			f.exec(`INSERT INTO usage_delta SELECT $1, $2, i, 10 + i, 'HOSTING', 'MODELS', 100, 0, 0, 0, 0 FROM generate_series(1, $3::int) i`, account, at, n)
			want[account] += int64(100 * n)
		}
		rows += n
	}
	check := func() {
		t.Helper()
		for account, credits := range want {
			if n := f.count(`SELECT sum(credits) FROM (SELECT credits FROM usage_day WHERE account_id = $1 UNION ALL SELECT credits FROM usage_delta WHERE account_id = $1) u`, account); n != credits {
				t.Fatalf("account %d has %d, want %d", account, n, credits)
			}
		}
	}
	check()
	for done := f.rollUp(1); done.Left; done = f.rollUp(1 + random.IntN(200)) {
		if rows -= done.Rows; done.Rows == 0 {
			t.Fatal("a step took nothing")
		}
		check()
		f.tablesAddUp()
	}
	if n := f.count(`SELECT count(*) FROM usage_delta WHERE account_id > $1`, 0); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	check()
}

// Hosting that cannot be added stays, is reported, and holds up nothing else.
func TestRollUpLeavesOutHostingThatFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for account := int64(1); account < 5; account++ {
		for i := range 20 {
			f.hostingDelta(account, start.Add(-time.Duration(i)*time.Minute), 6, 100)
		}
	}
	f.exec(`UPDATE usage_delta_hosting SET resource_ids[2] = NULL WHERE account_id = 3 AND bucket = $1`, start)
	if _, err := f.RollUp(f.ctx, 100_000); err == nil || !strings.Contains(err.Error(), "account 3") {
		t.Errorf("the failure is not reported: %v", err)
	}
	if n := f.count(`SELECT count(*) FROM usage_delta WHERE account_id <> $1`, 3); n != 0 || f.left(3) == 0 {
		t.Errorf("%d rows of others are held up, %d of its own are left", n, f.left(3))
	}
	f.exec(`UPDATE usage_delta_hosting SET resource_ids[2] = 2 WHERE resource_ids[2] IS NULL`)
	f.rollUp(100_000)
	if n := f.count(`SELECT sum(credits) FROM usage_day WHERE account_id = $1`, 3); n != 20*(600+21) || f.left(3) != 0 {
		t.Errorf("%d credits, %d rows left", n, f.left(3))
	}
	f.tablesAddUp()
}

// A process of the last release finds usage_delta under its name: what it adds is charted and rolled up, and it takes nothing away.
func TestTheLastReleaseAddsUsageByName(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	conn, err := f.pool.Acquire(f.ctx)
	f.must(err)
	defer conn.Release()
	rows := strings.NewReader(fmt.Sprintf("7\t%s\t1\t2\tHOSTING\tMODELS\t500\t0\t0\t0\t0\n", start.Format(time.RFC3339)))
	_, err = conn.Conn().PgConn().CopyFrom(f.ctx, rows, `COPY usage_delta (account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens) FROM STDIN`)
	f.must(err)
	f.delta(7, start, 3, "1")
	f.hostingDelta(7, start, 4, 100)
	if f.left(7) != 8 {
		t.Errorf("%d rows, want 8", f.left(7))
	}
	for _, sql := range []string{
		`SET LOCAL usagegraph.adds_account_usage = on; DELETE FROM usage_delta WHERE account_id = 7`,
		`WITH picked AS MATERIALIZED (SELECT ctid AS place FROM usage_delta LIMIT 5) DELETE FROM usage_delta d USING picked p WHERE d.ctid = p.place`,
	} {
		if _, err := f.pool.Exec(f.ctx, sql); err == nil {
			t.Errorf("may take away: %s", sql)
		}
	}
	if done := f.rollUp(100); done.Rows != 8 || f.left(7) != 0 {
		t.Errorf("%+v, %d left", done, f.left(7))
	}
	if n := f.count(`SELECT sum(credits) FROM usage_day WHERE account_id = $1`, 7); n != 500+410 {
		t.Errorf("%d credits", n)
	}
}

// Conditions on account and minute use the keys of both forms, however they are written.
func TestWhatIsNotRolledUpIsFoundByItsKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tx, err := f.pool.Begin(f.ctx)
	f.must(err)
	defer func() { f.must(tx.Rollback(f.ctx)) }()
	_, err = tx.Exec(f.ctx, `SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off`)
	f.must(err)
	rows, err := tx.Query(f.ctx, `EXPLAIN (COSTS off) SELECT resource_id, sum(credits) FROM usage_delta
WHERE account_id = ANY('{5,6}'::bigint[]) AND bucket >= '2026-03-10' AND bucket < '2026-04-10' AND kind = 'HOSTING' GROUP BY 1`)
	f.must(err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	f.must(err)
	plan, found := strings.Join(lines, "\n"), 0
	for _, line := range lines {
		if strings.Contains(line, "Index Cond: ((account_id = ANY") && strings.Contains(line, "(bucket < ") {
			found++
		}
	}
	if found != 2 || !strings.Contains(plan, "usage_delta_account") || !strings.Contains(plan, "usage_delta_hosting_account") {
		t.Errorf("the plan is\n%s", plan)
	}
}
