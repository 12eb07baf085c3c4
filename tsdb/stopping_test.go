package tsdb_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// hourly is the price per replica-hour of what runs, for the second-by-second model below.
type hourly struct {
	rate     string
	replicas int64
}

// stopsAfter is the first second after a start at whose end hosting has cost an amount or more, counted second by second.
func stopsAfter(amount billing.Amount, running ...hourly) (seconds int64, used billing.Amount) {
	for used < amount {
		seconds, used = seconds+1, 0
		for _, r := range running {
			used += cost(r.rate, r.replicas, seconds)
		}
	}
	return seconds, used
}

func TestStopAtTheExactSecond(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	big, one := f.deployModel(id, model, bigGPU, 3, time.Time{}), f.deployModel(id, model, gpu, 1, time.Time{})
	g := f.guardrail(id, billing.Anonymize, "COMPUTE_OPTIMIZED")
	s := f.script(id, small, 2)
	free := f.guardrail(id, billing.Regex, "GENERAL_PURPOSE")
	idle := f.script(id, small, 1)
	_, err := f.UndeployScript(f.ctx, id, idle, time.Time{})
	f.must(err)
	pending := f.pendingScript(id, small, 1)

	seconds, used := stopsAfter(100*credit, hourly{"24.432", 3}, hourly{"1.509", 1}, hourly{"0.30792", 1}, hourly{"0.07698", 2})
	f.clock.advance(3 * 24 * time.Hour) // nobody looked for three days
	stop := start.Add(time.Duration(seconds) * time.Second)
	if a := f.view(id); a.Credits.Used() != used || len(a.Running) != 0 {
		t.Errorf("read before the tick: used %d, want %d; %d running", a.Credits.Used(), used, len(a.Running))
	}
	f.wantUsed(id, used)
	if n := f.count(`SELECT count(*) FROM segment WHERE account_id = $1 AND ended_at = $2`, id, stop); n != 4 {
		t.Errorf("%d segments end at the stop second, want 4", n)
	}
	for _, d := range []int64{big, one} {
		if got := f.wantDeployment(d, tsdb.DeploymentUndeployed); got.Reason != billing.NegativeLimitSentence || !got.UpdatedAt.Equal(stop) {
			t.Errorf("deployment %+v", got)
		}
	}
	f.wantStatus(model, tsdb.Undeployed)
	f.wantStatus(g, tsdb.Undeployed)
	f.wantStatus(s, tsdb.DeploymentFailed)
	f.wantStatus(pending, tsdb.DeploymentFailed)
	f.wantStatus(free, tsdb.Deployed)
	f.wantStatus(idle, tsdb.ReadyToDeploy)
	f.wantStops(id, stop, 5)
	if n := f.count(`SELECT count(*) FROM email WHERE account_id = $1 AND kind = 'STOPPED'`, id); n != 1 {
		t.Errorf("%d mails about the stop, want 1", n)
	}
	if n := f.count(`SELECT count(*) FROM resource WHERE resource_id = $1 AND last_active_at IS NOT NULL`, pending); n != 0 {
		t.Error("a script that never ran was active")
	}
	f.clock.advance(30 * 24 * time.Hour)
	f.checkBooks(id)
	if n := f.count(`SELECT count(*) FROM account_event WHERE account_id = $1 AND payload->>'kind' = 'STOPPED'`, id); n != 5 {
		t.Errorf("%d stops, want 5", n)
	}
}

// wantStops demands an event for each deployment that the limit ended; running ones at the stop second.
func (f *fixture) wantStops(id int64, stop time.Time, want int) {
	f.t.Helper()
	rows, err := f.pool.Query(f.ctx, `SELECT payload FROM account_event WHERE account_id = $1 AND payload->>'kind' = 'STOPPED' ORDER BY seq`, id)
	f.must(err)
	n := 0
	for rows.Next() {
		var document []byte
		var e tsdb.DeploymentChange
		f.must(rows.Scan(&document))
		f.must(json.Unmarshal(document, &e))
		if n++; e.Reason != billing.NegativeLimitSentence || e.Replicas != 0 || e.At.Before(stop) {
			f.t.Errorf("event %+v", e)
		}
	}
	f.must(rows.Err())
	if n != want {
		f.t.Errorf("%d stops announced, want %d", n, want)
	}
}

func TestStopAfterScalingBetweenTicks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	d := f.deployModel(id, f.model(id), bigGPU, 1, time.Time{})
	f.clock.advance(time.Hour + 13*time.Second)
	f.must(f.ScaleDeployment(f.ctx, id, deployment(d), 4, time.Time{}))
	before := cost("24.432", 1, 3613)
	seconds, used := stopsAfter(100*credit-before, hourly{"24.432", 4})
	f.clock.advance(24 * time.Hour)
	f.wantUsed(id, before+used)
	stop := start.Add(time.Duration(3613+seconds) * time.Second)
	if n := f.count(`SELECT count(*) FROM segment WHERE account_id = $1 AND ended_at = $2`, id, stop); n != 1 {
		t.Error("the stop is not at its second")
	}
}

// TestUndeployFindsTheStop asks for the end of what the limit has stopped meanwhile, without any tick in between.
func TestUndeployFindsTheStop(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	d := f.deployModel(id, f.model(id), bigGPU, 2, time.Time{})
	f.clock.advance(24 * time.Hour)
	_, err := f.UndeployModel(f.ctx, id, d, time.Time{})
	f.wantRefused(err, tsdb.WrongState)
	if got := f.wantDeployment(d, tsdb.DeploymentUndeployed); got.Reason != billing.NegativeLimitSentence {
		t.Errorf("reason %q", got.Reason)
	}
	f.checkBooks(id)
}

// TestLateStartThatReachesTheLimit is charged for its time so far and stops what runs in its own second.
func TestLateStartThatReachesTheLimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	f.clock.advance(3 * time.Hour)
	d := f.deployModel(id, model, bigGPU, 2, start)
	f.wantDeployment(d, tsdb.DeploymentUndeployed)
	f.wantUsed(id, cost("24.432", 2, 3*3600+1))
	f.wantStatus(model, tsdb.Undeployed)
	f.wantStops(id, f.clock.now(), 1)
}

// TestReportAtTheNegativeLimit: what was pending has failed with the stop, and nothing starts.
func TestReportAtTheNegativeLimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	s := f.pendingScript(id, small, 1)
	d, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "x", Hardware: gpu, Replicas: 1, Pending: true})
	f.must(err)
	f.clock.advance(time.Minute)
	f.wantUsed(id, 0)
	f.spend(id, model, 100*credit)
	f.wantStatus(s, tsdb.DeploymentFailed)
	f.wantDeployment(d.ID, tsdb.DeploymentUndeployed)
	for _, target := range []tsdb.Deployable{script(s), deployment(d.ID)} {
		err := f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: target, Outcome: tsdb.OutcomeDeployed})
		f.wantRefused(err, tsdb.WrongState)
	}
	// Should something still be pending, it does not start either.
	_, err = f.pool.Exec(f.ctx, `UPDATE deployment SET status = 'PENDING' WHERE deployment_id = $1`, d.ID)
	f.must(err)
	err = f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: deployment(d.ID), Outcome: tsdb.OutcomeDeployed})
	if got := f.wantRefused(err, tsdb.Refused).Decision; got.Code != billing.NegativeLimitReached {
		t.Errorf("decision %+v", got)
	}
	f.checkBooks(id)
}

// TestTicksMakeNoDifference runs the same three days with one tick and with hundreds, minute by minute at first.
func TestTicksMakeNoDifference(t *testing.T) {
	t.Parallel()
	once, often := threeDays(t, false), threeDays(t, true)
	if len(once) != 3*3*24*60 || !maps.Equal(once, often) {
		t.Errorf("%d and %d figures in the ledgers, or they differ", len(once), len(often))
	}
}

// cell is a category and a minute of a ledger folded by minute.
type cell struct {
	category billing.Category
	minute   int64
}

// threeDays hosts something of each category for three days, stopping nothing, and returns the ledger by minute.
func threeDays(t *testing.T, ticks bool) map[cell]int64 {
	t.Helper()
	f := newFixture(t)
	id := f.account()
	f.deployModel(id, f.model(id), "g4dn.xlarge", 1, time.Time{})
	f.script(id, small, 2)
	f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE")
	end := start.Add(3 * 24 * time.Hour)
	for ticks && f.clock.now().Before(end) {
		step := time.Minute
		if f.clock.now().After(start.Add(2 * time.Hour)) {
			step = 37*time.Minute + 11*time.Second
		}
		f.clock.advance(step)
		_, err := f.Tick(f.ctx, 100)
		f.must(err)
	}
	f.clock.set(end)
	f.checkBooks(id)
	rows, err := f.pool.Query(f.ctx, `SELECT category, extract(epoch FROM minute)::bigint, -sum(amount)::bigint FROM ledger_entry
WHERE account_id = $1 AND cause = 'HOSTING' AND minute < $2 GROUP BY category, minute`, id, end)
	f.must(err)
	cells := map[cell]int64{}
	var c cell
	var sum int64
	_, err = pgx.ForEachRow(rows, []any{&c.category, &c.minute, &sum}, func() error {
		cells[c] = sum
		return nil
	})
	f.must(err)
	return cells
}

// TestLateEndOfWeeks gives back a month of minutes in one transaction.
func TestLateEndOfWeeks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	s := f.script(id, small, 1)
	f.clock.advance(30 * 24 * time.Hour)
	f.checkBooks(id)
	_, err := f.UndeployScript(f.ctx, id, s, start.Add(time.Hour))
	f.must(err)
	f.wantUsed(id, cost("0.07698", 1, 3600))
}

// TestAStopIsSeenBeforeItIsPosted asks every reader of statuses after the negative limit stopped hosting and before any tick.
func TestAStopIsSeenBeforeItIsPosted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	big := f.deployModel(id, model, bigGPU, 4, time.Time{})
	waiting, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "us", Hardware: gpu, Replicas: 1, Pending: true})
	f.must(err)
	g, s := f.guardrail(id, billing.Anonymize, "COMPUTE_OPTIMIZED"), f.script(id, small, 2)
	free, pending := f.guardrail(id, billing.Regex, "GENERAL_PURPOSE"), f.pendingScript(id, small, 1)
	for _, wait := range []time.Duration{3 * time.Hour, 17 * time.Second, 24 * time.Hour} {
		f.clock.advance(wait)
		seen := f.statuses(id, []int64{g, s, free, pending}, []int64{big, waiting.ID})
		f.clock.advance(time.Second)
		if again := f.statuses(id, []int64{g, s, free, pending}, []int64{big, waiting.ID}); !maps.EqualFunc(seen, again, time.Time.Equal) {
			t.Errorf("a later read: %v, then %v", seen, again)
		}
		for _, what := range []string{"deployment", "waiting", "guardrail", "script", "pending"} {
			if !seen[what].After(start) || !seen[what].Equal(seen["deployment"]) {
				t.Errorf("%s stopped at %v, want the second of the stop", what, seen[what])
			}
		}
	}
	seen := f.statuses(id, []int64{g, s, free, pending}, []int64{big, waiting.ID})
	f.tick()
	if posted := f.statuses(id, []int64{g, s, free, pending}, []int64{big, waiting.ID}); !maps.EqualFunc(seen, posted, time.Time.Equal) {
		t.Errorf("read %v, posted %v", seen, posted)
	}
	if n := f.count(`SELECT count(*) FROM account_event WHERE account_id = $1 AND payload->>'kind' = 'STOPPED' AND (payload->>'at')::timestamptz = $2`, id, seen["deployment"]); n != 5 {
		t.Errorf("%d stops announced with the second of the stop, want 5", n)
	}
}

// statuses reads what is stopped in every possible way: when each was last changed, and the zero time if a way still
// shows it running.
func (f *fixture) statuses(id int64, resources, deployments []int64) map[string]time.Time {
	f.t.Helper()
	r := f.Read()
	defer r.Close(f.ctx)
	found, err := r.Resources(f.ctx, nil, resources)
	f.must(err)
	ran, err := r.Deployments(f.ctx, nil, deployments)
	f.must(err)
	hosted, err := f.Deployed(f.ctx, id, 100)
	f.must(err)
	if len(hosted.Deployments) != 1 || hosted.Deployments[0].ResourceID != resources[2] {
		f.t.Errorf("the snapshot of deployments holds %+v", hosted.Deployments)
	}
	seen := map[string]time.Time{}
	for i, name := range []string{"guardrail", "script", "free", "pending"} {
		one := found[resources[i]]
		if want := map[string]tsdb.ResourceStatus{"guardrail": tsdb.Undeployed, "free": tsdb.Deployed}[name]; one.Status == cmp.Or(want, tsdb.DeploymentFailed) {
			seen[name] = one.Deployment.UpdatedAt
		}
	}
	for i, name := range []string{"deployment", "waiting"} {
		if d := ran[deployments[i]]; d.Status == tsdb.DeploymentUndeployed && d.Reason == billing.NegativeLimitSentence {
			seen[name] = d.UpdatedAt
		}
	}
	return seen
}

// TestWhatIsPendingEndsWithTheLimit reaches the negative limit by expiry while nothing runs: what is pending ends in
// that second, however late a tick comes, and even if a new cycle has brought credits since.
func TestWhatIsPendingEndsWithTheLimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.planned(id, 50*credit)
	zero := billing.Amount(0)
	f.must(f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: id, Negative: &zero}, tsdb.Actor{}))
	_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: 30 * credit,
		ExpiresAt: start.Add(time.Hour), Reference: "order", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
	f.correct(id, 1, -75*credit)
	f.correct(id, 3, -50*credit)
	pending := f.pendingScript(id, small, 1)
	f.clock.advance(40 * 24 * time.Hour)
	for range 2 {
		r := f.Read()
		found, err := r.Resources(f.ctx, nil, []int64{pending})
		r.Close(f.ctx)
		f.must(err)
		if one := found[pending]; one.Status != tsdb.DeploymentFailed || !one.Deployment.UpdatedAt.Equal(start.Add(time.Hour)) {
			t.Errorf("%s at %v", one.Status, one.Deployment.UpdatedAt)
		}
		f.tick()
	}
}
