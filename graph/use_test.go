package graph

import (
	"testing"
	"time"
)

// The latest use of each guardrail and script is kept, whatever the order of the reports.
func TestUseOfGuardrailsAndScripts(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	g := p.done("deployGuardrail", "guardrail", "id lastUsedOn", map[string]any{"accountId": p.account, "name": "pii", "scanner": "ANONYMIZE"})
	p.want("never", g["lastUsedOn"], "null")
	s := p.done("createScript", "script", "id", map[string]any{"accountId": p.account, "name": "clean", "language": "PYTHON"})["id"]
	tool := p.done("registerTool", "tool", "id", map[string]any{"accountId": p.account, "name": "search", "ownerName": "Mia"})["id"]
	report := func(uses ...any) map[string]any {
		return map[string]any{"accountId": p.account, "uses": append([]any{}, uses...)}
	}
	changed := func(n string, uses ...any) {
		t.Helper()
		payload := p.mutate("reportUse", "changed", report(uses...))
		p.want("changed", []any{payload["changed"], payload["userErrors"]}, "["+n+",[]]")
	}
	changed("2", map[string]any{"id": g["id"], "at": "2026-03-10T09:00:00Z"}, map[string]any{"id": s, "at": "2026-03-09T12:00:00Z"}, map[string]any{"id": g["id"], "at": "2026-03-10T08:00:00Z"})
	changed("0", map[string]any{"id": g["id"], "at": "2026-03-10T08:30:00Z"}, map[string]any{"id": s, "at": "2026-03-09T12:00:00Z"})
	p.advance(time.Hour)
	changed("1", map[string]any{"id": s})
	p.refused("reportUse", "NOT_FOUND", report(map[string]any{"id": s}, map[string]any{"id": tool}))
	p.refused("reportUse", "TIME_OUT_OF_RANGE", report(map[string]any{"id": s, "at": "2026-03-10T11:30:00Z"}))
	p.refused("reportUse", "INVALID", report())
	data, failed := p.run(`query($a: ID!, $g: ID!) { node(id: $g) { ... on Guardrail { lastUsedOn } }
  account(id: $a) { guardrails { edges { node { lastUsedOn } } } scripts { edges { node { lastUsedOn } } } } }`, map[string]any{"a": p.account, "g": g["id"]})
	p.want("known", []any{data, failed}, `[{"account":{"guardrails":{"edges":[{"node":{"lastUsedOn":"2026-03-10T09:00:00Z"}}]},`+
		`"scripts":{"edges":[{"node":{"lastUsedOn":"2026-03-10T10:30:00Z"}}]}},"node":{"lastUsedOn":"2026-03-10T09:00:00Z"}},""]`)
}
