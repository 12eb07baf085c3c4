package bench

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
)

const pageEvents = 200_000 // of one account in 30 days

// BenchmarkPage answers the whole Billing > Usage page in one GraphQL operation: widget, banners, overview, trend and four tabs over 30
// days. Bare is a single statement that adds up the same events by day and model: what one chart would cost without the chart tables.
func BenchmarkPage(b *testing.B) {
	d := openEndpoint(b, 1)
	d.history(0)
	d.token = d.newToken(auth.Support)
	versus(b, "pages", d.addUp, d.page(0))
}

// BenchmarkPageCompared answers the page with every figure beside that of the 30 days before. Bare is the page without comparison. The
// comparison may take half as long again, so the ratio must be at least 0.67.
func BenchmarkPageCompared(b *testing.B) {
	d := openEndpoint(b, 1)
	d.history(0)
	d.token = d.newToken(auth.Support)
	versus(b, "pages", d.page(0), d.pageOf(0, compared))
}

// compared returns the page's document with a comparison everywhere, and the changes selected.
func compared(page string) string {
	return strings.NewReplacer("overview(range: $range)", "overview(range: $range, compare: {period: PREVIOUS_PERIOD})", "usageTrend(range: $range,", "usageTrend(range: $range, compare: {period: PREVIOUS_PERIOD},",
		"tools(range: $range,", "tools(range: $range, compare: {period: PREVIOUS_PERIOD},", "models(range: $range,", "models(range: $range, compare: {period: PREVIOUS_PERIOD},",
		"guardrails(range: $range,", "guardrails(range: $range, compare: {period: PREVIOUS_PERIOD},", "scripts(range: $range)", "scripts(range: $range, compare: {period: PREVIOUS_PERIOD})",
		"deployments(range: $range)", "deployments(range: $range, compare: {period: PREVIOUS_PERIOD})",
		"inRange { credits runs", "inRange { creditsChange { delta percent } runsChange { delta percent } credits runs", "totals { totalTools", "totals { totalRunsChange { delta percent } totalTools",
		"totals { totalModels", "totals { totalCreditsChange { delta percent } totalModels", "series {", "creditsChange { percent } comparedSeries { credits runs } series {").Replace(page)
}

// BenchmarkPageAttributed answers the page of an account whose events all name their user, their API key and two tags. Bare is the page of
// an account with the same history without these. Charts that do not ask for them must not cost more, so the ratio must be about 1.
func BenchmarkPageAttributed(b *testing.B) {
	d := openEndpoint(b, 2)
	d.history(0)
	d.historyOf(1, func(e *tsdb.UsageEvent, n int) { e.Attribution = carried(n) })
	d.token = d.newToken(auth.Support)
	versus(b, "pages", d.page(0), d.page(1))
}

// BenchmarkIngestAttributed stores such events, with 20,000 combinations. Bare stores the same events without attribution.
func BenchmarkIngestAttributed(b *testing.B) {
	d := openEndpoint(b, 2)
	send := func(account int, mark func(*tsdb.UsageEvent, int)) side {
		return func() (int, func()) {
			events := d.eventsOf(account, 5000)
			for i := range events {
				events[i].Time = time.Now()
				mark(&events[i], d.sent+i)
			}
			return len(events), func() {
				_, err := d.store.Ingest(b.Context(), events, tsdb.Record)
				d.must(err)
			}
		}
	}
	versus(b, "events", send(0, func(*tsdb.UsageEvent, int) {}), send(1, func(e *tsdb.UsageEvent, n int) { e.Attribution = carried(n) }))
}

// carried returns the n-th of 20,000 combinations.
func carried(n int) tsdb.Attribution {
	return tsdb.Attribution{User: fmt.Sprint("user ", n%1000), APIKey: fmt.Sprint("key ", n%5), Tags: tsdb.Tags{"team": fmt.Sprint(n % 20), "env": []string{"prod", "test"}[n/20%2]}}
}

const burstEvents = 300_000 // of one account within the running quarter-hour

// BenchmarkPageAfterABurst answers the page of an account that used much within the last minutes. Bare is the page of an account with the
// same history that used nothing since. Some of the burst is rolled up, as the server's job does every few seconds, and some is not.
func BenchmarkPageAfterABurst(b *testing.B) {
	d := openEndpoint(b, 2)
	d.history(0)
	d.history(1)
	d.burst(1, burstEvents)
	_, err := d.store.RollUp(b.Context(), 10_000_000)
	d.must(err)
	d.burst(1, 10_000)
	d.exec(`ANALYZE`)
	d.token = d.newToken(auth.Support)
	versus(b, "pages", d.page(0), d.page(1))
}

// page requests the page of an account.
func (d *endpoint) page(account int) side { return d.pageOf(account, strings.Clone) }

// pageOf requests a variant of the page.
func (d *endpoint) pageOf(account int, variant func(string) string) side {
	page, err := os.ReadFile("../graph/testdata/operations/billing_page.graphql")
	d.must(err)
	body := question(variant(string(page)), map[string]any{"account": accountID(d.accounts[account]), "range": map[string]any{"preset": "LAST_30_DAYS"}, "zone": "Asia/Kathmandu"})
	return func() (int, func()) {
		return 1, func() {
			if answer := d.post("/graphql", "application/json", body); !strings.Contains(answer, `"usageTrend"`) || strings.Contains(answer, `"errors"`) {
				d.b.Errorf("%.500s", answer)
			}
		}
	}
}

// burst ingests events of the last minutes.
func (d *endpoint) burst(account, n int) {
	for range n / 5000 {
		events := d.eventsOf(account, 5000)
		for i := range events {
			events[i].Time = time.Now().Add(-time.Duration(i) * 60 * time.Millisecond)
		}
		_, err := d.store.Ingest(d.b.Context(), events, tsdb.Record)
		d.must(err)
	}
}

// eventsOf returns new events of one account.
func (d *endpoint) eventsOf(account, n int) []tsdb.UsageEvent {
	events := d.events(n)
	for i := range events {
		events[i].AccountID, events[i].ResourceID = d.accounts[account], d.models[account]
	}
	return events
}

// history spreads events over 30 days, in an account with running hosting, and rolls them up.
func (d *endpoint) history(account int) { d.historyOf(account, func(*tsdb.UsageEvent, int) {}) }

// historyOf is history with a function that changes each event.
func (d *endpoint) historyOf(account int, mark func(e *tsdb.UsageEvent, n int)) {
	ctx, id := d.b.Context(), d.accounts[account]
	_, err := d.store.DeployModel(ctx, tsdb.ModelDeployment{AccountID: id, ModelID: d.models[account], Name: "eu", Hardware: "g6.xlarge", Replicas: 1})
	d.must(err)
	_, err = d.store.DeployGuardrail(ctx, tsdb.NewGuardrail{AccountID: id, Name: "toxic", Scanner: "TOXICITY", CPUType: "GENERAL_PURPOSE", Replicas: 1})
	d.must(err)
	step, now := 30*24*time.Hour/pageEvents, time.Now()
	for n := range pageEvents / 5000 {
		events := d.eventsOf(account, 5000)
		for i := range events {
			events[i].Time = now.Add(-time.Duration(n*5000+i+1) * step)
			mark(&events[i], n*5000+i)
		}
		_, err := d.store.Ingest(ctx, events, tsdb.Record)
		d.must(err)
	}
	_, err = d.store.RollUp(ctx, 1_000_000)
	d.must(err)
	d.exec(`ANALYZE`)
}

func (d *endpoint) addUp() (int, func()) {
	return 1, func() {
		d.exec(`SELECT time_bucket('1 day', time, 'Asia/Kathmandu'), resource_id, sum(charge), sum(runs), count(*) FROM usage_event
WHERE account_id = $1 AND time >= $2 GROUP BY 1, 2`, d.accounts[0], time.Now().Add(-30*24*time.Hour))
	}
}
