package otlp

import (
	"reflect"
	"strings"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/usagegraph/usagegraph/tsdb"
)

// pairs makes attributes of names and values.
func pairs(values ...any) (made []*common.KeyValue) {
	for i := 0; i < len(values); i += 2 {
		v := &common.AnyValue{}
		switch of := values[i+1].(type) {
		case string:
			v.Value = &common.AnyValue_StringValue{StringValue: of}
		case int:
			v.Value = &common.AnyValue_IntValue{IntValue: int64(of)}
		case float64:
			v.Value = &common.AnyValue_DoubleValue{DoubleValue: of}
		}
		made = append(made, &common.KeyValue{Key: values[i].(string), Value: v})
	}
	return made
}

func span(values ...any) *trace.Span {
	return &trace.Span{TraceId: []byte("0123456789abcdef"), SpanId: []byte("01234567"), EndTimeUnixNano: 1_764_000_000_123_456_789, Attributes: pairs(values...)}
}

func read(t *testing.T, of []*common.KeyValue, spans ...*trace.Span) Report {
	t.Helper()
	raw, err := proto.Marshal(&collector.ExportTraceServiceRequest{ResourceSpans: []*trace.ResourceSpans{{Resource: &resource.Resource{Attributes: of},
		ScopeSpans: []*trace.ScopeSpans{{Spans: spans}}}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Mapping{Account: []string{"tenant.id"}}.WithDefaults().Read(Traces, string(raw), Protobuf)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSpansBecomeUsage(t *testing.T) {
	t.Parallel()
	got := read(t, pairs("tenant.id", "acme", "service.name", "agents"),
		span("gen_ai.operation.name", "chat", "gen_ai.request.model", "gpt-5", "gen_ai.response.model", "gpt-5-2026-01-01", "gen_ai.usage.input_tokens", 374,
			"gen_ai.usage.output_tokens", 44, "gen_ai.usage.cache_read.input_tokens", 300, "gen_ai.usage.cache_creation.input_tokens", 20, "gen_ai.usage.reasoning.output_tokens", 40),
		span("gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "search", "usagegraph.account", "external:account:other"),
		span("gen_ai.operation.name", "embeddings", "gen_ai.response.model", "embed-1", "gen_ai.usage.prompt_tokens", 7.0, "usagegraph.account.external_id", "third"),
		span("gen_ai.operation.name", "chat", "usagegraph.model", "TW9kZWw6MQ", "usagegraph.deployment.external_id", "eu", "gen_ai.usage.output_tokens", 1))
	want := []Usage{
		{Account: Ref{Own: "acme"}, Target: Ref{Own: "gpt-5"}, Event: tsdb.UsageEvent{Kind: tsdb.Inference, InputTokens: 374, OutputTokens: 44, CacheReadTokens: 300, CacheWriteTokens: 20, ReasoningTokens: 40}},
		{Account: Ref{ID: "external:account:other"}, Target: Ref{Own: "search"}, Event: tsdb.UsageEvent{Kind: tsdb.ToolRun, Runs: 1}},
		{Account: Ref{Own: "third"}, Target: Ref{Own: "embed-1"}, Event: tsdb.UsageEvent{Kind: tsdb.Inference, InputTokens: 7}},
		{Account: Ref{Own: "acme"}, Target: Ref{ID: "TW9kZWw6MQ"}, Deployment: Ref{Own: "eu"}, Event: tsdb.UsageEvent{Kind: tsdb.Inference, OutputTokens: 1}},
	}
	if len(got.Usages) != len(want) || got.Silent != 0 {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		want[i].Event.Source, want[i].Event.ID = Source, "30313233343536373839616263646566-3031323334353637"
		want[i].Event.Time = time.Unix(1_764_000_000, 123_456_789).UTC()
		if !reflect.DeepEqual(got.Usages[i], want[i]) {
			t.Errorf("span %d:\n got %+v\nwant %+v", i, got.Usages[i], want[i])
		}
	}
}

// Spans that sum up others, and spans of other conventions, are not usage. Inference that reports no tokens is noted, unless it failed.
func TestSpansThatArePassedOver(t *testing.T) {
	t.Parallel()
	failed := span("gen_ai.operation.name", "chat", "gen_ai.request.model", "gpt-5")
	failed.Status = &trace.Status{Code: trace.Status_STATUS_CODE_ERROR}
	got := read(t, nil, span("http.request.method", "GET"), failed,
		span("gen_ai.operation.name", "invoke_agent", "gen_ai.usage.input_tokens", 10, "gen_ai.request.model", "gpt-5"),
		span("gen_ai.operation.name", "create_agent"), span("gen_ai.operation.name", "invoke_workflow", "gen_ai.usage.input_tokens", 10),
		span("gen_ai.operation.name", "chat", "gen_ai.request.model", "gpt-5"))
	if len(got.Usages) != 0 || got.Silent != 1 {
		t.Errorf("%+v", got)
	}
}

func TestSpansThatAreRefused(t *testing.T) {
	t.Parallel()
	run := func() *trace.Span { return span("gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "search") }
	noTrace, zeros, late := run(), run(), run()
	noTrace.TraceId, zeros.SpanId = nil, make([]byte, 8)
	late.EndTimeUnixNano = 1 << 63
	got := read(t, nil, noTrace, zeros, late,
		span("gen_ai.usage.input_tokens", 10),
		span("gen_ai.operation.name", "chat", "gen_ai.usage.input_tokens", 10.5),
		span("gen_ai.operation.name", "chat", "gen_ai.usage.output_tokens", "10"),
		span("gen_ai.operation.name", "chat", "gen_ai.usage.output_tokens", 1e30),
		span("gen_ai.operation.name", "chat", "gen_ai.usage.output_tokens", 1),
		span("gen_ai.operation.name", "execute_tool"))
	for i, want := range []string{"trace id", "trace id", "out of range", "gen_ai.operation.name", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.output_tokens",
		"names no model", "names no tool"} {
		if i >= len(got.Usages) || !strings.Contains(got.Usages[i].Fault, want) {
			t.Fatalf("span %d: %+v", i, got.Usages)
		}
	}
}

// OTLP's JSON has ids in hexadecimal, numbers as strings or not, and unknown members.
func TestJSON(t *testing.T) {
	t.Parallel()
	const body = `{"resourceSpans":[{"resource":{"attributes":[{"key":"usagegraph.account","value":{"stringValue":"QWNjb3VudDox"}}]},"scopeSpans":[{"spans":[
 {"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174","name":"chat gpt-5","kind":3,"endTimeUnixNano":"1764000000123456789","fromTheFuture":{"a":[1]},
  "attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5"}},
   {"key":"gen_ai.usage.input_tokens","value":{"intValue":"374"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":44}}]},
 {"traceId":"5B8EFFF7","spanId":"","endTimeUnixNano":"1","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}}]}]}]}]}`
	got, err := Mapping{}.WithDefaults().Read(Traces, body, JSON)
	if err != nil || len(got.Usages) != 2 {
		t.Fatal(err, got)
	}
	if e := got.Usages[0].Event; e.ID != "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174" || e.InputTokens != 374 || e.OutputTokens != 44 || got.Usages[0].Account.ID != "QWNjb3VudDox" {
		t.Errorf("%+v", got.Usages[0])
	}
	if got.Usages[1].Fault == "" {
		t.Errorf("a short id was taken: %+v", got.Usages[1])
	}
}

// What would take far more memory than bytes is refused before it is decoded.
func TestHollowBodiesAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   Encoding
		text string
	}{
		"empty resources":         {Protobuf, strings.Repeat("\x0a\x00", 10_000)},
		"empty values":            {Protobuf, strings.Repeat("\x0a\x0e\x0a\x0c\x0a\x0a\x12\x08\x2a\x06\x0a\x00\x0a\x00\x0a\x00", 10_000)},
		"empty resources in JSON": {JSON, `{"resourceSpans":[{}` + strings.Repeat(",{}", 4_000) + `]}`},
		"no protobuf":             {Protobuf, "\xff\xff\xff"},
		"cut off":                 {Protobuf, "\x0a\x05\x12"},
		"no JSON":                 {JSON, `{"resourceSpans":`},
		"deep JSON":               {JSON, `{"resourceSpans":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}"},
	} {
		if got, err := (Mapping{}).Read(Traces, c.text, c.in); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got, err := (Mapping{}).Read(Traces, "", Protobuf); err != nil || len(got.Usages) != 0 {
		t.Errorf("an empty request: %v %+v", err, got)
	}
}

// Who and what a span was for is said by the span, its scope or its resource: the nearest counts, and our own attributes come first.
func TestAttributionOfSpans(t *testing.T) {
	t.Parallel()
	chat := []any{"gen_ai.operation.name", "chat", "gen_ai.request.model", "gpt-5", "gen_ai.usage.input_tokens", 1}
	with := func(values ...any) *trace.Span { return span(append(append([]any{}, chat...), values...)...) }
	got := read(t, pairs("tenant.id", "acme", "usagegraph.tag.env", "prod", "user.id", "all", "usagegraph.tag.n", 7), with(),
		with("user.id", "ann", "usagegraph.api_key", "ci", "usagegraph.tag.env", "test", "usagegraph.tag.team", "red"), with("usagegraph.user", "bob", "enduser.id", "ann"),
		span("gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "search", "enduser.id", "cid"))
	for i, want := range []tsdb.Attribution{{User: "all", Tags: tsdb.Tags{"env": "prod"}}, {User: "ann", APIKey: "ci", Tags: tsdb.Tags{"env": "test", "team": "red"}},
		{User: "bob", Tags: tsdb.Tags{"env": "prod"}}, {User: "all", Tags: tsdb.Tags{"env": "prod"}}} {
		if !reflect.DeepEqual(got.Usages[i].Event.Attribution, want) {
			t.Errorf("span %d: %+v", i, got.Usages[i].Event.Attribution)
		}
	}
}

// A reason that repeats a part of the request is reported even if that part is not UTF-8.
func TestReasonsAreSendable(t *testing.T) {
	t.Parallel()
	for _, in := range []Encoding{JSON, Protobuf} {
		for _, answer := range [][]byte{Refusal(in, 400, "unexpected \xff"), Traces.Answer(in, 1, "of \xff"), Metrics.Answer(in, 1, "of \xff")} {
			if !strings.Contains(string(answer), "\uFFFD") {
				t.Errorf("%s: %q", in, answer)
			}
		}
	}
}
