package otlp

import (
	"testing"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Any input is read or refused, and what is read has a valid identity.
func FuzzRead(f *testing.F) {
	f.Add("\x0a\x02\x12\x00", true, false)
	f.Add(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","endTimeUnixNano":"1","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}}]}]}]}]}`, false, false)
	f.Add(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"gen_ai.client.token.usage","histogram":{"aggregationTemporality":1,"dataPoints":[{"startTimeUnixNano":"1","timeUnixNano":"2","count":"1","sum":3}]}}]}]}]}`, false, true)
	f.Fuzz(func(t *testing.T, text string, binary, metric bool) {
		in, signal := JSON, Traces
		if binary {
			in = Protobuf
		}
		if metric {
			signal = Metrics
		}
		report, err := Mapping{}.WithDefaults().Read(signal, text, in)
		if err != nil && len(report.Usages) > 0 {
			t.Errorf("%d usages beside %v", len(report.Usages), err)
		}
		for _, u := range report.Usages {
			if u.Fault == "" && (u.Event.ID == "" || len(u.Event.ID) > tsdb.MaxIDLen || u.Event.Source != Source || u.Event.Kind == "") {
				t.Errorf("%+v", u)
			}
		}
	})
}
