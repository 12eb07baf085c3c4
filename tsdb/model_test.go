package tsdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// A request about another account's model, deployment, guardrail or script, under the caller's own account, is answered
// as if it did not exist, with the field that names it, and changes nothing (rules.md §11).
func TestOthersHostingIsUnknown(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mine, id := f.account(), f.account()
	model := f.model(id)
	d, g, s := f.deployModel(id, model, gpu, 1, start), f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE"), f.script(id, small, 1)
	pending, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "waits", Hardware: gpu, Replicas: 1, Pending: true})
	f.must(err)
	f.clock.advance(time.Minute)
	state := func() string { return fmt.Sprint(f.everything(id), f.everything(mine)) }
	before := state()
	only := func(_ any, err error) error { return err }
	for _, c := range []struct {
		what  string
		err   error
		field string
	}{
		{"deploy", only(f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: mine, ModelID: model, Name: "x", Hardware: gpu, Replicas: 1})), "modelId"},
		{"redeploy a model", only(f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: mine, ID: d})), "deploymentId"},
		{"undeploy a model", only(f.UndeployModel(f.ctx, mine, d, time.Time{})), "deploymentId"},
		{"delete a model", only(f.DeleteModel(f.ctx, mine, model)), "modelId"},
		{"delete a deployment", only(f.DeleteDeployment(f.ctx, mine, d)), "deploymentId"},
		{"redeploy a guardrail", only(f.RedeployGuardrail(f.ctx, tsdb.Redeployment{AccountID: mine, ID: g})), "guardrailId"},
		{"undeploy a guardrail", only(f.UndeployGuardrail(f.ctx, mine, g, time.Time{})), "guardrailId"},
		{"undeploy a script", only(f.UndeployScript(f.ctx, mine, s, time.Time{})), "scriptId"},
		{"scale a model", f.ScaleDeployment(f.ctx, mine, deployment(d), 2, time.Time{}), "id"},
		{"scale a guardrail", f.ScaleDeployment(f.ctx, mine, guardrail(g), 2, time.Time{}), "id"},
		{"scale a script as a guardrail", f.ScaleDeployment(f.ctx, id, guardrail(s), 2, time.Time{}), "id"},
		{"scale a model by its own id", f.ScaleDeployment(f.ctx, id, deployment(model+1<<40), 2, time.Time{}), "id"},
		{"report", f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: mine, Target: deployment(pending.ID), Outcome: tsdb.OutcomeDeployed}), "id"},
		{"a guardrail's deployment as a model's", only(f.UndeployModel(f.ctx, id, f.deploymentIn(g), time.Time{})), "deploymentId"},
	} {
		f.refusedAs(c.what, c.err, tsdb.NotFound, c.field)
	}
	if after := state(); after != before {
		t.Errorf("what was refused left\n%s\nbefore\n%s", after, before)
	}
}

// deploymentIn is the deployment of a guardrail or script.
func (f *fixture) deploymentIn(resource int64) int64 {
	f.t.Helper()
	return f.count(`SELECT deployment_id FROM deployment WHERE resource_id = $1`, resource)
}

// A model is deleted with its deployments once none of them runs or is pending; then nothing of it can be deployed, and
// a repeat changes nothing. Its usage stays, and late usage of it is still stored (rules.md §5).
func TestADeletedModelKeepsItsUse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	running := f.deployModel(id, model, gpu, 1, start)
	waiting, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "waits", Hardware: gpu, Replicas: 1, Pending: true})
	f.must(err)
	f.clock.advance(time.Hour)
	for _, d := range []int64{running, waiting.ID} {
		_, err := f.DeleteModel(f.ctx, id, model)
		f.refusedAs("while something is deployed", err, tsdb.WrongState, "modelId")
		_, err = f.DeleteDeployment(f.ctx, id, d)
		f.refusedAs("what is deployed", err, tsdb.WrongState, "deploymentId")
		_, err = f.UndeployModel(f.ctx, id, d, time.Time{})
		f.must(err)
	}
	_, err = f.DeleteDeployment(f.ctx, id, waiting.ID)
	f.must(err)
	deleted, err := f.DeleteModel(f.ctx, id, model)
	f.must(err)
	f.clock.advance(time.Hour)
	again, err := f.DeleteModel(f.ctx, id, model)
	if f.must(err); again.Status != tsdb.Deleted || fmt.Sprint(again.DeletedAt, again.UpdatedAt) != fmt.Sprint(deleted.DeletedAt, deleted.UpdatedAt) {
		t.Errorf("deleted at %v, again at %v", deleted.DeletedAt, again.DeletedAt)
	}
	for _, d := range []int64{running, waiting.ID} {
		f.wantDeployment(d, tsdb.DeploymentDeleted)
		_, err := f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: id, ID: d})
		f.refusedAs("a deleted deployment", err, tsdb.WrongState, "deploymentId")
		_, err = f.UndeployModel(f.ctx, id, d, time.Time{})
		f.wantRefused(err, tsdb.WrongState)
	}
	_, err = f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "x", Hardware: gpu, Replicas: 1})
	f.refusedAs("a deleted model", err, tsdb.WrongState, "modelId")
	late := tokens(id, model, "late", start.Add(time.Minute), 2_000_000, 0)
	late.DeploymentID = running
	if r := f.ingest(tsdb.Record, late)[0]; r.Status != tsdb.Stored {
		t.Errorf("late use: %+v", r)
	}
	f.wantUsed(id, cost("1.509", 1, 3600)+credit)
}

// What a model is registered with is limited, and refused with the field at fault; at its limits it is kept to the last
// digit.
func TestBoundsOfModels(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	rate := func(a billing.Amount) *billing.Amount { return &a }
	billions := func(text string) *decimal.Decimal { d := decimal.RequireFromString(text); return &d }
	const most = 1_000_000 * credit
	for name, c := range map[string]struct {
		edit  func(*tsdb.NewModel)
		field string
	}{
		"no name":               {func(n *tsdb.NewModel) { n.Name = "" }, "name"},
		"no size":               {func(n *tsdb.NewModel) { n.Billions = billions("0") }, "parametersBillions"},
		"below nothing":         {func(n *tsdb.NewModel) { n.Billions = billions("-7") }, "parametersBillions"},
		"too large":             {func(n *tsdb.NewModel) { n.Billions = billions("1000000.000000001") }, "parametersBillions"},
		"too fine":              {func(n *tsdb.NewModel) { n.Billions = billions("0.0000000001") }, "parametersBillions"},
		"a rate below nothing":  {func(n *tsdb.NewModel) { n.OutputRate = rate(-1) }, "outputRate"},
		"a rate beyond":         {func(n *tsdb.NewModel) { n.InputRate = rate(most + 1) }, "inputRate"},
		"a class's rate beyond": {func(n *tsdb.NewModel) { n.ReasoningRate = rate(most + 1) }, "reasoningRate"},
	} {
		n := tsdb.NewModel{AccountID: id, Name: "M"}
		c.edit(&n)
		_, err := f.RegisterModel(f.ctx, n)
		f.refusedAs(name, err, tsdb.Invalid, c.field)
	}
	for _, size := range []string{"0.000000001", "1000000", "7", "0.6"} {
		m, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: "M", Billions: billions(size), InputRate: rate(most), OutputRate: rate(0), CacheReadRate: rate(1)})
		if f.must(err); !m.Billions.Equal(*billions(size)) || *m.InputRate != most || *m.OutputRate != 0 || *m.CacheReadRate != 1 || m.CacheWriteRate != nil || m.Status != tsdb.Registered {
			t.Errorf("%s: %+v", size, m)
		}
	}
	for name, edit := range map[string]func(*tsdb.ModelDeployment){
		"replicas": func(d *tsdb.ModelDeployment) { d.Replicas = 0 }, "replicas ": func(d *tsdb.ModelDeployment) { d.Replicas = tsdb.MaxReplicas + 1 }, "name": func(d *tsdb.ModelDeployment) { d.Name = "\u202e" },
		"endpoint": func(d *tsdb.ModelDeployment) { d.Endpoint = "\x00" }, "idempotencyKey": func(d *tsdb.ModelDeployment) { d.IdempotencyKey = string(make([]byte, 129)) },
	} {
		d := tsdb.ModelDeployment{AccountID: id, ModelID: 1, Name: "d", Hardware: gpu, Replicas: 1}
		edit(&d)
		_, err := f.DeployModel(f.ctx, d)
		f.refusedAs("a deployment", err, tsdb.Invalid, map[bool]string{true: "replicas", false: name}[name == "replicas "])
	}
}
