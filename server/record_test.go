package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/tsdb"
)

const recordUsage = `mutation ($in: RecordUsageInput!) { recordUsage(input: $in) { results { status code } userErrors { code } } }`

// recorder returns a server with an account, a tool, and a platform that may report usage.
func recorder(t *testing.T) (r *running, platform, account, tool string, key int64) {
	t.Helper()
	r = run(t, nil)
	key = r.account("acme")
	made, err := r.store.RegisterTool(t.Context(), tsdb.NewTool{AccountID: key, Name: "Search", OwnerName: "Mia", Status: tsdb.Deployed})
	if err != nil {
		t.Fatal(err)
	}
	return r, r.token(auth.Platform, 0, nil), accountID(key), graph.EncodeID(graph.KindTool, made.ID), key
}

// A thousand events are accepted however long their ids: the longest fill megabytes. Callers who may not report usage may send less.
func TestAThousandOfTheLongestEvents(t *testing.T) {
	t.Parallel()
	r, platform, account, tool, key := recorder(t)
	now := time.Now().UTC().Format(time.RFC3339)
	events := make([]map[string]any, 1000)
	for i := range events {
		events[i] = map[string]any{"source": strings.Repeat("🙂", 200), "id": fmt.Sprintf("%04d", i) + strings.Repeat("🙂", 196), "time": now, "toolId": tool}
	}
	variables := map[string]any{"in": map[string]any{"accountId": account, "events": events}}
	a := r.ask(platform, recordUsage, variables)
	if n := bytes.Count(a.body, []byte(`"STORED"`)); a.status != http.StatusOK || n != 1000 {
		t.Errorf("%d, %d stored: %.300s", a.status, n, a.body)
	}
	if a := r.ask(r.token(auth.MasterAdmin, key, nil), recordUsage, variables); a.status != http.StatusRequestEntityTooLarge || a.code() != "BODY_TOO_LARGE" {
		t.Errorf("a master admin: %d %.300s", a.status, a.body)
	}
	whole := question(recordUsage, map[string]any{"pad": strings.Repeat(" ", 8<<20)})
	a = r.send(r.request(http.MethodPost, "/graphql", platform, "application/json", bytes.NewReader(whole)))
	if a.status != http.StatusRequestEntityTooLarge || a.code() != "BODY_TOO_LARGE" || !strings.Contains(a.Errors[0].Message, "8 MiB") {
		t.Errorf("over 8 MiB: %d %.300s", a.status, a.body)
	}
}

// reported is an event as the endpoints accept it; what is "" or nil is left out.
type reported struct {
	account, tool, model, source, id, time string
	runs, input                            any
}

// graphQL returns the event as recordUsage takes it.
func (e reported) graphQL() map[string]any {
	return given(map[string]any{"source": e.source, "id": e.id, "time": e.time, "toolId": e.tool, "modelId": e.model, "runs": e.runs, "inputTokens": e.input})
}

// cloud returns the event as /v1/events takes it.
func (e reported) cloud() map[string]any {
	kind := ingest.TypeToolRun
	if e.model != "" {
		kind = ingest.TypeInference
	}
	out := given(map[string]any{"source": e.source, "id": e.id, "time": e.time, "account": e.account, "subject": e.tool + e.model})
	out["specversion"], out["type"], out["data"] = "1.0", kind, given(map[string]any{"runs": e.runs, "inputTokens": e.input})
	return out
}

func given(values map[string]any) map[string]any {
	maps.DeleteFunc(values, func(_ string, v any) bool { return v == nil || v == "" })
	return values
}

// answered are the statuses, or codes, of the events at an endpoint.
type answered struct {
	Results []struct{ Status, Code string }
}

func (a answered) texts() (out []string) {
	for _, r := range a.Results {
		out = append(out, strings.TrimPrefix(r.Status+r.Code, "REFUSED"))
	}
	return out
}

// atGraphQL sends events to recordUsage.
func (r *running) atGraphQL(token, account string, events []reported) []string {
	r.t.Helper()
	items := make([]map[string]any, len(events))
	for i, e := range events {
		items[i] = e.graphQL()
	}
	var a struct {
		Data struct{ RecordUsage answered }
	}
	body := r.ask(token, recordUsage, map[string]any{"in": map[string]any{"accountId": account, "events": items}}).body
	if err := json.Unmarshal(body, &a); err != nil {
		r.t.Fatalf("%v: %.300s", err, body)
	}
	return a.Data.RecordUsage.texts()
}

// atEvents sends events to /v1/events.
func (r *running) atEvents(token string, events []reported) []string {
	r.t.Helper()
	items := make([]map[string]any, len(events))
	for i, e := range events {
		items[i] = e.cloud()
	}
	batch, err := json.Marshal(items)
	if err != nil {
		r.t.Fatal(err)
	}
	var a answered
	body := r.send(r.request(http.MethodPost, "/v1/events", token, "application/cloudevents-batch+json", bytes.NewReader(batch))).body
	if err := json.Unmarshal(body, &a); err != nil {
		r.t.Fatalf("%v: %.300s", err, body)
	}
	return a.texts()
}

// Each limit has its own error, the same at both endpoints, and the events around a refused one are stored.
func TestLimitsAtBothEndpoints(t *testing.T) {
	t.Parallel()
	r, platform, account, tool, key := recorder(t)
	model, err := r.store.RegisterModel(t.Context(), tsdb.NewModel{AccountID: key, Name: "Llama"})
	if err != nil {
		t.Fatal(err)
	}
	draft, err := r.store.RegisterTool(t.Context(), tsdb.NewTool{AccountID: key, Name: "Draft", OwnerName: "Mia", Status: tsdb.InDevelopment})
	if err != nil {
		t.Fatal(err)
	}
	llama, now := graph.EncodeID(graph.KindModel, model.ID), time.Now().UTC()
	at := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339Nano) }
	good := reported{account: account, tool: tool, source: "s", id: "good", time: at(0)}
	const kept = 400 * 24 * time.Hour
	for n, c := range []struct {
		want   string
		change func(e *reported)
	}{
		{"STORED", func(*reported) {}},
		{"STORED", func(e *reported) { e.time = at(4 * time.Minute) }},
		{"TIME_AHEAD", func(e *reported) { e.time = at(6 * time.Minute) }},
		{"STORED", func(e *reported) { e.time = at(time.Hour - kept) }},
		{"TIME_TOO_OLD", func(e *reported) { e.time = at(-time.Second - kept) }},
		{"TIME_REQUIRED", func(e *reported) { e.time = "" }},
		{"SOURCE_REQUIRED", func(e *reported) { e.source = "" }},
		{"ID_REQUIRED", func(e *reported) { e.id = "" }},
		{"BAD_IDENTITY", func(e *reported) { e.id = strings.Repeat("x", 201) }},
		{"QUANTITY_NEGATIVE", func(e *reported) { e.runs = -1 }},
		{"QUANTITY_NEGATIVE", func(e *reported) { e.runs = 0 }},
		{"STORED", func(e *reported) { e.runs = tsdb.MaxRuns }},
		{"QUANTITY_TOO_LARGE", func(e *reported) { e.runs = tsdb.MaxRuns + 1 }},
		{"QUANTITY_NEGATIVE", func(e *reported) { e.tool, e.model, e.input = "", llama, -1 }},
		{"STORED", func(e *reported) { e.tool, e.model, e.input = "", llama, tsdb.MaxTokens }},
		{"QUANTITY_TOO_LARGE", func(e *reported) { e.tool, e.model, e.input = "", llama, tsdb.MaxTokens+1 }},
		{"UNKNOWN_TOOL", func(e *reported) { e.tool = graph.EncodeID(graph.KindTool, 999) }},
		{"UNKNOWN_TOOL", func(e *reported) { e.tool = "nonsense" }},
		{"UNKNOWN_MODEL", func(e *reported) { e.tool, e.model, e.input = "", graph.EncodeID(graph.KindModel, 999), 1 }},
		{"TOOL_IN_DEVELOPMENT", func(e *reported) { e.tool = graph.EncodeID(graph.KindTool, draft.ID) }},
	} {
		for _, endpoint := range []string{"graphql", "events"} {
			e, before, after := good, good, good
			e.id, before.id, after.id = fmt.Sprint(endpoint, n), fmt.Sprint(endpoint, n, "before"), fmt.Sprint(endpoint, n, "after")
			c.change(&e)
			events, got := []reported{before, e, after}, []string(nil)
			if endpoint == "graphql" {
				got = r.atGraphQL(platform, account, events)
			} else {
				got = r.atEvents(platform, events)
			}
			if !slices.Equal(got, []string{"STORED", c.want, "STORED"}) {
				t.Errorf("%s %d: %v, want %s between two that are stored", endpoint, n, got, c.want)
			}
		}
	}
	nul := good // no text for GraphQL, as "yesterday" is no time
	nul.source = "a\u0000b"
	if got := r.atEvents(platform, []reported{nul}); !slices.Equal(got, []string{"BAD_IDENTITY"}) {
		t.Errorf("U+0000: %v", got)
	}
	if a := r.ask(platform, recordUsage, map[string]any{"in": map[string]any{"accountId": account, "events": []any{nul.graphQL()}}}); a.code() != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("U+0000: %s", a.body)
	}
	lost := good
	lost.account = accountID(999_999)
	if got := r.atEvents(platform, []reported{lost}); !slices.Equal(got, []string{"UNKNOWN_ACCOUNT"}) {
		t.Errorf("an unknown account: %v", got)
	}
	if a := r.ask(platform, recordUsage, map[string]any{"in": map[string]any{"accountId": lost.account, "events": []any{good.graphQL()}}}); a.code() != "NOT_FOUND" {
		t.Errorf("an unknown account: %s", a.body)
	}
}
