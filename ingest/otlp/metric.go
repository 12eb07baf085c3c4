package otlp

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/usagegraph/usagegraph/tsdb"
)

// tokenUsage is the only metric that is usage: a histogram of the tokens of each inference, by type.
const tokenUsage = "gen_ai.client.token.usage"

// point is what both kinds of histogram data points have in common.
type point interface {
	GetAttributes() []*common.KeyValue
	GetStartTimeUnixNano() uint64
	GetTimeUnixNano() uint64
	GetCount() uint64
	GetSum() float64
	GetFlags() uint32
}

// tokenType is the attribute that says which tokens a data point counts.
const tokenType = "gen_ai.token.type"

// series is what the data points of one resource and scope have in common.
type series struct {
	ofScope, ofResource []*common.KeyValue
	name                []byte // digest of all their attributes
	temporality         metrics.AggregationTemporality
}

func (r *Report) addMetrics(m *Mapping, request *collector.ExportMetricsServiceRequest) {
	for _, resource := range request.GetResourceMetrics() {
		s := series{ofResource: m.keep(resource.GetResource().GetAttributes())}
		ofResource := digest(resource.GetResource().GetAttributes(), nil)
		for _, scope := range resource.GetScopeMetrics() {
			s.ofScope = m.keep(scope.GetScope().GetAttributes())
			s.name = digest(scope.GetScope().GetAttributes(), ofResource)
			for _, metric := range scope.GetMetrics() {
				if metric.GetName() == tokenUsage {
					r.addHistogram(m, metric, s)
				}
			}
		}
	}
}

func (r *Report) addHistogram(m *Mapping, metric *metrics.Metric, s series) {
	s.temporality = metric.GetHistogram().GetAggregationTemporality()
	for _, p := range metric.GetHistogram().GetDataPoints() {
		r.addPoint(m, p, &s, p.Sum != nil)
	}
	if of := metric.GetExponentialHistogram(); of != nil {
		s.temporality = of.GetAggregationTemporality()
		for _, p := range of.GetDataPoints() {
			r.addPoint(m, p, &s, p.Sum != nil)
		}
	}
}

// addPoint adds what one data point says.
func (r *Report) addPoint(m *Mapping, p point, s *series, hasSum bool) {
	if p.GetCount() == 0 || p.GetFlags()&uint32(metrics.DataPointFlags_DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK) != 0 {
		return
	}
	a := &attributes{p.GetAttributes(), s.ofScope, s.ofResource}
	u := Usage{Account: m.account(a), Target: m.model(a), Deployment: deployment(a)}
	u.Event.Kind, u.Event.Source, u.Event.Attribution = tsdb.Inference, Source, m.attribution(a)
	u.needTarget("model", m.Model)
	sum := p.GetSum()
	if !hasSum || sum != math.Trunc(sum) || math.Abs(sum) > 1<<53 {
		u.refuse("the sum is missing or is not a whole number")
		sum = 0
	}
	quantity := tsdb.CountsInput
	switch a.text(tokenType) {
	case "input":
		u.Event.InputTokens = int64(sum)
	case "output", "completion": // the second by older instrumentation
		u.Event.OutputTokens, quantity = int64(sum), tsdb.CountsOutput
	default:
		u.refuse(tokenType + " is neither input nor output")
	}
	switch s.temporality {
	case metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_DELTA:
		u.identifyPoint(p, s.name)
	case metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE:
		u.count(p, s.name, quantity, int64(sum))
	default:
		u.refuse("the metric says neither delta nor cumulative")
	}
	r.Usages = append(r.Usages, u)
}

// count records the sum of a cumulative data point, and since when it counts. Without a start time, the first point counts nothing.
func (u *Usage) count(p point, of []byte, quantity tsdb.Quantity, sum int64) {
	from, to := p.GetStartTimeUnixNano(), p.GetTimeUnixNano()
	if to == 0 || from > to || to > math.MaxInt64 || sum < 0 {
		u.refuse("a cumulative data point needs timeUnixNano, not before startTimeUnixNano, and a sum from 0")
		return
	}
	u.Event.InputTokens, u.Event.OutputTokens = 0, 0
	u.Counter = &tsdb.CounterSample{Series: hex.EncodeToString(digest(p.GetAttributes(), of)), At: time.Unix(0, int64(to)).UTC(), Value: sum, Quantity: quantity}
	if from > 0 {
		u.Counter.Since = time.Unix(0, int64(from)).UTC()
	}
}

// identifyPoint gives the event its identity: the series, and the start and end of the interval.
func (u *Usage) identifyPoint(p point, of []byte) {
	from, to := p.GetStartTimeUnixNano(), p.GetTimeUnixNano()
	if from == 0 || from > to || to > math.MaxInt64 { // JavaScript's clock counts milliseconds, so an interval may begin and end in the same one
		u.refuse("a data point needs startTimeUnixNano, and timeUnixNano not before it")
		return
	}
	u.Event.Time = time.Unix(0, int64(to)).UTC()
	u.Event.ID = hex.EncodeToString(digest(p.GetAttributes(), of)) + "-" + strconv.FormatUint(from, 10) + "-" + strconv.FormatUint(to, 10)
}

// digest returns a hash of attributes, in any order, and of the digest above them.
func digest(all []*common.KeyValue, above []byte) []byte {
	h := sha256.New()
	h.Write(above)
	sorted := slices.SortedFunc(slices.Values(all), func(x, y *common.KeyValue) int { return cmp.Compare(x.GetKey(), y.GetKey()) })
	for _, pair := range sorted {
		raw, _ := proto.MarshalOptions{Deterministic: true}.Marshal(pair) // what was decoded can be encoded
		h.Write(strconv.AppendInt(nil, int64(len(raw)), 10))
		h.Write([]byte{' '})
		h.Write(raw)
	}
	return h.Sum(nil)[:16]
}
