package bench

import (
	"strings"
	"testing"
)

const recordUsage = `mutation Record($input: RecordUsageInput!) { recordUsage(input: $input) { results { status charge } userErrors { code message } } }`

const microseconds = "2006-01-02T15:04:05.000000Z"

const (
	recordClients = 64
	recordEach    = 10
)

// BenchmarkRecordUsage makes 64 clients call recordUsage with one event each, again and again. Bare is one row in one INSERT, by as many
// clients, over as many connections as the server has.
func BenchmarkRecordUsage(b *testing.B) {
	d, bare := openEndpoint(b, 100), bareFleet(b)
	bare.accounts, bare.models = d.accounts, d.models
	versus(b, "calls", bare.inserts, d.records, bare, d.fleet)
}

func (d *endpoint) records() (int, func()) {
	var bodies [][]byte
	for _, e := range d.events(recordClients * recordEach) {
		bodies = append(bodies, question(recordUsage, map[string]any{"input": map[string]any{"accountId": accountID(e.AccountID), "events": []any{
			map[string]any{"source": e.Source, "id": e.ID, "time": e.Time.UTC().Format(microseconds), "modelId": modelID(e.ResourceID),
				"inputTokens": e.InputTokens, "outputTokens": e.OutputTokens}}}}))
	}
	return len(bodies), func() {
		atOnce(recordClients, func(i int) {
			for _, body := range bodies[i*recordEach : (i+1)*recordEach] {
				if answer := d.post("/graphql", "application/json", body); !strings.Contains(answer, `"STORED"`) {
					d.b.Errorf("%.300s", answer)
				}
			}
		})
	}
}

const insertOne = `INSERT INTO usage_event (account_id, time, source, event_id, kind, resource_id, input_tokens, output_tokens, charge, posted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

func (f *fleet) inserts() (int, func()) {
	events := f.events(recordClients * recordEach)
	return len(events), func() {
		atOnce(recordClients, func(i int) {
			for _, e := range events[i*recordEach : (i+1)*recordEach] {
				f.exec(insertOne, e.AccountID, e.Time, e.Source, e.ID, string(e.Kind), e.ResourceID, e.InputTokens, e.OutputTokens, int64(253), e.Time)
			}
		})
	}
}
