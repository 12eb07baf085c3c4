package otlp

import (
	"encoding/json"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
)

// A decoded body takes no more memory than the budget assumes, whatever it mostly consists of: spans, which are the largest messages, or
// values, which are the shortest.
func TestExpansion(t *testing.T) { // not parallel: it measures
	within := func(text string, number protowire.Number) string {
		return string(protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), []byte(text)))
	}
	inSpan := func(attributes string) string { return within(within(within(attributes, 2), 2), 1) }
	for name, text := range map[string]string{
		"spans with a short name": within(within(strings.Repeat(within("\x2a\x0a"+strings.Repeat("x", 10), 2), 100_000), 2), 1),
		"a list of switches":      inSpan(within("\x0a\x04mask"+within(within(strings.Repeat("\x0a\x02\x10\x01", 300_000), 5), 2), 9)),
		"a list of numbers":       inSpan(within("\x0a\x03ids"+within(within(strings.Repeat("\x0a\x03\x18\x80\x01", 300_000), 5), 2), 9)),
		"a vector":                inSpan(within("\x0a\x06vector"+within(within(strings.Repeat("\x0a\x09\x21\x9a\x99\x99\x99\x99\x99\xb9\x3f", 100_000), 5), 2), 9)),
		"attributes":              inSpan(strings.Repeat(within("\x0a\x01a\x12\x02\x18\x01", 9), 100_000)),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		got := &collector.ExportTraceServiceRequest{}
		err := unmarshal(text, Protobuf, got)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if err != nil || len(got.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()) == 0 {
			t.Fatal(name, err)
		}
		grown := float64(after.HeapAlloc-before.HeapAlloc) / float64(len(text))
		t.Logf("%s: a byte becomes %.1f", name, grown)
		if grown > Expansion {
			t.Errorf("%s: a byte becomes %.1f, and %d are reckoned with", name, grown, Expansion)
		}
		runtime.KeepAlive(got)
	}
}

// Instrumentation writes prompts full of braces, vectors, token ids and very many short attributes beside the token counts. That is no
// reason to refuse spans.
func TestDenseSpansAreTaken(t *testing.T) {
	t.Parallel()
	chat := []any{"gen_ai.operation.name", "chat", "gen_ai.request.model", "gpt-5", "gen_ai.usage.input_tokens", 1}
	list := func(n int, of func(i int) *common.AnyValue) *common.KeyValue {
		values := make([]*common.AnyValue, n)
		for i := range values {
			values[i] = of(i)
		}
		return &common.KeyValue{Key: "list", Value: &common.AnyValue{Value: &common.AnyValue_ArrayValue{ArrayValue: &common.ArrayValue{Values: values}}}}
	}
	for name, more := range map[string]func() []*common.KeyValue{
		"a vector": func() []*common.KeyValue {
			return []*common.KeyValue{list(1536, func(i int) *common.AnyValue {
				return &common.AnyValue{Value: &common.AnyValue_DoubleValue{DoubleValue: float64(i) + 0.1}}
			})}
		},
		"token ids": func() []*common.KeyValue {
			return []*common.KeyValue{list(4096, func(i int) *common.AnyValue {
				return &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: int64(i)}}
			})}
		},
		"a mask": func() []*common.KeyValue {
			return []*common.KeyValue{list(4096, func(int) *common.AnyValue {
				return &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: true}}
			})}
		},
		"short attributes": func() (many []*common.KeyValue) {
			for i := range 128 {
				many = append(many, pairs("a"+strconv.Itoa(i), 1)...)
			}
			return many
		},
	} {
		spans := make([]*trace.Span, 100)
		for i := range spans {
			spans[i] = span(chat...)
			spans[i].Attributes = append(spans[i].Attributes, more()...)
		}
		if got := read(t, nil, spans...); len(got.Usages) != len(spans) {
			t.Errorf("%s: %d", name, len(got.Usages))
		}
	}
	prompt, _ := json.Marshal(strings.Repeat(`{"x":1},`, 20_000) + `\`)
	body := `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"gen_ai.input.messages","value":{"stringValue":` + string(prompt) + `}},
		{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}}]}]}]}]}`
	if got, err := (Mapping{}).Read(Traces, body, JSON); err != nil || len(got.Usages) != 1 {
		t.Errorf("a prompt of braces: %v", err)
	}
}

// A resource with very many attributes costs its spans and data points no more than its own size: each attribute is examined once.
func TestManyAttributesAboveManySpans(t *testing.T) {
	t.Parallel()
	of := make([]*common.KeyValue, 0, 60_000)
	for range cap(of) / 2 {
		of = append(of, pairs("usagegraph.account.external_id", "acme", "service.name", "x")...)
	}
	spans := make([]*trace.Span, 20_000)
	for i := range spans {
		spans[i] = span("gen_ai.operation.name", "execute_tool", "gen_ai.tool.name", "search")
	}
	started := time.Now()
	if got := read(t, of, spans...); len(got.Usages) != len(spans) || got.Usages[0].Account.Own != "acme" {
		t.Errorf("%d", len(got.Usages))
	}
	points := make([]*metrics.HistogramDataPoint, 20_000)
	for i := range points {
		points[i] = dataPoint(1, "gen_ai.token.type", "input", "gen_ai.request.model", "gpt-5")
	}
	if got := readPoints(t, tokenUsage, delta, of, points...); len(got.Usages) != len(points) {
		t.Errorf("%d", len(got.Usages))
	}
	if took := time.Since(started); took > 20*time.Second { // 1.2 billion looks would take longer
		t.Errorf("took %s", took)
	}
}
