package tsdb_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// codeOf is the code of an expected refusal; "" for anything else.
func codeOf(err error) tsdb.Code {
	var refused *tsdb.Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

func (f *fixture) ownTool(account int64, externalID string) tsdb.Resource {
	f.t.Helper()
	tool, err := f.RegisterTool(f.ctx, tsdb.NewTool{AccountID: account, Name: "Search", OwnerName: "Mia", Status: tsdb.Deployed, Own: tsdb.Own{ExternalID: externalID}})
	f.must(err)
	return tool
}

func TestOwnIDsAreUniqueWithinAccountAndKind(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b := f.account(), f.account()
	f.ownTool(a, "search")
	f.ownTool(b, "search")
	if _, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: a, Name: "m", Own: tsdb.Own{ExternalID: "search"}}); err != nil {
		t.Errorf("another kind: %v", err)
	}
	again := tsdb.NewTool{AccountID: a, Name: "Other", OwnerName: "Mia", Status: tsdb.Deployed, Own: tsdb.Own{ExternalID: "search"}}
	if _, err := f.RegisterTool(f.ctx, again); codeOf(err) != tsdb.NameTaken {
		t.Errorf("taken: %v", err)
	}
	again.ExternalID = "a\x07"
	if _, err := f.RegisterTool(f.ctx, again); codeOf(err) != tsdb.Invalid {
		t.Errorf("a control character: %v", err)
	}
	own := tsdb.Own{ExternalID: "acme"}
	_, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "A", IdempotencyKey: f.key(), Own: own}, tsdb.Actor{})
	f.must(err)
	if _, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "B", IdempotencyKey: f.key(), Own: own}, tsdb.Actor{}); codeOf(err) != tsdb.NameTaken {
		t.Errorf("an account's: %v", err)
	}
}

func TestWhatAPlatformSaysAnew(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account := f.account()
	tool := f.ownTool(account, "search")
	name, owner, own, tags := "Find", "Max", "find", tsdb.Tags{"team": "core"}
	change := tsdb.ResourceChange{AccountID: account, ID: tool.ID, Field: "toolId", TargetID: "t",
		OwnChange: tsdb.OwnChange{Name: &name, OwnerName: &owner, ExternalID: &own, Tags: &tags}}
	for range 2 { // the second time changes nothing, and is in no log
		changed, err := f.UpdateResource(f.ctx, tsdb.KindTool, change)
		f.must(err)
		if changed.Name != "Find" || changed.OwnerName != "Max" || changed.ExternalID != "find" || changed.Tags["team"] != "core" {
			t.Errorf("got %+v", changed)
		}
	}
	log, err := f.Access.AuditLog(f.ctx, account, access.AuditFilter{Actions: []string{"RESOURCE_UPDATED"}}, tsdb.Page{Limit: 10}, true)
	f.must(err)
	if log.Total != 1 || log.Rows[0].Target != "Find" {
		t.Errorf("log: %+v", log)
	}
	if _, err := f.UpdateResource(f.ctx, tsdb.KindModel, change); codeOf(err) != tsdb.NotFound {
		t.Errorf("as another kind: %v", err)
	}
	change.AccountID = f.account()
	if _, err := f.UpdateResource(f.ctx, tsdb.KindTool, change); codeOf(err) != tsdb.NotFound {
		t.Errorf("by another account: %v", err)
	}
	many := tsdb.Tags{}
	for i := range 21 {
		many[string(rune('a'+i))] = ""
	}
	if _, err := f.UpdateResource(f.ctx, tsdb.KindTool, tsdb.ResourceChange{AccountID: account, ID: tool.ID, OwnChange: tsdb.OwnChange{Tags: &many}}); codeOf(err) != tsdb.Invalid {
		t.Errorf("21 tags: %v", err)
	}
}

// An endpoint that is given for a script that does not run would be lost, so it is refused.
func TestAScriptHasAnEndpointWhileItRuns(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account := f.account()
	s := f.draft(account)
	say := func(endpoint string) error {
		_, err := f.UpdateResource(f.ctx, tsdb.KindScript, tsdb.ResourceChange{AccountID: account, ID: s, Field: "scriptId", OwnChange: tsdb.OwnChange{Endpoint: &endpoint}})
		return err
	}
	f.wantRefused(say("https://s.example"), tsdb.WrongState)
	f.must(say(""))
	_, err := f.DeployScript(f.ctx, tsdb.ScriptDeployment{AccountID: account, ScriptID: s, Hardware: small, Replicas: 1})
	f.must(err)
	f.must(say("https://s.example")) // it is being deployed
	f.must(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: account, Target: script(s), Outcome: tsdb.OutcomeDeployed}))
	f.must(say("https://t.example"))
	r, err := f.Resources(f.ctx, []int64{s})
	f.must(err)
	if got := r[s].Deployment.Endpoint; got != "https://t.example" {
		t.Errorf("the endpoint is %q", got)
	}
	_, err = f.UndeployScript(f.ctx, account, s, time.Time{})
	f.must(err)
	f.wantRefused(say("https://u.example"), tsdb.WrongState)
}

// A deleted thing keeps its own id until the id is taken away: then another may have it.
func TestDeletedThingsGiveTheirOwnIDsUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account := f.account()
	tool := f.ownTool(account, "search")
	_, err := f.SetToolStatus(f.ctx, account, tool.ID, tsdb.Deleted)
	f.must(err)
	by := tsdb.Upserter{TargetID: func(int64) string { return "" }}
	n := tsdb.NewTool{AccountID: account, Name: "Search", OwnerName: "Mia", Own: tsdb.Own{ExternalID: "search"}}
	if _, _, err := f.UpsertTool(f.ctx, n, by); codeOf(err) != tsdb.WrongState {
		t.Errorf("upsert of a deleted one: %v", err)
	}
	name, none := "New", ""
	if _, err := f.UpdateResource(f.ctx, tsdb.KindTool, tsdb.ResourceChange{AccountID: account, ID: tool.ID, OwnChange: tsdb.OwnChange{Name: &name}}); codeOf(err) != tsdb.WrongState {
		t.Errorf("a new name for a deleted one: %v", err)
	}
	_, err = f.UpdateResource(f.ctx, tsdb.KindTool, tsdb.ResourceChange{AccountID: account, ID: tool.ID, OwnChange: tsdb.OwnChange{ExternalID: &none}})
	f.must(err)
	if made, outcome, err := f.UpsertTool(f.ctx, n, by); err != nil || outcome != tsdb.Created || made.ID == tool.ID {
		t.Errorf("got %v %v %v", made, outcome, err)
	}
}

func TestUpsertsAreRepeatable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own := tsdb.Own{ExternalID: "one", Tags: tsdb.Tags{"env": "prod"}}
	by := tsdb.Upserter{TargetID: func(int64) string { return "" }}
	account, outcome, err := f.UpsertAccount(f.ctx, tsdb.NewAccount{Name: "Acme", Own: own}, tsdb.Actor{})
	if f.must(err); outcome != tsdb.Created {
		t.Fatalf("account: %s", outcome)
	}
	f.grant(account)
	var model int64
	name := "First"
	upserts := map[string]func() (int64, tsdb.Outcome, error){
		"account": func() (int64, tsdb.Outcome, error) {
			return f.UpsertAccount(f.ctx, tsdb.NewAccount{Name: name, Own: own}, tsdb.Actor{})
		},
		"tool": func() (int64, tsdb.Outcome, error) {
			r, o, err := f.UpsertTool(f.ctx, tsdb.NewTool{AccountID: account, Name: name, OwnerName: "Mia", Status: tsdb.Deployed, Own: own}, by)
			return r.ID, o, err
		},
		"model": func() (int64, tsdb.Outcome, error) {
			r, o, err := f.UpsertModel(f.ctx, tsdb.NewModel{AccountID: account, Name: name, Own: own}, by)
			model = r.ID
			return r.ID, o, err
		},
		"guardrail": func() (int64, tsdb.Outcome, error) {
			r, o, err := f.UpsertGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: account, Name: name, Scanner: "TOXICITY", CPUType: "GENERAL_PURPOSE", Replicas: 1, Own: own}, by)
			return r.ID, o, err
		},
		"script": func() (int64, tsdb.Outcome, error) {
			r, o, err := f.UpsertScript(f.ctx, tsdb.NewScript{AccountID: account, Name: name, Language: tsdb.Python, Own: own}, by)
			return r.ID, o, err
		},
		"deployment": func() (int64, tsdb.Outcome, error) {
			d, o, err := f.UpsertDeployment(f.ctx, tsdb.ModelDeployment{AccountID: account, ModelID: model, Name: name, Hardware: "g5.xlarge", Replicas: 1, Own: own}, by)
			return d.ID, o, err
		},
	}
	for _, kind := range []string{"account", "tool", "model", "guardrail", "script", "deployment"} {
		name = "First"
		first, outcome, err := upserts[kind]()
		want := tsdb.Created
		if kind == "account" {
			want = tsdb.Updated // its name was another
		}
		if err != nil || outcome != want {
			t.Fatalf("%s: %v %v", kind, outcome, err)
		}
		if id, outcome, err := upserts[kind](); err != nil || outcome != tsdb.Unchanged || id != first {
			t.Errorf("%s again: %v %v %v", kind, id, outcome, err)
		}
		name = "Second"
		if id, outcome, err := upserts[kind](); err != nil || outcome != tsdb.Updated || id != first {
			t.Errorf("%s under another name: %v %v %v", kind, id, outcome, err)
		}
	}
}

// An upsert that changes hosting scales what runs or deploys it again, once, and leaves alone what does not run.
func TestUpsertsChangeHostingWhereAsked(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	by := tsdb.Upserter{TargetID: func(int64) string { return "" }}
	account, _, err := f.UpsertAccount(f.ctx, tsdb.NewAccount{Name: "Acme", Own: tsdb.Own{ExternalID: "a"}}, tsdb.Actor{})
	f.must(err)
	f.grant(account)
	model, _, err := f.UpsertModel(f.ctx, tsdb.NewModel{AccountID: account, Name: "M", Own: tsdb.Own{ExternalID: "m"}}, by)
	f.must(err)
	d := tsdb.ModelDeployment{AccountID: account, ModelID: model.ID, Name: "D", Hardware: "g5.xlarge", Replicas: 1, Own: tsdb.Own{ExternalID: "d"}}
	g := tsdb.NewGuardrail{AccountID: account, Name: "G", Scanner: "TOXICITY", CPUType: "GENERAL_PURPOSE", Replicas: 1, Own: tsdb.Own{ExternalID: "g"}}
	for _, step := range []struct {
		name, hardware, cpu string
		replicas            int64
		change              bool
		outcome             tsdb.Outcome
		runs, runsOn, onCPU string
	}{
		{"made", "g5.xlarge", "GENERAL_PURPOSE", 1, true, tsdb.Created, "1", "g5.xlarge", "GENERAL_PURPOSE"},
		{"the same", "g5.xlarge", "GENERAL_PURPOSE", 1, true, tsdb.Unchanged, "1", "g5.xlarge", "GENERAL_PURPOSE"},
		{"not asked to", "g6.xlarge", "COMPUTE_OPTIMIZED", 3, false, tsdb.Unchanged, "1", "g5.xlarge", "GENERAL_PURPOSE"},
		{"more replicas", "g5.xlarge", "GENERAL_PURPOSE", 3, true, tsdb.Updated, "3", "g5.xlarge", "GENERAL_PURPOSE"},
		{"other hardware", "g6.xlarge", "COMPUTE_OPTIMIZED", 2, true, tsdb.Updated, "2", "g6.xlarge", "COMPUTE_OPTIMIZED"},
		{"again", "g6.xlarge", "COMPUTE_OPTIMIZED", 2, true, tsdb.Unchanged, "2", "g6.xlarge", "COMPUTE_OPTIMIZED"},
	} {
		f.clock.advance(time.Minute)
		d.Hardware, d.Replicas, d.ChangesHosting = step.hardware, step.replicas, step.change
		g.CPUType, g.Replicas, g.ChangesHosting = step.cpu, step.replicas, step.change
		made, outcome, err := f.UpsertDeployment(f.ctx, d, by)
		if f.must(err); outcome != step.outcome || fmt.Sprint(made.Replicas) != step.runs || made.Hardware != step.runsOn || made.Status != tsdb.DeploymentRunning {
			t.Errorf("%s: deployment %s, %d on %s, %s", step.name, outcome, made.Replicas, made.Hardware, made.Status)
		}
		guard, outcome, err := f.UpsertGuardrail(f.ctx, g, by)
		if f.must(err); outcome != step.outcome || fmt.Sprint(guard.Deployment.Replicas) != step.runs || guard.Deployment.Hardware != step.onCPU {
			t.Errorf("%s: guardrail %s, %d on %s", step.name, outcome, guard.Deployment.Replicas, guard.Deployment.Hardware)
		}
	}
	if _, err := f.UndeployModel(f.ctx, account, f.deploymentKey("d"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	d.Replicas = 5
	if stopped, outcome, err := f.UpsertDeployment(f.ctx, d, by); err != nil || outcome != tsdb.Unchanged || stopped.Status == tsdb.DeploymentRunning {
		t.Errorf("what does not run: %s %s %v", outcome, stopped.Status, err)
	}
	d.Replicas = 0
	if _, _, err := f.UpsertDeployment(f.ctx, d, by); codeOf(err) != tsdb.Invalid {
		t.Errorf("no replicas: %v", err)
	}
}

// deploymentKey finds a deployment by its own id.
func (f *fixture) deploymentKey(own string) (key int64) {
	f.t.Helper()
	f.must(f.pool.QueryRow(f.ctx, `SELECT deployment_id FROM deployment WHERE external_id = $1`, own).Scan(&key))
	return key
}

func (f *fixture) grant(account int64) {
	f.t.Helper()
	_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: account, Meter: "MODEL_CREDITS", Kind: "TOP_UP", Amount: 1_000_000_000, Reference: "r", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
}

// Events name tools, models and deployments by own ids of their own account only, and are the same events by either id.
func TestEventsByOwnIDs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b := f.account(), f.account()
	f.grant(a)
	tool := f.ownTool(a, "search")
	f.ownTool(b, "theirs")
	model, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: a, Name: "m", Own: tsdb.Own{ExternalID: "llama"}})
	f.must(err)
	deployment, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: a, ModelID: model.ID, Name: "d", Hardware: "g5.xlarge", Replicas: 1, Own: tsdb.Own{ExternalID: "prod"}})
	f.must(err)
	run := func(id, own string) tsdb.UsageEvent {
		return tsdb.UsageEvent{AccountID: a, Source: "s", ID: id, Time: f.clock.now(), Kind: tsdb.ToolRun, Runs: 1, ResourceExternal: own}
	}
	tokens := func(id, own, deployment string) tsdb.UsageEvent {
		return tsdb.UsageEvent{AccountID: a, Source: "s", ID: id, Time: f.clock.now(), Kind: tsdb.Inference, InputTokens: 1000, ResourceExternal: own, DeploymentExternal: deployment}
	}
	same := run("1", "")
	same.ResourceID = tool.ID
	results, err := f.Ingest(f.ctx, []tsdb.UsageEvent{run("1", "search"), same, run("2", "theirs"), run("3", "llama"), tokens("4", "llama", "prod"),
		tokens("5", "llama", "search"), tokens("6", "search", ""), run("7", "bad\x00")}, tsdb.Record)
	f.must(err)
	want := []string{"STORED", "DUPLICATE", "UNKNOWN_TOOL", "UNKNOWN_TOOL", "STORED", "UNKNOWN_DEPLOYMENT", "UNKNOWN_MODEL", "UNKNOWN_TOOL"}
	for i, r := range results {
		if got := string(r.Status); got != want[i] && string(r.Code) != want[i] {
			t.Errorf("event %d: %s %s, want %s", i, r.Status, r.Code, want[i])
		}
	}
	var found int64
	f.must(f.pool.QueryRow(f.ctx, `SELECT deployment_id FROM usage_event WHERE event_id = '4' AND resource_id = $1`, model.ID).Scan(&found))
	if found != deployment.ID {
		t.Errorf("deployment %d", found)
	}
}

func TestDeletingAGuardrailEndsItsHosting(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	account := f.account()
	g, err := f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: account, Name: "g", Scanner: "TOXICITY", CPUType: "GENERAL_PURPOSE", Replicas: 1})
	f.must(err)
	f.clock.advance(60_000_000_000)
	for range 2 {
		deleted, err := f.DeleteGuardrail(f.ctx, account, g.ID)
		f.must(err)
		if deleted.Status != tsdb.Deleted || deleted.Deployment.Status != tsdb.DeploymentDeleted {
			t.Errorf("got %+v", deleted)
		}
	}
	var running int
	f.must(f.pool.QueryRow(f.ctx, `SELECT count(*) FROM segment WHERE resource_id = $1 AND ended_at IS NULL`, g.ID).Scan(&running))
	if running != 0 {
		t.Error("its hosting goes on")
	}
	if _, err := f.RedeployGuardrail(f.ctx, tsdb.Redeployment{AccountID: account, ID: g.ID}); codeOf(err) != tsdb.WrongState {
		t.Errorf("deployed again: %v", err)
	}
}

// Mails name the account by its own id too.
func TestMailsKnowTheOwnID(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, own := f.account(), "acme"
	_, err := f.UpdateAccount(f.ctx, tsdb.AccountChange{AccountID: id, ExternalID: &own})
	f.must(err)
	f.ingest(tsdb.Record, tokens(id, f.resource(id, "MODEL", "REGISTERED"), "a", start, 120_000_000, 0))
	if n := f.count(`SELECT count(*) FROM email WHERE account_id = $1 AND data ->> 'accountExternalId' = 'acme' AND data ->> 'accountName' = 'Acme'`, id); n != 1 {
		t.Errorf("%d mails", n)
	}
}
