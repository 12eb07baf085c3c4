package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// platform executes documents as a service of the platform, against its own database and with a clock that it sets.
type platform struct {
	t       testing.TB
	store   *tsdb.Store
	exec    *executor.Executor
	schema  *ast.Schema
	clock   atomic.Int64
	as      auth.Principal
	account string // id of an account with its free credits
}

func newPlatform(t testing.TB) *platform {
	t.Helper()
	p := &platform{t: t, as: auth.Principal{Kind: auth.Service, Role: auth.Platform, Common: auth.Platform.Permissions()}}
	p.clock.Store(time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC).Unix())
	store, err := tsdb.New(tsdb.Config{Pool: tsdbtest.New(t), Clock: func() time.Time { return time.Unix(p.clock.Load(), 0) }})
	if err != nil {
		t.Fatal(err)
	}
	p.store = store
	batcher := tsdb.NewBatcher(store, tsdb.BatcherConfig{Linger: time.Microsecond})
	t.Cleanup(batcher.Stop)
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{Store: store, Batcher: batcher}})
	authorize, err := NewAuthorize(schema.Schema())
	if err != nil {
		t.Fatal(err)
	}
	p.exec, p.schema = executor.New(schema), schema.Schema()
	p.exec.Use(Snapshot{store})
	p.exec.Use(authorize)
	key, err := store.CreateAccount(t.Context(), tsdb.NewAccount{Name: "Acme", IdempotencyKey: "acme"}, tsdb.Actor{})
	if err != nil {
		t.Fatal(err)
	}
	p.account = EncodeID(KindAccount, key)
	return p
}

func (p *platform) advance(d time.Duration) { p.clock.Add(int64(d / time.Second)) }

// run executes a document and decodes its data. Errors are returned as text.
func (p *platform) run(document string, variables map[string]any) (data map[string]any, failed string) {
	p.t.Helper()
	ctx := graphql.StartOperationTrace(auth.WithPrincipal(context.Background(), p.as))
	op, errs := p.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: document, Variables: variables})
	if len(errs) > 0 {
		return nil, errs.Error()
	}
	handler, ctx := p.exec.DispatchOperation(ctx, op)
	response := handler(ctx)
	if err := json.Unmarshal(response.Data, &data); err != nil {
		p.t.Fatal(err)
	}
	return data, response.Errors.Error()
}

// mutate executes a mutation with an input and returns its payload.
func (p *platform) mutate(name, selection string, input map[string]any) map[string]any {
	p.t.Helper()
	typ := strings.ToUpper(name[:1]) + name[1:] + "Input!"
	document := fmt.Sprintf(`mutation($input: %s) { %s(input: $input) { %s userErrors { code message field refusal { code missing sentence } } } }`, typ, name, selection)
	data, failed := p.run(document, map[string]any{"input": input})
	if failed != "" {
		p.t.Fatalf("%s: %s", name, failed)
	}
	payload := data[name].(map[string]any)
	for _, e := range payload["userErrors"].([]any) {
		p.namesAnInput(name, e.(map[string]any)["field"])
	}
	return payload
}

// namesAnInput checks that the path of a user error leads to a field of the mutation's input.
func (p *platform) namesAnInput(name string, path any) {
	p.t.Helper()
	steps, _ := path.([]any)
	if path != nil && (len(steps) == 0 || steps[0] != "input") {
		p.t.Errorf("%s: the error's field is %v", name, path)
		return
	}
	at := p.schema.Mutation.Fields.ForName(name).Arguments.ForName("input").Type
	for _, step := range steps[min(1, len(steps)):] {
		if _, err := strconv.Atoi(step.(string)); err == nil && at.Elem != nil {
			at = at.Elem
			continue
		}
		f := p.schema.Types[at.Name()].Fields.ForName(step.(string))
		if f == nil {
			p.t.Errorf("%s: its input has no field %v", name, path)
			return
		}
		at = f.Type
	}
}

// done executes a mutation that must succeed and returns an object of its payload.
func (p *platform) done(name, object, selection string, input map[string]any) map[string]any {
	p.t.Helper()
	payload := p.mutate(name, object+" { "+selection+" }", input)
	if got := payload["userErrors"].([]any); len(got) > 0 {
		p.t.Fatalf("%s: %v", name, got)
	}
	return payload[object].(map[string]any)
}

// refused executes a mutation that must be refused with a code and returns the user error.
func (p *platform) refused(name, code string, input map[string]any) map[string]any {
	p.t.Helper()
	got := p.mutate(name, "", input)["userErrors"].([]any)
	if len(got) != 1 || got[0].(map[string]any)["code"] != code {
		p.t.Fatalf("%s: %v, want %s", name, got, code)
	}
	return got[0].(map[string]any)
}

func (p *platform) want(what string, got any, want string) {
	p.t.Helper()
	document, err := json.Marshal(got)
	if err != nil {
		p.t.Fatal(err)
	}
	if string(document) != want {
		p.t.Errorf("%s: %s, want %s", what, document, want)
	}
}

const deploymentFields = `id name type status pending hardware replicas ratePerHour endpoint reason`

func TestModelMutations(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	m := p.done("registerModel", "model", "id type parametersBillions inputRate outputRate deletedAt", map[string]any{
		"accountId": p.account, "name": "Llama", "parametersBillions": "7", "inputRate": "0.25", "idempotencyKey": "m"})
	p.want("rates", []any{m["inputRate"], m["outputRate"], m["parametersBillions"], m["type"]}, `["0.25","1.5","7","BASE"]`)
	d := p.done("deployModel", "deployment", deploymentFields, map[string]any{"modelId": m["id"], "name": "eu", "hardware": "g5.xlarge", "replicas": 2,
		"endpoint": "https://eu.example"})
	id := d["id"]
	delete(d, "id")
	p.want("deployed", d, `{"endpoint":"https://eu.example","hardware":"g5.xlarge","name":"eu","pending":false,"ratePerHour":"1.509","reason":null,"replicas":2,"status":"DEPLOYED","type":"OPEN_SOURCE"}`)
	p.refused("deployModel", "UNKNOWN_HARDWARE", map[string]any{"modelId": m["id"], "name": "x", "hardware": "tpu"})
	p.refused("deployModel", "NOT_FOUND", map[string]any{"modelId": p.account, "name": "x", "hardware": "g5.xlarge"})
	p.refused("redeployModel", "INVALID", map[string]any{"deploymentId": id, "replicas": 0})
	p.advance(time.Hour)
	scaled := p.mutate("scaleDeployment", "deployable { __typename ... on Deployment { replicas } }", map[string]any{"id": id, "replicas": 1})
	p.want("scaled", scaled["deployable"], `{"__typename":"Deployment","replicas":1}`)
	p.refused("deleteModel", "WRONG_STATE", map[string]any{"modelId": m["id"]})
	late := p.refused("undeployModel", "TIME_OUT_OF_RANGE", map[string]any{"deploymentId": id, "at": "2026-03-10T09:00:00Z"})
	p.want("field", late["field"], `["input","at"]`)
	ended := p.done("undeployModel", "deployment", "status endpoint lastUpdatedOn", map[string]any{"deploymentId": id})
	p.want("ended", ended, `{"endpoint":null,"lastUpdatedOn":"2026-03-10T10:30:00Z","status":"UNDEPLOYED"}`)
	p.want("deleted", p.done("deleteModel", "model", "deletedAt", map[string]any{"modelId": m["id"]}), `{"deletedAt":"2026-03-10T10:30:00Z"}`)
}

func TestGuardrailAndScriptMutations(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	g := p.done("deployGuardrail", "guardrail", "id scanner cpuType cpuCount replicas ratePerHour status pending", map[string]any{
		"accountId": p.account, "name": "pii", "scanner": "ANONYMIZE"})
	p.want("guardrail", []any{g["cpuType"], g["cpuCount"], g["ratePerHour"], g["status"]}, `["GENERAL_PURPOSE",4,"0.288","DEPLOYED"]`)
	free := p.done("deployGuardrail", "guardrail", "cpuType cpuCount ratePerHour status", map[string]any{"accountId": p.account, "name": "r", "scanner": "REGEX"})
	p.want("free", free, `{"cpuCount":0,"cpuType":null,"ratePerHour":"0","status":"DEPLOYED"}`)
	p.want("undeployed", p.done("undeployGuardrail", "guardrail", "status", map[string]any{"guardrailId": g["id"]}), `{"status":"UNDEPLOYED"}`)
	again := p.done("redeployGuardrail", "guardrail", "status cpuType replicas", map[string]any{"guardrailId": g["id"], "cpuType": "COMPUTE_OPTIMIZED", "replicas": 2})
	p.want("redeployed", again, `{"cpuType":"COMPUTE_OPTIMIZED","replicas":2,"status":"DEPLOYED"}`)

	s := p.done("createScript", "script", "id status language languageVersion hardware replicas", map[string]any{"accountId": p.account, "name": "s", "language": "JAVASCRIPT"})
	p.want("draft", []any{s["status"], s["languageVersion"], s["hardware"], s["replicas"]}, `["DRAFT","20.19.0",null,0]`)
	p.want("deploying", p.done("deployScript", "script", "status", map[string]any{"scriptId": s["id"], "hardware": "2vcpu-8gb"}), `{"status":"DEPLOYING"}`)
	p.advance(time.Minute)
	reported := p.mutate("reportDeployment", "deployable { ... on Script { status endpoint ratePerHour lastActiveOn } }",
		map[string]any{"id": s["id"], "outcome": "DEPLOYED", "endpoint": "https://s.example"})
	p.want("reported", reported["deployable"], `{"endpoint":"https://s.example","lastActiveOn":"2026-03-10T09:31:00Z","ratePerHour":"0.144","status":"DEPLOYED"}`)
	p.refused("deleteScript", "WRONG_STATE", map[string]any{"scriptId": s["id"]})
	p.want("undeployed", p.done("undeployScript", "script", "status", map[string]any{"scriptId": s["id"]}), `{"status":"READY_TO_DEPLOY"}`)
	p.want("deleted", p.done("deleteScript", "script", "status", map[string]any{"scriptId": s["id"]}), `{"status":"DELETED"}`)
	p.refused("redeployScript", "WRONG_STATE", map[string]any{"scriptId": s["id"]})
}

func TestToolMutationsAskForTheirPermission(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	tool := p.done("registerTool", "tool", "id status ownerName", map[string]any{"accountId": p.account, "name": "search", "ownerName": "Mia"})
	p.want("status", tool["status"], `"IN_DEVELOPMENT"`)
	set := func(status string) map[string]any { return map[string]any{"toolId": tool["id"], "status": status} }
	p.refused("setToolStatus", "WRONG_STATE", set("UNDEPLOYED"))
	p.want("deployed", p.done("setToolStatus", "tool", "status", set("DEPLOYED")), `{"status":"DEPLOYED"}`)
	key, _ := KeyOf(KindAccount, p.account)
	p.as = auth.Principal{Kind: auth.User, Common: auth.SetOf(auth.Authenticated),
		Seats: []auth.Seat{{Account: key, Role: auth.Admin, Permissions: auth.Admin.Permissions()}}}
	_, failed := p.run(`mutation($input: SetToolStatusInput!) { setToolStatus(input: $input) { tool { status } } }`, map[string]any{"input": set("DELETED")})
	if !strings.Contains(failed, "RESOURCE_DELETE") {
		t.Errorf("an admin deleted a tool: %s", failed)
	}
	p.as.Seats[0].Account++ // now a person of another account
	p.refused("setToolStatus", "NOT_FOUND", set("UNDEPLOYED"))
	p.refused("registerTool", "NOT_FOUND", map[string]any{"accountId": p.account, "name": "x", "ownerName": "Mia"})
}

func TestFineTuningMutationsAndEstimates(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	m := p.done("registerModel", "model", "id", map[string]any{"accountId": p.account, "name": "Llama", "parametersBillions": "7"})
	query := `query($a: ID!, $m: ID!, $method: FineTuningMethod!) { account(id: $a) {
  fineTuningEstimate(modelId: $m, trainingTokens: 10000000, epochs: 3, method: $method, hardware: A10G) { charge unsupported decision { allowed limit amount refusal { code } } }
  hostingEstimate(category: SCRIPTS, hardware: "1vcpu-2gb", replicas: 2) { ratePerHour perDay perThirtyDays decision { allowed zone } outlook { ratePerHour } }
  none: hostingEstimate(category: MODELS, hardware: "tpu") { perDay }
  fineTuningJobs(states: [RUNNING]) { totalCount edges { node { state charge model { name type } } } } } }`
	data, failed := p.run(query, map[string]any{"a": p.account, "m": m["id"], "method": "QLORA"})
	p.want("estimates", []any{data["account"], failed}, `[{"fineTuningEstimate":{"charge":"18","decision":{"allowed":true,"amount":"18","limit":"25","refusal":null},"unsupported":null},"fineTuningJobs":{"edges":[],"totalCount":0},"hostingEstimate":{"decision":{"allowed":true,"zone":"OPEN"},"outlook":{"ratePerHour":"0.15396"},"perDay":"3.69504","perThirtyDays":"110.8512","ratePerHour":"0.15396"},"none":null},""]`)
	start := map[string]any{"modelId": m["id"], "name": "mine", "trainingTokens": 10_000_000, "epochs": 3, "method": "QLORA", "hardware": "A10G", "idempotencyKey": "j"}
	payload := p.mutate("startFineTuning", "job { id state charge refunded hardware processedTokens model { name type } } creditStatus { credits { used } }", start)
	job := payload["job"].(map[string]any)
	p.want("charged", []any{job["charge"], job["state"], job["model"], payload["creditStatus"]}, `["18","RUNNING",{"name":"mine","type":"FINE_TUNED"},{"credits":{"used":"18"}}]`)
	data, failed = p.run(query, map[string]any{"a": p.account, "m": m["id"], "method": "FULL"})
	account := data["account"].(map[string]any)
	p.want("jobs", []any{account["fineTuningJobs"], failed}, `[{"edges":[{"node":{"charge":"18","model":{"name":"mine","type":"FINE_TUNED"},"state":"RUNNING"}}],"totalCount":1},""]`)
	if e := account["fineTuningEstimate"].(map[string]any); e["charge"] != nil || e["unsupported"] == nil {
		t.Errorf("estimate %v", e)
	}
	start["method"], start["idempotencyKey"] = "FULL", "k"
	p.refused("startFineTuning", "UNSUPPORTED", start)
	end := p.mutate("finishFineTuning", "job { state refunded reason processedTokens } creditStatus { credits { used } }",
		map[string]any{"jobId": job["id"], "outcome": "STOPPED", "processedTokens": 15_000_000, "reason": "enough"})
	p.want("stopped", []any{end["job"], end["creditStatus"]}, `[{"processedTokens":15000000,"reason":"enough","refunded":"9","state":"STOPPED"},{"credits":{"used":"9"}}]`)
}

func TestAccess(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	g := p.done("deployGuardrail", "guardrail", "id", map[string]any{"accountId": p.account, "name": "r", "scanner": "REGEX"})
	query := `query($a: ID!, $g: ID) { account(id: $a) {
  run: access(action: TOOL_RUN, amount: "10001") { allowed meter balance limit refusal { code missing } }
  deploy: access(action: DEPLOY_GUARDRAIL, amount: "80") { allowed available refusal { code limit missing } }
  scanner: access(action: DEPLOY_GUARDRAIL, amount: "80", scanner: DEANONYMIZE) { allowed }
  scale: access(action: SCALE_UP, amount: "80", resourceId: $g) { allowed }
  project: access(action: IMPORT_PROJECT) { allowed importMode asOf } } }`
	data, failed := p.run(query, map[string]any{"a": p.account, "g": g["id"]})
	p.want("access", []any{data["account"], failed}, `[{"deploy":{"allowed":false,"available":"75","refusal":{"code":"INSUFFICIENT_CREDITS","limit":"5","missing":"5"}},"project":{"allowed":true,"asOf":"2026-03-10T09:30:00Z","importMode":"NORMAL"},"run":{"allowed":false,"balance":"10000","limit":"0","meter":"TOOL_RUNS","refusal":{"code":"RUNS_EXHAUSTED","missing":"1"}},"scale":{"allowed":true},"scanner":{"allowed":true}},""]`)
	_, failed = p.run(`query($a: ID!) { account(id: $a) { access(action: TOOL_RUN, amount: "0.5") { allowed } } }`, map[string]any{"a": p.account})
	if failed == "" {
		t.Error("half a run was taken")
	}
	_, failed = p.run(query, map[string]any{"a": p.account, "g": EncodeID(KindGuardrail, 999)})
	if !strings.Contains(failed, "no such object") {
		t.Errorf("an unknown guardrail: %s", failed)
	}
}

// access says of what costs nothing what its mutation then finds, whatever the balance: by the rate of what runs where it is scaled, and by
// present prices where it is deployed again.
func TestAccessToWhatIsFree(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.as.Common |= auth.Support.Permissions()
	free := []any{map[string]any{"category": "MODELS", "name": "g5.xlarge", "rate": "0"}, map[string]any{"category": "SCRIPTS", "name": "1vcpu-2gb", "rate": "0"},
		map[string]any{"category": "GUARDRAILS", "name": "GENERAL_PURPOSE", "rate": "0"}}
	p.mutate("setRates", "from", map[string]any{"accountId": p.account, "from": p.at(10 * time.Minute), "hosting": free})
	costly := p.host("g4dn.xlarge", false)
	p.advance(11 * time.Minute)
	d := p.host("g5.xlarge", false)
	g := p.done("deployGuardrail", "guardrail", "id", map[string]any{"accountId": p.account, "name": "g", "scanner": "TOXICITY"})["id"]
	s := p.done("createScript", "script", "id", map[string]any{"accountId": p.account, "name": "s", "language": "PYTHON"})["id"]
	p.done("deployScript", "script", "id", map[string]any{"scriptId": s, "hardware": "1vcpu-2gb"})
	p.done("reportDeployment", "deployable", "__typename", map[string]any{"id": s, "outcome": "DEPLOYED"})
	p.done("setAccountLimits", "settings", "__typename", map[string]any{"accountId": p.account, "lowCreditLimit": "80"})
	may := func(action string, of any) bool {
		data, failed := p.run(`query($id: ID!, $action: Action!, $of: ID) { account(id: $id) { access(action: $action, resourceId: $of) { allowed } } }`, map[string]any{"id": p.account, "action": action, "of": of})
		if failed != "" {
			t.Fatal(failed)
		}
		return data["account"].(map[string]any)["access"].(map[string]any)["allowed"].(bool)
	}
	for action, of := range map[string]any{"DEPLOY_MODEL": d, "DEPLOY_GUARDRAIL": g, "DEPLOY_SCRIPT": s} {
		if !may(action, of) || !may("SCALE_UP", of) || may(action, nil) || may("SCALE_UP", costly) {
			t.Errorf("%s: %v, scaling %v, anything %v; scaling what costs %v", action, may(action, of), may("SCALE_UP", of), may(action, nil), may("SCALE_UP", costly))
		}
	}
	p.refused("scaleDeployment", "REFUSED", map[string]any{"id": costly, "replicas": 2})
	p.done("scaleDeployment", "deployable", "__typename", map[string]any{"id": d, "replicas": 2})
	p.done("redeployModel", "deployment", "id", map[string]any{"deploymentId": d})
	p.done("redeployGuardrail", "guardrail", "id", map[string]any{"guardrailId": g})
	p.done("redeployScript", "script", "id", map[string]any{"scriptId": s})
}

func TestRateCard(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	data, failed := p.run(`{ none: rateCard(version: 2) { version }
  rateCard { version effectiveTo versions { version } models { name gpu gpuCount ratePerHour } scripts { name vcpus memoryGb ratePerHour }
    guardrails { cpuType ratePerCpuHour } scanners { name cpuCount free } inference { inputRate outputRate }
    fineTuning { sizes { fromBillions toBillions toIncluded factor methods } methods { method factor } hardware { hardware factor } } } }`, nil)
	if failed != "" || data["none"] != nil {
		t.Fatal(failed, data["none"])
	}
	card := data["rateCard"].(map[string]any)
	p.want("first machines", []any{card["models"].([]any)[0], card["scripts"].([]any)[1], card["effectiveTo"], card["inference"]},
		`[{"gpu":"T4","gpuCount":1,"name":"g4dn.xlarge","ratePerHour":"0.789"},{"memoryGb":8,"name":"2vcpu-8gb","ratePerHour":"0.144","vcpus":2},null,{"inputRate":"0.5","outputRate":"1.5"}]`)
	p.want("scanners", card["scanners"].([]any)[1:3], `[{"cpuCount":4,"free":false,"name":"Ban topics"},{"cpuCount":2,"free":false,"name":"Prompt injection"}]`)
	p.want("fine-tuning", card["fineTuning"].(map[string]any)["sizes"].([]any)[2],
		`{"factor":"0.6","fromBillions":"5","methods":["QLORA"],"toBillions":"8","toIncluded":true}`)
}
