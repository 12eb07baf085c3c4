package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/ingest/broker"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb"
)

func consumeForms() []string {
	return []string{
		"consume nats --stream NAME --durable NAME --dead-letter SUBJECT [--subject SUBJECT] [--credentials FILE]",
		"consume kafka --topic NAME --group NAME --dead-letter TOPIC [--tls] [--mechanism PLAIN|SCRAM-SHA-256|SCRAM-SHA-512]",
	}
}

// consumeOrder holds the arguments of `usagegraph consume`.
type consumeOrder struct {
	kind, account, server, deadLetter string
	takeover                          time.Duration
	batch                             int
	nats                              broker.NATSConfig
	kafka                             broker.KafkaConfig
}

func (o *consumeOrder) flags(fs *flag.FlagSet) {
	fs.StringVar(&o.server, "server", "", "`ADDRESSES`: the broker's, separated by commas; those of NATS_URL or KAFKA_BROKERS, else this machine's, unless given")
	fs.StringVar(&o.deadLetter, "dead-letter", "", "`NAME`: the subject or topic for messages that can never be stored")
	countFlag(fs, &o.batch, "batch", 1_000, 1, ingest.MaxEvents, "`N`: how many messages are taken together")
	durationFlag(fs, &o.takeover, "takeover", 0, time.Second, "`DURATION`: how long what a process held that died is kept from the others; 90s in NATS, 45s in Kafka unless given")
	fs.StringVar(&o.account, "account", "", "`ID`: the only account whose usage is taken, or external:account:ID")
	fs.StringVar(&o.nats.Stream, "stream", "", "`NAME`: the stream of NATS JetStream")
	fs.StringVar(&o.nats.Subject, "subject", "", "`SUBJECT`: one subject of the stream alone")
	fs.StringVar(&o.nats.Durable, "durable", "", "`NAME`: under which NATS remembers how far it was read")
	fs.StringVar(&o.nats.Credentials, "credentials", "", "`FILE`: the credentials for NATS")
	fs.StringVar(&o.kafka.Topic, "topic", "", "`NAME`: the topic of Kafka")
	fs.StringVar(&o.kafka.Group, "group", "", "`NAME`: under which Kafka remembers how far it was read")
	fs.BoolVar(&o.kafka.TLS, "tls", false, "reach Kafka by TLS")
	fs.StringVar(&o.kafka.Mechanism, "mechanism", "", "`NAME`: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, how to sign in with KAFKA_USERNAME and KAFKA_PASSWORD")
}

// of completes an order for a kind of broker. What may be secret comes from the environment.
func (o *consumeOrder) of(p program, kind string) (err error) {
	o.kind = kind
	o.nats.AckWait, o.kafka.SessionTimeout = o.takeover, o.takeover
	o.nats.DeadLetter, o.kafka.DeadLetter, o.nats.Batch = o.deadLetter, o.deadLetter, o.batch
	if kind == "nats" {
		if o.nats.URL = o.server; o.server == "" {
			o.nats.URL, err = p.secretVariable("NATS_URL") // it may hold a password
		}
		o.nats.URL = cmp.Or(o.nats.URL, "nats://127.0.0.1:4222")
		return err
	}
	o.kafka.Brokers = strings.Split(cmp.Or(o.server, p.getenv("KAFKA_BROKERS"), "127.0.0.1:9092"), ",")
	o.kafka.Username = p.getenv("KAFKA_USERNAME")
	o.kafka.Password, err = p.secretVariable("KAFKA_PASSWORD")
	return err
}

// secretVariable reads a variable, or the file that contains its value.
func (p program) secretVariable(name string) (string, error) {
	if path := p.getenv(name + "_FILE"); path != "" {
		return secretOf(name, path, p.getenv(name))
	}
	return p.getenv(name), nil
}

// consume takes CloudEvents from a broker until it is stopped.
func (p program) consume(fs *flag.FlagSet) action {
	var o consumeOrder
	o.flags(fs)
	return func(ctx context.Context, c config, args []string) error {
		kind, more, ok := oneOf(args, "nats", "kafka")
		if !ok || len(more) > 0 {
			return misused(consumeForms())
		}
		if err := o.of(p, kind); err != nil {
			return err
		}
		return p.consumeFrom(ctx, c, o)
	}
}

func (p program) consumeFrom(ctx context.Context, c config, o consumeOrder) error {
	store, closeStore, err := p.openStoreOf(ctx, c, true)
	if err != nil {
		return err
	}
	defer closeStore()
	batcher := tsdb.NewBatcher(store, c.Batcher)
	defer batcher.Stop()
	refusals := tsdb.NewRefusalLog(store)
	defer refusals.Stop()
	events, err := p.brokerEvents(ctx, c, store, batcher, refusals, o.account)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	build := server.ReadBuild()
	build.Revision = cmp.Or(build.Revision, c.Revision)
	server.AboutProcess(registry, build)
	metrics := broker.NewMetrics(registry)
	closeMetrics, err := p.serveMetrics(ctx, c, registry)
	if err != nil {
		return err
	}
	defer closeMetrics()
	from, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer from.Close()
	consumer, err := broker.New(broker.Config{Broker: from, Events: events, Batch: o.batch, Pause: pause, Observe: metrics.Observe, Log: c.Log})
	if err != nil {
		return err
	}
	c.Log.Info("taking messages", "broker", o.kind, "batch", o.batch)
	consumer.Run(ctx)
	return nil
}

func (o *consumeOrder) open(ctx context.Context) (broker.Broker, error) {
	if o.kind == "nats" {
		return broker.OpenNATS(ctx, o.nats)
	}
	return broker.OpenKafka(o.kafka)
}

// brokerEvents stores the usage in messages. If only names an account, all other accounts are answered as if they did not exist.
func (p program) brokerEvents(ctx context.Context, c config, store *tsdb.Store, batcher *tsdb.Batcher, refusals *tsdb.RefusalLog, only string) (*ingest.Events, error) {
	var bound []int64
	if only != "" {
		account, err := namedAccount(ctx, store, only)
		if err != nil {
			return nil, err
		}
		bound = []int64{account}
	}
	return ingest.NewEvents(ingest.Config{
		Batcher: batcher, Refusals: refusals, Clock: p.clock, Log: c.Log,
		KeyOf:     func(kind ingest.IDKind, opaque string) (int64, bool) { return graph.KeyOf(graph.Kind(kind), opaque) },
		Authorize: func(_ context.Context, account int64) bool { return bound == nil || account == bound[0] },
		Accounts: func(ctx context.Context, ids []string) (map[string]int64, error) {
			return store.ExternalAccounts(ctx, bound, ids)
		},
		Void: func(ctx context.Context, account int64, ids []tsdb.EventID) ([]tsdb.VoidResult, error) {
			return store.VoidEvents(ctx, account, ids, tsdb.Actor{Name: "usagegraph consume"})
		},
		Charge:    func(context.Context, int) bool { return true }, // the broker decides who may write to it
		RequestID: func(context.Context) string { return "" },
	})
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// serveMetrics serves /metrics at the address in the setting metrics-listen; without it there are none.
func (p program) serveMetrics(ctx context.Context, c config, registry *prometheus.Registry) (closeAll func(), err error) {
	if c.MetricsListen == "" {
		return func() {}, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.MetricsListen)
	if err != nil {
		return nil, fmt.Errorf("metrics-listen: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() { _ = s.Serve(listener) }() // ended by closeAll
	return func() { _ = s.Close() }, nil
}
