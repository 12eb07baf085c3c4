package graph

import (
	"encoding/json"
	"testing"
	"time"
)

// If a zone is named for the buckets, the range means that zone's days, unless it names a zone of its own.
func TestTrendsAreOfTheirZone(t *testing.T) {
	t.Parallel()
	p := newBillingPage(t)
	for arguments, want := range map[string]struct {
		from   string
		points int
	}{
		`timeZone: "Asia/Kathmandu"`:                                                                                        {"18:15", 7},
		`timeZone: "Asia/Kathmandu", range: {preset: LAST_30_DAYS}`:                                                         {"18:15", 30},
		`timeZone: "Asia/Kathmandu", range: {preset: LAST_7_DAYS, timeZone: "UTC"}`:                                         {"00:00", 8},
		`range: {preset: LAST_7_DAYS, timeZone: "Asia/Kathmandu"}`:                                                          {"18:15", 7},
		`range: {preset: LAST_7_DAYS}`:                                                                                      {"00:00", 7},
		`timeZone: "America/St_Johns", range: {from: "2026-03-09T00:00:00Z", to: "2026-03-10T00:00:00Z"}, granularity: DAY`: {"00:00", 2},
	} {
		var a struct {
			Data struct {
				Account struct {
					UsageTrend struct {
						Range  struct{ From time.Time }
						Points []struct{ Start time.Time }
					}
				}
			}
		}
		fatal(t, json.Unmarshal(p.ask(`query($account: ID!) { account(id: $account) { usageTrend(`+arguments+`) { range { from } points { start } } } }`, nil), &a))
		trend := a.Data.Account.UsageTrend
		if got := trend.Range.From.Format("15:04"); got != want.from || len(trend.Points) != want.points {
			t.Errorf("%s: from %s, %d points; want %s, %d", arguments, got, len(trend.Points), want.from, want.points)
		}
	}
}
