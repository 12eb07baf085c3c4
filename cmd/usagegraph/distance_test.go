package main

import (
	"cmp"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// How long callers wait for a server whose database is far away: go test ./cmd/usagegraph -run '^$' -bench Distance -benchtime 20x.
// DISTANCE is the time of a round trip; default 100ms.
func BenchmarkDistance(b *testing.B) {
	roundTrip, err := time.ParseDuration(cmp.Or(os.Getenv("DISTANCE"), "100ms"))
	if err != nil {
		b.Fatal(err)
	}
	near := start(b, nil)
	platform := near.token(auth.Platform, 0, nil)
	id := near.account(platform, "acme")
	tool := near.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id")
	c := near.config
	c.DatabaseURL, c.noMigrate = tsdbtest.Distance(b, c.DatabaseURL, roundTrip), true
	c.PoolSize, c.ChartPoolSize = 16, 8 // as by default
	far, n := launch(b, c), 0
	ask := func(b *testing.B, query string, variables map[string]any) {
		b.Helper()
		if a := far.ask(platform, query, variables); a.status != 200 || len(a.Errors) > 0 {
			b.Fatal(a.body)
		}
	}
	event := func(answer string) func(*testing.B) {
		return func(b *testing.B) {
			n++
			ask(b, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status}`+answer+`}}`, map[string]any{"i": map[string]any{"accountId": id,
				"events": []any{map[string]any{"source": "m", "id": fmt.Sprint(n), "time": time.Now().UTC().Format(time.RFC3339), "toolId": tool, "runs": 1}}}})
		}
	}
	waitFor(b, func() bool { // the token is known, and a connection there
		return far.ask(platform, `query($a:ID!){account(id:$a){id}}`, map[string]any{"a": id}).status == 200
	})
	for _, c := range []struct {
		name string
		do   func(*testing.B)
	}{
		{"gate", func(b *testing.B) {
			ask(b, `query($a:ID!){account(id:$a){access(action:TOOL_RUN){allowed}}}`, map[string]any{"a": id})
		}},
		{"event", event("")},
		{"event and balance", event(" creditStatus{runs{remaining}}")},
	} {
		b.Run(c.name, func(b *testing.B) {
			for range 20 { // connections are made, statements prepared
				c.do(b)
			}
			for b.Loop() { // it begins to count here
				c.do(b)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
		})
	}
}
