package otlp

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"

	trace "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Source is the source of events that come as spans. Their id is made of trace id and span id, and their time is the span's end, so a
// span that is sent again, by whichever way, is the same event.
const Source = "otlp"

// Usage is what a span says that was used.
type Usage struct {
	Account, Target, Deployment Ref
	Event                       tsdb.UsageEvent // without what the references name
	Fault                       string          // why it is no usage event; "": it is one
}

// Traces is what a request says.
type Traces struct {
	Usages []Usage
	Silent int // spans of inference that ended well and told no tokens
}

// ReadTraces reads a request of POST /v1/traces. An error means that it is not one. Spans that are not of the GenAI conventions, and
// those that sum up others, are passed over.
func (m Mapping) ReadTraces(text string, in Encoding) (Traces, error) {
	request, err := readTraces(text, in)
	if err != nil {
		return Traces{}, fmt.Errorf("read traces as %s: %w", in, err)
	}
	var t Traces
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				t.add(&m, span, &attributes{span.GetAttributes(), scope.GetScope().GetAttributes(), resource.GetResource().GetAttributes()})
			}
		}
	}
	return t, nil
}

// Names of gen_ai.operation.name. Agents and workflows sum up what their own inferences and tools report by spans of their own: to
// count both would be to count twice. What is on neither list is inference, where it tells tokens.
const (
	executeTool    = "execute_tool"
	createAgent    = "create_agent"
	invokeAgent    = "invoke_agent"
	invokeWorkflow = "invoke_workflow"
)

// add adds what a span says.
func (t *Traces) add(m *Mapping, span *trace.Span, a *attributes) {
	own := attributes{span.GetAttributes()}
	operation := own.text("gen_ai.operation.name")
	switch operation {
	case createAgent, invokeAgent, invokeWorkflow:
	case executeTool:
		t.Usages = append(t.Usages, Usage{Account: m.account(a), Target: m.tool(a)})
		u := &t.Usages[len(t.Usages)-1]
		u.Event.Kind, u.Event.Runs = tsdb.ToolRun, 1
		u.needTarget("tool", m.Tool)
		u.identify(span)
	default:
		u := Usage{Account: m.account(a), Target: m.model(a), Deployment: deployment(a)}
		u.Event.Kind = tsdb.Inference
		switch told := u.readTokens(&own); {
		case !told && operation != "" && span.GetStatus().GetCode() != trace.Status_STATUS_CODE_ERROR:
			t.Silent++
		case told:
			if operation == "" {
				u.refuse("gen_ai.operation.name is missing, which says what the tokens are of")
			}
			u.needTarget("model", m.Model)
			u.identify(span)
			t.Usages = append(t.Usages, u)
		}
	}
}

func (u *Usage) refuse(fault string) {
	if u.Fault == "" {
		u.Fault = fault
	}
}

// needTarget refuses what names no tool or model.
func (u *Usage) needTarget(what string, names []string) {
	if u.Target.IsZero() {
		u.refuse("the span names no " + what + ": it has none of " + strings.Join(names, ", "))
	}
}

// readTokens reads the classes of tokens and reports whether there are any.
func (u *Usage) readTokens(own *attributes) (told bool) {
	e := &u.Event
	for _, class := range []struct {
		into  *int64
		names []string // the first is today's; older ones follow
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
	case at > 0: // without it the time stays zero, whose refusal has a code of its own
		e.Time = time.Unix(0, int64(at)).UTC()
	}
}

// isID reports whether an id has its length and is not all zeros, which is none.
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
