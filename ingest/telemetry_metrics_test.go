package ingest

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
)

// tokens is what an application's meter says of a minute.
func tokens(temporality metricdata.Temporality) *metricdata.ResourceMetrics {
	from := time.Now().Add(-2 * time.Minute)
	point := func(kind string, sum int64) metricdata.HistogramDataPoint[int64] {
		return metricdata.HistogramDataPoint[int64]{Attributes: attribute.NewSet(attribute.String("gen_ai.token.type", kind), attribute.String("gen_ai.request.model", "gpt-5"),
			attribute.String("gen_ai.operation.name", "chat")), StartTime: from, Time: from.Add(time.Minute), Count: 1, Sum: sum, Bounds: []float64{1}, BucketCounts: []uint64{0, 1}}
	}
	return &metricdata.ResourceMetrics{Resource: resource.NewSchemaless(attribute.String("usagegraph.account", "external:account:acme")), ScopeMetrics: []metricdata.ScopeMetrics{
		{Scope: instrumentation.Scope{Name: "test"}, Metrics: []metricdata.Metrics{{Name: "gen_ai.client.token.usage", Unit: "{token}",
			Data: metricdata.Histogram[int64]{Temporality: temporality, DataPoints: []metricdata.HistogramDataPoint[int64]{point("input", 1_000_000), point("output", 44)}}}}}}}
}

// The SDK's exporter sends the same minute twice: it counts once. A cumulative sum is refused with what to do.
func TestMetricsOfTheSDKCountOnce(t *testing.T) {
	t.Parallel()
	f := newTraced(t)
	server := httptest.NewServer(f.metrics)
	t.Cleanup(server.Close)
	exporter, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(server.URL+"/v1/metrics"), otlpmetrichttp.WithCompression(otlpmetrichttp.GzipCompression))
	f.must(err)
	t.Cleanup(func() { _ = exporter.Shutdown(context.Background()) })
	minute := tokens(metricdata.DeltaTemporality)
	f.must(exporter.Export(t.Context(), minute))
	f.must(exporter.Export(t.Context(), minute))
	if micros, _ := f.charged(); micros != 500_066 || f.events() != 2 { // 0.5 × 1,000,000 and 1.5 × 44
		t.Errorf("%d µ, %d events", micros, f.events())
	}
	err = exporter.Export(t.Context(), tokens(metricdata.CumulativeTemporality))
	if err == nil || !strings.Contains(err.Error(), "2 of 2 data points") || !strings.Contains(err.Error(), "TEMPORALITY_PREFERENCE=delta") || f.events() != 2 {
		t.Errorf("%v, %d events", err, f.events())
	}
}
