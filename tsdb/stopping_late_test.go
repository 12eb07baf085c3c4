package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// TestLateEndAfterTheStop reports an end before the stop: the seconds between are refunded, and the stop stands.
func TestLateEndAfterTheStop(t *testing.T) {
	t.Parallel()
	for _, ticked := range []bool{true, false} {
		f := newFixture(t)
		id := f.account()
		model := f.model(id)
		d, other := f.deployModel(id, model, bigGPU, 2, time.Time{}), f.deployModel(id, model, gpu, 1, time.Time{})
		seconds, _ := stopsAfter(100*credit, hourly{"24.432", 2}, hourly{"1.509", 1})
		f.clock.advance(24 * time.Hour)
		if ticked {
			f.checkBooks(id)
		}
		_, err := f.UndeployModel(f.ctx, id, d, start.Add(30*time.Minute+7*time.Second))
		f.must(err)
		f.wantUsed(id, cost("24.432", 2, 1807)+cost("1.509", 1, seconds))
		f.wantDeployment(other, tsdb.DeploymentUndeployed)
		if got := f.wantDeployment(d, tsdb.DeploymentUndeployed); got.Reason != billing.NegativeLimitSentence {
			t.Errorf("the stop does not stand: %+v", got)
		}
		if b := f.view(id).Credits.Balance(); b <= 25*credit {
			t.Errorf("balance %d", b)
		}
		_, err = f.UndeployModel(f.ctx, id, d, start.Add(20*time.Minute))
		f.wantRefused(err, tsdb.WrongState)
	}
}

// A segment that is reported after the stop, as already over, does not prevent the late report of the end of what was
// stopped.
func TestLateEndAfterTheStopAndAnotherSegment(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	d := f.deployModel(id, f.model(id), bigGPU, 2, time.Time{})
	f.clock.advance(24 * time.Hour)
	f.checkBooks(id)
	from := start.Add(10 * time.Hour)
	_, err := f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: id, ID: d, At: from, Until: from.Add(5 * time.Minute)})
	f.must(err)
	second := cost("24.432", 2, 300)

	_, err = f.UndeployModel(f.ctx, id, d, from.Add(time.Minute)) // of what was reported with its end
	f.wantRefused(err, tsdb.WrongState)
	_, err = f.UndeployModel(f.ctx, id, d, start.Add(5*time.Hour)) // when it had been stopped already
	f.wantRefused(err, tsdb.WrongState)
	_, err = f.UndeployModel(f.ctx, id, d, start.Add(30*time.Minute+7*time.Second))
	f.must(err)
	f.wantUsed(id, cost("24.432", 2, 1807)+second)
	if got := f.wantDeployment(d, tsdb.DeploymentUndeployed); !got.UpdatedAt.Equal(from.Add(5 * time.Minute)) {
		t.Errorf("the later segment is gone: %+v", got)
	}
	_, err = f.UndeployModel(f.ctx, id, d, start.Add(20*time.Minute))
	f.wantRefused(err, tsdb.WrongState)
	f.checkBooks(id)
	f.reconciled(id)
}

// What was deployed again since the stop goes on when the end of what was stopped is reported late: running, scaled, or waiting for its report.
func TestLateEndWhileItRunsAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	d := f.deployModel(id, f.model(id), bigGPU, 2, time.Time{})
	f.clock.advance(24 * time.Hour)
	f.checkBooks(id)
	f.topUp(id, billing.ModelCredits, 500*credit)
	again := f.Now()
	_, err := f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: id, ID: d, Hardware: gpu, Replicas: 1})
	f.must(err)
	f.clock.advance(10 * time.Minute)
	first := start.Add(30*time.Minute + 7*time.Second)
	_, err = f.UndeployModel(f.ctx, id, d, first)
	f.must(err)
	f.wantHosted(id, cost("24.432", 2, 1807)+cost("1.509", 1, 600))
	if got := f.wantDeployment(d, tsdb.DeploymentRunning); got.Reason != "" || !got.UpdatedAt.Equal(again) {
		t.Errorf("what runs now was changed: %+v", got)
	}
	_, err = f.UndeployModel(f.ctx, id, d, again.Add(-time.Minute)) // between the stop and the redeployment nothing ran
	f.wantRefused(err, tsdb.TimeOutOfRange)
	f.must(f.ScaleDeployment(f.ctx, id, deployment(d), 2, time.Time{}))
	f.clock.advance(time.Minute)
	_, err = f.UndeployModel(f.ctx, id, d, start.Add(20*time.Minute))
	f.wantRefused(err, tsdb.TimeOutOfRange) // it is no stop any more: somebody said when it ended
	_, err = f.UndeployModel(f.ctx, id, d, time.Time{})
	f.must(err)
	f.wantHosted(id, cost("24.432", 2, 1807)+cost("1.509", 1, 600)+cost("1.509", 2, 60))
	f.checkBooks(id)
	f.reconciled(id)
}

// If a script was stopped and waits for its report again, the end of the first segment is the last second in which it
// was active.
func TestLateEndWhileItIsPendingAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	d, s := f.deployModel(id, f.model(id), bigGPU, 2, time.Time{}), f.draft(id)
	_, err := f.DeployScript(f.ctx, tsdb.ScriptDeployment{AccountID: id, ScriptID: s, Hardware: small, Replicas: 1})
	f.must(err)
	f.must(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: script(s), Outcome: tsdb.OutcomeDeployed}))
	f.clock.advance(24 * time.Hour)
	f.checkBooks(id)
	f.topUp(id, billing.ModelCredits, 500*credit)
	_, err = f.RedeployScript(f.ctx, tsdb.Redeployment{AccountID: id, ID: s})
	f.must(err)
	f.clock.advance(time.Minute)
	got, err := f.UndeployScript(f.ctx, id, s, start.Add(time.Minute))
	f.must(err)
	if got.Status != tsdb.Deploying || got.LastActiveAt == nil || !got.LastActiveAt.Equal(start.Add(time.Minute)) {
		t.Errorf("%s, last active %v", got.Status, got.LastActiveAt)
	}
	_, err = f.UndeployModel(f.ctx, id, d, start.Add(time.Minute))
	f.must(err)
	f.wantHosted(id, cost("24.432", 2, 60)+cost("0.07698", 1, 60))
	f.reconciled(id)
}

// wantHosted checks what hosting has cost in all, minus refunds, whichever grants paid and are retired by now.
func (f *fixture) wantHosted(id int64, want billing.Amount) {
	f.t.Helper()
	f.checkBooks(id)
	if got := f.count(`SELECT -sum(amount) FROM ledger_entry WHERE account_id = $1 AND cause = 'HOSTING' AND kind IN ('CHARGE', 'REFUND')`, id); got != int64(want) {
		f.t.Errorf("hosting has cost %d, want %d", got, want)
	}
}
