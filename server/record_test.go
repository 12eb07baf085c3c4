package server

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb"
)

const recordUsage = `mutation ($in: RecordUsageInput!) { recordUsage(input: $in) { results { status code } userErrors { code } } }`

// recorder is a server with an account, a tool, and a platform that may report usage.
func recorder(t *testing.T) (r *running, platform, account, tool string, key int64) {
	t.Helper()
	r = run(t, nil)
	key = r.account("acme")
	made, err := r.store.RegisterTool(t.Context(), tsdb.NewTool{AccountID: key, Name: "Search", OwnerName: "Mia", Status: tsdb.Deployed})
	if err != nil {
		t.Fatal(err)
	}
	return r, r.token(auth.Platform, 0, nil), accountID(key), graph.EncodeID(graph.KindTool, made.ID), key
}

// A thousand events are taken whatever their ids: the longest fill megabytes. Who may not report usage sends less at once.
func TestAThousandOfTheLongestEvents(t *testing.T) {
	t.Parallel()
	r, platform, account, tool, key := recorder(t)
	now := time.Now().UTC().Format(time.RFC3339)
	events := make([]map[string]any, 1000)
	for i := range events {
		events[i] = map[string]any{"source": strings.Repeat("🙂", 200), "id": fmt.Sprintf("%04d", i) + strings.Repeat("🙂", 196), "time": now, "toolId": tool}
	}
	variables := map[string]any{"in": map[string]any{"accountId": account, "events": events}}
	a := r.ask(platform, recordUsage, variables)
	if n := bytes.Count(a.body, []byte(`"STORED"`)); a.status != http.StatusOK || n != 1000 {
		t.Errorf("%d, %d stored: %.300s", a.status, n, a.body)
	}
	if a := r.ask(r.token(auth.MasterAdmin, key, nil), recordUsage, variables); a.status != http.StatusRequestEntityTooLarge || a.code() != "BODY_TOO_LARGE" {
		t.Errorf("a master admin: %d %.300s", a.status, a.body)
	}
	whole := question(recordUsage, map[string]any{"pad": strings.Repeat(" ", 8<<20)})
	a = r.send(r.request(http.MethodPost, "/graphql", platform, "application/json", bytes.NewReader(whole)))
	if a.status != http.StatusRequestEntityTooLarge || a.code() != "BODY_TOO_LARGE" || !strings.Contains(a.Errors[0].Message, "8 MiB") {
		t.Errorf("over 8 MiB: %d %.300s", a.status, a.body)
	}
}
