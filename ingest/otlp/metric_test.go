package otlp

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/proto"

	"github.com/usagegraph/usagegraph/tsdb"
)

const minute = uint64(time.Minute)

func dataPoint(sum float64, values ...any) *metrics.HistogramDataPoint {
	return &metrics.HistogramDataPoint{Attributes: pairs(values...), StartTimeUnixNano: 1_764_000_000_000_000_000, TimeUnixNano: 1_764_000_000_000_000_000 + minute, Count: 3, Sum: &sum}
}

func readPoints(t *testing.T, name string, temporality metrics.AggregationTemporality, of []*common.KeyValue, points ...*metrics.HistogramDataPoint) Report {
	t.Helper()
	raw, err := proto.Marshal(&collector.ExportMetricsServiceRequest{ResourceMetrics: []*metrics.ResourceMetrics{{Resource: &resource.Resource{Attributes: of},
		ScopeMetrics: []*metrics.ScopeMetrics{{Metrics: []*metrics.Metric{{Name: name, Data: &metrics.Metric_Histogram{
			Histogram: &metrics.Histogram{AggregationTemporality: temporality, DataPoints: points}}}}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Mapping{}.WithDefaults().Read(Metrics, string(raw), Protobuf)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

const delta = metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA

func TestPointsBecomeUsage(t *testing.T) {
	t.Parallel()
	of := pairs("usagegraph.account.external_id", "acme", "service.name", "a")
	input := dataPoint(374, "gen_ai.token.type", "input", "gen_ai.request.model", "gpt-5")
	got := readPoints(t, tokenUsage, delta, of, input, dataPoint(44, "gen_ai.token.type", "output", "gen_ai.request.model", "gpt-5"))
	if len(got.Usages) != 2 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []tsdb.UsageEvent{{InputTokens: 374}, {OutputTokens: 44}} {
		u := got.Usages[i]
		want.Kind, want.Source, want.ID, want.Time = tsdb.Inference, Source, u.Event.ID, time.Unix(1_764_000_060, 0).UTC()
		if !reflect.DeepEqual(u.Event, want) || u.Account.Own != "acme" || u.Target.Own != "gpt-5" || !strings.HasSuffix(u.Event.ID, "-1764000000000000000-1764000060000000000") || len(u.Event.ID) > tsdb.MaxIDLen {
			t.Errorf("%+v", u)
		}
	}
	if got.Usages[0].Event.ID == got.Usages[1].Event.ID {
		t.Error("two series have one identity")
	}
	slices.Reverse(input.Attributes)
	slices.Reverse(of)
	if again := readPoints(t, tokenUsage, delta, of, input); again.Usages[0].Event.ID != got.Usages[0].Event.ID {
		t.Error("the order of attributes changes the identity")
	}
	empty := dataPoint(0, "gen_ai.token.type", "input")
	empty.Count = 0
	if got := readPoints(t, tokenUsage, delta, of, empty); len(got.Usages) != 0 {
		t.Errorf("%+v", got)
	}
	if got := readPoints(t, "gen_ai.client.operation.duration", delta, of, input); len(got.Usages) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestPointsThatAreRefused(t *testing.T) {
	t.Parallel()
	good := func() *metrics.HistogramDataPoint {
		return dataPoint(1, "gen_ai.token.type", "input", "gen_ai.request.model", "gpt-5")
	}
	noSum, backwards, noStart := good(), good(), good()
	noSum.Sum, backwards.TimeUnixNano, noStart.StartTimeUnixNano = nil, 1, 0
	half := 0.5
	fraction := good()
	fraction.Sum = &half
	got := readPoints(t, tokenUsage, delta, nil, noSum, fraction, backwards, noStart,
		dataPoint(1, "gen_ai.token.type", "thought", "gen_ai.request.model", "gpt-5"), dataPoint(1, "gen_ai.token.type", "input"))
	for i, want := range []string{"sum", "sum", "startTimeUnixNano", "startTimeUnixNano", "gen_ai.token.type", "names no model"} {
		if i >= len(got.Usages) || !strings.Contains(got.Usages[i].Fault, want) {
			t.Errorf("point %d: %+v", i, got.Usages)
		}
	}
	got = readPoints(t, tokenUsage, metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_UNSPECIFIED, nil, good())
	if len(got.Usages) != 1 || !strings.Contains(got.Usages[0].Fault, "neither delta nor cumulative") {
		t.Errorf("%+v", got)
	}
}

func TestCumulativePointsAreCounters(t *testing.T) {
	t.Parallel()
	const cumulative = metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE
	point := dataPoint(374, "gen_ai.token.type", "output", "gen_ai.request.model", "gpt-5")
	began := dataPoint(374, "gen_ai.token.type", "output", "gen_ai.request.model", "gpt-5")
	began.StartTimeUnixNano = 0
	got := readPoints(t, tokenUsage, cumulative, nil, point, began)
	c := got.Usages[0].Counter
	if c == nil || c.Value != 374 || c.Quantity != tsdb.CountsOutput || !c.Since.Equal(time.Unix(1_764_000_000, 0)) || !c.At.Equal(time.Unix(1_764_000_060, 0)) || got.Usages[0].Event.OutputTokens != 0 {
		t.Errorf("%+v", c)
	}
	if d := got.Usages[1].Counter; d == nil || d.Series != c.Series || !d.Since.IsZero() {
		t.Errorf("%+v", d)
	}
	point.TimeUnixNano = 1
	if got := readPoints(t, tokenUsage, cumulative, nil, point); got.Usages[0].Fault == "" || got.Usages[0].Counter != nil {
		t.Errorf("%+v", got.Usages[0])
	}
}
