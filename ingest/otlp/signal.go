package otlp

import (
	"fmt"
	"strings"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Signal is a kind of telemetry, which has a path of its own.
type Signal string

// The signals that may hold usage.
const (
	Traces  Signal = "spans"
	Metrics Signal = "data points"
)

// Source is the source of events that come as telemetry.
const Source = "otlp"

// Usage is what a span or a data point says that was used.
type Usage struct {
	Account, Target, Deployment Ref
	Event                       tsdb.UsageEvent     // without what the references name
	Counter                     *tsdb.CounterSample // where it says what a counter is, and the event what it is of; nil: it says what was used
	Fault                       string              // why it is no usage event; "": it is one
}

// refuse notes the first thing that is wrong.
func (u *Usage) refuse(fault string) {
	if u.Fault == "" {
		u.Fault = fault
	}
}

// needTarget refuses what names no tool or model.
func (u *Usage) needTarget(what string, names []string) {
	if u.Target.IsZero() {
		u.refuse("it names no " + what + ": it has none of " + strings.Join(names, ", "))
	}
}

// Report is what a request says.
type Report struct {
	Usages []Usage
	Silent int // spans of inference that ended well and told no tokens
}

// Read reads a request. An error means that it is not one. What is not of the GenAI conventions is passed over.
func (m Mapping) Read(signal Signal, text string, in Encoding) (Report, error) {
	var r Report
	var err error
	if signal == Metrics {
		request := &collectormetrics.ExportMetricsServiceRequest{}
		if err = unmarshal(text, in, request); err == nil {
			r.addMetrics(&m, request)
		}
	} else {
		request := &collector.ExportTraceServiceRequest{}
		if err = unmarshal(text, in, request); err == nil {
			r.addTraces(&m, request, in)
		}
	}
	if err != nil {
		return Report{}, fmt.Errorf("read %s as %s: %w", signal, in, err)
	}
	return r, nil
}

// Answer is the answer to a request that was taken: how many spans or data points were refused, and why. Without a message and a number
// it is a full success.
func (s Signal) Answer(in Encoding, rejected int64, message string) []byte {
	message = sendable(message)
	told := rejected > 0 || message != ""
	switch {
	case s == Metrics && told:
		return encode(in, &collectormetrics.ExportMetricsServiceResponse{PartialSuccess: &collectormetrics.ExportMetricsPartialSuccess{RejectedDataPoints: rejected, ErrorMessage: message}})
	case told:
		return encode(in, &collector.ExportTraceServiceResponse{PartialSuccess: &collector.ExportTracePartialSuccess{RejectedSpans: rejected, ErrorMessage: message}})
	}
	return encode(in, &collector.ExportTraceServiceResponse{}) // empty, as that of metrics
}
