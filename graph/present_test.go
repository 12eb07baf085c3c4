package graph

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// TestNodeShowsAStopBeforeItIsPosted reads what the negative limit stopped through `node`, `nodes` and the tabs in one operation, before
// any tick. All answers agree.
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

// TestLedgerAndUnpostedAreTheBalance checks that the ledger's entries and its unposted sum add up to the balance, in one operation over a
// rollover that is not posted yet.
func TestLedgerAndUnpostedAreTheBalance(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.as.Common = auth.Support.Permissions() | auth.Platform.Permissions()
	s := p.done("createScript", "script", "id", map[string]any{"accountId": p.account, "name": "clean", "language": "PYTHON"})["id"]
	p.done("deployScript", "script", "id", map[string]any{"scriptId": s, "hardware": "1vcpu-2gb"})
	p.done("reportDeployment", "deployable", "__typename", map[string]any{"id": s, "outcome": "DEPLOYED"})
	p.advance(91*24*time.Hour + 17*time.Second)
	data, failed := p.run(`query($a: ID!) { account(id: $a) { creditStatus { asOf credits { remaining } runs { remaining } }
  ledger(first: 1, filter: {kinds: [REFUND]}) { totalCount unposted { asOf credits runs } } } }`, map[string]any{"a": p.account})
	if failed != "" {
		t.Fatal(failed)
	}
	p.want("account", data["account"], `{"creditStatus":{"asOf":"2026-06-09T09:30:17Z","credits":{"remaining":"-25.000014"},"runs":{"remaining":"0"}},`+
		`"ledger":{"totalCount":0,"unposted":{"asOf":"2026-06-09T09:30:17Z","credits":"-100.000014","runs":-10000}}}`)
}
