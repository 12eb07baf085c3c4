package tsdb_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// The instants at which hosting begins and ends are checked to the second: not in the future, not before the account,
// not before what it would follow, and not before usage is kept. Fractions of a second are cut off, so that now is
// never in the future.
func TestInstantsOfHosting(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	kept := f.Settings().EventRetention
	f.clock.set(start.Add(-kept - 48*time.Hour))
	id := f.account()
	model := f.model(id)
	f.clock.set(start.Add(700 * time.Millisecond))
	f.topUp(id, billing.ModelCredits, 5_000_000*credit)
	young := f.account()
	youngModel := f.model(young)
	deploy := func(account, model int64) func(at time.Time) error {
		return func(at time.Time) error {
			d, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: account, ModelID: model, Name: "d", Hardware: gpu, Replicas: 1, At: at, Until: at.Add(time.Second)})
			if err == nil && !d.DeployedAt.Equal(at.Truncate(time.Second)) {
				t.Errorf("at %v: deployed at %v", at, d.DeployedAt)
			}
			return err
		}
	}
	runs := f.deployModel(id, model, gpu, 1, start.Add(-time.Hour))
	pending := f.pendingScript(id, small, 1) // asked for at the start
	f.clock.advance(time.Minute)
	now := f.Now()
	scale := func(at time.Time) error { return f.ScaleDeployment(f.ctx, id, deployment(runs), 1, at) }
	report := func(at time.Time) error {
		return f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: script(pending), Outcome: tsdb.OutcomeFailed, Reason: at.String(), At: at})
	}
	for i, c := range []struct {
		do func(time.Time) error
		at time.Time
		ok bool
	}{
		{deploy(id, model), now.Add(-time.Second), true},
		{deploy(id, model), now.Add(time.Second), false},
		{deploy(id, model), start.Add(-kept).Add(time.Minute), true},
		{deploy(id, model), start.Add(-kept).Add(time.Minute - time.Second), false},
		{deploy(young, youngModel), start, true},
		{deploy(young, youngModel), start.Add(-time.Nanosecond), false},
		{scale, now.Add(299 * time.Millisecond), true}, // of this second
		{scale, now.Add(300 * time.Millisecond), false},
		{scale, start.Add(-time.Hour - time.Nanosecond), false},
		{scale, start.Add(-time.Hour), true},
		{report, start.Add(-time.Nanosecond), false},
		{report, start, true},
	} {
		err := c.do(c.at)
		if c.ok && err != nil {
			t.Errorf("%d, at %v: %v", i, c.at, err)
		}
		if !c.ok {
			f.refusedAs(fmt.Sprint(i, " at ", c.at), err, tsdb.TimeOutOfRange, "at")
		}
	}
	f.sound(id)
	f.sound(young)
}

// A caller from another account can neither deploy, change nor end what an account hosts, and learns nothing from the
// answer; a thing of another kind is not found either.
func TestHostingOfAnotherAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v, other := f.victim(), f.victim()
	before := f.everything(other.Account)
	do := map[string]func(account, model, d, s, g int64) error{
		"deploy a model": func(a, m, _, _, _ int64) error {
			_, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: a, ModelID: m, Name: "d", Hardware: gpu, Replicas: 1})
			return err
		},
		"redeploy a model": func(a, _, d, _, _ int64) error {
			_, err := f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: a, ID: d})
			return err
		},
		"undeploy a model":     func(a, _, d, _, _ int64) error { _, err := f.UndeployModel(f.ctx, a, d, time.Time{}); return err },
		"delete a deployment":  func(a, _, d, _, _ int64) error { _, err := f.DeleteDeployment(f.ctx, a, d); return err },
		"delete a model":       func(a, m, _, _, _ int64) error { _, err := f.DeleteModel(f.ctx, a, m); return err },
		"scale a script":       func(a, _, _, s, _ int64) error { return f.ScaleDeployment(f.ctx, a, script(s), 2, time.Time{}) },
		"scale a guardrail":    func(a, _, _, _, g int64) error { return f.ScaleDeployment(f.ctx, a, guardrail(g), 2, time.Time{}) },
		"undeploy a script":    func(a, _, _, s, _ int64) error { _, err := f.UndeployScript(f.ctx, a, s, time.Time{}); return err },
		"undeploy a guardrail": func(a, _, _, _, g int64) error { _, err := f.UndeployGuardrail(f.ctx, a, g, time.Time{}); return err },
		"redeploy a guardrail": func(a, _, _, _, g int64) error {
			_, err := f.RedeployGuardrail(f.ctx, tsdb.Redeployment{AccountID: a, ID: g})
			return err
		},
		"report of a guardrail": func(a, _, _, _, g int64) error {
			return f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: a, Target: guardrail(g), Outcome: tsdb.OutcomeFailed})
		},
	}
	for name, ask := range do {
		foreign := ask(v.Account, other.Model, other.Deployment, other.Script, other.Guardrail)
		nothing := ask(v.Account, 999_999, 999_999, 999_999, 999_999)
		if foreign == nil || nothing == nil || foreign.Error() != nothing.Error() || !isCode(foreign, tsdb.NotFound) {
			t.Errorf("%s: of another account %v, of none %v", name, foreign, nothing)
		}
		crossed := ask(v.Account, v.Tool, v.Account+5000, v.Guardrail, v.Script)
		if !isCode(crossed, tsdb.NotFound) {
			t.Errorf("%s: of another kind %v", name, crossed)
		}
	}
	if after := f.everything(other.Account); !slices.Equal(after, before) {
		t.Error("the other account is not as it was")
	}
	found, err := f.Deployments(f.ctx, nil)
	if f.must(err); len(found) != 0 {
		t.Errorf("of no ids: %v", found)
	}
}

// If many deploy at once, through two processes and each under a key, there are as many deployments as keys, and none
// runs twice. If many scale one of them, it ends up with one of their numbers, and with segments that follow each
// other.
func TestDeployingInParallel(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	stores := []*tsdb.Store{f.Store, f.another(true, 100)}
	ids := make([]int64, 12)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			d, err := stores[i%2].DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "d", Hardware: gpu, Replicas: 1, IdempotencyKey: fmt.Sprint("k", i%3)})
			if ids[i] = d.ID; err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, d := range ids {
		if d != ids[i%3] {
			t.Errorf("under one key: %v", ids)
		}
	}
	f.clock.advance(time.Minute)
	for i := range 8 {
		all.Go(func() {
			if err := stores[i%2].ScaleDeployment(f.ctx, id, deployment(ids[0]), int64(2+i), time.Time{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	d := f.wantDeployment(ids[0], tsdb.DeploymentRunning)
	f.clock.advance(time.Minute)
	f.wantUsed(id, cost("1.509", 1, 60)+cost("1.509", d.Replicas, 60)+2*cost("1.509", 1, 120))
	hosted, err := f.Deployed(f.ctx, id, 10)
	if f.must(err); len(hosted.Deployments) != 3 || d.Replicas < 2 {
		t.Errorf("hosted %+v", hosted.Deployments)
	}
	f.sound(id)
}

// What is hosted is listed oldest first and with a limit, including what waits for its report. What the negative limit
// has stopped is not in the list, even if nobody has posted the stop, and neither is what was pending.
func TestWhatIsDeployedIsListed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.victim()
	second, waits := f.deployModel(v.Account, v.Model, bigGPU, 3, time.Time{}), f.pendingScript(v.Account, small, 2)
	list := func(limit int) (names []string) {
		got, err := f.Deployed(f.ctx, v.Account, limit)
		f.must(err)
		for _, d := range got.Deployments {
			if _, there := got.Resources[d.ResourceID]; there == (d.Category == billing.Models) {
				t.Errorf("resources beside %+v: %v", d, got.Resources)
			}
			names = append(names, fmt.Sprint(d.Category, " ", d.Status, " ", d.Replicas))
		}
		if got.Revision != f.view(v.Account).Revision || !got.AsOf.Equal(f.Now()) {
			t.Errorf("at revision %d as of %v", got.Revision, got.AsOf)
		}
		return names
	}
	want := []string{"MODELS DEPLOYED 3", "SCRIPTS PENDING 2"}
	if got := list(100); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := list(1); !slices.Equal(got, want[:1]) {
		t.Errorf("one of them: %q", got)
	}
	f.clock.advance(30 * 24 * time.Hour)
	if got := list(100); len(got) != 0 {
		t.Errorf("beyond the limit: %q", got)
	}
	f.checkBooks(v.Account)
	f.wantDeployment(second, tsdb.DeploymentUndeployed)
	f.wantStatus(waits, tsdb.DeploymentFailed)
	if _, err := f.Deployed(f.ctx, 999, 10); !isCode(err, tsdb.NotFound) {
		t.Errorf("of no account: %v", err)
	}
}

// A report of a failure without a reason is recognised again by the reason that it left. What ran and was undeployed,
// or was withdrawn, did not fail: such a report of it is refused.
func TestAFailureWithoutReason(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	m, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: "Llama"})
	f.must(err)
	deploy := func(pending bool) int64 {
		d, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: m.ID, Name: "chat", Hardware: "g4dn.xlarge", Replicas: 1, Pending: pending})
		f.must(err)
		return d.ID
	}
	failed := func(d int64, reason string) error {
		return f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: deployment(d), Outcome: tsdb.OutcomeFailed, Reason: reason})
	}
	undeploy := func(d int64) { _, err := f.UndeployModel(f.ctx, id, d, time.Time{}); f.must(err) }

	ran, withdrawn, broken := deploy(false), deploy(true), deploy(true)
	undeploy(ran)
	undeploy(withdrawn)
	for name, d := range map[string]int64{"undeployed": ran, "withdrawn": withdrawn} {
		if err := failed(d, ""); !isCode(err, tsdb.WrongState) {
			t.Errorf("%s, then failed: %v", name, err)
		}
	}
	f.must(failed(broken, ""))
	f.must(failed(broken, "")) // whoever reports may not have heard the first answer
	if err := failed(broken, "no room"); !isCode(err, tsdb.WrongState) {
		t.Errorf("failed with another reason: %v", err)
	}
	rows, err := f.Deployments(f.ctx, []int64{broken})
	if f.must(err); rows[broken].Status != tsdb.DeploymentUndeployed || rows[broken].Reason == "" {
		t.Errorf("%+v", rows)
	}
}
