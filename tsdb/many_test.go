package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// hostMany runs n deployments from now on, models, guardrails and scripts in turn, each a resource of its own, of two replicas at
// 0.07698 credits an hour. They are inserted directly; deploying has tests of its own.
func (f *fixture) hostMany(account int64, n int) {
	f.t.Helper()
	_, err := f.pool.Exec(f.ctx, `WITH r AS (
  INSERT INTO resource (account_id, kind, name, status, type, created_at, ever_deployed)
  SELECT $1, (ARRAY['MODEL', 'GUARDRAIL', 'SCRIPT'])[1 + i % 3], 'thing ' || i, 'DEPLOYED', 'BASE', $3, true FROM generate_series(1, $2::int) i RETURNING *
), d AS (
  INSERT INTO deployment (account_id, resource_id, category, name, type, status, hardware, replicas, rate, created_at, deployed_at, updated_at)
  SELECT account_id, resource_id, kind || 'S', 'eu', '', 'DEPLOYED', '1vcpu-2gb', 2, 76980, $3, $3, $3 FROM r RETURNING *
)
INSERT INTO segment (account_id, deployment_id, resource_id, category, hardware, replicas, rate, started_at)
SELECT account_id, deployment_id, resource_id, category, hardware, replicas, rate, $3 FROM d`, account, n, f.clock.now())
	f.must(err)
}

// What a read takes does not grow with how far the meter is behind: after a month's outage of an account with 200 deployments it
// would otherwise make nine million entries, in gigabytes, for each of those who look.
func TestReadsFarBehind(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.topUp(id, billing.ModelCredits, 100_000*credit)
	f.hostMany(id, 200)
	f.clock.advance(30*24*time.Hour + 7*time.Second)
	const behind = 30*24*3600 + 7
	a := f.view(id)
	if want := 200 * cost("0.07698", 2, behind); a.Credits.Used() != want || a.Cycle != 1 {
		t.Errorf("used %d, want %d, in cycle %d", a.Credits.Used(), want, a.Cycle)
	}
	if n := len(a.Journal.Entries); n > 10 {
		t.Fatalf("%d entries were made for a read", n)
	}
	at := start.Add(17*24*time.Hour + 13*time.Second)
	if got, want := f.balanceAt(id, at), 100_075*credit-200*cost("0.07698", 2, 17*24*3600+13); got != want {
		t.Errorf("balance %d, want %d", got, want)
	}
	r := f.Read()
	defer r.Close(f.ctx)
	trend, err := r.Trend(f.ctx, id, tsdb.TrendQuery{Range: billing.Range{From: start.Add(24*time.Hour + time.Minute), To: start.Add(48 * time.Hour)}, Zone: time.UTC})
	f.must(err)
	var sum billing.Amount
	for _, used := range trend.Used {
		sum += used.Sum()
	}
	if want := 200 * (cost("0.07698", 2, 2*24*3600) - cost("0.07698", 2, 24*3600+60)); sum != want {
		t.Errorf("trend of a day %d, want %d", sum, want)
	}
}
