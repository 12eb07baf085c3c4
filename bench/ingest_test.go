package bench

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb"
)

// BenchmarkIngest stores batches of CloudEvents over HTTP, from 8 connections. Bare is the fastest way into the same table: COPY of
// prepared rows over one connection.
func BenchmarkIngest(b *testing.B) {
	for _, c := range []struct{ accounts, batch int }{{1, 5000}, {1, 500}, {100, 5000}, {100, 500}, {1000, 500}} {
		b.Run(fmt.Sprintf("accounts=%d/batch=%d", c.accounts, c.batch), func(b *testing.B) {
			bare, d := bareFleet(b), openEndpoint(b, c.accounts)
			bare.accounts, bare.models = d.accounts, d.models
			versus(b, "events", bare.copied(4000), func() (int, func()) { return d.posts(8, 4000/c.batch, c.batch) }, bare, d.fleet)
		})
	}
}

// BenchmarkBatcher stores the same events without HTTP and JSON, which shows the database's part of the ratio.
func BenchmarkBatcher(b *testing.B) {
	for _, c := range []struct{ accounts, batch int }{{1, 5000}, {100, 500}, {1000, 500}} {
		b.Run(fmt.Sprintf("accounts=%d/batch=%d", c.accounts, c.batch), func(b *testing.B) {
			bare, f := bareFleet(b), newFleet(b, c.accounts)
			bare.accounts, bare.models = f.accounts, f.models
			batcher := tsdb.NewBatcher(f.store, tsdb.BatcherConfig{})
			b.Cleanup(batcher.Stop)
			versus(b, "events", bare.copied(8*c.batch), func() (int, func()) { return f.submissions(batcher, 8, c.batch) }, bare, f)
		})
	}
}

var eventColumns = strings.Fields("account_id time source event_id kind resource_id deployment_id runs input_tokens output_tokens charge history posted_at entry_no")

// copied writes prepared rows.
func (f *fleet) copied(n int) side {
	return func() (int, func()) {
		rows := make([][]any, n)
		for i, e := range f.events(n) {
			rows[i] = []any{e.AccountID, e.Time, e.Source, e.ID, string(e.Kind), e.ResourceID, e.DeploymentID, e.Runs, e.InputTokens, e.OutputTokens, int64(253), false, e.Time, int64(1)}
		}
		return n, func() {
			_, err := f.pool.CopyFrom(f.b.Context(), pgx.Identifier{"usage_event"}, eventColumns, pgx.CopyFromRows(rows))
			f.must(err)
		}
	}
}

// posts makes each connection post some batches, all connections at once.
func (d *endpoint) posts(connections, requests, batch int) (int, func()) {
	requests = max(1, requests)
	bodies := make([][][]byte, connections)
	for i := range bodies {
		for range requests {
			bodies[i] = append(bodies[i], d.cloudEvents(d.events(batch)))
		}
	}
	return connections * requests * batch, func() {
		atOnce(connections, func(i int) {
			for _, body := range bodies[i] {
				answer := d.post("/v1/events", "application/cloudevents-batch+json", body)
				if !strings.Contains(answer, fmt.Sprintf(`"stored":%d,`, batch)) {
					d.b.Errorf("%.300s", answer)
				}
			}
		})
	}
}

// cloudEvents writes events as a batch.
func (d *endpoint) cloudEvents(events []tsdb.UsageEvent) []byte {
	var text strings.Builder
	for i, e := range events {
		separator := ","
		if i == 0 {
			separator = "["
		}
		fmt.Fprintf(&text, `%s{"specversion":"1.0","type":"usagegraph.inference","source":"%s","id":"%s","time":"%s","subject":"%s","account":"%s","data":{"inputTokens":%d,"outputTokens":%d}}`,
			separator, e.Source, e.ID, e.Time.UTC().Format(microseconds), modelID(e.ResourceID), accountID(e.AccountID), e.InputTokens, e.OutputTokens)
	}
	return []byte(text.String() + "]")
}
