package server

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// Every endpoint accepts and refuses the same texts as times: a literal, a variable, an event, an entry of a query string.
func TestOneReaderOfTimes(t *testing.T) {
	t.Parallel()
	r, platform, account, tool, key := recorder(t)
	master := r.token(auth.MasterAdmin, key, nil)
	day := time.Now().UTC().Add(-48 * time.Hour).Format(time.DateOnly)
	endpoints := map[string]func(id, at string) bool{
		"literal": func(id, at string) bool {
			a := r.ask(platform, fmt.Sprintf(`mutation{recordUsage(input:{accountId:%q,events:[{source:"s",id:%q,time:%q,toolId:%q,runs:1}]}){results{status}}}`, account, id, at, tool), nil)
			return bytes.Contains(a.body, []byte("STORED"))
		},
		"variable": func(id, at string) bool {
			a := r.ask(platform, recordUsage, map[string]any{"in": map[string]any{"accountId": account, "events": []any{
				map[string]any{"source": "s", "id": id, "time": at, "toolId": tool, "runs": 1}}}})
			return bytes.Contains(a.body, []byte("STORED"))
		},
		"event": func(id, at string) bool {
			event := fmt.Sprintf(`{"specversion":"1.0","type":"usagegraph.tool.run","source":"s","id":%q,"time":%q,"subject":%q,"account":%q}`, id, at, tool, account)
			a := r.send(r.request(http.MethodPost, "/v1/events", platform, "application/cloudevents+json", strings.NewReader(event)))
			return a.status == http.StatusOK
		},
		"query string": func(_, at string) bool {
			return r.export(master, url.Values{"from": {at}, "to": {time.Now().UTC().Format(time.RFC3339)}}).code() != "BAD_REQUEST"
		},
	}
	for at, want := range map[string]bool{
		"T09:30:00Z": true, "t09:30:00z": true, "T09:30:00.123456789+05:45": true, "T09:30:00+23:59": true, "T09:30:00-23:59": true, "T23:59:60Z": true,
		"T15:59:60-08:00": true, "T9:30:00Z": false, "T09:30:00,5Z": false, "T09:30:00+24:00": false, "T09:30:60Z": false,
		"T09:30:00.1234567890Z": false, " 09:30:00Z": false, "T09:30:00": false, "T09:30Z": false, "T09:30:00+0545": false,
	} {
		for name, taken := range endpoints {
			if got := taken(name+at, day+at); got != want {
				t.Errorf("%s, %s: taken %v", name, at, got)
			}
		}
	}
}
