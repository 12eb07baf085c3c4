package otlp

import (
	"fmt"
	"strings"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Signal is a kind of telemetry, which has its own path.
type Signal string

// The signals that may hold usage.
const (
	Traces  Signal = "spans"
	Metrics Signal = "data points"
)

// Source is the source of events that come as telemetry.
const Source = "otlp"

// Usage is the use that a span or a data point reports.
type Usage struct {
	Account, Target, Deployment Ref
	Event                       tsdb.UsageEvent     // without what the references name
	Counter                     *tsdb.CounterSample // set if the data point is a sample of a counter, which Event describes; nil: Event says what was used
	Fault                       string              // why it is not a usage event; "": it is one
}

// refuse records the first fault.
func (u *Usage) refuse(fault string) {
	if u.Fault == "" {
		u.Fault = fault
	}
}

// needTarget refuses usage that names no tool or model.
func (u *Usage) needTarget(what string, names []string) {
	if u.Target.IsZero() {
		u.refuse("it names no " + what + ": it has none of " + strings.Join(names, ", "))
	}
}

// Report is what a request reports.
type Report struct {
	Usages []Usage
	Silent int // inference spans that succeeded but reported no tokens
}

// Read reads a request. An error means that the request is invalid. Data that is not of the GenAI conventions is skipped.
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

// Answer returns the answer to an accepted request: how many spans or data points were refused, and why. Without a message or a number it
// is a full success.
func (s Signal) Answer(in Encoding, rejected int64, message string) []byte {
	message = sendable(message)
	told := rejected > 0 || message != ""
	switch {
	case s == Metrics && told:
		return encode(in, &collectormetrics.ExportMetricsServiceResponse{PartialSuccess: &collectormetrics.ExportMetricsPartialSuccess{RejectedDataPoints: rejected, ErrorMessage: message}})
	case told:
		return encode(in, &collector.ExportTraceServiceResponse{PartialSuccess: &collector.ExportTracePartialSuccess{RejectedSpans: rejected, ErrorMessage: message}})
	}
	return encode(in, &collector.ExportTraceServiceResponse{}) // empty, like that for metrics
}
