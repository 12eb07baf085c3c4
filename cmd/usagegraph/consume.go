package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/ingest/broker"
	"github.com/usagegraph/usagegraph/tsdb"
)

// consumeFlags are the flags of `usagegraph consume` alone.
func consumeFlags() []string {
	return []string{"--server", "--stream", "--subject", "--durable", "--credentials", "--topic", "--group", "--dead-letter", "--batch", "--account", "--mechanism", "--tls"}
}

const consumeUsage = `consume nats --stream NAME --durable NAME --dead-letter SUBJECT [--subject SUBJECT] [--credentials FILE]
consume kafka --topic NAME --group NAME --dead-letter TOPIC [--tls] [--mechanism PLAIN|SCRAM-SHA-256|SCRAM-SHA-512]
both: [--server HOST:PORT,…] [--batch N] [--account ID]`

// consumeOrder is what `usagegraph consume` is told to do.
type consumeOrder struct {
	kind, account string
	batch         int
	nats          broker.NATSConfig
	kafka         broker.KafkaConfig
}

// readConsumeOrder reads the arguments; what may be secret comes from the environment.
func (p program) readConsumeOrder(args []string) (consumeOrder, error) {
	o := consumeOrder{batch: 1_000}
	var server, deadLetter, batch string
	set := map[string]*string{"--server": &server, "--stream": &o.nats.Stream, "--subject": &o.nats.Subject, "--durable": &o.nats.Durable,
		"--credentials": &o.nats.Credentials, "--topic": &o.kafka.Topic, "--group": &o.kafka.Group, "--dead-letter": &deadLetter,
		"--batch": &batch, "--account": &o.account, "--mechanism": &o.kafka.Mechanism}
	for _, arg := range args {
		name, value, isFlag := cutFlag(arg)
		switch field := set[name]; {
		case !isFlag && o.kind == "" && (arg == "nats" || arg == "kafka"):
			o.kind = arg
		case name == "--tls":
			o.kafka.TLS = true
		case field != nil:
			*field = value
		default:
			return o, errors.New("say " + consumeUsage)
		}
	}
	var err error
	if batch != "" {
		if o.batch, err = strconv.Atoi(batch); err != nil || o.batch < 1 || o.batch > ingest.MaxEvents {
			return o, fmt.Errorf("--batch: 1 to %d messages", ingest.MaxEvents)
		}
	}
	o.nats.DeadLetter, o.kafka.DeadLetter, o.nats.Batch = deadLetter, deadLetter, o.batch
	switch o.kind {
	case "nats":
		o.nats.URL = cmp.Or(server, p.getenv("NATS_URL"), "nats://127.0.0.1:4222")
	case "kafka":
		o.kafka.Brokers = strings.Split(cmp.Or(server, p.getenv("KAFKA_BROKERS"), "127.0.0.1:9092"), ",")
		o.kafka.Username = p.getenv("KAFKA_USERNAME")
		o.kafka.Password, err = p.kafkaPassword()
	default:
		err = errors.New("say " + consumeUsage)
	}
	return o, err
}

// kafkaPassword reads the password, or the file that holds it.
func (p program) kafkaPassword() (string, error) {
	name := p.getenv("KAFKA_PASSWORD_FILE")
	if name == "" {
		return p.getenv("KAFKA_PASSWORD"), nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return "", errors.New("KAFKA_PASSWORD_FILE: the file cannot be read")
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// consume takes CloudEvents from a broker until it is stopped.
func (p program) consume(ctx context.Context, c config, rest []string) error {
	o, err := p.readConsumeOrder(rest)
	if err != nil {
		return err
	}
	store, closeStore, err := p.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer closeStore()
	batcher := tsdb.NewBatcher(store, c.Batcher)
	defer batcher.Stop()
	events, err := p.brokerEvents(ctx, c, store, batcher, o.account)
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
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

// brokerEvents stores what messages say, of one account if that is asked for: then others answer like those that do not exist.
func (p program) brokerEvents(ctx context.Context, c config, store *tsdb.Store, batcher *tsdb.Batcher, only string) (*ingest.Events, error) {
	var bound []int64
	if only != "" {
		account, err := graph.AccountByText(ctx, store, nil, only)
		if err != nil {
			return nil, err
		}
		if account == 0 {
			return nil, errors.New("--account: there is no such account")
		}
		bound = []int64{account}
	}
	return ingest.NewEvents(ingest.Config{
		Batcher: batcher, Clock: p.clock, Log: c.Log,
		KeyOf:     func(kind ingest.IDKind, opaque string) (int64, bool) { return graph.KeyOf(graph.Kind(kind), opaque) },
		Authorize: func(_ context.Context, account int64) bool { return bound == nil || account == bound[0] },
		Accounts: func(ctx context.Context, ids []string) (map[string]int64, error) {
			return store.ExternalAccounts(ctx, bound, ids)
		},
		Void: func(ctx context.Context, account int64, ids []tsdb.EventID) ([]tsdb.VoidResult, error) {
			return store.VoidEvents(ctx, account, ids, tsdb.Actor{Name: "usagegraph consume"})
		},
		Charge:    func(context.Context, int) bool { return true }, // who may write to the broker is the broker's to say
		RequestID: func(context.Context) string { return "" },
	})
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// serveMetrics answers /metrics where the setting metrics-listen says; without it there are none.
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
	go func() { _ = s.Serve(listener) }() // it ends with closeAll
	return func() { _ = s.Close() }, nil
}
