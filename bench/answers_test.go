package bench

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

// questions compares questions about states with a constant.
func (t *trial) questions(q stateQuestion) {
	r := openEndpoint(t.B, t.size(1000, 100)).states(t.B, q, t.rounds)
	t.values = r.ratios
	t.note = fmt.Sprintf("%.0f a second beside %.0f; by CPU alone %.2f", median(slices.Clone(r.ours)), median(slices.Clone(r.bare)), median(r.cpu))
}

// burstPage compares the page of an account that uses much just now with that of its twin.
func (t *trial) burstPage() {
	d := openEndpoint(t.B, 2)
	d.history(0)
	d.history(1)
	d.burst(1, 1_000_000)
	_, err := d.store.RollUp(t.Context(), 10_000_000)
	d.must(err)
	d.burst(1, 10_000) // some is not rolled up yet
	d.token = d.newToken(auth.Support)
	t.slower(d.page(0), d.page(1), d.fleet)
}

// toolsPage measures how long the page of an account with many tools takes.
func (t *trial) toolsPage(tools int) {
	d := openEndpoint(t.B, 1)
	d.history(0)
	d.exec(`INSERT INTO resource (account_id, kind, name, status, type, created_at, ever_deployed)
SELECT $1, 'TOOL', 'tool ' || i, 'DEPLOYED', '', now(), true FROM generate_series(1, $2::int) i`, d.accounts[0], tools)
	d.exec(`INSERT INTO usage_day (account_id, bucket, resource_id, kind, category, runs, events)
SELECT account_id, date_trunc('day', now(), 'UTC') - day * interval '1 day', resource_id, 'TOOL_RUN', 'TOOLS', 1 + resource_id % 100, 1 + resource_id % 100
FROM resource, generate_series(1, 29) day WHERE kind = 'TOOL'`)
	d.exec(`INSERT INTO usage_quarter SELECT * FROM usage_day WHERE kind = 'TOOL_RUN'`)
	d.addUpAccounts()
	d.token = d.newToken(auth.Support)
	t.times(d.page(0))
}

// addUpAccounts computes the usage of whole accounts from that of their resources, which SQL has written, as an upgrade does.
func (f *fleet) addUpAccounts() {
	f.exec(`INSERT INTO account_usage_due SELECT account_id FROM account ON CONFLICT DO NOTHING`)
	f.must(f.store.RebuildMarked(f.b.Context()))
	f.exec(`ANALYZE`)
}

// times adds how many milliseconds the work takes.
func (t *trial) times(work side) {
	for range 3 {
		rate(work)
	}
	for range t.rounds {
		t.add(1000 / rate(work))
	}
}

const askYear = `query Year($id:ID!,$from:DateTime!,$to:DateTime!,$zone:TimeZone!){account(id:$id){
usageTrend(range:{from:$from,to:$to},timeZone:$zone,granularity:DAY){points{start credits runs}}}}`

// year fills every chart table with a year of usage of a model, for so many minutes of each day.
func (f *fleet) year(account, model int64, minutes int) {
	f.exec(`INSERT INTO usage_minute (account_id, bucket, resource_id, kind, category, credits, events, input_tokens, output_tokens)
SELECT $1, date_trunc('day', now(), 'UTC') - day * interval '1 day' + i * (1440 / $3::int) * interval '1 minute', $2, 'INFERENCE', 'MODELS', 253, 1, 374, 44
FROM generate_series(1, 366) day, generate_series(0, $3::int - 1) i`, account, model, minutes)
	const sum = `INSERT INTO %s (account_id, bucket, resource_id, kind, category, credits, events, input_tokens, output_tokens)
SELECT account_id, date_bin('%s', bucket, '2000-01-01Z'), resource_id, kind, category, sum(credits), sum(events), sum(input_tokens), sum(output_tokens)
FROM usage_minute WHERE account_id = $1 GROUP BY 1, 2, 3, 4, 5`
	f.exec(fmt.Sprintf(sum, "usage_quarter", "15 minutes"), account)
	f.exec(fmt.Sprintf(sum, "usage_day", "1 day"), account)
}

// yearTrend compares a trend over many minutes with one over few.
func (t *trial) yearTrend(zone string) {
	d := openEndpoint(t.B, 2)
	d.year(d.accounts[0], d.models[0], 4)
	d.year(d.accounts[1], d.models[1], 400)
	d.addUpAccounts()
	d.token = d.newToken(auth.Support)
	t.slower(d.trend(0, zone), d.trend(1, zone))
}

func (d *endpoint) trend(account int, zone string) side {
	to := time.Now().UTC().Truncate(time.Minute)
	body := question(askYear, map[string]any{"id": accountID(d.accounts[account]), "from": to.AddDate(-1, 0, 0).Format(time.RFC3339), "to": to.Format(time.RFC3339), "zone": zone})
	return func() (int, func()) {
		return 5, func() {
			for range 5 {
				d.mustAnswer(d.post("/graphql", "application/json", body), `"points"`)
			}
		}
	}
}

// mustAnswer fails the benchmark unless an answer holds a text and no errors.
func (d *endpoint) mustAnswer(answer, text string) {
	if strings.Contains(answer, `"errors"`) || !strings.Contains(answer, text) {
		d.b.Errorf("%.300s", answer)
	}
}

// rateOf returns how many answers per second so many clients get that send bodies in turn.
func (d *endpoint) rateOf(clients int, span time.Duration, at string, bodies [][]byte) float64 {
	var n atomic.Int64
	began := time.Now()
	end := began.Add(span)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			for turn := i; time.Now().Before(end); turn += clients {
				d.postTo(at, "application/json", bodies[turn%len(bodies)])
				n.Add(1)
			}
		})
	}
	all.Wait()
	return float64(n.Load()) / time.Since(began).Seconds()
}
