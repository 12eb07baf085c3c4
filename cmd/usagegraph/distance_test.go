package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"strings"
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
	model := near.ask(platform, `mutation($i:RegisterModelInput!){registerModel(input:$i){model{id}}}`, map[string]any{"i": map[string]any{"accountId": id, "name": "m"}}).at("registerModel.model.id")
	support := near.token(auth.Support, 0, nil)
	for _, meter := range []string{"TOOL_RUNS", "MODEL_CREDITS"} { // enough for all of it
		near.ask(support, `mutation($i:GrantCreditsInput!){grantCredits(input:$i){userErrors{code}}}`, map[string]any{"i": map[string]any{
			"accountId": id, "meter": meter, "amount": "1000000", "reference": "r", "idempotencyKey": meter}})
	}
	c := near.config
	c.DatabaseURL, c.noMigrate = tsdbtest.Distance(b, c.DatabaseURL, roundTrip), true
	c.PoolSize, c.ChartPoolSize = 16, 8 // as by default
	far, n := launch(b, c), 0
	as := func(b *testing.B, token, query string, variables map[string]any) answer {
		b.Helper()
		a := far.ask(token, query, variables)
		if a.status != 200 || len(a.Errors) > 0 || strings.Contains(a.body, `"REFUSED"`) || strings.Contains(a.body, `"code":"`) {
			b.Fatal(a.body)
		}
		return a
	}
	ask := func(b *testing.B, query string, variables map[string]any) answer {
		b.Helper()
		return as(b, platform, query, variables)
	}
	change := func(b *testing.B, name, input, answer string, in map[string]any) answer {
		b.Helper()
		return ask(b, `mutation($i:`+input+`!){`+name+`(input:$i){`+answer+` userErrors{code}}}`, map[string]any{"i": in})
	}
	key := func() string {
		n++
		return fmt.Sprint(n)
	}
	tool1 := func() any {
		return map[string]any{"source": "m", "id": key(), "time": time.Now().UTC().Format(time.RFC3339), "toolId": tool, "runs": 1}
	}
	events := func(many int) (list []any) {
		for range many {
			list = append(list, tool1())
		}
		return list
	}
	record := func(many int, mode, answer string) func(*testing.B) {
		return func(b *testing.B) {
			change(b, "recordUsage", "RecordUsageInput", "results{status}"+answer, map[string]any{"accountId": id, "mode": mode, "events": events(many)})
		}
	}
	stream := func(many int) func(*testing.B) {
		return func(b *testing.B) {
			list := make([]any, many)
			for i := range list {
				list[i] = map[string]any{"specversion": "1.0", "type": "usagegraph.tool.run", "source": "m", "id": key(), "time": time.Now().UTC().Format(time.RFC3339), "subject": tool, "account": id}
			}
			body, _ := json.Marshal(list)
			if a := far.post("/v1/events", platform, "application/cloudevents-batch+json", body); a.status != 200 || strings.Contains(a.body, "REFUSED") {
				b.Fatal(a.body)
			}
		}
	}
	question := func(fields string) func(*testing.B) {
		return func(b *testing.B) {
			as(b, support, `query($a:ID!){account(id:$a){`+fields+`}}`, map[string]any{"a": id})
		}
	}
	reserve := func(b *testing.B) any {
		return change(b, "reserveUsage", "ReserveUsageInput", "reservation{id}", map[string]any{"accountId": id, "meter": "TOOL_RUNS", "amount": "1", "idempotencyKey": key()}).at("reserveUsage.reservation.id")
	}
	deploy := func(b *testing.B) any {
		return change(b, "deployModel", "DeployModelInput", "deployment{id}", map[string]any{"modelId": model, "name": key(), "hardware": "g4dn.xlarge"}).at("deployModel.deployment.id")
	}
	waitFor(b, func() bool { // the token is known, and a connection there
		return far.ask(platform, `query($a:ID!){account(id:$a){id}}`, map[string]any{"a": id}).status == 200
	})
	for _, c := range []struct {
		name string
		do   func(*testing.B)
	}{
		{"access", func(b *testing.B) {
			ask(b, `query($a:ID!){account(id:$a){access(action:TOOL_RUN){allowed}}}`, map[string]any{"a": id})
		}},
		{"creditStatus", question("creditStatus{icon credits{remaining} runs{remaining}}")},
		{"overview", question("overview{runs{used} credits{used slices{used}}}")},
		{"trend", question("usageTrend{points{runs}}")},
		{"event", record(1, "RECORD", "")},
		{"event enforced", record(1, "ENFORCE", "")},
		{"event and balance", record(1, "RECORD", " creditStatus{runs{remaining}}")},
		{"event enforced and balance", record(1, "ENFORCE", " creditStatus{runs{remaining}}")},
		{"50 events", record(50, "RECORD", "")},
		{"500 events", record(500, "RECORD", "")},
		{"event to v1 events", stream(1)},
		{"50 events to v1 events", stream(50)},
		{"500 events to v1 events", stream(500)},
		{"reserve", func(b *testing.B) { reserve(b) }},
		{"reserve and settle", func(b *testing.B) {
			r := reserve(b)
			change(b, "settleReservation", "SettleReservationInput", "results{status}", map[string]any{"reservationId": r, "events": events(1)})
		}},
		{"reserve and release", func(b *testing.B) {
			r := reserve(b)
			change(b, "releaseReservation", "ReleaseReservationInput", "reservation{id}", map[string]any{"reservationId": r})
		}},
		{"deploy", func(b *testing.B) { deploy(b) }},
		{"deploy and undeploy", func(b *testing.B) {
			d := deploy(b)
			change(b, "undeployModel", "UndeployModelInput", "deployment{id}", map[string]any{"deploymentId": d})
		}},
		{"event and void", func(b *testing.B) {
			e := tool1().(map[string]any)
			change(b, "recordUsage", "RecordUsageInput", "results{status}", map[string]any{"accountId": id, "events": []any{e}})
			change(b, "voidEvents", "VoidEventsInput", "results{status}", map[string]any{"accountId": id, "events": []any{map[string]any{"source": e["source"], "id": e["id"], "time": e["time"]}}})
		}},
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
