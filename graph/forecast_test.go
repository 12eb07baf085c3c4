package graph

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
)

const askForecast = `query($a: ID!) { account(id: $a) { creditStatus { forecast { credits { ...all } runs { ...all } } } } }
fragment all on MeterForecast { confidence daysOfData marginPercent perDay hostingPerDay weekdays lastHourPerDay lastDayPerDay lastWeekPerDay
  exhaustedAt exhaustedEarliest exhaustedLatest negativeLimitAt month { start end usedSoFar used remaining } }`

// A new account is told that too little is known. After that, the forecast of a tool that ran 400 times a day for two weeks and of a script
// hosted for the last hour is exact to the unit.
func TestForecast(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.as.Common = auth.Support.Permissions() | auth.Platform.Permissions()
	tool := p.done("registerTool", "tool", "id", map[string]any{"accountId": p.account, "name": "Search", "ownerName": "Mia", "status": "DEPLOYED"})["id"]
	data, failed := p.run(askForecast, map[string]any{"a": p.account})
	if failed != "" {
		t.Fatal(failed)
	}
	if got := fmt.Sprint(data); strings.Count(got, "TOO_LITTLE_DATA") != 2 || strings.Count(got, "month:<nil>") != 2 {
		t.Errorf("of a new account: %s", got)
	}
	p.advance(15 * 24 * time.Hour)
	key, _ := KeyOf(KindTool, fmt.Sprint(tool))
	account, _ := KeyOf(KindAccount, p.account)
	var events []tsdb.UsageEvent
	for day := range 15 {
		for _, hour := range []time.Duration{3, 9} {
			at := p.store.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -day).Add(hour * time.Hour)
			events = append(events, tsdb.UsageEvent{AccountID: account, Source: "test", ID: fmt.Sprint(day, hour), Time: at, Kind: tsdb.ToolRun, ResourceID: key, Runs: 200})
		}
	}
	if _, err := p.store.Ingest(t.Context(), events, tsdb.Record); err != nil {
		t.Fatal(err)
	}
	s := p.done("createScript", "script", "id", map[string]any{"accountId": p.account, "name": "clean", "language": "PYTHON"})["id"]
	p.done("deployScript", "script", "id", map[string]any{"scriptId": s, "hardware": "1vcpu-2gb"})
	p.done("reportDeployment", "deployable", "__typename", map[string]any{"id": s, "outcome": "DEPLOYED"})
	p.advance(time.Hour)
	data, failed = p.run(askForecast, map[string]any{"a": p.account})
	if failed != "" {
		t.Fatal(failed)
	}
	p.want("account", data["account"], `{"creditStatus":{"forecast":{"credits":{"confidence":"MEDIUM","daysOfData":14,"exhaustedAt":"2026-05-04T23:46:45Z","exhaustedEarliest":"2026-05-04T23:46:45Z","exhaustedLatest":"2026-05-04T23:46:45Z","hostingPerDay":"1.84752","lastDayPerDay":"0.07698","lastHourPerDay":"1.816728","lastWeekPerDay":"0","marginPercent":10,"month":{"end":"2026-04-01T00:00:00Z","remaining":"62.79867","start":"2026-03-01T00:00:00Z","used":"12.20133","usedSoFar":"0.07698"},"negativeLimitAt":"2026-05-18T12:32:20Z","perDay":"1.84752","weekdays":["0","0","0","0","0","0","0"]},`+
		`"runs":{"confidence":"MEDIUM","daysOfData":14,"exhaustedAt":"2026-04-04T10:30:00Z","exhaustedEarliest":"2026-04-03T12:39:17Z","exhaustedLatest":"2026-04-05T13:08:00Z","hostingPerDay":"0","lastDayPerDay":"400","lastHourPerDay":"0","lastWeekPerDay":"400","marginPercent":10,"month":{"end":"2026-04-01T00:00:00Z","remaining":"1375","start":"2026-03-01T00:00:00Z","used":"8625","usedSoFar":"6000"},"negativeLimitAt":null,"perDay":"400","weekdays":["400","400","400","400","400","400","400"]}}}}`)
}
