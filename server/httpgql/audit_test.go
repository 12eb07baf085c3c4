package httpgql_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/server/httpgql"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
)

// audits is the number of audits in graphql-http 1.23.1. All of them must pass.
const audits = 61

// The audits pass with gqlgen's executor and with the document guard.
func TestAudits(t *testing.T) {
	t.Parallel()
	// Some audits ask for __type, so the caller must be one who may explore.
	explore := func(context.Context) bool { return true }
	for name, exec := range map[string]graphql.GraphExecutor{
		"gqlgen": executor.New(wiretest.New()), "guard": guard.New(wiretest.New(), guard.Config{Explore: explore}),
	} {
		srv := serve(t, httpgql.Config{}, exec)
		t.Run(name, func(t *testing.T) { audit(t, srv.URL) })
	}
}

func audit(t *testing.T, url string) {
	t.Helper()
	out := wiretest.Node(t, "audit", "audit.mjs", url)
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
