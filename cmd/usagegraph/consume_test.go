package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

func TestConsumeOrders(t *testing.T) {
	t.Parallel()
	environment := map[string]string{"KAFKA_BROKERS": "a:1,b:2", "KAFKA_USERNAME": "u", "KAFKA_PASSWORD": "secret", "NATS_URL": "nats://n:1"}
	p := program{getenv: func(name string) string { return environment[name] }}
	read := func(args ...string) (o consumeOrder, settings map[string]string, err error) {
		fs := newFlags("consume")
		o.flags(fs)
		settings, rest, err := readFlags(fs, args)
		if err != nil {
			return o, nil, err
		}
		kind, _, ok := oneOf(rest, "nats", "kafka")
		return o, settings, errors.Join(fault(!ok, "no broker"), o.of(p, kind))
	}
	o, settings, err := read("kafka", "--topic", "usage", "--group=g", "--tls", "--dead-letter", "dead", "--pool-size", "4")
	if err != nil || fmt.Sprint(o.kafka.Brokers) != "[a:1 b:2]" || !o.kafka.TLS || o.kafka.Password != "secret" || o.kafka.DeadLetter != "dead" || o.batch != 1000 {
		t.Errorf("%+v %v", o, err)
	}
	if len(settings) != 1 || settings["pool-size"] != "4" {
		t.Errorf("settings %q", settings)
	}
	if o, _, err = read("nats", "--stream=S", "--durable=d", "--dead-letter=x", "--batch=7", "--server=nats://m:1", "--takeover=5s"); err != nil || o.nats.AckWait != 5*time.Second || o.nats.URL != "nats://m:1" || o.batch != 7 {
		t.Errorf("%+v %v", o, err)
	}
	environment["KAFKA_PASSWORD_FILE"] = fileOf(t, "password", "\ufeffof the file\n", 0o400)
	if o, _, err := read("kafka", "--topic=t", "--group=g", "--dead-letter=d"); err == nil || !strings.Contains(err.Error(), "both set") {
		t.Errorf("two passwords: %q %v", o.kafka.Password, err)
	}
	delete(environment, "KAFKA_PASSWORD")
	if o, _, err := read("kafka", "--topic=t", "--group=g", "--dead-letter=d"); err != nil || o.kafka.Password != "of the file" {
		t.Errorf("the password of the file: %q %v", o.kafka.Password, err)
	}
	environment["KAFKA_PASSWORD_FILE"] = "/nowhere"
	for _, args := range [][]string{{}, {"rabbit"}, {"nats", "--batch=0"}, {"nats", "--batch=x"}, {"nats", "--what=x"}, {"nats", "--takeover=1ms"}, {"kafka"}} {
		if o, _, err := read(args...); err == nil {
			t.Errorf("%q: %+v", args, o)
		}
	}
	if err := (program{args: []string{"consume", "nats", "kafka", "--database-url=postgres://h/d"}, getenv: p.getenv, errs: io.Discard, clock: time.Now}).run(t.Context()); err == nil {
		t.Error("two brokers at once")
	}
}

// The command from its arguments to its metrics: messages become usage until it is stopped.
func TestConsumeCommand(t *testing.T) {
	t.Parallel()
	url := tsdbtest.NewURL(t)
	account, _, tool := importTargets(t, url)
	broker, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	broker.Start()
	t.Cleanup(broker.Shutdown)
	conn, err := nats.Connect(broker.ClientURL(), nats.RetryOnFailedConnect(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, _ := jetstream.New(conn)
	for _, name := range []string{"usage", "dead"} {
		if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{name}, Storage: jetstream.MemoryStorage}); err != nil {
			t.Fatal(err)
		}
	}
	event := cloudEvent(account, tool, "a")
	for _, body := range []string{event, event, "x"} {
		if _, err := js.Publish(t.Context(), "usage", []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := listener.Addr().String()
	_ = listener.Close()
	var errs bytes.Buffer
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		p := program{args: []string{"consume", "nats", "--database-url", url, "--metrics-listen", at, "--stream", "usage", "--durable", "d", "--dead-letter", "dead", "--account", account},
			getenv: func(name string) string { return map[string]string{"NATS_URL": broker.ClientURL()}[name] }, out: io.Discard, errs: &errs, clock: time.Now}
		ended <- p.run(ctx)
	}()
	waitFor(t, func() bool {
		answer, err := http.Get("http://" + at + "/metrics")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		for _, want := range []string{`usagegraph_consumer_messages_total{status="STORED"} 1`, `{status="DUPLICATE"} 1`, `usagegraph_consumer_dead_letters_total 1`, `usagegraph_consumer_lag 0`, `usagegraph_consumer_failures_total 0`} {
			if !strings.Contains(string(text), want) {
				return false
			}
		}
		return true
	})
	stop()
	if err := <-ended; err != nil {
		t.Errorf("%v\n%s", err, &errs)
	}
}
