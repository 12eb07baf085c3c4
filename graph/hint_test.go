package graph

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
)

const askHints = `query($a: ID!, $days: Int! = 7) { account(id: $a) { hints(idleDays: $days) { savingPerDay hints {
  kind resourceName deploymentName action actionId replicas hardware savingPerDay cost lastUsedOn runs runsBefore } } } }`

// hinted returns an account that could save money: it has an unused deployment, one with three replicas where two are enough, a script on
// the dearer of two profiles, and a tool whose use grows. Other things run as they should.
func hinted(t *testing.T) (p *platform, ids map[string]string) {
	t.Helper()
	p = newPlatform(t)
	p.as.Common = auth.Support.Permissions() | auth.Platform.Permissions()
	p.done("grantCredits", "grant", "id", map[string]any{"accountId": p.account, "meter": "MODEL_CREDITS", "amount": "5000", "kind": "TOP_UP", "reference": "o", "idempotencyKey": "o"})
	ids = map[string]string{}
	keys := map[string]int64{}
	add := func(name, mutation, object string, kind Kind, input map[string]any) {
		t.Helper()
		input["accountId"] = p.account
		ids[name] = fmt.Sprint(p.done(mutation, object, "id", input)["id"])
		keys[name], _ = KeyOf(kind, ids[name])
	}
	add("Llama", "registerModel", "model", KindModel, map[string]any{"name": "Llama"})
	add("Phi", "registerModel", "model", KindModel, map[string]any{"name": "Phi"})
	for _, name := range []string{"idle", "busy", "single"} { // equal savings are listed in the order of creation
		on := map[string]string{"idle": "Phi", "busy": "Llama", "single": "Llama"}[name]
		ids[name] = fmt.Sprint(p.done("deployModel", "deployment", "id", map[string]any{"modelId": ids[on], "name": name, "hardware": "g4dn.xlarge"})["id"])
		keys[name], _ = KeyOf(KindDeployment, ids[name])
	}
	for name, hardware := range map[string]string{"dear": "2vcpu-4gb", "cheap": "2vcpu-8gb"} {
		add(name, "createScript", "script", KindScript, map[string]any{"name": name, "language": "PYTHON"})
		p.done("deployScript", "script", "id", map[string]any{"scriptId": ids[name], "hardware": hardware})
		p.done("reportDeployment", "deployable", "__typename", map[string]any{"id": ids[name], "outcome": "DEPLOYED"})
	}
	add("Search", "registerTool", "tool", KindTool, map[string]any{"name": "Search", "ownerName": "Mia", "status": "DEPLOYED"})
	add("Old", "registerTool", "tool", KindTool, map[string]any{"name": "Old", "ownerName": "Mia", "status": "DEPLOYED"})
	p.advance(4 * 24 * time.Hour)
	use := func(e tsdb.UsageEvent) {
		t.Helper()
		e.AccountID, _ = KeyOf(KindAccount, p.account)
		e.Source, e.Time, e.ID = "test", p.store.Now(), fmt.Sprint(p.clock.Load(), e.ResourceID, e.DeploymentID)
		if got, err := p.store.Ingest(t.Context(), []tsdb.UsageEvent{e}, tsdb.Record); err != nil || got[0].Status != tsdb.Stored {
			t.Fatal(got, err)
		}
	}
	serve := func(deployment string, tokens int64) {
		use(tsdb.UsageEvent{Kind: tsdb.Inference, ResourceID: keys["Llama"], DeploymentID: keys[deployment], InputTokens: tokens})
	}
	serve("busy", 1000) // one replica can do that
	p.advance(time.Hour)
	p.done("scaleDeployment", "deployable", "__typename", map[string]any{"id": ids["busy"], "replicas": 3})
	for day := range int64(10) {
		p.advance(24 * time.Hour)
		serve("busy", 1400) // that takes two replicas
		serve("single", 10)
		use(tsdb.UsageEvent{Kind: tsdb.ToolRun, ResourceID: keys["Search"], Runs: 1 + day})
		if day < 2 { // in the week before
			use(tsdb.UsageEvent{Kind: tsdb.ToolRun, ResourceID: keys["Old"], Runs: 20})
		}
	}
	p.advance(time.Hour)
	return p, ids
}

func TestHints(t *testing.T) {
	t.Parallel()
	p, ids := hinted(t)
	data, failed := p.run(askHints, map[string]any{"a": p.account})
	if failed != "" {
		t.Fatal(failed)
	}
	none := `"hardware":null,"kind":`
	p.want("hints", data["account"], `{"hints":{"hints":[`+
		`{"action":"UNDEPLOY_MODEL","actionId":"`+ids["idle"]+`","cost":"132.552","deploymentName":"idle",`+none+`"IDLE_DEPLOYMENT","lastUsedOn":null,"replicas":null,"resourceName":"Phi","runs":null,"runsBefore":null,"savingPerDay":"18.936"},`+
		`{"action":"SCALE_DEPLOYMENT","actionId":"`+ids["busy"]+`","cost":null,"deploymentName":"busy",`+none+`"SPARE_REPLICAS","lastUsedOn":"2026-03-24T00:00:00Z","replicas":2,"resourceName":"Llama","runs":null,"runsBefore":null,"savingPerDay":"18.936"},`+
		`{"action":"REDEPLOY_SCRIPT","actionId":"`+ids["dear"]+`","cost":null,"deploymentName":null,"hardware":"2vcpu-8gb","kind":"CHEAPER_HARDWARE","lastUsedOn":null,"replicas":null,"resourceName":"dear","runs":null,"runsBefore":null,"savingPerDay":"0.23904"},`+
		`{"action":"REVIEW_TOOL","actionId":"`+ids["Search"]+`","cost":null,"deploymentName":null,`+none+`"RISING_TOOL","lastUsedOn":null,"replicas":null,"resourceName":"Search","runs":42,"runsBefore":3,"savingPerDay":null}`+
		`],"savingPerDay":"38.11104"}}`)
	data, failed = p.run(askHints, map[string]any{"a": p.account, "days": 27})
	if failed != "" || fmt.Sprint(data["account"].(map[string]any)["hints"].(map[string]any)["hints"].([]any)[0].(map[string]any)["kind"]) == "IDLE_DEPLOYMENT" {
		t.Errorf("what runs for 14 days is not idle for 27: %v %s", data, failed)
	}
	for _, days := range []int{0, 28} {
		if _, failed := p.run(askHints, map[string]any{"a": p.account, "days": days}); failed == "" {
			t.Errorf("idle for %d days is answered", days)
		}
	}
}
