package bench

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb"
)

// intake is incoming usage: the number of accounts, the size of batches, and how many hundredths of the events were sent before.
type intake struct{ accounts, batch, repeats int }

// eachOf is how many tools an account of a crowd has, and how many models.
const eachOf = 5

// crowd makes events of accounts with tools and models, in random order.
type crowd struct {
	accounts      []int64
	tools, models map[int64][]int64
	random        *rand.Rand
	repeats       int
	sent          int
	last          []tsdb.UsageEvent
}

// newCrowd gives each account tools, models and a fourth live grant.
func (f *fleet) newCrowd(repeats int) *crowd {
	c := &crowd{accounts: f.accounts, tools: map[int64][]int64{}, models: map[int64][]int64{}, random: rand.New(rand.NewPCG(1, 2)), repeats: repeats}
	for _, id := range f.accounts {
		_, err := f.store.GrantCredits(f.b.Context(), tsdb.NewGrant{AccountID: id, Meter: billing.ToolRuns, Kind: billing.TopUp, Amount: 1_000_000_000, Reference: "bench", IdempotencyKey: "runs"}, tsdb.Actor{})
		f.must(err)
	}
	f.exec(`INSERT INTO resource (account_id, kind, name, status, type, created_at, ever_deployed)
SELECT account_id, kind, kind || ' ' || i, 'DEPLOYED', CASE kind WHEN 'MODEL' THEN 'BASE' ELSE '' END, now(), true
FROM account, unnest(ARRAY['TOOL', 'MODEL']) AS kind, generate_series(1, $1::int) AS i`, eachOf)
	rows, err := f.pool.Query(f.b.Context(), `SELECT account_id, kind, resource_id FROM resource WHERE name <> 'model'`)
	f.must(err)
	var account, id int64
	var kind string
	_, err = pgx.ForEachRow(rows, []any{&account, &kind, &id}, func() error {
		of := c.tools
		if kind == "MODEL" {
			of = c.models
		}
		of[account] = append(of[account], id)
		return nil
	})
	f.must(err)
	return c
}

// events returns events of the last minute, half of them runs of tools and half inference.
func (c *crowd) events(n int) []tsdb.UsageEvent {
	events, first := make([]tsdb.UsageEvent, n), time.Now().Add(-time.Minute)
	for i := range events {
		if len(c.last) > 0 && c.random.IntN(100) < c.repeats {
			events[i] = c.last[c.random.IntN(len(c.last))]
			continue
		}
		c.sent++
		account, e := c.accounts[c.random.IntN(len(c.accounts))], &events[i]
		*e = tsdb.UsageEvent{AccountID: account, Source: "gateway-eu", ID: fmt.Sprintf("%032d", c.sent), Time: first.Add(time.Duration(c.random.IntN(60_000_000)) * time.Microsecond)}
		if i%2 == 0 {
			e.Kind, e.ResourceID, e.Runs = tsdb.ToolRun, c.tools[account][c.random.IntN(eachOf)], 1
		} else {
			e.Kind, e.ResourceID, e.InputTokens, e.OutputTokens = tsdb.Inference, c.models[account][c.random.IntN(eachOf)], 374, 44
		}
	}
	c.last = events
	return events
}

// intake compares posting events with COPYs of the same.
func (t *trial) intake(in intake) {
	d, bare := openEndpointWithJobs(t.B, in.accounts), bareFleet(t.B)
	c := d.newCrowd(in.repeats)
	other := *c
	other.random, other.repeats, other.last = rand.New(rand.NewPCG(3, 4)), 0, nil
	n := 8 * t.size(4000, 1000)
	t.against(bare.copiesOf(&other, n), func() (int, func()) { return d.crowdPosts(c, 8, n/8/in.batch, in) }, bare, d.fleet)
}

// copiesOf writes prepared rows, 10,000 at once.
func (f *fleet) copiesOf(c *crowd, n int) side {
	return func() (int, func()) {
		rows := make([][]any, n)
		for i, e := range c.events(n) {
			rows[i] = []any{e.AccountID, e.Time, e.Source, e.ID, string(e.Kind), e.ResourceID, e.DeploymentID, e.Runs, e.InputTokens, e.OutputTokens, int64(253), false, e.Time, int64(1)}
		}
		return n, func() {
			for i := 0; i < n; i += 10_000 {
				_, err := f.pool.CopyFrom(f.b.Context(), pgx.Identifier{"usage_event"}, eventColumns, pgx.CopyFromRows(rows[i:min(n, i+10_000)]))
				f.must(err)
			}
		}
	}
}

// crowdPosts makes each connection post some batches, all connections at once.
func (d *endpoint) crowdPosts(c *crowd, connections, requests int, in intake) (int, func()) {
	bodies := make([][][]byte, connections)
	for i := range bodies {
		for range requests {
			bodies[i] = append(bodies[i], cloudEventsOf(c.events(in.batch)))
		}
	}
	return connections * requests * in.batch, func() {
		atOnce(connections, func(i int) {
			for _, body := range bodies[i] {
				answer := d.post("/v1/events", "application/cloudevents-batch+json", body)
				if in.repeats == 0 && !strings.Contains(answer, fmt.Sprintf(`"stored":%d,`, in.batch)) || strings.Contains(answer, `"REFUSED"`) {
					d.b.Errorf("%.300s", answer)
				}
			}
		})
	}
}

// cloudEventsOf writes runs of tools and inference as a batch.
func cloudEventsOf(events []tsdb.UsageEvent) []byte {
	var text strings.Builder
	for i, e := range events {
		separator := ","
		if i == 0 {
			separator = "["
		}
		subject, kind, data := modelID(e.ResourceID), "inference", fmt.Sprintf(`{"inputTokens":%d,"outputTokens":%d}`, e.InputTokens, e.OutputTokens)
		if e.Kind == tsdb.ToolRun {
			subject, kind, data = graph.EncodeID(graph.KindTool, e.ResourceID), "tool.run", fmt.Sprintf(`{"runs":%d}`, e.Runs)
		}
		fmt.Fprintf(&text, `%s{"specversion":"1.0","type":"usagegraph.%s","source":"%s","id":"%s","time":"%s","subject":"%s","account":"%s","data":%s}`,
			separator, kind, e.Source, e.ID, e.Time.UTC().Format(microseconds), subject, accountID(e.AccountID), data)
	}
	return []byte(text.String() + "]")
}

// singleRecords makes 64 clients call recordUsage.
func (t *trial) singleRecords() {
	d, bare := t.singles()
	t.against(bare.inserts, d.records, bare, d.fleet)
}

// singleEvents makes 64 clients post one CloudEvent per request.
func (t *trial) singleEvents() {
	d, bare := t.singles()
	t.against(bare.inserts, func() (int, func()) { return d.posts(recordClients, recordEach, 1) }, bare, d.fleet)
}

func (t *trial) singles() (*endpoint, *fleet) {
	d, bare := openEndpoint(t.B, t.size(100, 20)), fleetOn(t.B, recordClients)
	bare.accounts, bare.models = d.accounts, d.models
	var all sync.WaitGroup
	for range recordClients { // as many connections as clients, before the time is measured
		all.Go(func() { bare.exec(`SELECT pg_sleep(0.1)`) })
	}
	all.Wait()
	return d, bare
}
