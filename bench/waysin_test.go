package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/snappy"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/ingest/files"
	"github.com/usagegraph/usagegraph/tsdb"
)

// byEvents is the baseline of the rows of the other ways in.
const byEvents = "the same usage through `POST /v1/events`, 8 connections, batches of 500, 100 accounts"

// perWay is how many events each side stores in a turn.
const perWay = 8000

// wayTargets returns the rows of the ways in.
func wayTargets() []target {
	row := func(id, work string, usual float64, ours func(*endpoint) side) target {
		return target{id: id, work: work, baseline: byEvents, atLeast: usual / 2, usual: usual, run: func(t *trial) { t.besideEvents(ours) }}
	}
	return []target{
		row("16a", "spans of a dozen attributes, `POST /v1/traces`, batches of 500", 0.65, func(d *endpoint) side { return func() (int, func()) { return d.spanPosts(8, perWay/8/500, 500) } }),
		row("16b", "cumulative metrics, `POST /v1/metrics`, 500 series a request", 0.28, func(d *endpoint) side { return d.metricPosts(cumulative) }),
		row("16c", "Prometheus remote write 2.0, 500 series a request", 0.26, func(d *endpoint) side { return d.remoteWrites(2) }),
		row("16d", "`recordUsage`, 500 events a call", 0.46, func(d *endpoint) side { return d.recordings("events") }),
		row("16e", "`recordUsage`, 500 raw events a call", 0.52, func(d *endpoint) side { return d.recordings("rawEvents") }),
		row("16f", "NATS JetStream, a message an event, one consumer", 0.58, func(d *endpoint) side {
			take := d.consumer(d.openNATS())
			return func() (int, func()) { return take(perWay) }
		}),
		row("16g", "a CSV file read by its columns", 0.67, (*endpoint).imports),
		row("16h", "delta metrics, `POST /v1/metrics`, 500 data points a request", 0.41, func(d *endpoint) side { return d.metricPosts(delta) }),
		row("16i", "Prometheus remote write 1.0, 500 series a request", 0.24, func(d *endpoint) side { return d.remoteWrites(1) }),
		row("16j", "Kafka's protocol (franz-go's own broker), a message an event, one consumer", 0.6, func(d *endpoint) side {
			take := d.consumer(d.openKafka())
			return func() (int, func()) { return take(perWay) }
		}),
	}
}

// besideEvents makes a way in take turns with events over HTTP, on one server and database.
func (t *trial) besideEvents(ours func(*endpoint) side) {
	d := openEndpoint(t.B, 100)
	d.exec("UPDATE account SET external_id = 'a' || account_id")
	d.exec("UPDATE resource SET external_id = 'm' || resource_id WHERE kind = 'MODEL'")
	t.against(func() (int, func()) { return d.posts(8, perWay/8/500, 500) }, ours(d), d.fleet)
}

// The temporalities of OTLP's metrics.
const delta, cumulative = 1, 2

// metricPosts sends, in OTLP's JSON, what each series counted of one inference each time, or sums that grow by it.
func (d *endpoint) metricPosts(temporality int) side {
	round, begin := 0, time.Now().Add(-time.Minute)
	point := func(connection, i, round int, at time.Time) string {
		a, from, sum := (connection*500+i)%len(d.accounts), begin, 374*round
		if temporality == delta {
			from, sum = at.Add(-time.Millisecond), 374
		}
		text := func(key, value string) string {
			return fmt.Sprintf(`{"key":%q,"value":{"stringValue":%q}}`, key, value)
		}
		return fmt.Sprintf(`{"attributes":[%s,%s,%s,%s],"startTimeUnixNano":"%d","timeUnixNano":"%d","count":"1","sum":%d}`, text("usagegraph.account", accountID(d.accounts[a])),
			text("usagegraph.model", modelID(d.models[a])), text("gen_ai.token.type", "input"), text("series", fmt.Sprint(connection, "-", i)), from.UnixNano(), at.UnixNano(), sum)
	}
	return func() (int, func()) {
		bodies := make([][][]byte, 8)
		for range perWay / 8 / 500 {
			round++
			at := time.Now().Add(time.Duration(round) * time.Millisecond)
			for connection := range bodies {
				var points []string
				for i := range 500 {
					points = append(points, point(connection, i, round, at))
				}
				bodies[connection] = append(bodies[connection], []byte(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"gen_ai.client.token.usage","histogram":{"aggregationTemporality":`+
					fmt.Sprint(temporality)+`,"dataPoints":[`+strings.Join(points, ",")+`]}}]}]}]}`))
			}
		}
		return perWay, func() {
			atOnce(8, func(i int) {
				for _, body := range bodies[i] {
					if answer := d.post("/v1/metrics", "application/json", body); strings.Contains(answer, "rejected") {
						d.b.Errorf("%.300s", answer)
					}
				}
			})
		}
	}
}

// remoteWrites writes counters that grow by one inference each time, with a version of the protocol.
func (d *endpoint) remoteWrites(version int) side {
	round, begin := 0, time.Now().Add(-time.Minute)
	return func() (int, func()) {
		var requests [][][]byte
		for range perWay / 8 / 500 {
			round++
			at := time.Now().Add(time.Duration(round) * time.Millisecond)
			requests = append(requests, d.seriesOf(version, 500, round, begin, at))
		}
		return perWay, func() {
			atOnce(8, func(i int) {
				for _, bodies := range requests {
					d.write(version, bodies[i])
				}
			})
		}
	}
}

func inner(b []byte, number protowire.Number, text []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), text)
}

// seriesOf returns a message for each connection, in a version of the protocol.
func (d *endpoint) seriesOf(version, n, round int, begin, at time.Time) (bodies [][]byte) {
	for connection := range 8 {
		symbols, b := inner(nil, 4, nil), []byte(nil)
		count := 1
		for i := range n {
			a := (connection*n + i) % len(d.accounts)
			var refs, series []byte
			labels := []string{"__name__", "llm_tokens_total", "account", fmt.Sprint("a", d.accounts[a]), "model", fmt.Sprint("m", d.models[a]), "type", "input", "instance", fmt.Sprint(connection, "-", i)}
			for _, text := range labels {
				symbols = inner(symbols, 4, []byte(text))
				refs = protowire.AppendVarint(refs, uint64(count))
				count++
			}
			if version == 1 {
				for l := 0; l < len(labels); l += 2 {
					series = inner(series, 1, inner(inner(nil, 1, []byte(labels[l])), 2, []byte(labels[l+1])))
				}
				if round == 1 { // a zero shows when the counter began
					series = inner(series, 2, sampleAt(0, begin))
				}
				b = inner(b, 1, inner(series, 2, sampleAt(374*round, at)))
				continue
			}
			series = inner(inner(nil, 1, refs), 2, sampleAt(374*round, at))
			b = inner(b, 5, protowire.AppendVarint(protowire.AppendTag(series, 6, protowire.VarintType), uint64(begin.UnixMilli())))
		}
		if version == 2 {
			b = append(symbols, b...)
		}
		bodies = append(bodies, snappy.Encode(nil, b))
	}
	return bodies
}

func sampleAt(value int, at time.Time) []byte {
	b := protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), math.Float64bits(float64(value)))
	return protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), uint64(at.UnixMilli()))
}

// write sends one message of remote write.
func (d *endpoint) write(version int, body []byte) {
	r, err := http.NewRequestWithContext(d.b.Context(), http.MethodPost, d.at+"/api/v1/write", bytes.NewReader(body))
	if err != nil {
		d.b.Error(err)
		return
	}
	r.Header.Set("Content-Type", map[int]string{1: "application/x-protobuf", 2: "application/x-protobuf;proto=io.prometheus.write.v2.Request"}[version])
	r.Header.Set("Content-Encoding", "snappy")
	r.Header.Set("Authorization", "Bearer "+d.token)
	response, err := d.client.Do(r)
	if err != nil {
		d.b.Error(err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	if answer, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusNoContent {
		d.b.Errorf("%d %.300s", response.StatusCode, answer)
	}
}

// recordings sends events by GraphQL, strict or raw.
func (d *endpoint) recordings(as string) side {
	const query = `mutation($in:RecordUsageInput!){recordUsage(input:$in){results{status} userErrors{code}}}`
	return func() (int, func()) {
		bodies := make([][][]byte, 8)
		for i := range bodies {
			for range perWay / 8 / 500 {
				events := d.events(500)
				inputs := make([]map[string]any, len(events))
				for k, e := range events { // all of one account, like a real call
					inputs[k] = map[string]any{"source": e.Source, "id": e.ID, "time": e.Time.UTC().Format(microseconds), "modelId": modelID(d.models[i]), "inputTokens": e.InputTokens, "outputTokens": e.OutputTokens}
				}
				bodies[i] = append(bodies[i], question(query, map[string]any{"in": map[string]any{"accountId": accountID(d.accounts[i]), as: inputs}}))
			}
		}
		return perWay, func() {
			atOnce(8, func(i int) {
				for _, body := range bodies[i] {
					if answer := d.post("/graphql", "application/json", body); strings.Count(answer, `"STORED"`) != 500 {
						d.b.Errorf("%.300s", answer)
					}
				}
			})
		}
	}
}

// imports imports a file by its columns, like the command.
func (d *endpoint) imports() side {
	batcher := tsdb.NewBatcher(d.store, tsdb.BatcherConfig{})
	d.b.Cleanup(batcher.Stop)
	return func() (int, func()) {
		var text strings.Builder
		text.WriteString("when,team,llm,prompt,completion,no\n")
		for _, e := range d.events(perWay) {
			fmt.Fprintf(&text, "%s,a%d,m%d,%d,%d,%s\n", e.Time.UTC().Format(microseconds), e.AccountID, e.ResourceID, e.InputTokens, e.OutputTokens, e.ID)
		}
		im := &ingest.Importer{Batcher: batcher, Kind: tsdb.Inference, Source: "import", Accounts: func(ctx context.Context, ids []string) (map[string]int64, error) {
			return d.store.ExternalAccounts(ctx, nil, ids)
		}}
		return perWay, func() {
			done, _, err := im.RunMapped(d.b.Context(), "usage.csv", strings.NewReader(text.String()), files.Options{Map: []string{"time=when", "account=team", "model=llm", "inputTokens=prompt", "outputTokens=completion", "id=no"}})
			d.must(err)
			if done.Stored != perWay {
				d.b.Errorf("%+v", done)
			}
		}
	}
}
