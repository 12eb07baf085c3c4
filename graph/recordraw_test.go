package graph

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Whatever JSON an event is, it is read or refused by itself, and the reason repeats nothing long from it.
func FuzzRawEvent(f *testing.F) {
	f.Add(`{"source":"s","id":"1","time":"2026-11-24T02:30:00Z","toolId":"external:tool:search","runs":2,"tags":{"team":"red"}}`)
	f.Add(`{"modelId":7,"inputTokens":1e3,"outputTokens":-1,"tags":[{"key":"a","value":"b"},{"key":"a","value":"c"}]}`)
	f.Add(`[null,{"runs":{}}]`)
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		r := rawEvent(1, json.RawMessage(text))
		if r.event.AccountID != 1 {
			t.Errorf("of account %d", r.event.AccountID)
		}
		if r.fault != nil && (r.fault.Status != tsdb.UsageRefused || r.fault.Code != malformed || len(r.fault.Message) > 200 || strings.Contains(r.fault.Message, "\n")) {
			t.Errorf("%+v", r.fault)
		}
	})
}
