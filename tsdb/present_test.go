package tsdb_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// shown is what the page says about resources and deployments, in one operation.
func (f *fixture) shown(resources, deployments []int64) (text string) {
	f.t.Helper()
	r := f.Read()
	defer r.Close(f.ctx)
	found, err := r.Resources(f.ctx, nil, resources)
	f.must(err)
	for _, id := range resources {
		one := found[id]
		text += fmt.Sprintf("%s %s %v ", one.Name, one.Status, one.LastActiveAt)
		if d := one.Deployment; d != nil {
			text += fmt.Sprintf("%s %q %s", d.Status, d.Reason, d.UpdatedAt)
		}
		text += "\n"
	}
	of, err := r.Deployments(f.ctx, nil, deployments)
	f.must(err)
	for _, id := range deployments {
		text += fmt.Sprintf("%s %q %s\n", of[id].Status, of[id].Reason, of[id].UpdatedAt)
	}
	return text
}

// What runs or is pending is shown before a tick just as the tick then writes it, including a stop that nobody has
// posted: for every kind, for what costs nothing, and for what another account deployed.
func TestWhatIsShownIsWhatATickWrites(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	model := f.model(id)
	waiting, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "waits", Hardware: gpu, Replicas: 1, Pending: true})
	f.must(err)
	deployments := []int64{f.deployModel(id, model, bigGPU, 1, start), waiting.ID, f.deployModel(other, f.model(other), gpu, 1, start)}
	resources := []int64{f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE"), f.guardrail(id, billing.Regex, ""), f.script(id, small, 1), f.pendingScript(id, small, 2), f.draft(id), f.script(other, small, 1)}
	for _, wait := range []time.Duration{time.Minute, 3*time.Hour + 27*time.Second, time.Hour, 31 * 24 * time.Hour} {
		f.clock.advance(wait)
		before := f.shown(resources, deployments)
		f.tick()
		if after := f.shown(resources, deployments); before != after {
			t.Errorf("after %s\nbefore the tick\n%s\nafter it\n%s", wait, before, after)
		}
	}
	f.wantStatus(resources[3], tsdb.DeploymentFailed)
	f.wantStatus(resources[1], tsdb.Deployed)
	r := f.Read()
	defer r.Close(f.ctx)
	if found, err := r.Resources(f.ctx, []int64{other}, resources); err != nil || len(found) != 1 {
		t.Errorf("%d of another account, %v", len(found), err)
	}
	if found, err := r.Deployments(f.ctx, []int64{}, deployments); err != nil || len(found) != 0 {
		t.Errorf("%d of no account, %v", len(found), err)
	}
}

// The fields of one operation ask at the same time: each answer is right, and none reads what another one is writing.
func TestFieldsOfOneOperationAskAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var accounts, resources, deployments []int64
	for range 12 {
		id := f.account()
		accounts = append(accounts, id)
		resources = append(resources, f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE"))
		deployments = append(deployments, f.deployModel(id, f.model(id), gpu, 1, start))
	}
	for range 5 {
		r := f.Read()
		var fields sync.WaitGroup
		for i := range accounts {
			fields.Go(func() {
				if _, err := r.Account(f.ctx, accounts[i]); err != nil {
					t.Error(err)
				}
			})
			fields.Go(func() {
				if found, err := r.Resources(f.ctx, nil, resources[i:]); err != nil || found[resources[i]].Status != tsdb.Deployed {
					t.Errorf("%+v, %v", found[resources[i]], err)
				}
			})
			fields.Go(func() {
				if found, err := r.Deployments(f.ctx, nil, deployments[:i+1]); err != nil || found[deployments[i]].Status != tsdb.DeploymentRunning {
					t.Errorf("%+v, %v", found[deployments[i]], err)
				}
			})
		}
		fields.Wait()
		r.Close(f.ctx)
	}
}
