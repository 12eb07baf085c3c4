package tsdb_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Hosting that ran for five minutes 150 days ago costs five minutes: five entries and five rows, not 216,000.
func TestEndedHostingCostsItsLength(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(start.AddDate(0, 0, -160))
	id := f.account()
	model := f.model(id)
	f.clock.set(start)
	f.topUp(id, billing.ModelCredits, 100*credit)
	at := start.AddDate(0, 0, -150).Add(17 * time.Second)
	before := f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1`, id)
	d, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "old", Hardware: gpu, Replicas: 2, At: at, Until: at.Add(5 * time.Minute)})
	f.must(err)
	if d.Status != tsdb.DeploymentUndeployed || !d.DeployedAt.Equal(at) || !d.UpdatedAt.Equal(at.Add(5*time.Minute)) {
		t.Errorf("the deployment is %+v", d)
	}
	want := billing.CumulativeCharge(d.Rate, 2, 300)
	if n := f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1`, id) - before; n != 6 { // five minutes touch six
		t.Errorf("%d entries", n)
	}
	f.rollUp(1000)
	if n := f.count(`SELECT count(*) FROM usage_minute WHERE account_id = $1`, id); n != 6 {
		t.Errorf("%d minutes", n)
	}
	if got := f.count(`SELECT sum(credits) FROM usage_day WHERE account_id = $1`, id); got != int64(want) {
		t.Errorf("charted %d, want %d", got, want)
	}
	if used := f.view(id).Credits.Used(); used != want {
		t.Errorf("charged %d, want %d", used, want)
	}
	f.reconciled(id)
	f.checkBooks(id)
}

// Whether it is reported in one call or in two, hosting that is over leaves the same balance and charts, for each kind
// and again for what ran before.
func TestEndedHostingEqualsDeployAndUndeploy(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(start.AddDate(0, 0, -10))
	one, two := f.account(), f.account()
	for _, id := range []int64{one, two} {
		f.topUp(id, billing.ModelCredits, 5000*credit)
	}
	models := [2]int64{f.model(one), f.model(two)}
	scripts := [2]int64{f.draft(one), f.draft(two)}
	f.clock.set(start)
	from, to := start.Add(-50*time.Hour-13*time.Second), start.Add(-44*time.Hour+7*time.Second)
	again, past := start.Add(-20*time.Hour), start.Add(-19*time.Hour)

	must := func(_ any, err error) { f.t.Helper(); f.must(err) }
	_, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: one, ModelID: models[0], Name: "m", Hardware: gpu, Replicas: 1, At: from, Until: to})
	f.must(err)
	g, err := f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: one, Name: "g", Scanner: billing.Toxicity, CPUType: "GENERAL_PURPOSE", Replicas: 3, At: from, Until: to})
	f.must(err)
	must(f.RedeployGuardrail(f.ctx, tsdb.Redeployment{AccountID: one, ID: g.ID, Replicas: 1, At: again, Until: past}))
	must(f.DeployScript(f.ctx, tsdb.ScriptDeployment{AccountID: one, ScriptID: scripts[0], Hardware: small, Replicas: 1, At: from, Until: to}))
	must(f.DeployScript(f.ctx, tsdb.ScriptDeployment{AccountID: one, ScriptID: scripts[0], Hardware: small, Replicas: 2, At: again, Until: past}))

	m, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: two, ModelID: models[1], Name: "m", Hardware: gpu, Replicas: 1, At: from})
	f.must(err)
	must(f.UndeployModel(f.ctx, two, m.ID, to))
	g2, err := f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: two, Name: "g", Scanner: billing.Toxicity, CPUType: "GENERAL_PURPOSE", Replicas: 3, At: from})
	f.must(err)
	must(f.UndeployGuardrail(f.ctx, two, g2.ID, to))
	must(f.RedeployGuardrail(f.ctx, tsdb.Redeployment{AccountID: two, ID: g2.ID, Replicas: 1, At: again}))
	must(f.UndeployGuardrail(f.ctx, two, g2.ID, past))
	for i, span := range [][2]time.Time{{from, to}, {again, past}} {
		must(f.DeployScript(f.ctx, tsdb.ScriptDeployment{AccountID: two, ScriptID: scripts[1], Hardware: small, Replicas: int64(i + 1), At: span[0]}))
		f.must(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: two, Target: script(scripts[1]), Outcome: tsdb.OutcomeDeployed, At: span[0]}))
		must(f.UndeployScript(f.ctx, two, scripts[1], span[1]))
	}
	if a, b := f.view(one).Slices(), f.view(two).Slices(); a != b || a[0] == 0 || a[1] == 0 || a[2] == 0 {
		t.Errorf("slices %v and %v", a, b)
	}
	f.rollUp(1_000_000)
	const minutes = `SELECT coalesce(string_agg(bucket || ' ' || category || ' ' || credits, ', ' ORDER BY bucket, category), '') FROM usage_minute WHERE account_id = $1 AND credits <> 0`
	var a, b string
	f.must(f.pool.QueryRow(f.ctx, minutes, one).Scan(&a))
	f.must(f.pool.QueryRow(f.ctx, minutes, two).Scan(&b))
	if a != b {
		t.Errorf("the charts differ:\n%.600s\n%.600s", a, b)
	}
	const statuses = `SELECT string_agg(kind || ' ' || status || ' ' || coalesce(last_deployed_at::text, '-') || ' ' || coalesce(last_active_at::text, '-'), ', ' ORDER BY kind) FROM resource WHERE account_id = $1`
	f.must(f.pool.QueryRow(f.ctx, statuses, one).Scan(&a))
	f.must(f.pool.QueryRow(f.ctx, statuses, two).Scan(&b))
	if a != b {
		t.Errorf("resources: %s, not %s", a, b)
	}
	f.reconciled(one)
	f.reconciled(two)
}

// Impossible hosting is refused, with the field at fault.
func TestEndedHostingIsChecked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	f.clock.advance(48 * time.Hour)
	now := f.Now()
	d := tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "x", Hardware: gpu, Replicas: 1, At: now.Add(-2 * time.Hour), Until: now.Add(-time.Hour)}
	for field, change := range map[string]func(*tsdb.ModelDeployment){
		"pending":  func(d *tsdb.ModelDeployment) { d.Pending = true },
		"at":       func(d *tsdb.ModelDeployment) { d.At = time.Time{} },
		"until":    func(d *tsdb.ModelDeployment) { d.Until = d.At },
		"until ":   func(d *tsdb.ModelDeployment) { d.Until = now.Add(time.Minute) },
		"at ":      func(d *tsdb.ModelDeployment) { d.At = now.Add(-72 * time.Hour) },
		"replicas": func(d *tsdb.ModelDeployment) { d.Replicas = 1001 },
		"hardware": func(d *tsdb.ModelDeployment) { d.Hardware = "abacus" },
	} {
		bad := d
		change(&bad)
		var e *tsdb.Error
		if _, err := f.DeployModel(f.ctx, bad); !errors.As(err, &e) || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	f.spend(id, model, 200*credit) // far below the negative limit: what has happened is stored all the same
	if _, err := f.DeployModel(f.ctx, d); err != nil {
		t.Errorf("in debt: %v", err)
	}
	f.reconciled(id)
}

// Hosting that is too much for one transaction is refused before it is tried, and accepted in parts, the running one
// last.
func TestLongHostingIsReportedInParts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(start.AddDate(0, 0, -160))
	id := f.account()
	model := f.model(id)
	f.clock.set(start)
	f.topUp(id, billing.ModelCredits, 100_000*credit)
	now := f.Now()
	days := func(n int) time.Time { return now.Add(time.Duration(n) * day) }
	refused := func(err error, field string) {
		t.Helper()
		var e *tsdb.Error
		if !errors.As(err, &e) || e.Code != tsdb.TimeOutOfRange || e.Field != field {
			t.Errorf("too long: %v", err)
		}
	}
	d := tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "long", Hardware: gpu, Replicas: 1, At: days(-101)}
	_, err := f.DeployModel(f.ctx, d)
	refused(err, "at")
	d.Until = days(-101).Add(100*day + time.Second)
	_, err = f.DeployModel(f.ctx, d)
	refused(err, "until")
	d.Until = days(-100)
	made, err := f.DeployModel(f.ctx, d)
	f.must(err)
	_, err = f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: id, ID: made.ID, At: days(-1), Until: now.Add(-time.Hour)})
	f.must(err)
	_, err = f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: id, ID: made.ID, At: now.Add(-time.Hour)})
	f.must(err)
	f.reconciled(id)
}
