package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// hostMany runs n deployments from now on, models, guardrails and scripts in turn, each of a resource of its own, with
// two replicas at 0.07698 credits per hour. They are inserted directly; deploying has tests of its own.
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

// The cost of a read does not grow with how far the meter is behind: after a month's outage of an account with 200
// deployments each reader would otherwise make nine million entries, in gigabytes.
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
	r := charts.Read(f.Store)
	defer r.Close(f.ctx)
	trend, err := r.Trend(f.ctx, id, charts.TrendQuery{Range: billing.Range{From: start.Add(24*time.Hour + time.Minute), To: start.Add(48 * time.Hour)}, Zone: time.UTC})
	f.must(err)
	var sum billing.Amount
	for _, used := range trend.Used {
		sum += used.Sum()
	}
	if want := 200 * (cost("0.07698", 2, 2*24*3600) - cost("0.07698", 2, 24*3600+60)); sum != want {
		t.Errorf("trend of a day %d, want %d", sum, want)
	}
}

// Thousands of deployments all end at the same second, each with its event, and one mail names them all; before anybody
// has posted the stop, the page says the same.
func TestStopOfMany(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	const n = 900
	f.spend(id, f.model(id), 90*credit)
	f.hostMany(id, n)
	f.clock.advance(time.Hour)
	seconds, _ := stopsAfter((10*credit+n-1)/n, hourly{"0.07698", 2})
	stop := start.Add(time.Duration(seconds) * time.Second)
	if a := f.view(id); len(a.Journal.Stops) != 1 || !a.At.Time().Equal(f.clock.now()) || a.Journal.Stops[0].At != billing.SecondOf(stop) {
		t.Errorf("foreseen: %d stops", len(a.Journal.Stops))
	}
	r := charts.Read(f.Store)
	tab, err := r.Scripts(f.ctx, id, charts.TabQuery{Page: charts.TabPage{Limit: 1}, Span: charts.Span{Ever: true}, Sums: true, Statuses: []string{string(tsdb.DeploymentFailed)}})
	r.Close(f.ctx)
	f.must(err)
	if want := n / 3 * cost("0.07698", 2, seconds); tab.Total != n/3 || tab.Credits != want {
		t.Errorf("%d scripts for %d µ, want %d for %d", tab.Total, tab.Credits, n/3, want)
	}
	f.tick()
	for what, sql := range map[string]string{
		"segments":    `SELECT count(*) FROM segment WHERE account_id = $1 AND ended_at = $2`,
		"deployments": `SELECT count(*) FROM deployment WHERE account_id = $1 AND updated_at = $2 AND status = CASE category WHEN 'SCRIPTS' THEN 'DEPLOYMENT_FAILED' ELSE 'UNDEPLOYED' END`,
		"resources":   `SELECT count(*) FROM resource WHERE account_id = $1 AND status = CASE kind WHEN 'SCRIPT' THEN 'DEPLOYMENT_FAILED' ELSE 'UNDEPLOYED' END AND (last_active_at = $2) IS NOT DISTINCT FROM CASE kind WHEN 'SCRIPT' THEN true END`,
		"events":      `SELECT count(DISTINCT payload->>'deploymentId') FROM account_event WHERE account_id = $1 AND payload->>'kind' = 'STOPPED' AND (payload->>'at')::timestamptz = $2`,
		"mail":        `SELECT count(DISTINCT d->>'name') FROM email e, jsonb_array_elements(e.data->'running') d WHERE e.account_id = $1 AND e.kind = 'STOPPED' AND (e.data->>'at')::timestamptz = $2`,
	} {
		if got := f.count(sql, id, stop); got != n {
			t.Errorf("%d %s at the stop, want %d", got, what, n)
		}
	}
	if mails := f.count(`SELECT count(*) FROM email WHERE account_id = $1 AND kind = 'STOPPED'`, id); mails != 1 {
		t.Errorf("%d mails", mails)
	}
	f.reconciled(id)
}

// Of debt by age only what is still owed is kept, even in an account that never gets out of debt.
func TestRepaidDebtIsForgotten(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	f.spend(id, model, 75*credit)
	f.hostMany(id, 3)
	f.clock.advance(3 * time.Hour)
	f.topUp(id, billing.ModelCredits, credit)
	if kept, left := f.count(`SELECT count(*) FROM debt WHERE account_id = $1`, id), f.count(`SELECT count(*) FROM debt WHERE account_id = $1 AND amount > 0`, id); kept != left || left == 0 || left > 200 {
		t.Errorf("%d minutes are kept, %d are owed", kept, left)
	}
	f.sound(id)
	f.topUp(id, billing.ModelCredits, 100*credit)
	f.sound(id)
}
