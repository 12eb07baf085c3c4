package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

const deployEnded = `mutation Deploy($input: DeployModelInput!) { deployModel(input: $input) { deployment { status } userErrors { code message } } }`

const (
	historyAccounts    = 40
	historyDeployments = 8000
	historyClients     = 8
)

// BenchmarkHostingHistory reports hosting that is over, with start and end in one call, as a platform does that is moving in: 8,000
// deployments of 40 accounts, from five minutes to two days long, within 300 days, over 8 connections. It runs one round, whatever
// -benchtime says.
func BenchmarkHostingHistory(b *testing.B) {
	d := openEndpoint(b, historyAccounts)
	now := time.Now().UTC().Truncate(time.Minute)
	d.exec("UPDATE account SET created_at = $1", now.AddDate(0, 0, -330))
	for i, id := range d.accounts {
		_, err := d.store.GrantCredits(b.Context(), tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: 1_000_000 * 1_000_000, Reference: "bench",
			IdempotencyKey: fmt.Sprint("history ", i)}, tsdb.Actor{})
		d.must(err)
	}
	bodies, minutes := d.endedHosting(now)
	b.ResetTimer()
	began := time.Now()
	atOnce(historyClients, func(i int) {
		for n := i; n < len(bodies); n += historyClients {
			if answer := d.post("/graphql", "application/json", bodies[n]); !strings.Contains(answer, `"UNDEPLOYED"`) {
				b.Errorf("%.300s", answer)
				return
			}
		}
	})
	took := time.Since(began)
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(float64(len(bodies))/took.Seconds(), "deployments/s")
	b.ReportMetric(float64(minutes)/took.Seconds(), "minutes/s")
}

// endedHosting returns the calls, and how many minutes they report altogether. Every tenth deployment ran for a day or two.
func (d *endpoint) endedHosting(now time.Time) (bodies [][]byte, minutes int) {
	for n := range historyDeployments {
		lasted := time.Duration(5+n*7%115) * time.Minute
		if n%10 == 0 {
			lasted = time.Duration(24+n/10%24) * time.Hour
		}
		at, a := now.AddDate(0, 0, -300).Add(time.Duration(n)*52*time.Minute), n%len(d.accounts)
		minutes += int(lasted.Minutes())
		bodies = append(bodies, question(deployEnded, map[string]any{"input": map[string]any{"accountId": accountID(d.accounts[a]), "modelId": modelID(d.models[a]), "name": fmt.Sprint("run ", n),
			"hardware": "g5.xlarge", "at": at.Format(microseconds), "until": at.Add(lasted).Format(microseconds), "idempotencyKey": fmt.Sprint("run ", n)}}))
	}
	return bodies, minutes
}
