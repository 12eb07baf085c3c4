package graph

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
)

// cardInput returns a whole card that names a scanner, a CPU, a machine and a GPU which the code has never heard of.
func cardInput() map[string]any {
	return map[string]any{
		"models":     []any{map[string]any{"name": "h100", "gpu": "H100", "gpuCount": 1, "ratePerHour": "7.5"}},
		"scripts":    []any{map[string]any{"name": "1vcpu-2gb", "vcpus": 1, "memoryGb": 2, "ratePerHour": "0.08"}},
		"guardrails": []any{map[string]any{"cpu": "ARM", "ratePerCpuHour": "0.05"}},
		"scanners": []any{map[string]any{"scannerKey": "JAILBREAK", "name": "Jailbreak", "cpuCount": 3},
			map[string]any{"scannerKey": "ANONYMIZE", "cpuCount": 4}},
		"inference": map[string]any{"inputRate": "0.4", "outputRate": "1.5", "cacheReadRate": "0.04"},
		"fineTuning": map[string]any{"sizes": []any{map[string]any{"fromBillions": "0", "toBillions": "10", "factor": "0.2", "methods": []any{"LORA"}}},
			"methods": []any{map[string]any{"method": "LORA", "factor": "1.1"}}, "hardware": []any{map[string]any{"gpu": "H100", "factor": "2"}}},
	}
}

// support makes the test act as SUPPORT.
func (p *platform) support() {
	p.as = auth.Principal{Kind: auth.Service, Role: auth.Support, Common: auth.Support.Permissions(), Name: "sue"}
}

func TestRateCardReleases(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	platform := p.as
	p.support()
	from := time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)
	input := map[string]any{"card": cardInput(), "effectiveFrom": from.Format(time.RFC3339), "note": "H100", "idempotencyKey": "k"}
	const fields = `version status note publishedBy withdrawnAt card { effectiveFrom effectiveTo inference { inputRate cacheReadRate cacheWriteRate } }`
	release := p.done("publishRateCard", "release", fields+" changes { list name field before after }", input)
	changes := release["changes"].([]any)
	delete(release, "changes")
	p.want("release", release, `{"card":{"effectiveFrom":"2026-03-10T10:00:00Z","effectiveTo":null,"inference":{"cacheReadRate":"0.04","cacheWriteRate":"0.4","inputRate":"0.4"}},"note":"H100","publishedBy":"sue","status":"PLANNED","version":2,"withdrawnAt":null}`)
	p.want("last change", changes[len(changes)-1], `{"after":"2","before":null,"field":"factor","list":"fineTuning","name":"H100"}`)
	p.done("publishRateCard", "release", "version", input)

	for field, change := range map[string]map[string]any{
		"effectiveFrom": {"effectiveFrom": from.Add(-29 * time.Minute).Format(time.RFC3339)},
		"card": {"card": func() any {
			c := cardInput()
			c["models"] = append(c["models"].([]any), c["models"].([]any)...)
			return c
		}()},
	} {
		bad := maps.Clone(input)
		maps.Copy(bad, change)
		bad["idempotencyKey"] = field
		code := map[bool]string{true: "TIME_OUT_OF_RANGE", false: "INVALID"}[field == "effectiveFrom"]
		p.want(field, p.refused("publishRateCard", code, bad)["field"], `["input","`+field+`"]`)
	}
	data, failed := p.run(`{ rateCards { version status } rateChanges(from: 1, to: 2) { field } none: rateChanges(from: 1, to: 7) { field } }`, nil)
	p.want("versions", []any{data["rateCards"], data["none"], failed}, `[[{"status":"PLANNED","version":2},{"status":"IN_FORCE","version":1}],null,""]`)
	if n := len(data["rateChanges"].([]any)); n != len(changes) {
		t.Errorf("%d changes, the release says %d", n, len(changes))
	}

	p.advance(time.Hour)
	p.unheardOf(platform)
	p.support()
	data, failed = p.run(`{ rateCards { version status } auditLog(first: 1) { edges { node { action target } } } }`, nil)
	p.want("in force", []any{data["rateCards"], data["auditLog"], failed},
		`[[{"status":"IN_FORCE","version":2},{"status":"PAST","version":1}],{"edges":[{"node":{"action":"RATE_CARD_PUBLISHED","target":"rate card, version 2"}}]},""]`)
	p.refused("withdrawRateCard", "WRONG_STATE", map[string]any{"version": 2})
	input["effectiveFrom"], input["idempotencyKey"] = from.AddDate(0, 0, 1).Format(time.RFC3339), "later"
	p.done("publishRateCard", "release", "version", input)
	p.want("withdrawn", p.done("withdrawRateCard", "release", "version status withdrawnBy", map[string]any{"version": 3}), `{"status":"WITHDRAWN","version":3,"withdrawnBy":"sue"}`)
}

// unheardOf deploys things that only the card knows. The enums answer OTHER, and the texts beside them the name.
func (p *platform) unheardOf(as auth.Principal) {
	p.t.Helper()
	p.as = as
	const fields = "scanner scannerKey cpuType cpu cpuCount ratePerHour"
	g := p.done("deployGuardrail", "guardrail", "id "+fields, map[string]any{"accountId": p.account, "name": "j", "scannerKey": "JAILBREAK", "cpu": "ARM", "replicas": 1})
	id := g["id"]
	delete(g, "id")
	p.want("guardrail", g, `{"cpu":"ARM","cpuCount":3,"cpuType":"OTHER","ratePerHour":"0.15","scanner":"OTHER","scannerKey":"JAILBREAK"}`)
	p.namesOfGuardrails()
	p.advance(time.Minute)
	p.as.Common |= auth.Support.Permissions()
	data, failed := p.run(`query($a: ID!, $g: ID!) {
  account(id: $a) { estimate: hostingEstimate(category: GUARDRAILS, scannerKey: "JAILBREAK", cpu: "ARM", replicas: 2) { ratePerHour }
    old: hostingEstimate(category: GUARDRAILS, scanner: ANONYMIZE, cpuType: GENERAL_PURPOSE, replicas: 2) { ratePerHour }
    guardrails { edges { node { scanner scannerKey panel { hardware { cpuType cpu } } } } } }
  rateCard { guardrails { cpuType cpu } scanners { scanner scannerKey name } fineTuning { hardware { hardware gpu } } }
  node(id: $g) { ... on Guardrail { scanner scannerKey } } }`, map[string]any{"a": p.account, "g": id})
	p.want("everywhere", []any{data["account"], data["rateCard"], data["node"], failed},
		`[{"estimate":{"ratePerHour":"0.3"},"guardrails":{"edges":[{"node":{"panel":{"hardware":[{"cpu":"ARM","cpuType":"OTHER"}]},"scanner":"OTHER","scannerKey":"JAILBREAK"}}]},"old":null},`+
			`{"fineTuning":{"hardware":[{"gpu":"H100","hardware":"OTHER"}]},"guardrails":[{"cpu":"ARM","cpuType":"OTHER"}],"scanners":[{"name":"Jailbreak","scanner":"OTHER","scannerKey":"JAILBREAK"},{"name":"Anonymize","scanner":"ANONYMIZE","scannerKey":"ANONYMIZE"}]},`+
			`{"scanner":"OTHER","scannerKey":"JAILBREAK"},""]`)
}

// namesOfGuardrails gives wrong names of scanners and CPUs. Each refusal names the field at fault, and if two names differ, neither is
// chosen.
func (p *platform) namesOfGuardrails() {
	p.t.Helper()
	for _, c := range []struct{ said, code, field string }{
		{`{"scanner": "OTHER", "cpu": "ARM"}`, "UNKNOWN_HARDWARE", "scannerKey"}, {`{"scannerKey": "nope", "cpu": "ARM"}`, "UNKNOWN_HARDWARE", "scannerKey"},
		{`{"scannerKey": "JAILBREAK", "cpu": "nope"}`, "UNKNOWN_HARDWARE", "cpu"}, {`{"cpu": "ARM"}`, "INVALID", "scannerKey"}, {`{"scannerKey": ""}`, "INVALID", "scannerKey"},
		{`{"scanner": "ANONYMIZE", "scannerKey": "JAILBREAK", "cpu": "ARM"}`, "INVALID", "scannerKey"},
	} {
		for _, mutation := range []string{"deployGuardrail", "upsertGuardrail"} {
			input := map[string]any{"accountId": p.account, "name": "o", "externalId": "o"}
			if err := json.Unmarshal([]byte(c.said), &input); err != nil {
				p.t.Fatal(err)
			}
			if got := p.refused(mutation, c.code, input); fmt.Sprint(got["field"]) != "[input "+c.field+"]" {
				p.t.Errorf("%s %s: %v", mutation, c.said, got)
			}
		}
	}
	for _, question := range []string{`hostingEstimate(category: GUARDRAILS, scanner: ANONYMIZE, scannerKey: "JAILBREAK", cpu: "ARM") { ratePerHour }`,
		`hostingEstimate(category: GUARDRAILS, scannerKey: "JAILBREAK", cpu: "ARM", cpuType: GENERAL_PURPOSE) { ratePerHour }`,
		`access(action: DEPLOY_GUARDRAIL, scanner: ANONYMIZE, scannerKey: "JAILBREAK") { allowed }`} {
		if data, failed := p.run(`query($a: ID!) { account(id: $a) { `+question+` } }`, map[string]any{"a": p.account}); !strings.Contains(failed, namesDiffer) {
			p.t.Errorf("%s: %v, %s", question, data, failed)
		}
	}
}

func TestPreviewAndOwnRates(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	account, _ := KeyOf(KindAccount, p.account)
	m := p.done("registerModel", "model", "id inputRate cacheReadRate", map[string]any{"accountId": p.account, "name": "m", "inputRate": "0.5"})
	key, _ := KeyOf(KindModel, m["id"].(string))
	use := func(at time.Time) {
		t.Helper()
		r, err := p.store.Ingest(t.Context(), []tsdb.UsageEvent{{AccountID: account, Source: "s", ID: at.String(), Time: at, Kind: tsdb.Inference, ResourceID: key,
			InputTokens: 1_000_000, CacheReadTokens: 500_000}}, tsdb.Record)
		if err != nil || r[0].Status != tsdb.Stored {
			t.Fatal(r, err)
		}
	}
	use(p.store.Now().Add(-time.Minute))
	p.advance(time.Minute)
	p.support()
	preview := func(variables map[string]any) (any, string) {
		data, failed := p.run(`query($card: RateCardInput, $version: Int, $a: ID) { previewRateCard(card: $card, version: $version, accountId: $a, range: {preset: LAST_24_HOURS}) {
  events total { was would difference } categories { category cost { difference } } accounts { accountId name cost { was would } } changedAccounts unknown changes { field } } }`, variables)
		if failed != "" {
			return nil, failed
		}
		return data["previewRateCard"], ""
	}
	same, failed := preview(map[string]any{"version": 1})
	p.want("the same card", []any{same, failed}, `[{"accounts":[],"categories":[{"category":"MODELS","cost":{"difference":"0"}},{"category":"GUARDRAILS","cost":{"difference":"0"}},{"category":"SCRIPTS","cost":{"difference":"0"}}],"changedAccounts":0,"changes":[],"events":1,"total":{"difference":"0","was":"0.5","would":"0.5"},"unknown":[]},""]`)
	for name, variables := range map[string]map[string]any{
		"no card":    {},
		"both":       {"card": cardInput(), "version": 1},
		"no version": {"version": 9},
		"no account": {"version": 1, "a": "x"},
		"unsound card": {"card": func() any {
			c := cardInput()
			c["inference"] = map[string]any{"inputRate": "-1", "outputRate": "1"}
			return c
		}()},
	} {
		if _, failed := preview(variables); failed == "" || strings.Contains(failed, "internal") {
			t.Errorf("%s: %q", name, failed)
		}
	}

	payload := p.mutate("setRates", "from ownRates { modelName from tokens { inputRate cacheReadRate outputRate } hosting { category name rate } }", map[string]any{
		"accountId": p.account, "modelId": m["id"], "tokens": map[string]any{"cacheReadRate": "0.05"}, "hosting": []any{map[string]any{"category": "MODELS", "name": "g5.xlarge", "rate": "1"}}})
	p.want("own rates", payload, `{"from":"2026-03-10T09:37:01Z","ownRates":[{"from":"2026-03-10T09:37:01Z","hosting":[{"category":"MODELS","name":"g5.xlarge","rate":"1"}],"modelName":"m","tokens":{"cacheReadRate":"0.05","inputRate":null,"outputRate":null}}],"userErrors":[]}`)
	p.refused("setRates", "TIME_OUT_OF_RANGE", map[string]any{"accountId": p.account, "from": p.store.Now().Format(time.RFC3339)})
	p.refused("setRates", "NOT_FOUND", map[string]any{"accountId": p.account, "modelId": EncodeID(KindModel, 999)})
	p.refused("setRates", "INVALID", map[string]any{"accountId": p.account, "tokens": map[string]any{"inputRate": "-1"}})
	p.advance(10 * time.Minute)
	use(p.store.Now())
	data, failed := p.run(`query($a: ID!, $m: ID!) { account(id: $a) { ownRates { modelId } models { edges { node { inputRate cacheReadRate } inferenceCredits: creditsUsed } } } node(id: $m) { ... on Model { cacheReadRate } } }`,
		map[string]any{"a": p.account, "m": m["id"]})
	p.want("in force", []any{data["account"], data["node"], failed}, `[{"models":{"edges":[{"inferenceCredits":"0.775","node":{"cacheReadRate":"0.05","inputRate":"0.5"}}]},"ownRates":[{"modelId":"`+m["id"].(string)+`"}]},{"cacheReadRate":"0.05"},""]`)
	p.as = auth.Principal{Kind: auth.Service, Role: auth.Platform, Common: auth.Platform.Permissions()}
	if _, failed := preview(map[string]any{"version": 1}); !strings.Contains(failed, "RATES_MANAGE") && !strings.Contains(failed, "not allowed") {
		t.Errorf("a platform previews: %q", failed)
	}
}
