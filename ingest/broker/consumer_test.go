package broker

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(min(d, 20*time.Millisecond)):
	}
}

// consumer makes a consumer that takes from a broker into the books.
func (b *books) consumer(from Broker, batch int) *Consumer {
	b.t.Helper()
	c, err := New(Config{Broker: from, Events: b.events, Batch: batch, Pause: pause})
	b.must(err)
	return c
}

// take runs rounds until so many messages are done, and sums them up.
func (b *books) take(c *Consumer, want int) (sum Round) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	sum.Statuses = map[tsdb.UsageStatus]int{}
	for done := 0; done < want; {
		if ctx.Err() != nil {
			b.t.Fatalf("%d of %d messages after a minute: %+v", done, want, sum)
		}
		r := c.RunOnce(ctx)
		for status, n := range r.Statuses {
			sum.Statuses[status] += n
			done += n
		}
		sum.Dead, sum.Lag, sum.Failures = sum.Dead+r.Dead, r.Lag, sum.Failures+r.Failures
	}
	return sum
}

// Messages in both modes, some of them sent twice, become usage once. Refused messages are among the dead letters with the reason.
func TestMessagesBecomeUsage(t *testing.T) {
	t.Parallel()
	forEachRig(t, func(t *testing.T, r rig) {
		b := newBooks(t)
		var messages []message
		for i := range 300 {
			messages = append(messages, run(i))
		}
		for i := range 100 {
			messages = append(messages, run(i), binary(300+i))
		}
		messages = append(messages, message{body: "no JSON"}, run(900, "search", "nothing"), run(250, `"runs":2`, `"runs":3`))
		r.publish(messages...)
		sum := b.take(b.consumer(r.open(), 64), len(messages))
		if sum.Statuses[tsdb.Stored] != 400 || sum.Statuses[tsdb.Duplicate] != 100 || sum.Statuses[tsdb.UsageConflict] != 1 || sum.Dead != 3 || sum.Lag != 0 {
			t.Errorf("%+v", sum)
		}
		if events, runs, charged := b.stored(); events != 400 || runs != charged || runs != 800 && runs != 801 { // Kafka orders within a partition alone
			t.Errorf("%d events, %d runs, %d charged", events, runs, charged)
		}
		dead := r.dead(3)
		slices.Sort(dead)
		for i, want := range []string{"CONFLICT: another event", "MALFORMED: the message is not JSON", "UNKNOWN_TOOL: the account has no such tool"} {
			if i >= len(dead) || !strings.HasPrefix(dead[i], want) {
				t.Fatalf("dead letters: %q", dead)
			}
		}
		if !strings.HasSuffix(dead[1], ": no JSON") {
			t.Errorf("a dead letter does not hold its message: %q", dead[1])
		}
	})
}

// Headers of NATS are unquoted and percent-decoded as those of HTTP, and their names may have any case, so that an event that a bridge has sent
// by both ways counts once. What is not percent-encoded is taken as it stands.
func TestHeadersOfNATS(t *testing.T) {
	t.Parallel()
	b, r := newBooks(t), newNATS(t)
	publish := func(header map[string]string) {
		t.Helper()
		m := nats.NewMsg("usage.eu")
		for name, value := range header {
			m.Header[name] = []string{value}
		}
		m.Data = []byte(`{"runs":2}`)
		_, err := r.js.PublishMsg(t.Context(), m)
		r.must(err)
	}
	publish(map[string]string{"ce-specversion": "1.0", "ce-type": "usagegraph.tool.run", "ce-source": "a b", "ce-id": "q1", "ce-time": at, "ce-accountexternalid": "acme", "ce-toolexternalid": "search"})
	publish(map[string]string{"Ce-Specversion": `"1.0"`, "Ce-Type": `"usagegraph.tool.run"`, "Ce-Source": `"a b"`, "Ce-Id": `"q1"`, "Ce-Time": `"` + at + `"`, "Ce-Accountexternalid": "acme",
		"CE-TOOLEXTERNALID": `"search"`, "Content-Type": "application/json"})
	publish(map[string]string{"ce-specversion": "1.0", "ce-type": "usagegraph.tool.run", "ce-source": "a%20b", "ce-id": "100%", "ce-time": at, "ce-accountexternalid": "acme", "ce-toolexternalid": "search"})
	sum := b.take(b.consumer(r.open(), 10), 3)
	if sum.Statuses[tsdb.Stored] != 2 || sum.Statuses[tsdb.Duplicate] != 1 || sum.Dead != 0 {
		t.Errorf("%+v %q", sum, r.dead(3))
	}
}

// broken is a broker that fails for a while at every step.
type broken struct {
	Broker
	fetches, burials, settlements atomic.Int32
}

var errAway = errors.New("the broker is away")

func (b *broken) Fetch(ctx context.Context, most int) ([]Delivery, error) {
	if b.fetches.Add(1) <= 2 {
		return nil, errAway
	}
	return b.Broker.Fetch(ctx, most)
}

func (b *broken) Bury(ctx context.Context, dead []Dead) error {
	if b.burials.Add(1) <= 2 {
		return errAway
	}
	return b.Broker.Bury(ctx, dead)
}

func (b *broken) Settle(ctx context.Context, done []Delivery) error {
	if b.settlements.Add(1) <= 1 {
		return errAway
	}
	return b.Broker.Settle(ctx, done)
}

// A broker that is away for a while loses nothing and duplicates nothing.
func TestBrokerThatIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	forEachRig(t, func(t *testing.T, r rig) {
		b := newBooks(t)
		r.publish(run(1), run(2), message{body: "no JSON"})
		sum := b.take(b.consumer(&broken{Broker: r.open()}, 10), 3)
		if events, runs, charged := b.stored(); events != 2 || runs != 4 || charged != 4 || sum.Failures < 4 || len(r.dead(3)) != 1 {
			t.Errorf("%d events, %d runs, %d charged, %+v", events, runs, charged, sum)
		}
	})
}

// A broker that is gone is reported, by the log and by the metric of failures, and not mistaken for one without messages.
func TestBrokerThatIsGone(t *testing.T) {
	t.Parallel()
	forEachRig(t, func(t *testing.T, r rig) {
		_, batcher, events := takerOf(t, tsdbtest.New(t))
		defer batcher.Stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var log bytes.Buffer
		c, err := New(Config{Broker: r.open(), Events: events, Pause: func(context.Context, time.Duration) { cancel() }, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if round := c.RunOnce(ctx); round.Failures > 0 {
				t.Fatalf("%+v\n%s", round, &log)
			}
		}
		r.stop()
		failures := 0
		for ctx.Err() == nil {
			failures += c.RunOnce(ctx).Failures
		}
		if failures != 1 || !strings.Contains(log.String(), "fetch messages") {
			t.Errorf("%d failures\n%s", failures, &log)
		}
	})
}

// The same goes for a Kafka that was never reached: its client has no broker whose connection could break.
func TestKafkaThatIsNotThere(t *testing.T) {
	t.Parallel()
	b, err := OpenKafka(KafkaConfig{Brokers: []string{"127.0.0.1:1"}, Topic: "usage", Group: "books", DeadLetter: "dead"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if _, err := b.Fetch(t.Context(), 10); err == nil || !strings.Contains(err.Error(), "no broker of Kafka answers") {
		t.Errorf("a broker that is not there says %v", err)
	}
}

// While the database is away, nothing is stored: messages wait at the broker, unacknowledged, and no more than one batch of them here.
func TestDatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	forEachRig(t, func(t *testing.T, r rig) {
		b := newBooks(t)
		r.publish(run(1), run(2), run(3))
		_, stopped, events := takerOf(t, b.pool)
		stopped.Stop()
		from := &counted{Broker: r.open()}
		ctx, cancel := context.WithCancel(t.Context())
		failures, waiting := 0, int64(0)
		c, err := New(Config{Broker: from, Events: events, Batch: 2, Observe: func(r Round) { failures, waiting = failures+r.Failures, r.Lag }, Pause: func(context.Context, time.Duration) {
			if from.failed++; from.failed < 3 {
				return
			}
			if failures != 3 || waiting < 2 { // while it lasts: alerts are about outages that go on
				t.Errorf("the metrics have %d failures, and %d messages that wait", failures, waiting)
			}
			cancel()
		}})
		b.must(err)
		c.Run(ctx)
		if failures != 3 {
			t.Errorf("%d failures afterwards", failures)
		}
		if from.most > 2 || from.settled != 0 {
			t.Errorf("%d messages under way, %d acknowledged", from.most, from.settled)
		}
		from.Broker.Close()
		b.take(b.consumer(r.open(), 10), 3)
		if n, _, _ := b.stored(); n != 3 {
			t.Errorf("%d events", n)
		}
	})
}

// counted records what goes through a broker.
type counted struct {
	Broker
	most, settled, failed int
}

func (c *counted) Fetch(ctx context.Context, most int) ([]Delivery, error) {
	got, err := c.Broker.Fetch(ctx, most)
	c.most = max(c.most, len(got))
	return got, err
}

func (c *counted) Settle(ctx context.Context, done []Delivery) error {
	c.settled += len(done)
	return c.Broker.Settle(ctx, done)
}

// Two processes with the same name share the messages. One of them leaves half-way, and nothing is lost or counted twice.
func TestConsumersShareAndTakeOver(t *testing.T) {
	t.Parallel()
	forEachRig(t, func(t *testing.T, r rig) {
		b := newBooks(t)
		var messages []message
		for i := range 600 {
			messages = append(messages, run(i))
		}
		r.publish(messages[:300]...)
		first := r.open()
		b.take(b.consumer(first, 50), 50)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		var enough atomic.Int64
		go func() {
			defer close(ended)
			c, _ := New(Config{Broker: first, Events: b.events, Batch: 50, Pause: pause, Observe: func(round Round) {
				for _, n := range round.Statuses {
					enough.Add(int64(n))
				}
			}})
			c.Run(ctx)
			first.Close()
		}()
		second := b.consumer(r.open(), 50)
		r.publish(messages[300:]...)
		for n := 0; n < 600; n, _, _ = b.stored() {
			second.RunOnce(t.Context())
			if n > 400 {
				stop()
			}
		}
		stop()
		<-ended
		if n, runs, charged := b.stored(); n != 600 || runs != 1200 || charged != 1200 {
			t.Errorf("%d events, %d runs, %d charged", n, runs, charged)
		}
	})
}

// Wrong settings are reported at once.
func TestWhatCannotWork(t *testing.T) {
	t.Parallel()
	r := newNATS(t)
	ok := NATSConfig{URL: r.servers(), Stream: "USAGE", Durable: "d", DeadLetter: "dead.usage"}
	for want, change := range map[string]func(*NATSConfig){
		"are required":              func(c *NATSConfig) { c.Durable = "" },
		"USAGE itself":              func(c *NATSConfig) { c.DeadLetter = "usage.dead" },
		"dead-letter subject":       func(c *NATSConfig) { c.DeadLetter = "nowhere" },
		"consumer d of the stream":  func(c *NATSConfig) { c.Stream = "OTHER" },
		"connect to NATS":           func(c *NATSConfig) { c.URL = "nats://user:secret@127.0.0.1:1" },
		"takes other subjects":      func(c *NATSConfig) { c.Durable, c.Subject = "books", "usage.eu" },
		"no such file or directory": func(c *NATSConfig) { c.Credentials = "/nowhere" },
	} {
		r.open() // makes the consumer "books", of all subjects
		c := ok
		change(&c)
		_, err := OpenNATS(t.Context(), c)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", want, err)
		}
	}
	for want, c := range map[string]KafkaConfig{
		"are required": {Brokers: []string{"127.0.0.1:1"}, Topic: "a", Group: "g"},
		"come again":   {Brokers: []string{"127.0.0.1:1"}, Topic: "a", Group: "g", DeadLetter: "a"},
		"mechanism is": {Brokers: []string{"127.0.0.1:1"}, Topic: "a", Group: "g", DeadLetter: "d", Username: "u", Mechanism: "X"},
	} {
		if _, err := OpenKafka(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := New(Config{}); err == nil {
		t.Error("a consumer of nothing")
	}
}
