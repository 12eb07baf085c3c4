package broker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// books is a database with an account that has a tool, and what stores events in it.
type books struct {
	t       testing.TB
	pool    *pgxpool.Pool
	store   *tsdb.Store
	batcher *tsdb.Batcher
	events  *ingest.Events
	account int64
}

// takerOf returns what stores events in a database, made as `usagegraph consume` makes it.
func takerOf(t testing.TB, pool *pgxpool.Pool) (*tsdb.Store, *tsdb.Batcher, *ingest.Events) {
	t.Helper()
	store, err := tsdb.New(tsdb.Config{Pool: pool, Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	batcher := tsdb.NewBatcher(store, tsdb.BatcherConfig{})
	events, err := ingest.NewEvents(ingest.Config{Batcher: batcher, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		KeyOf:     func(ingest.IDKind, string) (int64, bool) { return 0, false },
		Authorize: func(context.Context, int64) bool { return true },
		Accounts: func(ctx context.Context, ids []string) (map[string]int64, error) {
			return store.ExternalAccounts(ctx, nil, ids)
		},
		Void: func(ctx context.Context, account int64, ids []tsdb.EventID) ([]tsdb.VoidResult, error) {
			return store.VoidEvents(ctx, account, ids, tsdb.Actor{})
		},
		Charge: func(context.Context, int) bool { return true }, RequestID: func(context.Context) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	return store, batcher, events
}

func newBooks(t testing.TB) *books {
	t.Helper()
	b := &books{t: t, pool: tsdbtest.New(t)}
	b.store, b.batcher, b.events = takerOf(t, b.pool)
	t.Cleanup(b.batcher.Stop)
	var err error
	b.account, err = b.store.CreateAccount(t.Context(), tsdb.NewAccount{Own: tsdb.Own{ExternalID: "acme"}, Name: "Acme", IdempotencyKey: "acme"}, tsdb.Actor{})
	b.must(err)
	_, err = b.store.RegisterTool(t.Context(), tsdb.NewTool{Own: tsdb.Own{ExternalID: "search"}, AccountID: b.account, Name: "Search", OwnerName: "Mia", Status: tsdb.Deployed})
	b.must(err)
	return b
}

func (b *books) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// stored counts events, their runs, and what the account was charged.
func (b *books) stored() (events, runs, charged int) {
	b.t.Helper()
	b.must(b.pool.QueryRow(b.t.Context(), `SELECT count(*), coalesce(sum(runs), 0) FROM usage_event`).Scan(&events, &runs))
	a, err := b.store.Account(b.t.Context(), b.account)
	b.must(err)
	charged = int(a.Runs.Used())
	return events, runs, charged
}

// message is what a test publishes.
type message struct {
	header map[string]string // attributes in binary mode; nil: structured mode
	body   string
}

// at is the time of all events of a test.
var at = time.Now().UTC().Truncate(time.Hour).Format(time.RFC3339)

// run returns a tool run in structured mode.
func run(id int, replace ...string) message {
	return message{body: strings.NewReplacer(replace...).Replace(fmt.Sprintf(`{"specversion":"1.0","type":"usagegraph.tool.run","source":"broker","id":"%d","time":"%s",
		"accountexternalid":"acme","toolexternalid":"search","data":{"runs":2}}`, id, at))}
}

// binary returns a tool run in binary mode.
func binary(id int) message {
	return message{header: map[string]string{"specversion": "1.0", "type": "usagegraph.tool.run", "source": "broker", "id": fmt.Sprint(id), "time": at,
		"accountexternalid": "acme", "toolexternalid": "search"}, body: `{"runs":2}`}
}

// rig is a broker running in this process.
type rig interface {
	kind() string
	servers() string
	publish(messages ...message)
	open() Broker
	stop()
	dead(most int) []string // code, reason and body of dead letters, at most so many
}

// forEachRig runs a test on an empty broker of each kind.
func forEachRig(t *testing.T, test func(t *testing.T, r rig)) {
	t.Run("nats", func(t *testing.T) {
		t.Parallel()
		test(t, newNATS(t))
	})
	t.Run("kafka", func(t *testing.T) {
		t.Parallel()
		test(t, newKafka(t))
	})
}

type natsRig struct {
	t      *testing.T
	server *natsserver.Server
	js     jetstream.JetStream
}

// newNATS runs the real server inside the test, with a stream for events and one for dead letters.
func newNATS(t *testing.T) *natsRig {
	t.Helper()
	r := &natsRig{t: t}
	var err error
	r.server, err = natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	r.must(err)
	r.server.Start()
	t.Cleanup(func() { r.server.Shutdown(); r.server.WaitForShutdown() })
	if !r.server.ReadyForConnections(time.Minute) {
		t.Fatal("NATS does not start")
	}
	conn, err := nats.Connect(r.servers())
	r.must(err)
	t.Cleanup(conn.Close)
	r.js, err = jetstream.New(conn)
	r.must(err)
	for name, subject := range map[string]string{"USAGE": "usage.>", "DEAD": "dead.usage"} {
		_, err = r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subject}, Storage: jetstream.MemoryStorage})
		r.must(err)
	}
	return r
}

func (r *natsRig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
func (r *natsRig) kind() string    { return "nats" }
func (r *natsRig) stop()           { r.server.Shutdown() }
func (r *natsRig) servers() string { return r.server.ClientURL() }

func (r *natsRig) publish(messages ...message) {
	r.t.Helper()
	for _, of := range messages {
		m := nats.NewMsg("usage.eu")
		m.Data = []byte(of.body)
		for name, value := range of.header {
			m.Header.Set("ce-"+name, value)
		}
		_, err := r.js.PublishMsg(r.t.Context(), m)
		r.must(err)
	}
}

func openRig(ctx context.Context, kind, servers string) (Broker, error) {
	if kind == "nats" {
		return OpenNATS(ctx, NATSConfig{URL: servers, Stream: "USAGE", Durable: "books", DeadLetter: "dead.usage", AckWait: 3 * time.Second})
	}
	return OpenKafka(KafkaConfig{Brokers: strings.Split(servers, ","), Topic: "usage", Group: "books", DeadLetter: "dead", SessionTimeout: time.Second})
}

func (r *natsRig) open() Broker {
	r.t.Helper()
	b, err := openRig(r.t.Context(), r.kind(), r.servers())
	r.must(err)
	r.t.Cleanup(b.Close)
	return b
}

func (r *natsRig) dead(int) (letters []string) {
	r.t.Helper()
	c, err := r.js.OrderedConsumer(r.t.Context(), "DEAD", jetstream.OrderedConsumerConfig{})
	r.must(err)
	info, err := r.js.Stream(r.t.Context(), "DEAD")
	r.must(err)
	for range info.CachedInfo().State.Msgs {
		m, err := c.Next()
		r.must(err)
		letters = append(letters, m.Headers().Get("Usagegraph-Code")+": "+m.Headers().Get("Usagegraph-Reason")+": "+string(m.Data()))
	}
	return letters
}

type kafkaRig struct {
	t       *testing.T
	cluster *kfake.Cluster
	client  *kgo.Client
}

// newKafka runs franz-go's in-process broker, which is not Kafka itself but speaks its protocol.
func newKafka(t *testing.T) *kafkaRig {
	t.Helper()
	r := &kafkaRig{t: t}
	var err error
	r.cluster, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "usage"), kfake.SeedTopics(1, "dead"), kfake.GroupMinSessionTimeout(time.Second))
	r.must(err)
	t.Cleanup(r.cluster.Close)
	r.client, err = kgo.NewClient(kgo.SeedBrokers(r.cluster.ListenAddrs()...), kgo.ConsumeTopics("dead"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	r.must(err)
	t.Cleanup(r.client.Close)
	return r
}

func (r *kafkaRig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
func (r *kafkaRig) kind() string    { return "kafka" }
func (r *kafkaRig) stop()           { r.cluster.Close() }
func (r *kafkaRig) servers() string { return strings.Join(r.cluster.ListenAddrs(), ",") }

func (r *kafkaRig) publish(messages ...message) {
	r.t.Helper()
	records := make([]*kgo.Record, 0, len(messages))
	for _, of := range messages {
		record := &kgo.Record{Topic: "usage", Value: []byte(of.body), Key: []byte(of.body)}
		for name, value := range of.header {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: "ce_" + name, Value: []byte(value)})
		}
		records = append(records, record)
	}
	r.must(r.client.ProduceSync(r.t.Context(), records...).FirstErr())
}

func (r *kafkaRig) open() Broker {
	r.t.Helper()
	b, err := openRig(r.t.Context(), r.kind(), r.servers())
	r.must(err)
	r.t.Cleanup(b.Close)
	return b
}

func (r *kafkaRig) dead(most int) (letters []string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Second)
	defer cancel()
	for ctx.Err() == nil && len(letters) < most {
		for _, of := range r.client.PollFetches(ctx).Records() {
			header := func(name string) string {
				i := slices.IndexFunc(of.Headers, func(h kgo.RecordHeader) bool { return h.Key == name })
				return string(of.Headers[i].Value)
			}
			letters = append(letters, header("usagegraph_code")+": "+header("usagegraph_reason")+": "+string(of.Value))
		}
	}
	return letters
}
