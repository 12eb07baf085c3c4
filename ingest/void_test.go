package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// An event of type usagegraph.void voids the event whose identity is in its data; the source is its own unless data names another. Usage
// that comes with it is stored first.
func TestVoidsByCloudEvent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	at := time.Now().UTC().Format(time.RFC3339)
	head := fmt.Sprintf(`{"specversion":"1.0","account":"Account:%d","source":"s"`, f.account)
	void := func(id, data string) string {
		return head + `,"type":"usagegraph.void","id":"` + id + `","data":` + data + `}`
	}
	a := f.post("", "application/cloudevents-batch+json", strings.NewReader("["+strings.Join([]string{
		void("v1", `{"id":"e1","time":"`+at+`"}`),
		head + fmt.Sprintf(`,"type":"usagegraph.tool.run","id":"e1","time":"%s","subject":"Tool:%d","data":{"runs":3}}`, at, f.tool),
		void("v2", `{"source":"s","id":"e1","time":"`+at+`"}`),
		void("v3", `{"id":"nobody's","time":"`+at+`"}`),
		void("v4", `{"id":"e1","time":"`+at+`","runs":3}`),
		void("v5", `{"id":"e1"}`),
		head + fmt.Sprintf(`,"type":"usagegraph.tool.run","id":"e2","time":"%s","subject":"Tool:%d","data":{"id":"e1"}}`, at, f.tool),
	}, ",")+"]")).Body.String()
	for i, want := range []string{`"status":"VOIDED","meter":"TOOL_RUNS","refund":"3","voidedAt":`, `"status":"STORED"`, `"status":"ALREADY_VOIDED","meter":"TOOL_RUNS","refund":"3"`,
		`"code":"UNKNOWN_EVENT"`, `"code":"MALFORMED"`, `"code":"TIME_REQUIRED"`, `"code":"MALFORMED"`} {
		if line := strings.Split(a, "\n")[i]; !strings.Contains(line, want) {
			t.Errorf("event %d: %s, want %s", i, line, want)
		}
	}
	if !strings.Contains(a, `"stored":1,"duplicates":0,"conflicts":0,"voided":2,"refused":4`) {
		t.Errorf("counts: %s", a)
	}
	again := f.post("", "application/cloudevents+json", strings.NewReader(head+fmt.Sprintf(`,"type":"usagegraph.tool.run","id":"e1","time":"%s","subject":"Tool:%d","data":{"runs":3}}`, at, f.tool))).Body.String()
	if !strings.Contains(again, `"status":"VOIDED","message":`) {
		t.Errorf("a resend: %s", again)
	}
}
