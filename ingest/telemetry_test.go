package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	spancontext "go.opentelemetry.io/otel/trace"

	"github.com/usagegraph/usagegraph/ingest/otlp"
	"github.com/usagegraph/usagegraph/tsdb"
)

// traced is a fixture with an endpoint for spans, and with an account, a tool and a model that have own ids.
type traced struct {
	*fixture
	traces  *Telemetry
	metrics *Telemetry
	only    int64
}

func newTraced(t *testing.T) *traced {
	t.Helper()
	f := &traced{fixture: newFixture(t)}
	own := func(id string) tsdb.Own { return tsdb.Own{ExternalID: id} }
	var err error
	f.account, err = f.CreateAccount(t.Context(), tsdb.NewAccount{Own: own("acme"), Name: "Traced", IdempotencyKey: "traced"}, tsdb.Actor{})
	f.must(err)
	_, err = f.RegisterTool(t.Context(), tsdb.NewTool{Own: own("search"), AccountID: f.account, Name: "Search", OwnerName: "Mia", Status: tsdb.Deployed})
	f.must(err)
	_, err = f.RegisterModel(t.Context(), tsdb.NewModel{Own: own("gpt-5"), AccountID: f.account, Name: "GPT"})
	f.must(err)
	f.traces, f.metrics = NewTelemetry(f.endpoint, otlp.Mapping{}, func(context.Context) int64 { return f.only })
	return f
}

// spans returns the spans of an agent: one inference and n tool runs below one agent span, which reports their sum.
func (f *traced) spans(n int, account ...attribute.KeyValue) []sdktrace.ReadOnlySpan {
	ended, of := time.Now().Add(-time.Minute), resource.NewSchemaless(account...)
	stub := func(n byte, attributes ...attribute.KeyValue) tracetest.SpanStub {
		return tracetest.SpanStub{Name: "x", SpanContext: spancontext.NewSpanContext(spancontext.SpanContextConfig{TraceID: spancontext.TraceID{1, n}, SpanID: spancontext.SpanID{2, n}}),
			StartTime: ended.Add(-time.Second), EndTime: ended, Attributes: attributes, Resource: of}
	}
	operation := attribute.Key("gen_ai.operation.name").String
	stubs := tracetest.SpanStubs{
		stub(0, operation("invoke_agent"), attribute.Int("gen_ai.usage.input_tokens", 374), attribute.String("gen_ai.request.model", "gpt-5")),
		stub(1, operation("chat"), attribute.String("gen_ai.request.model", "gpt-5"), attribute.Int("gen_ai.usage.input_tokens", 374), attribute.Int("gen_ai.usage.output_tokens", 44)),
		stub(2, attribute.String("http.request.method", "GET")),
	}
	for i := range n {
		stubs = append(stubs, stub(byte(3+i), operation("execute_tool"), attribute.String("gen_ai.tool.name", "search")))
	}
	return stubs.Snapshots()
}

// exporter returns the SDK's own exporter.
func (f *traced) exporter(url string, options ...otlptracehttp.Option) sdktrace.SpanExporter {
	f.t.Helper()
	e, err := otlptracehttp.New(f.t.Context(), append(options, otlptracehttp.WithEndpointURL(url+"/v1/traces"))...)
	f.must(err)
	f.t.Cleanup(func() { _ = e.Shutdown(context.Background()) })
	return e
}

func (f *traced) charged() (micros, runs int64) {
	f.t.Helper()
	f.must(f.pool.QueryRow(f.t.Context(), `SELECT coalesce(sum(charge) FILTER (WHERE kind = 'INFERENCE'), 0), coalesce(sum(runs), 0) FROM usage_event`).Scan(&micros, &runs))
	return micros, runs
}

// The SDK's exporter sends the same spans twice, compressed and plain. They count once, and it gets no error.
func TestSpansOfTheSDKCountOnce(t *testing.T) {
	t.Parallel()
	f := newTraced(t)
	server := httptest.NewServer(f.traces)
	t.Cleanup(server.Close)
	spans := f.spans(3, attribute.String("usagegraph.account", "external:account:acme"))
	for _, packing := range []otlptracehttp.Compression{otlptracehttp.NoCompression, otlptracehttp.GzipCompression} {
		f.must(f.exporter(server.URL, otlptracehttp.WithCompression(packing)).ExportSpans(t.Context(), spans))
	}
	if micros, runs := f.charged(); micros != 253 || runs != 3 || f.events() != 4 {
		t.Errorf("%d µ, %d runs, %d events", micros, runs, f.events())
	}
}

// What is refused is reported as partial success, and the rest is stored. An account out of reach is answered as if it did not exist.
func TestSpansThatAreRefusedLeaveTheRest(t *testing.T) {
	t.Parallel()
	f := newTraced(t)
	body := func(account, model, tool string) string {
		span := func(id, attributes string) string {
			return fmt.Sprintf(`{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b17%s","endTimeUnixNano":"%d","attributes":[%s]}`, id, time.Now().Truncate(time.Hour).UnixNano(), attributes)
		}
		attribute := func(key, value string) string { return `{"key":"` + key + `","value":{` + value + `}}` }
		return `{"resourceSpans":[{"resource":{"attributes":[` + attribute("usagegraph.account.external_id", `"stringValue":"`+account+`"`) + `]},"scopeSpans":[{"spans":[` +
			span("1", attribute("gen_ai.operation.name", `"stringValue":"chat"`)+","+attribute("gen_ai.request.model", `"stringValue":"`+model+`"`)+","+attribute("gen_ai.usage.input_tokens", `"intValue":"10"`)) + "," +
			span("2", attribute("gen_ai.operation.name", `"stringValue":"execute_tool"`)+","+attribute("gen_ai.tool.name", `"stringValue":"`+tool+`"`)) + `]}]}]}`
	}
	other, err := f.CreateAccount(t.Context(), tsdb.NewAccount{Own: tsdb.Own{ExternalID: "other"}, Name: "Other", IdempotencyKey: "other"}, tsdb.Actor{})
	f.must(err)
	sized := int64(0)       // what all of it is charged for its size
	if other <= f.account { // the fixture authorizes accounts up to its own
		t.Fatal("another account comes before")
	}
	for _, c := range []struct {
		account, model, tool string
		rejected             string
		says                 []string
	}{
		{"acme", "gpt-5", "search", "", nil},
		{"acme", "gpt-5", "search", "", nil},
		{"acme", "gpt-6", "search", "1", []string{"1 of 2", "UNKNOWN_MODEL", "gpt-6", "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b171"}},
		{"nobody", "gpt-5", "search", "2", []string{"2 UNKNOWN_ACCOUNT (there is no such account; "}},
		{"other", "gpt-5", "search", "2", []string{"2 UNKNOWN_ACCOUNT (there is no such account; "}},
		{"", "gpt-5", "search", "2", []string{"2 UNKNOWN_ACCOUNT", "usagegraph.account"}},
	} {
		text := body(c.account, c.model, c.tool)
		sized += int64(len(text) / 512)
		w := f.send(text, "application/json")
		var answer struct {
			PartialSuccess struct{ RejectedSpans, ErrorMessage string }
		}
		f.must(json.Unmarshal(w.Body.Bytes(), &answer))
		if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || answer.PartialSuccess.RejectedSpans != c.rejected {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
		for _, part := range c.says {
			if !strings.Contains(answer.PartialSuccess.ErrorMessage, part) {
				t.Errorf("%+v: %s", c, w.Body)
			}
		}
	}
	if f.events() != 2 || f.refused.Load() != 7+sized {
		t.Errorf("%d events, charged for %d refusals, of which %d are for what was sent", f.events(), f.refused.Load(), sized)
	}
}

// A caller bound to one account need not name it.
func TestSpansOfAnOnlyAccount(t *testing.T) {
	t.Parallel()
	f := newTraced(t)
	f.only = f.account
	server := httptest.NewServer(f.traces)
	t.Cleanup(server.Close)
	f.must(f.exporter(server.URL).ExportSpans(t.Context(), f.spans(1)))
	if micros, runs := f.charged(); micros != 253 || runs != 1 {
		t.Errorf("%d µ, %d runs", micros, runs)
	}
}

func (f *traced) send(body, media string, headers ...string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequestWithContext(f.t.Context(), http.MethodPost, "/v1/traces", strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	f.traces.ServeHTTP(w, r)
	return w
}

// Requests are refused as the protocol says: 429 and 503, with Retry-After, are retried; everything else is final.
func TestRequestsOfSpansThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newTraced(t)
	for name, c := range map[string]struct {
		media, body string
		headers     []string
		status      int
		code        string
	}{
		"no JSON":     {"application/json", `{"a":`, nil, 400, "MALFORMED"},
		"no protobuf": {"application/x-protobuf", "\xff\xff", nil, 400, "MALFORMED"},
		"hollow":      {"application/x-protobuf", strings.Repeat("\x0a\x00", 100_000), nil, 400, "MALFORMED"},
		"text":        {"text/plain", "x", nil, 415, "UNSUPPORTED_MEDIA_TYPE"},
		"brotli":      {"application/x-protobuf", "x", []string{"Content-Encoding", "br"}, 415, "UNSUPPORTED_MEDIA_TYPE"},
		"too large":   {"application/json", strings.Repeat(" ", MaxBody+1), nil, 413, "BODY_TOO_LARGE"},
		"bomb":        {"application/json", packed(strings.Repeat(" ", 1<<20)), []string{"Content-Encoding", "gzip"}, 413, "BODY_TOO_LARGE"},
	} {
		w := f.send(c.body, c.media, c.headers...)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.code+": ") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	f.batcher.Stop()
	f.only = f.account
	const run = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","endTimeUnixNano":"%d",
		"attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}},{"key":"gen_ai.tool.name","value":{"stringValue":"search"}}]}]}]}]}`
	w := f.send(fmt.Sprintf(run, time.Now().UnixNano()), "application/json")
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `SHUTTING_DOWN: `) {
		t.Errorf("stopped: %d %v %s", w.Code, w.Header(), w.Body)
	}
	f.mayRefuse = 0
	if w := f.send("", "application/x-protobuf"); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("throttled: %d %v %s", w.Code, w.Header(), w.Body)
	}
}
