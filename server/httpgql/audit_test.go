package httpgql_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/usagegraph/usagegraph/server/httpgql"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
)

// audits is how many audits graphql-http 1.23.1 has; all of them must be ok.
const audits = 61

func TestAudits(t *testing.T) {
	t.Parallel()
	srv, _ := newServer(t, httpgql.Config{})
	out := wiretest.Node(t, "audit", "audit.mjs", srv.URL)
	passed := 0
	for line := range bytes.Lines(out) {
		var a struct{ ID, Name, Status, Reason string }
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if a.Status != "ok" {
			t.Errorf("%s %s: %s: %s", a.ID, a.Name, a.Status, a.Reason)
			continue
		}
		passed++
	}
	if passed != audits {
		t.Errorf("%d of %d audits passed", passed, audits)
	}
}
