package server

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/usagegraph/usagegraph/auth"
)

// A refusal by the guard before an operation has a span is recorded on the endpoint's span, with its code and nothing of the document. A
// WebSocket's upgrade has a span too, whether it is accepted or not, and the spans of its operations are below it.
func TestSpansOfRefusalsAndUpgrades(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := run(t, func(c *Config) { c.Tracing = sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)) })
	token := r.token(auth.MasterAdmin, r.account("traced"), nil)
	find := func(name string) map[string]string {
		t.Helper()
		found := map[string]string{}
		for _, s := range spans.Ended() {
			if s.Name() != name {
				continue
			}
			found["id"], found["parent"] = s.SpanContext().SpanID().String(), s.Parent().SpanID().String()
			for _, a := range s.Attributes() {
				found[string(a.Key)] = a.Value.String()
				if strings.Contains(a.Value.String(), "secret") {
					t.Errorf("%s tells %s", name, a.Value.String())
				}
			}
		}
		spans.Reset()
		return found
	}
	for query, code := range map[string]string{
		`{secret}`: "GRAPHQL_VALIDATION_FAILED", `{secret`: "GRAPHQL_PARSE_FAILED", `{__schema{types{name}}}`: "INTROSPECTION_DISABLED", `{viewer{name}}`: "",
		"{" + strings.Repeat("viewer{name} ", 30) + "}": "DOCUMENT_TOO_COMPLEX", `{accounts{totalCount}}`: "FORBIDDEN",
		`query($s:Int){account{tools(first:$s){totalCount}}}`: "", `query($s:Int!){account{tools(first:$s){totalCount}}}`: "GRAPHQL_VALIDATION_FAILED",
		`{` + numbered(4, `a%d:account{usage(groupBy:[MODEL,USER],first:100){edges{node{credits}} totals{credits} totalCount}} `) + `}`: "GRAPHQL_VALIDATION_FAILED",
	} {
		r.ask(token, query, nil)
		if got := find("POST /graphql"); got["error.type"] != code {
			t.Errorf("%s: %q, want %q", query, got["error.type"], code)
		}
	}
	for body, code := range map[string]string{"{": "BAD_REQUEST", "[]": "BAD_REQUEST", "": "BAD_REQUEST"} {
		r.send(r.request(http.MethodPost, "/graphql", token, "application/json", bytes.NewReader([]byte(body))))
		if got := find("POST /graphql"); got["error.type"] != code || got["http.response.status_code"] != "400" {
			t.Errorf("%q: %v", body, got)
		}
	}
	ws, _, err := websocket.Dial(t.Context(), r.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	for text, want := range map[string]string{`{"type":"connection_init","payload":{"token":"` + token + `"}}`: "connection_ack"} {
		_ = ws.Write(t.Context(), websocket.MessageText, []byte(text))
		if _, got, err := ws.Read(t.Context()); err != nil || !strings.Contains(string(got), want) {
			t.Fatalf("%s %v", got, err)
		}
	}
	upgrade := find("GET /graphql")
	if upgrade["http.response.status_code"] != "101" || upgrade["error.type"] != "" {
		t.Errorf("%v", upgrade)
	}
	_ = ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"subscribe","id":"1","payload":{"query":"{viewer{name}}"}}`))
	for range 2 {
		if _, got, err := ws.Read(t.Context()); err != nil {
			t.Fatalf("%s %v", got, err)
		}
	}
	if got := find("query other"); got["parent"] != upgrade["id"] {
		t.Errorf("%v under %v", got, upgrade)
	}
	_ = ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"subscribe","id":"2","payload":{"query":"{secret}"}}`))
	if _, got, err := ws.Read(t.Context()); err != nil || !strings.Contains(string(got), `"type":"error"`) {
		t.Fatalf("%s %v", got, err)
	}
	if got := find("refused"); got["parent"] != upgrade["id"] || got["error.type"] != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("%v under %v", got, upgrade)
	}
	req := r.request(http.MethodGet, "/graphql", token, "", nil)
	req.Header.Set("Upgrade", "websocket")
	r.send(req)
	if got := find("GET /graphql"); got["http.response.status_code"] != "400" || got["error.type"] != "BAD_REQUEST" {
		t.Errorf("%v", got)
	}
}

// A stream of events has a span that ends when the stream begins, and its operation has one below that while the stream is still open.
// Faults are recorded wherever they occur.
func TestSpansOfStreams(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := run(t, func(c *Config) { c.Tracing = sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)) })
	account := r.account("streamed")
	token := r.token(auth.MasterAdmin, account, nil)
	of := func(name string) sdk.ReadOnlySpan {
		for _, s := range spans.Ended() {
			if s.Name() == name {
				return s
			}
		}
		return nil
	}
	for query, below := range map[string]string{`subscription{creditStatus(accountId:"` + accountID(account) + `"){icon}}`: "", `{viewer{name}}`: "query other", `{secret}`: ""} {
		spans.Reset()
		req := r.request(http.MethodPost, "/graphql", token, "application/json", bytes.NewReader(question(query, nil)))
		req.Header.Set("Accept", "application/json;q=0.1, text/event-stream")
		res, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = res.Body.Read(make([]byte, 1))
		endpoint := of("POST /graphql")
		if endpoint == nil {
			t.Fatalf("%s: no span of the endpoint", query)
		}
		if query == `{secret}` && !strings.Contains(fmt.Sprint(endpoint.Attributes()), "GRAPHQL_VALIDATION_FAILED") {
			t.Errorf("%s: %v", query, endpoint.Attributes())
		}
		if below != "" {
			r.until("a span of "+query, func() bool { return of(below) != nil })
			if got := of(below).Parent().SpanID(); got != endpoint.SpanContext().SpanID() {
				t.Errorf("%s stands under %v", query, got)
			}
		}
		_ = res.Body.Close()
	}
	spans.Reset()
	ctx, ended := r.tracer().Start(t.Context(), "ended")
	ended.End()
	recordFault(ctx, errors.New("a fault"))
	if fault := of("fault"); fault == nil || len(fault.Events()) != 1 {
		t.Errorf("%v", fault)
	}
}
