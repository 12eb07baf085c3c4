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
	delete(environment, "NATS_URL")
	environment["NATS_URL_FILE"] = fileOf(t, "nats", "nats://u:s3cret@n:1\n", 0o400)
	if o, _, err := read("nats", "--stream=S", "--durable=d", "--dead-letter=x"); err != nil || o.nats.URL != "nats://u:s3cret@n:1" {
		t.Errorf("the URL of the file: %q %v", o.nats.URL, err)
	}
	environment["NATS_URL_FILE"] = "/nowhere"
	if o, _, err := read("nats", "--stream=S", "--durable=d", "--dead-letter=x", "--server=nats://m:1"); err != nil || o.nats.URL != "nats://m:1" {
		t.Errorf("the flag's URL: %q %v", o.nats.URL, err)
	}
	if o, _, err := read("nats", "--stream=S", "--durable=d", "--dead-letter=x"); err == nil {
		t.Errorf("a file that is not there: %q", o.nats.URL)
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
	broker, publish := brokerOf(t)
	event := cloudEvent(account, tool, "a")
	for _, body := range []string{event, event, "x"} {
		publish(body)
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
			getenv: func(name string) string { return map[string]string{"NATS_URL": broker}[name] }, out: io.Discard, errs: &errs, clock: time.Now}
		ended <- p.run(ctx)
	}()
	waitFor(t, func() bool {
		answer, err := http.Get("http://" + at + "/metrics")
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		for _, want := range []string{`usagegraph_consumer_messages_total{status="STORED"} 1`, `{status="DUPLICATE"} 1`, `usagegraph_consumer_dead_letters_total 1`, `usagegraph_consumer_lag 0`, `usagegraph_consumer_failures_total 0`,
			"usagegraph_build_info{", "process_resident_memory_bytes "} {
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
