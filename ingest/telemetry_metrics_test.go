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

// tokens returns what an application's meter reports for a minute.
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

// The SDK's exporter sends the same minute twice, and it counts once.
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
}

// A cumulative sum counts how much it grew: once if it is sent again, all of it after a restart, and separately for each process with the
// same name.
func TestCumulativeMetricsOfTheSDKCountOnce(t *testing.T) {
	t.Parallel()
	f := newTraced(t)
	server := httptest.NewServer(f.metrics)
	t.Cleanup(server.Close)
	exporter, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(server.URL+"/v1/metrics"))
	f.must(err)
	t.Cleanup(func() { _ = exporter.Shutdown(context.Background()) })
	said := func(m *metricdata.ResourceMetrics, began, at time.Duration, input int64) *metricdata.ResourceMetrics {
		points := m.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[int64]).DataPoints
		points[0].Sum = input
		for i := range points {
			points[i].StartTime, points[i].Time = points[i].StartTime.Add(began), points[i].StartTime.Add(at)
		}
		return m
	}
	from := tokens(metricdata.CumulativeTemporality)
	copied := func() *metricdata.ResourceMetrics {
		m := tokens(metricdata.CumulativeTemporality)
		to, all := m.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[int64]).DataPoints, from.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[int64]).DataPoints
		for i := range to {
			to[i].StartTime = all[i].StartTime
		}
		return m
	}
	for range 2 {
		for _, m := range []*metricdata.ResourceMetrics{
			said(copied(), 0, 10*time.Second, 1000), said(copied(), 0, 20*time.Second, 1500), said(copied(), 0, 20*time.Second, 1500),
			said(copied(), 25*time.Second, 30*time.Second, 200), said(copied(), 25*time.Second, 40*time.Second, 201)} {
			f.must(exporter.Export(t.Context(), m))
		}
	}
	// 1,500 and 201 tokens in; of each process 44 out
	var input, output int64
	f.must(f.pool.QueryRow(t.Context(), "SELECT sum(input_tokens), sum(output_tokens) FROM usage_event").Scan(&input, &output))
	if input != 1701 || output != 88 {
		t.Errorf("%d in, %d out", input, output)
	}
	unknown := said(copied(), 0, 50*time.Second, 9)
	unknown.Resource = resource.NewSchemaless(attribute.String("usagegraph.account", "external:account:nobody"))
	if err = exporter.Export(t.Context(), unknown); err == nil || !strings.Contains(err.Error(), "2 of 2 data points") || !strings.Contains(err.Error(), "UNKNOWN_ACCOUNT") {
		t.Error(err)
	}
}
