package bench

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/ingest/broker"
	"github.com/usagegraph/usagegraph/tsdb"
)

// BenchmarkTraces stores the same usage as BenchmarkIngest, reported by spans with a dozen attributes.
func BenchmarkTraces(b *testing.B) {
	for _, c := range []struct{ accounts, batch int }{{1, 5000}, {100, 500}} {
		b.Run(fmt.Sprintf("accounts=%d/batch=%d", c.accounts, c.batch), func(b *testing.B) {
			bare, d := bareFleet(b), openEndpoint(b, c.accounts)
			bare.accounts, bare.models = d.accounts, d.models
			versus(b, "events", bare.copied(4000), func() (int, func()) { return d.spanPosts(8, 4000/c.batch, c.batch) }, bare, d.fleet)
		})
	}
}

// spanPosts makes each connection post some batches, all connections at once.
func (d *endpoint) spanPosts(connections, requests, batch int) (int, func()) {
	requests = max(1, requests)
	bodies := make([][][]byte, connections)
	for i := range bodies {
		for range requests {
			bodies[i] = append(bodies[i], d.spans(d.events(batch)))
		}
	}
	return connections * requests * batch, func() {
		atOnce(connections, func(i int) {
			for _, body := range bodies[i] {
				if answer := d.post("/v1/traces", "application/x-protobuf", body); answer != "" {
					d.b.Errorf("%.300q", answer)
				}
			}
		})
	}
}

// spans writes events as a request of OTLP.
func (d *endpoint) spans(events []tsdb.UsageEvent) []byte {
	text := func(key, value string) *common.KeyValue {
		return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
	}
	number := func(key string, value int64) *common.KeyValue {
		return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: value}}}
	}
	spans := make([]*trace.Span, len(events))
	for i, e := range events {
		id := make([]byte, 24)
		_, _ = rand.Read(id)
		spans[i] = &trace.Span{TraceId: id[:16], SpanId: id[16:], Name: "chat gpt-5", Kind: trace.Span_SPAN_KIND_CLIENT, EndTimeUnixNano: uint64(e.Time.UnixNano()), Attributes: []*common.KeyValue{
			text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", "openai"), text("gen_ai.request.model", "gpt-5"), text("gen_ai.response.model", "gpt-5-2026-01-01"),
			text("gen_ai.response.id", hex.EncodeToString(id)), text("server.address", "api.example.com"), number("server.port", 443), number("gen_ai.request.max_tokens", 4096),
			number("gen_ai.usage.input_tokens", e.InputTokens), number("gen_ai.usage.output_tokens", e.OutputTokens),
			text("usagegraph.account", accountID(e.AccountID)), text("usagegraph.model", modelID(e.ResourceID))}}
	}
	body, err := proto.Marshal(&collector.ExportTraceServiceRequest{ResourceSpans: []*trace.ResourceSpans{{ScopeSpans: []*trace.ScopeSpans{{Spans: spans}}}}})
	d.must(err)
	return body
}

// BenchmarkConsume takes the same usage from NATS JetStream, one message for each event, in one process.
func BenchmarkConsume(b *testing.B) {
	for _, accounts := range []int{1, 100} {
		b.Run(fmt.Sprintf("accounts=%d", accounts), func(b *testing.B) {
			bare, d := bareFleet(b), &endpoint{fleet: newFleet(b, accounts)}
			bare.accounts, bare.models = d.accounts, d.models
			take := d.consumer(d.openNATS())
			versus(b, "events", bare.copied(4000), func() (int, func()) { return take(20_000) }, bare, d.fleet)
		})
	}
}

// source is a broker, with a way to publish messages; when flush returns, all of them are there.
type source struct {
	broker.Broker
	publish func(message []byte)
	flush   func()
}

// openNATS runs NATS's own server.
func (d *endpoint) openNATS() source {
	server, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: d.b.TempDir(), NoLog: true, NoSigs: true})
	d.must(err)
	server.Start()
	d.b.Cleanup(server.Shutdown)
	conn, err := nats.Connect(server.ClientURL(), nats.RetryOnFailedConnect(true))
	d.must(err)
	d.b.Cleanup(conn.Close)
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(1_000))
	d.must(err)
	for _, name := range []string{"usage", "dead"} {
		_, err = js.CreateStream(d.b.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{name}, Storage: jetstream.MemoryStorage})
		d.must(err)
	}
	from, err := broker.OpenNATS(d.b.Context(), broker.NATSConfig{URL: server.ClientURL(), Stream: "usage", Durable: "bench", DeadLetter: "dead"})
	d.must(err)
	publish := func(message []byte) {
		_, err := js.PublishAsync("usage", message)
		d.must(err)
	}
	return source{from, publish, func() { <-js.PublishAsyncComplete() }}
}

// openKafka runs franz-go's broker, which speaks Kafka's protocol.
func (d *endpoint) openKafka() source {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "usage"), kfake.SeedTopics(1, "dead"))
	d.must(err)
	d.b.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.DefaultProduceTopic("usage"))
	d.must(err)
	d.b.Cleanup(client.Close)
	from, err := broker.OpenKafka(broker.KafkaConfig{Brokers: cluster.ListenAddrs(), Topic: "usage", Group: "bench", DeadLetter: "dead"})
	d.must(err)
	publish := func(message []byte) {
		client.Produce(d.b.Context(), &kgo.Record{Value: message}, func(_ *kgo.Record, err error) {
			if err != nil {
				d.b.Error(err)
			}
		})
	}
	return source{from, publish, func() { d.must(client.Flush(d.b.Context())) }}
}

// consumer takes from a broker; the function that it returns first publishes messages.
func (d *endpoint) consumer(from source) func(n int) (int, func()) {
	d.b.Cleanup(from.Close)
	c, err := broker.New(broker.Config{Broker: from.Broker, Events: d.taker(), Log: slog.New(slog.DiscardHandler), Pause: func(context.Context, time.Duration) {}})
	d.must(err)
	return func(n int) (int, func()) {
		for _, e := range d.events(n) {
			one := d.cloudEvents([]tsdb.UsageEvent{e})
			from.publish(one[1 : len(one)-1])
		}
		from.flush()
		return n, func() {
			for stored := 0; stored < n; {
				round := c.RunOnce(d.b.Context())
				if stored += round.Statuses[tsdb.Stored]; round.Dead > 0 || round.Failures > 0 {
					d.b.Fatalf("%+v", round)
				}
			}
		}
	}
}

// taker returns what stores the usage in messages.
func (d *endpoint) taker() *ingest.Events {
	batcher := tsdb.NewBatcher(d.store, tsdb.BatcherConfig{})
	d.b.Cleanup(batcher.Stop)
	events, err := ingest.NewEvents(ingest.Config{Batcher: batcher, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		KeyOf:     func(kind ingest.IDKind, opaque string) (int64, bool) { return graph.KeyOf(graph.Kind(kind), opaque) },
		Authorize: func(context.Context, int64) bool { return true },
		Accounts:  func(context.Context, []string) (map[string]int64, error) { return nil, nil },
		Void: func(context.Context, int64, []tsdb.EventID) ([]tsdb.VoidResult, error) {
			return nil, nil
		},
		Charge: func(context.Context, int) bool { return true }, RequestID: func(context.Context) string { return "" }})
	d.must(err)
	return events
}
