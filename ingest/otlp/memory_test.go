package otlp

import (
	"runtime"
	"strings"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
)

// The most that a body may become is what the budget of memory reckons with: spans of ten bytes, which are the largest messages.
func TestExpansion(t *testing.T) { // not parallel: it measures
	hollow := "\x12\x0a\x2a\x08" + strings.Repeat("x", 8) // a span with a name
	text := strings.Repeat(hollow, 100_000)
	for range 2 { // into a scope, into a resource
		text = string(protowire.AppendBytes([]byte{0x12}, []byte(text)))
	}
	text = "\x0a" + text[1:]
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got := &collector.ExportTraceServiceRequest{}
	err := unmarshal(text, Protobuf, got)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := len(got.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()); err != nil || n != 100_000 {
		t.Fatal(n, err)
	}
	grown := float64(after.HeapAlloc-before.HeapAlloc) / float64(len(text))
	t.Logf("a byte becomes %.1f", grown)
	if grown > Expansion {
		t.Errorf("a byte becomes %.1f, and %d are reckoned with", grown, Expansion)
	}
	runtime.KeepAlive(got)
}

// A resource of very many attributes costs its spans and data points no more than its own size: each is looked at once.
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
