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

// Traces name the service by service.name and service.version, unless the environment says otherwise.
func TestTracesNameTheService(t *testing.T) {
	t.Parallel()
	of, err := resourceOf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name, _ := of.Set().Value("service.name")
	if _, known := of.Set().Value("service.version"); name.AsString() != "usagegraph" || !known {
		t.Errorf("%v", of)
	}
}
