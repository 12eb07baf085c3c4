package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// After a promotion that lost commits, already the first answer has a higher revision than the last one before it, whatever is asked and however soon: clients ignore what seems older
// than what they have.
func TestRevisionsRightAfterAPromotion(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]struct{ query, at string }{
		"state":    {`query($a:ID!){account(id:$a){creditStatus{revision runs{used}}}}`, "account.creditStatus"},
		"snapshot": {`query($a:ID!){account(id:$a){name creditStatus{revision runs{used}} usageTrend{points{runs}}}}`, "account.creditStatus"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, nil)
			platform, support := r.token(auth.Platform, 0, nil), r.token(auth.Support, 0, nil)
			id := r.account(platform, "acme")
			tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
				map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id")
			status := func() (revision int64, used string) {
				a := r.ask(support, ask.query, map[string]any{"a": id})
				if a.status != 200 || len(a.Errors) > 0 {
					return 0, ""
				}
				used, _ = a.at(ask.at + ".runs.used").(string)
				n, _ := a.at(ask.at + ".revision").(float64)
				return int64(n), used
			}
			promote := tsdbtest.Standby(t, r.config.DatabaseURL)
			for n := range 3 {
				recorded := func() bool {
					return r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status}}}`, map[string]any{"i": map[string]any{"accountId": id,
						"events": []any{map[string]any{"source": "p", "id": fmt.Sprint(n), "time": time.Now().UTC().Format(time.RFC3339), "toolId": tool, "runs": 1}}}}).status == 200
				}
				waitFor(t, recorded) // the copy cut all connections
			}
			var before int64
			var lost string
			waitFor(t, func() bool { before, lost = status(); return before != 0 })
			if lost != "3" {
				t.Fatalf("%s runs before it", lost)
			}
			promote()
			var after int64
			var used string
			waitFor(t, func() bool { after, used = status(); return after != 0 })
			if after <= before || used != "0" {
				t.Errorf("revision %d after %d, %s runs", after, before, used)
			}
		})
	}
}
