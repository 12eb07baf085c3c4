package ingest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Whatever the ce- headers and the body of binary mode contain, the event is read or refused, by itself.
func FuzzBinary(f *testing.F) {
	f.Add("q1", "gateway", "2026-11-24T02:30:00Z", "acme", `{"inputTokens":1}`)
	f.Add(`"q\"1"`, "%E2%82%AC", `"2026-11-24T02:30:00Z"`, `%`, `{"runs":1}`)
	f.Add(`"open`, "\xff", "now", "", "\xef\xbb\xbf{}")
	f.Fuzz(func(t *testing.T, id, source, at, account, body string) {
		header := http.Header{"Ce-Specversion": {"1.0"}, "Ce-Type": {TypeInference}, "Ce-Id": {id}, "Ce-Source": {source}, "Ce-Time": {at}, "Ce-Accountexternalid": {account}, "Ce-Modelexternalid": {"gpt-5"}}
		var it item
		a := headerAttributes(header, &it)
		a.readDocument(body, "the body is not JSON: ", &it)
		newDecoder(testKey, func(int64) bool { return true }).assemble(&a, &it)
		if it.fault.Status == "" && (it.account == "" || it.event.Kind != tsdb.Inference || it.event.InputTokens < 0 && !strings.Contains(body, "-")) {
			t.Errorf("%+v", it)
		}
	})
}
