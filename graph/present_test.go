package graph

import (
	"testing"
	"time"
)

// TestNodeShowsAStopBeforeItIsPosted reads what the negative limit stopped by `node`, `nodes` and the tabs of one operation, before any
// tick: all say the same.
func TestNodeShowsAStopBeforeItIsPosted(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	m := p.done("registerModel", "model", "id", map[string]any{"accountId": p.account, "name": "Llama"})["id"]
	d := p.done("deployModel", "deployment", "id", map[string]any{"modelId": m, "name": "eu", "hardware": "g5.48xlarge", "replicas": 4})["id"]
	waiting := p.done("deployModel", "deployment", "id", map[string]any{"modelId": m, "name": "us", "hardware": "g5.xlarge", "pending": true})["id"]
	g := p.done("deployGuardrail", "guardrail", "id", map[string]any{"accountId": p.account, "name": "pii", "scanner": "ANONYMIZE", "cpuType": "GENERAL_PURPOSE"})["id"]
	s := p.done("createScript", "script", "id", map[string]any{"accountId": p.account, "name": "clean", "language": "PYTHON"})["id"]
	p.done("deployScript", "script", "id", map[string]any{"scriptId": s, "hardware": "1vcpu-2gb"})
	p.advance(26 * time.Hour)
	data, failed := p.run(`query($a: ID!, $d: ID!, $ids: [ID!]!) {
  node(id: $d) { ...one }
  nodes(ids: $ids) { ...one ... on Model { deployments(sort: {field: NAME, direction: ASC}) { edges { node { ...one } } } } }
  account(id: $a) {
    guardrails { edges { node { ...one } } }
    scripts { edges { node { ...one } } }
  }
}
fragment one on Node {
  ... on Deployment { deployed: status pending reason lastUpdatedOn }
  ... on Guardrail { guards: status pending reason }
  ... on Script { runs: status reason lastActiveOn }
}`, map[string]any{"a": p.account, "d": d, "ids": []any{m, d, waiting, g, s}})
	if failed != "" {
		t.Fatal(failed)
	}
	const why = `"reason":"You’ve used all your available credits. Please add more credits to your account to continue."`
	stopped := `{"deployed":"UNDEPLOYED","lastUpdatedOn":"2026-03-10T10:31:13Z","pending":false,` + why + `}`
	guardrail := `{"guards":"UNDEPLOYED","pending":false,` + why + `}`
	script := `{"lastActiveOn":null,` + why + `,"runs":"DEPLOYMENT_FAILED"}`
	p.want("node", data["node"], stopped)
	p.want("nodes", data["nodes"], `[{"deployments":{"edges":[{"node":`+stopped+`},{"node":`+stopped+`}]}},`+stopped+`,`+stopped+`,`+guardrail+`,`+script+`]`)
	p.want("tabs", data["account"], `{"guardrails":{"edges":[{"node":`+guardrail+`}]},"scripts":{"edges":[{"node":`+script+`}]}}`)
}
