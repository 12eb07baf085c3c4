package graph

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/auth"
)

const segmentFields = `category resourceId deploymentId start end stopped hardware cpuCount replicas ratePerHour seconds credits`

// Segments show hosting as it ran, and their credits within any range equal the hosting in the charts.
func TestSegmentsAreTheHosting(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.as.Common |= auth.Support.Permissions()
	m := p.done("registerModel", "model", "id", map[string]any{"accountId": p.account, "name": "Llama"})["id"]
	d := p.done("deployModel", "deployment", "id", map[string]any{"modelId": m, "name": "eu", "hardware": "g5.xlarge", "replicas": 2})["id"]
	g := p.done("deployGuardrail", "guardrail", "id", map[string]any{"accountId": p.account, "name": "pii", "scanner": "ANONYMIZE"})["id"]
	p.done("deployGuardrail", "guardrail", "id", map[string]any{"accountId": p.account, "name": "free", "scanner": "REGEX"})
	p.advance(90 * time.Minute)
	p.mutate("scaleDeployment", "deployable { __typename }", map[string]any{"id": d, "replicas": 1})
	p.advance(30 * time.Minute)
	p.done("undeployModel", "deployment", "id", map[string]any{"deploymentId": d})
	p.done("undeployGuardrail", "guardrail", "id", map[string]any{"guardrailId": g})
	p.advance(time.Hour)
	p.done("redeployModel", "deployment", "id", map[string]any{"deploymentId": d, "hardware": "g4dn.xlarge"})
	p.advance(15 * time.Minute)

	ask := func(args string) map[string]any {
		t.Helper()
		data, failed := p.run(`query($a: ID!) { account(id: $a) { segments`+args+` { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { node { `+segmentFields+` } } } } }`,
			map[string]any{"a": p.account})
		if failed != "" {
			t.Fatal(failed)
		}
		return data["account"].(map[string]any)["segments"].(map[string]any)
	}
	p.want("of the model", ask(fmt.Sprintf(`(resourceId: "%s", deploymentId: "%s")`, m, d))["edges"], fmt.Sprintf(`[`+
		`{"node":{"category":"MODELS","cpuCount":0,"credits":"0.19725","deploymentId":%[1]q,"end":null,"hardware":"g4dn.xlarge","ratePerHour":"0.789","replicas":1,"resourceId":%[2]q,"seconds":900,"start":"2026-03-10T12:30:00Z","stopped":false}},`+
		`{"node":{"category":"MODELS","cpuCount":0,"credits":"0.7545","deploymentId":%[1]q,"end":"2026-03-10T11:30:00Z","hardware":"g5.xlarge","ratePerHour":"1.509","replicas":1,"resourceId":%[2]q,"seconds":1800,"start":"2026-03-10T11:00:00Z","stopped":false}},`+
		`{"node":{"category":"MODELS","cpuCount":0,"credits":"4.527","deploymentId":%[1]q,"end":"2026-03-10T11:00:00Z","hardware":"g5.xlarge","ratePerHour":"1.509","replicas":2,"resourceId":%[2]q,"seconds":5400,"start":"2026-03-10T09:30:00Z","stopped":false}}]`, d, m))
	p.want("of a range", ask(fmt.Sprintf(`(resourceId: "%s", range: {from: "2026-03-10T11:15:00Z", to: "2026-03-10T12:00:00Z"})`, m))["edges"], fmt.Sprintf(`[`+
		`{"node":{"category":"MODELS","cpuCount":0,"credits":"0.37725","deploymentId":%q,"end":"2026-03-10T11:30:00Z","hardware":"g5.xlarge","ratePerHour":"1.509","replicas":1,"resourceId":%q,"seconds":900,"start":"2026-03-10T11:00:00Z","stopped":false}}]`, d, m))
	p.want("of what is none", ask(`(resourceId: "nothing")`)["edges"], `[]`)
	p.want("of all", ask("")["totalCount"], "5")

	// Page by page, forwards and backwards.
	first := ask("(first: 2)")
	second := ask(fmt.Sprintf(`(first: 2, after: "%s")`, first["pageInfo"].(map[string]any)["endCursor"]))
	back := ask(fmt.Sprintf(`(last: 2, before: "%s")`, second["pageInfo"].(map[string]any)["startCursor"]))
	all := ask("(first: 4)")["edges"].([]any)
	p.want("two pages", append(first["edges"].([]any), second["edges"].([]any)...), string(must(json.Marshal(all))(t)))
	p.want("the way back", back["edges"], string(must(json.Marshal(first["edges"]))(t)))

	for _, r := range []string{`preset: LAST_24_HOURS`, `from: "2026-03-10T10:12:00Z", to: "2026-03-10T12:37:00Z"`, `from: "2026-03-10T11:30:00Z", to: "2026-03-10T12:30:00Z"`} {
		data, failed := p.run(`query($a: ID!) { account(id: $a) { segments(range: {`+r+`}) { edges { node { credits } } }
  usage(range: {`+r+`}, filter: {kinds: [HOSTING]}) { totals { credits } } } }`, map[string]any{"a": p.account})
		if failed != "" {
			t.Fatal(failed)
		}
		account := data["account"].(map[string]any)
		sum := decimal.Zero
		for _, edge := range account["segments"].(map[string]any)["edges"].([]any) {
			sum = sum.Add(must(decimal.NewFromString(edge.(map[string]any)["node"].(map[string]any)["credits"].(string)))(t))
		}
		p.want(r, sum.String(), fmt.Sprintf("%q", account["usage"].(map[string]any)["totals"].(map[string]any)["credits"]))
	}
}

// What the negative limit has ended is shown as ended before the stop is posted.
func TestSegmentsShowAStopBeforeItIsPosted(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.as.Common |= auth.Support.Permissions()
	m := p.done("registerModel", "model", "id", map[string]any{"accountId": p.account, "name": "Llama"})["id"]
	p.done("deployModel", "deployment", "id", map[string]any{"modelId": m, "name": "eu", "hardware": "g5.48xlarge", "replicas": 4})
	p.advance(26 * time.Hour)
	document := `query($a: ID!, $r: RangeInput) { account(id: $a) { segments(range: $r) { totalCount edges { node { end stopped seconds credits } } } } }`
	before, failed := p.run(document, map[string]any{"a": p.account})
	p.want("before", []any{before["account"], failed}, `[{"segments":{"edges":[{"node":{"credits":"100.00832","end":"2026-03-10T10:31:24Z","seconds":3684,"stopped":true}}],"totalCount":1}},""]`)
	later := map[string]any{"a": p.account, "r": map[string]any{"from": "2026-03-10T10:32:00Z"}}
	after, _ := p.run(document, later)
	p.want("none after it", after["account"], `{"segments":{"edges":[],"totalCount":0}}`)
	if _, err := p.store.Tick(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	posted, _ := p.run(document, map[string]any{"a": p.account})
	p.want("once it is posted", posted["account"], string(must(json.Marshal(before["account"]))(t)))
	after, _ = p.run(document, later)
	p.want("none after it, once it is posted", after["account"], `{"segments":{"edges":[],"totalCount":0}}`)
}
