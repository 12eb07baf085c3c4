package otlp

import (
	"encoding/hex"
	"math"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/usagegraph/usagegraph/tsdb"
)

// addTraces adds what spans say. An event's id consists of trace id and span id, and its time is the span's end, so a span that is sent
// again, by whichever way, is the same event. Spans that are not of the GenAI conventions, and those that sum up other spans, are skipped.
func (r *Report) addTraces(m *Mapping, request *collector.ExportTraceServiceRequest, in Encoding) {
	for _, resource := range request.GetResourceSpans() {
		ofResource := m.keep(resource.GetResource().GetAttributes())
		for _, scope := range resource.GetScopeSpans() {
			ofScope := m.keep(scope.GetScope().GetAttributes())
			for _, span := range scope.GetSpans() {
				if in == JSON {
					mendIDs(span)
				}
				r.addSpan(m, span, &attributes{span.GetAttributes(), ofScope, ofResource})
			}
		}
	}
}

// Values of gen_ai.operation.name. Spans of agents and workflows sum up the spans of their own inferences and tools, so counting both would
// count twice. An operation on neither list is inference if it reports tokens.
const (
	executeTool    = "execute_tool"
	createAgent    = "create_agent"
	invokeAgent    = "invoke_agent"
	invokeWorkflow = "invoke_workflow"
)

// addSpan adds what one span says.
func (r *Report) addSpan(m *Mapping, span *trace.Span, a *attributes) {
	own := attributes{span.GetAttributes()}
	operation := own.text("gen_ai.operation.name")
	switch operation {
	case createAgent, invokeAgent, invokeWorkflow:
	case executeTool:
		r.Usages = append(r.Usages, Usage{Account: m.account(a), Target: m.tool(a)})
		u := &r.Usages[len(r.Usages)-1]
		u.Event.Kind, u.Event.Runs, u.Event.Attribution = tsdb.ToolRun, 1, m.attribution(a)
		u.needTarget("tool", m.Tool)
		u.identify(span)
	default:
		u := Usage{Account: m.account(a), Target: m.model(a), Deployment: deployment(a)}
		u.Event.Kind = tsdb.Inference
		switch told := u.readTokens(&own); {
		case !told && operation != "" && span.GetStatus().GetCode() != trace.Status_STATUS_CODE_ERROR:
			r.Silent++
		case told:
			if operation == "" {
				u.refuse("gen_ai.operation.name is missing, which says what the tokens are of")
			}
			u.needTarget("model", m.Model)
			u.Event.Attribution = m.attribution(a)
			u.identify(span)
			r.Usages = append(r.Usages, u)
		}
	}
}

// readTokens reads the classes of tokens and reports whether there are any.
func (u *Usage) readTokens(own *attributes) (told bool) {
	e := &u.Event
	for _, class := range []struct {
		into  *int64
		names []string // the present name, then older ones
	}{
		{&e.InputTokens, []string{"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"}},
		{&e.OutputTokens, []string{"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"}},
		{&e.CacheReadTokens, []string{"gen_ai.usage.cache_read.input_tokens"}},
		{&e.CacheWriteTokens, []string{"gen_ai.usage.cache_creation.input_tokens"}},
		{&e.ReasoningTokens, []string{"gen_ai.usage.reasoning.output_tokens"}},
	} {
		n, given, whole := own.number(class.names...)
		*class.into, told = n, told || given
		if !whole {
			u.refuse(class.names[0] + " is not a whole number")
		}
	}
	return told
}

// identify gives the event its identity.
func (u *Usage) identify(span *trace.Span) {
	e := &u.Event
	e.Source = Source
	if !isID(span.GetTraceId(), 16) || !isID(span.GetSpanId(), 8) {
		u.refuse("a span needs a trace id of 16 bytes and a span id of 8")
		return
	}
	e.ID = hex.EncodeToString(span.GetTraceId()) + "-" + hex.EncodeToString(span.GetSpanId())
	switch at := span.GetEndTimeUnixNano(); {
	case at > math.MaxInt64:
		u.refuse("endTimeUnixNano is out of range")
	case at > 0: // otherwise the time stays zero, whose refusal has its own code
		e.Time = time.Unix(0, int64(at)).UTC()
	}
}

// isID reports whether an id has its length and is not all zeros, which would mean that it is missing.
func isID(id []byte, size int) bool {
	if len(id) != size {
		return false
	}
	for _, b := range id {
		if b != 0 {
			return true
		}
	}
	return false
}
