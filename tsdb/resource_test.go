package tsdb_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

func TestToolStatuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool, err := f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: id, Name: "search", OwnerName: "Mia", Status: tsdb.InDevelopment, IdempotencyKey: "t"})
	f.must(err)
	again, err := f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: id, Name: "search", OwnerName: "Mia", Status: tsdb.InDevelopment, IdempotencyKey: "t"})
	if f.must(err); again.ID != tool.ID || tool.EverDeployed || tool.LastDeployedAt != nil {
		t.Errorf("tool %+v, again %+v", tool, again)
	}
	_, err = f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: id, Name: "other", OwnerName: "Mia", Status: tsdb.InDevelopment, IdempotencyKey: "t"})
	f.wantRefused(err, tsdb.Conflict)
	_, err = f.CreateScript(f.ctx, tsdb.NewScript{AccountID: id, Name: "search", Language: tsdb.Python, IdempotencyKey: "t"})
	f.wantRefused(err, tsdb.Conflict)
	for _, c := range []struct {
		to tsdb.ResourceStatus
		ok bool
	}{
		{tsdb.Undeployed, false}, {tsdb.InDevelopment, true}, {tsdb.Deployed, true}, {tsdb.InDevelopment, false}, {tsdb.Undeployed, true},
		{tsdb.Draft, false}, {tsdb.Deployed, true}, {tsdb.Deleted, true}, {tsdb.Deleted, true}, {tsdb.Deployed, false},
	} {
		got, err := f.SetToolStatus(f.ctx, id, tool.ID, c.to)
		if !c.ok {
			f.wantRefused(err, tsdb.WrongState)
			continue
		}
		if f.must(err); got.Status != c.to {
			t.Errorf("status %s, want %s", got.Status, c.to)
		}
	}
	if n := f.count(`SELECT count(*) FROM account_event WHERE account_id = $1 AND kind = 'DEPLOYMENT'`, id); n != 5 {
		t.Errorf("%d events, want REGISTERED DEPLOYED UNDEPLOYED DEPLOYED DELETED", n)
	}
	found, err := f.Resources(f.ctx, []int64{tool.ID})
	if f.must(err); found[tool.ID].DeletedAt == nil || !found[tool.ID].EverDeployed {
		t.Errorf("tool %+v", found[tool.ID])
	}
}

func TestRegisteringRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	zero, negative := decimal.Zero, billing.Amount(-1)
	_, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: ""})
	f.wantRefused(err, tsdb.Invalid)
	_, err = f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: "m", Billions: &zero})
	f.wantRefused(err, tsdb.Invalid)
	_, err = f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: "m", InputRate: &negative})
	f.wantRefused(err, tsdb.Invalid)
	_, err = f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: 999, Name: "m"})
	f.wantRefused(err, tsdb.NotFound)
	_, err = f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: id, Name: "t", OwnerName: "Mia", Status: tsdb.Undeployed})
	f.wantRefused(err, tsdb.Invalid)
	_, err = f.CreateScript(f.ctx, tsdb.NewScript{AccountID: id, Name: "s", Language: "COBOL"})
	f.wantRefused(err, tsdb.Invalid)
}

// TestModelsAndTheirDeployments: a model follows its deployments, and other accounts see none of it.
func TestModelsAndTheirDeployments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, stranger := f.account(), f.account()
	model := f.model(id)
	f.wantStatus(model, tsdb.Registered)
	n := tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "eu", Hardware: gpu, Replicas: 2, Endpoint: "https://eu.example", IdempotencyKey: "d"}
	one, err := f.DeployModel(f.ctx, n)
	f.must(err)
	again, err := f.DeployModel(f.ctx, n)
	if f.must(err); again.ID != one.ID || one.Type != tsdb.OpenSourceDeployment || one.Rate != billing.MustCredits("1.509") || one.Endpoint == "" {
		t.Errorf("one %+v, again %+v", one, again)
	}
	two := f.deployModel(id, model, "g6.xlarge", 1, time.Time{})
	f.clock.advance(time.Hour)
	_, err = f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "x", Hardware: small, Replicas: 1})
	f.wantRefused(err, tsdb.UnknownHardware)
	_, err = f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "x", Hardware: gpu, Replicas: 1001})
	f.wantRefused(err, tsdb.Invalid)
	_, err = f.UndeployModel(f.ctx, stranger, two, time.Time{})
	f.wantRefused(err, tsdb.NotFound)
	f.wantRefused(f.ScaleDeployment(f.ctx, stranger, deployment(two), 2, time.Time{}), tsdb.NotFound)
	_, err = f.DeleteDeployment(f.ctx, id, two)
	f.wantRefused(err, tsdb.WrongState)
	_, err = f.UndeployModel(f.ctx, id, two, time.Time{})
	f.must(err)
	f.wantStatus(model, tsdb.Deployed)
	_, err = f.DeleteDeployment(f.ctx, id, two)
	f.must(err)
	_, err = f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: id, ID: two})
	f.wantRefused(err, tsdb.WrongState)
	_, err = f.DeleteModel(f.ctx, id, model)
	f.wantRefused(err, tsdb.WrongState)
	_, err = f.UndeployModel(f.ctx, id, one.ID, time.Time{})
	f.must(err)
	f.wantStatus(model, tsdb.Undeployed)
	_, err = f.DeleteModel(f.ctx, id, model)
	f.must(err)
	f.wantStatus(model, tsdb.Deleted)
	f.wantDeployment(one.ID, tsdb.DeploymentDeleted)
	_, err = f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "x", Hardware: gpu, Replicas: 1})
	f.wantRefused(err, tsdb.WrongState)
	f.wantUsed(id, cost("1.509", 2, 3600)+cost("1.2072", 1, 3600))
}

func TestScriptsFromDraftToDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	s := f.draft(id)
	f.wantStatus(s, tsdb.Draft)
	_, err := f.RedeployScript(f.ctx, tsdb.Redeployment{AccountID: id, ID: s})
	f.wantRefused(err, tsdb.WrongState)
	_, err = f.UndeployScript(f.ctx, id, s, time.Time{})
	f.wantRefused(err, tsdb.WrongState)
	deploy := tsdb.ScriptDeployment{AccountID: id, ScriptID: s, Hardware: small, Replicas: 1}
	report := tsdb.DeploymentReport{AccountID: id, Target: script(s), Outcome: tsdb.OutcomeFailed, Reason: "no such module"}
	_, err = f.DeployScript(f.ctx, deploy)
	f.must(err)
	f.wantStatus(s, tsdb.Deploying)
	f.clock.advance(time.Minute)
	f.wantRefused(f.ScaleDeployment(f.ctx, id, script(s), 2, time.Time{}), tsdb.WrongState)
	_, err = f.DeleteScript(f.ctx, id, s)
	f.wantRefused(err, tsdb.WrongState)
	f.must(f.ReportDeployment(f.ctx, report))
	f.must(f.ReportDeployment(f.ctx, report)) // a repeat
	f.wantStatus(s, tsdb.DeploymentFailed)
	f.wantUsed(id, 0)

	_, err = f.DeployScript(f.ctx, deploy)
	f.must(err)
	asked := f.clock.now()
	f.clock.advance(time.Minute)
	report = tsdb.DeploymentReport{AccountID: id, Target: script(s), Outcome: tsdb.OutcomeDeployed, Endpoint: "https://s.example", At: asked.Add(-time.Second)}
	f.wantRefused(f.ReportDeployment(f.ctx, report), tsdb.TimeOutOfRange)
	report.At = asked.Add(10 * time.Second)
	f.must(f.ReportDeployment(f.ctx, report))
	f.must(f.ReportDeployment(f.ctx, report)) // a repeat
	f.wantStatus(s, tsdb.Deployed)
	f.wantUsed(id, cost("0.07698", 1, 50))
	_, err = f.DeployScript(f.ctx, deploy)
	f.wantRefused(err, tsdb.WrongState)
	_, err = f.DeleteScript(f.ctx, id, s)
	f.wantRefused(err, tsdb.WrongState)

	f.clock.advance(time.Minute)
	_, err = f.RedeployScript(f.ctx, tsdb.Redeployment{AccountID: id, ID: s, Hardware: "2vcpu-4gb"})
	f.must(err)
	f.wantStatus(s, tsdb.Deploying)
	f.clock.advance(time.Minute)
	f.wantUsed(id, cost("0.07698", 1, 110))
	f.must(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: script(s), Outcome: tsdb.OutcomeDeployed}))
	f.clock.advance(time.Minute)
	end, err := f.UndeployScript(f.ctx, id, s, f.clock.now().Add(-5*time.Second))
	f.must(err)
	if end.Status != tsdb.ReadyToDeploy || !end.LastActiveAt.Equal(f.clock.now().Add(-5*time.Second)) {
		t.Errorf("script %+v", end)
	}
	f.wantUsed(id, cost("0.07698", 1, 110)+cost("0.15396", 1, 55))
	_, err = f.DeleteScript(f.ctx, id, s)
	f.must(err)
	f.wantStatus(s, tsdb.Deleted)
	f.wantScriptMails(id)
}

// wantScriptMails demands mails about two deployments, the first with its endpoint, and one undeployment.
func (f *fixture) wantScriptMails(id int64) {
	f.t.Helper()
	if n := f.count(`SELECT count(*) FROM email WHERE account_id = $1 AND kind = 'SCRIPT_DEPLOYED'`, id); n != 2 {
		f.t.Errorf("%d mails of deployments, want 2", n)
	}
	if n := f.count(`SELECT count(*) FROM email WHERE account_id = $1 AND kind = 'SCRIPT_DEPLOYED' AND data->>'endpoint' = 'https://s.example' AND data->>'resource' = 'clean'`, id); n != 1 {
		f.t.Error("the endpoint was not mailed")
	}
	if n := f.count(`SELECT count(*) FROM email WHERE account_id = $1 AND kind = 'SCRIPT_UNDEPLOYED'`, id); n != 1 {
		f.t.Errorf("%d mails of undeployments, want 1", n)
	}
}

// TestPendingIsNotMetered: models and guardrails are pending too, if asked to; what is undeployed while pending never
// ran.
func TestPendingIsNotMetered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	g, err := f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: id, Name: "g", Scanner: billing.Relevance, CPUType: "GENERAL_PURPOSE", Replicas: 1, Pending: true})
	f.must(err)
	model := f.model(id)
	d, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "x", Hardware: gpu, Replicas: 1, Pending: true})
	f.must(err)
	f.wantStatus(g.ID, tsdb.Undeployed)
	f.wantStatus(model, tsdb.Registered)
	f.clock.advance(time.Hour)
	f.wantUsed(id, 0)
	_, err = f.UndeployModel(f.ctx, id, d.ID, time.Time{})
	f.must(err)
	f.wantRefused(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: deployment(d.ID), Outcome: tsdb.OutcomeDeployed}), tsdb.WrongState)
	f.must(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: guardrail(g.ID), Outcome: tsdb.OutcomeDeployed}))
	f.clock.advance(time.Hour)
	f.wantUsed(id, cost("0.144", 1, 3600))
	f.wantStatus(model, tsdb.Registered)
	if n := f.count(`SELECT count(*) FROM email WHERE account_id = $1 AND kind LIKE 'SCRIPT%'`, id); n != 0 {
		t.Errorf("%d mails about scripts, want none", n)
	}
}

// TestHistoryIsChartedAndNotCharged: if the books begin with the account, what ran before is history; otherwise hosting
// cannot have run before the account was made (rules.md §2).
func TestHistoryIsChartedAndNotCharged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	history, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Moved", IdempotencyKey: "h", BooksFrom: start}, tsdb.Actor{})
	f.must(err)
	f.clock.advance(time.Hour)
	d := f.deployModel(history, f.model(history), gpu, 1, start.Add(-2*time.Hour))
	f.wantUsed(history, cost("1.509", 1, 3*3600)-cost("1.509", 1, 2*3600))
	f.must(f.ScaleDeployment(f.ctx, history, deployment(d), 2, start.Add(-time.Hour)))
	f.wantUsed(history, cost("1.509", 2, 2*3600)-cost("1.509", 2, 3600))
	_, err = f.UndeployModel(f.ctx, history, d, start.Add(-30*time.Minute))
	f.must(err)
	f.wantUsed(history, 0)
	charted := f.count(`SELECT sum(credits) FROM (`+minutesAndDelta+`) u WHERE account_id = $1 AND bucket < $2`, history, start)
	if want := cost("1.509", 1, 3600) + cost("1.509", 2, 1800); billing.Amount(charted) != want {
		t.Errorf("charted %d, want %d", charted, want)
	}
	early, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Early", IdempotencyKey: "e", BooksFrom: start.Add(-24 * time.Hour)}, tsdb.Actor{})
	f.must(err)
	for _, back := range []time.Duration{2 * time.Hour, 48 * time.Hour} {
		_, err = f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: early, ModelID: f.model(early), Name: "x", Hardware: gpu, Replicas: 1, At: f.clock.now().Add(-back)})
		f.wantRefused(err, tsdb.TimeOutOfRange)
	}
}

// TestRefundRefillsTheGrantThatPaidLast: a late end gives back to the grant that was drawn last; what belongs to
// retired or expired grants comes back as an adjustment (rules.md §2).
func TestRefundRefillsTheGrantThatPaidLast(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: 100 * credit,
		Reference: "order", IdempotencyKey: "g"}, tsdb.Actor{})
	f.must(err)
	d := f.deployModel(id, model, bigGPU, 1, time.Time{})
	f.clock.advance(4 * time.Hour)
	total := cost("24.432", 1, 4*3600) // 97.728: the free 75, then 22.728 of the top-up
	f.wantUsed(id, total)
	_, err = f.UndeployModel(f.ctx, id, d, start.Add(3*time.Hour+30*time.Minute))
	f.must(err)
	kept := cost("24.432", 1, 3*3600+1800)
	f.wantUsed(id, kept)
	left := f.count(`SELECT amount - given[1] FROM credit_grant WHERE account_id = $1 AND kind = 'TOP_UP'`, id)
	if want := 175*credit - kept; billing.Amount(left) != want {
		t.Errorf("the top-up has %d left, want %d", left, want)
	}
}
