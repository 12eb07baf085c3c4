package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// fetched returns the answer to a request with headers.
func fetched(t *testing.T, method, url string, headers map[string]string, body string) (status int, text string, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(all), resp.Header
}

// Metrics and profiles have a separate listener if the setting says so, and the main one then does not answer them.
func TestMetricsOnAListenerOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := ofTest(tsdbtest.NewURL(t))
	c.MetricsListen = "127.0.0.1:0"
	whole, err := assemble(c)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.Open(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	r, inside := serve(t, s), "http://"+s.MetricsAddr()
	for path, want := range map[string]int{"/metrics": 200, "/debug/pprof/": 200, "/debug/pprof/heap?debug=1": 200, "/debug/pprof/goroutine?debug=1": 200,
		"/debug/pprof/cmdline": 404, "/graphql": 404, "/": 404} {
		if status, _, _ := fetched(t, http.MethodGet, inside+path, nil, ""); status != want {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap"} {
		if _, text, _ := fetched(t, http.MethodGet, r.url+path, nil, ""); strings.Contains(text, "go_goroutines") || strings.Contains(text, "goroutine profile") {
			t.Errorf("%s is answered outside", path)
		}
	}
}

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// A request's span is a child of its caller's, contains the operation's span and the refusal's code, and is named in the answer. A slow
// bucket of a metric leads to it.
func TestTracesFromTheCallerOn(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := start(t, func(c *config) { c.Tracing = trace.NewTracerProvider(trace.WithSpanProcessor(spans)) })
	support := r.token(auth.Support, 0, nil)
	say := map[string]string{"Authorization": "Bearer " + support, "Content-Type": "application/json", "traceparent": parent}
	_, _, header := fetched(t, http.MethodPost, r.url+"/graphql", say, `{"query":"{viewer{name}}"}`)
	if got := header.Get("traceparent"); !strings.HasPrefix(got, parent[:36]) || strings.Contains(got, parent[36:52]) {
		t.Errorf("answered with traceparent %q", got)
	}
	say["Authorization"] = "Bearer nonsense"
	for _, endpoint := range []string{"/graphql", "/v1/events", "/v1/usage", "/v1/export/madeup"} {
		fetched(t, http.MethodPost, r.url+endpoint, say, `{}`)
	}
	say["traceparent"] = "00-nonsense"
	fetched(t, http.MethodPost, r.url+"/graphql", say, `{}`)
	fetched(t, "MADEUP", r.url+"/graphql", say, "")
	fetched(t, http.MethodGet, r.url+"/healthz", nil, "")
	names := map[string]int{}
	for _, s := range spans.Ended() {
		if s.SpanContext().TraceID().String() == parent[3:35] {
			names[s.Name()]++
		}
		if strings.Contains(s.Name(), "MADEUP") || strings.Contains(s.Name(), "healthz") {
			t.Errorf("a span is called %s", s.Name())
		}
		if s.Name() == "POST /v1/events" && (attributeOf(s, "error.type") == "" || attributeOf(s, "http.response.status_code") != "401") {
			t.Errorf("%v", s.Attributes())
		}
	}
	for name, want := range map[string]int{"POST /graphql": 2, "POST /v1/events": 1, "POST /v1/usage": 1, "POST /v1/export/{table}": 1, "query other": 1} {
		if names[name] != want {
			t.Errorf("%s: %d of the caller's trace, want %d: %v", name, names[name], want, names)
		}
	}
	_, text, header := fetched(t, http.MethodGet, r.url+"/metrics", map[string]string{"Accept": "application/openmetrics-text; version=1.0.0"}, "")
	if !strings.HasPrefix(header.Get("Content-Type"), "application/openmetrics-text") || !strings.HasSuffix(text, "# EOF\n") ||
		!regexp.MustCompile(`(?m)^usagegraph_http_request_seconds_bucket\{.*\} \d+ # \{trace_id="`+parent[3:35]+`"\}`).MatchString(text) {
		t.Errorf("no exemplar of the trace:\n%s", lines(text, "usagegraph_http_request_seconds_bucket"))
	}
}

func attributeOf(s trace.ReadOnlySpan, key attribute.Key) string {
	for _, a := range s.Attributes() {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// Jobs have spans, with the statements that they run as children.
func TestTracesOfJobs(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	start(t, func(c *config) { c.Tracing = trace.NewTracerProvider(trace.WithSpanProcessor(spans)) })
	waitFor(t, func() bool {
		jobs, below := map[string]bool{}, false
		for _, s := range spans.Ended() {
			if strings.HasPrefix(s.Name(), "job ") {
				jobs[s.SpanContext().SpanID().String()] = true
			}
		}
		for _, s := range spans.Ended() {
			below = below || jobs[s.Parent().SpanID().String()]
		}
		return len(jobs) > 0 && below
	})
}

// Traces name the service by service.name and service.version, unless the environment says otherwise. A faulty variable costs what it says, and
// not the start.
func TestTracesNameTheService(t *testing.T) {
	of := func() (attributes map[string]string, err error) {
		found, err := resourceOf(t.Context(), "abc123")
		attributes = map[string]string{}
		for _, a := range found.Attributes() {
			attributes[string(a.Key)] = a.Value.String()
		}
		return attributes, err
	}
	if got, err := of(); err != nil || got["service.name"] != "usagegraph" || got["service.version"] == "" || got["service.version"] == unversioned {
		t.Errorf("%v %v", got, err)
	}
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,service.version=7,deployment.environment.name=eu")
	if got, err := of(); err != nil || got["service.name"] != "other" || got["service.version"] != "7" || got["deployment.environment.name"] != "eu" {
		t.Errorf("%v %v", got, err)
	}
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "nonsense,deployment.environment.name=eu")
	t.Setenv("OTEL_SERVICE_NAME", "mine")
	if got, err := of(); err == nil || got["service.name"] != "mine" || got["service.version"] == "" || got["deployment.environment.name"] != "eu" {
		t.Errorf("%v %v", got, err)
	}
}

// The standard variables decide whether there are traces. What they ask for in vain is said at the start.
func TestWhetherThereAreTraces(t *testing.T) {
	t.Parallel()
	const endpoint, ofTraces, protocol = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"
	for _, c := range []struct {
		env    map[string]string
		wanted bool
		fault  string
	}{
		{nil, false, ""},
		{map[string]string{endpoint: "http://c:4318"}, true, ""},
		{map[string]string{ofTraces: "http://c:4318/v1/traces"}, true, ""},
		{map[string]string{endpoint: "http://c:4318", "OTEL_SDK_DISABLED": "True"}, false, ""},
		{map[string]string{endpoint: "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, false, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true, ""},
		{map[string]string{endpoint: "http://c:4318", "OTEL_TRACES_EXPORTER": "zipkin"}, false, "OTEL_TRACES_EXPORTER"},
		{map[string]string{endpoint: "http://c:4317", protocol: "grpc"}, false, protocol},
		{map[string]string{protocol: "grpc"}, false, ""},
		{map[string]string{endpoint: "http://c:4318", protocol: "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, true, ""},
	} {
		wanted, err := (program{getenv: environment(c.env)}).tracingWanted()
		if wanted != c.wanted && c.fault == "" || (err != nil) != (c.fault != "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%v: %v %v", c.env, wanted, err)
		}
	}
}

// What a batch asks the database is under the span of its first caller, at every endpoint that takes usage; each has spans of its own.
func TestTracesOfUsage(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := start(t, func(c *config) {
		c.Tracing = trace.NewTracerProvider(trace.WithSpanProcessor(spans))
		c.TelemetryMetrics, c.RemoteWrite.Runs = true, []string{"runs_total"}
	})
	platform := r.token(auth.Platform, 0, nil)
	id := r.account(platform, "acme")
	tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id")
	say := map[string]string{"Authorization": "Bearer " + platform, "Content-Type": "application/cloudevents+json", "traceparent": parent}
	if _, text, _ := fetched(t, http.MethodPost, r.url+"/v1/events", say, cloudEvent(id, tool.(string), "traced")); !strings.Contains(text, "STORED") {
		t.Fatal(text)
	}
	for _, endpoint := range []string{"/v1/metrics", "/api/v1/write"} {
		fetched(t, http.MethodPost, r.url+endpoint, say, `{}`)
	}
	say["traceparent"] = strings.Replace(parent, parent[3:35], strings.Repeat("5", 32), 1)
	say["Content-Type"] = "text/plain"
	fetched(t, http.MethodPost, r.url+"/v1/events", say, `{}`)
	names, below := map[string]string{}, 0
	ended := spans.Ended()
	for _, s := range ended {
		switch {
		case s.Parent().SpanID().String() != parent[36:52]:
		case s.SpanContext().TraceID().String() == parent[3:35]:
			names[s.Name()] = s.SpanContext().SpanID().String()
			if refused := attributeOf(s, "error.type"); (refused == "") != (s.Name() == "POST /v1/events") {
				t.Errorf("%s: refused with %q", s.Name(), refused)
			}
		default:
			if attributeOf(s, "error.type") != "UNSUPPORTED_MEDIA_TYPE" {
				t.Errorf("%v", s.Attributes())
			}
		}
	}
	for _, s := range ended {
		if s.SpanContext().TraceID().String() == parent[3:35] && s.Name() == "write a few entries of the ledger" {
			below++
		}
	}
	if len(names) != 3 || names["POST /v1/metrics"] == "" || names["POST /api/v1/write"] == "" || below != 1 {
		t.Errorf("%v, %d statements of the batch below", names, below)
	}
}
