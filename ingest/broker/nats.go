package broker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/usagegraph/usagegraph/ingest"
)

// NATSConfig says where the events are in NATS JetStream. URL, Stream, Durable and DeadLetter are required.
type NATSConfig struct {
	URL         string // of one or several servers, separated by commas
	Credentials string // file with a JWT and its key; "": none
	Stream      string // the stream with the events
	Subject     string // the subject within it to take; "": all
	Durable     string // name of the consumer, which is made if it does not exist; processes with the same name share the messages
	DeadLetter  string // subject for refused messages; it must belong to another stream
	Batch       int    // messages being processed at once by one process
	// AckWait is how long a new consumer waits before unacknowledged messages are delivered again; it must be longer than a transaction may
	// take. Default 90 s.
	AckWait time.Duration
}

// jetStream is a consumer of NATS JetStream.
type jetStream struct {
	conn     *nats.Conn
	js       jetstream.JetStream
	consumer jetstream.Consumer
	cfg      NATSConfig
	lag      int64
}

// Time-outs and bounds of NATS.
const (
	natsWait    = time.Second // for a message if there is none
	natsAckWait = 90 * time.Second
	natsConnect = 10 * time.Second
)

// OpenNATS connects to a broker and finds or makes the consumer.
func OpenNATS(ctx context.Context, cfg NATSConfig) (Broker, error) {
	if cfg.URL == "" || cfg.Stream == "" || cfg.Durable == "" || cfg.DeadLetter == "" {
		return nil, errors.New("nats: server, stream, durable and dead-letter are required")
	}
	options := []nats.Option{nats.Name("usagegraph consume"), nats.MaxReconnects(-1), nats.Timeout(natsConnect)}
	if cfg.Credentials != "" {
		options = append(options, nats.UserCredentials(cfg.Credentials))
	}
	conn, err := nats.Connect(cfg.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", withoutURL(err))
	}
	j := &jetStream{conn: conn, cfg: cfg}
	ctx, cancel := context.WithTimeout(ctx, natsConnect)
	defer cancel()
	if err := j.open(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return j, nil
}

// withoutURL returns an error without the URL that it may contain, since the URL may contain a password.
func withoutURL(err error) error {
	var parse *url.Error
	if errors.As(err, &parse) {
		return parse.Err
	}
	return err
}

func (j *jetStream) open(ctx context.Context) (err error) {
	if j.js, err = jetstream.New(j.conn); err != nil {
		return fmt.Errorf("open JetStream: %w", err)
	}
	grave, err := j.js.StreamNameBySubject(ctx, j.cfg.DeadLetter)
	switch {
	case err != nil:
		return fmt.Errorf("find the stream of the dead-letter subject %s: %w", j.cfg.DeadLetter, err)
	case grave == j.cfg.Stream:
		return fmt.Errorf("the dead-letter subject %s belongs to the stream %s itself: its messages would come again", j.cfg.DeadLetter, grave)
	}
	if j.consumer, err = j.js.Consumer(ctx, j.cfg.Stream, j.cfg.Durable); errors.Is(err, jetstream.ErrConsumerNotFound) {
		j.consumer, err = j.js.CreateConsumer(ctx, j.cfg.Stream, jetstream.ConsumerConfig{
			Durable: j.cfg.Durable, FilterSubject: j.cfg.Subject, AckPolicy: jetstream.AckExplicitPolicy, AckWait: cmp.Or(j.cfg.AckWait, natsAckWait),
			MaxDeliver: -1, MaxAckPending: 20 * max(j.cfg.Batch, 1_000),
		})
	}
	if err != nil {
		return fmt.Errorf("open the consumer %s of the stream %s: %w", j.cfg.Durable, j.cfg.Stream, err)
	}
	is := j.consumer.CachedInfo().Config
	if is.FilterSubject != j.cfg.Subject || is.AckPolicy != jetstream.AckExplicitPolicy {
		return fmt.Errorf("the consumer %s is there already and takes other subjects, or is not acknowledged one by one: use another name", j.cfg.Durable)
	}
	return nil
}

// Fetch implements Broker. While the server is away, the client would only say that nothing came.
func (j *jetStream) Fetch(_ context.Context, most int) ([]Delivery, error) {
	if !j.conn.IsConnected() {
		return nil, errors.Join(errors.New("NATS is away"), withoutURL(j.conn.LastError()))
	}
	got, err := j.read(j.consumer.FetchNoWait(most))
	if err != nil || len(got) > 0 {
		return got, err
	}
	return j.read(j.consumer.Fetch(1, jetstream.FetchMaxWait(natsWait)))
}

// read reads the messages of a batch. An error after some messages is returned by the next call.
func (j *jetStream) read(batch jetstream.MessageBatch, err error) ([]Delivery, error) {
	if err != nil {
		return nil, err
	}
	var got []Delivery
	var last jetstream.Msg
	for m := range batch.Messages() {
		got, last = append(got, deliveryOf(m)), m
	}
	j.lag = 0
	if last != nil {
		if of, err := last.Metadata(); err == nil {
			j.lag = int64(min(of.NumPending, 1<<62))
		}
		return got, nil
	}
	if err := batch.Error(); err != nil && !errors.Is(err, nats.ErrTimeout) && !errors.Is(err, jetstream.ErrNoMessages) {
		return nil, err
	}
	return nil, nil
}

// deliveryOf reads attributes from headers named ce-…, quoted and percent-encoded as in HTTP (CloudEvents NATS binding, section 3.1). The
// same event has the same identity by either way.
func deliveryOf(m jetstream.Msg) Delivery {
	header := m.Headers()
	return Delivery{of: m, Message: ingest.Message{
		ContentType: valueOf(header, "content-type"), Body: m.Data(),
		Attribute: func(name string) string {
			text := valueOf(header, "ce-"+name)
			if plain, err := ingest.HeaderValue(text); err == nil {
				return plain
			}
			return text
		},
	}}
}

// valueOf returns the first value of a header, whatever the case of its name: bridges from HTTP write Ce-Id. NATS itself tells names of
// different case apart, so the exact one comes first.
func valueOf(header nats.Header, name string) string {
	if value := header.Get(name); value != "" {
		return value
	}
	for given, values := range header {
		if strings.EqualFold(given, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// Bury implements Broker. A message that is buried twice is stored once, within the stream's window for duplicates.
func (j *jetStream) Bury(ctx context.Context, dead []Dead) error {
	for i := range dead {
		of, isOurs := dead[i].of.(jetstream.Msg)
		if !isOurs {
			return errors.New("nats: a message of another broker")
		}
		m := j.letter(of, &dead[i])
		id := nats.NewInbox() // unique if there is no metadata
		if at, err := of.Metadata(); err == nil {
			id = j.cfg.Durable + " " + at.Stream + " " + strconv.FormatUint(at.Sequence.Stream, 10)
		}
		if _, err := j.js.PublishMsg(ctx, m, jetstream.WithMsgID(id)); err != nil {
			return fmt.Errorf("publish to %s: %w", j.cfg.DeadLetter, err)
		}
	}
	return nil
}

// letter returns a message with the reason.
func (j *jetStream) letter(of jetstream.Msg, dead *Dead) *nats.Msg {
	m, left := nats.NewMsg(j.cfg.DeadLetter), room(0)
	for name, values := range of.Headers() {
		if !strings.HasPrefix(name, "Nats-") && left.takes(name, strings.Join(values, name)) { // headers named Nats-… control the server
			m.Header[name] = values
		}
	}
	var whole string
	if m.Data, whole = cutBody(of.Data()); whole != "" {
		m.Header.Set("Usagegraph-Cut", whole)
	}
	m.Header.Set("Usagegraph-Code", string(dead.Code))
	m.Header.Set("Usagegraph-Reason", oneLine(dead.Reason))
	m.Header.Set("Usagegraph-Subject", of.Subject())
	return m
}

// oneLine makes a text fit into a header.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text[:min(len(text), letterReason)])
}

// Settle implements Broker. It returns when the server has received all acknowledgements.
func (j *jetStream) Settle(ctx context.Context, done []Delivery) error {
	for i := range done {
		if of, isOurs := done[i].of.(jetstream.Msg); isOurs {
			if err := of.Ack(); err != nil {
				return fmt.Errorf("acknowledge: %w", err)
			}
		}
	}
	return j.conn.FlushWithContext(ctx)
}

// Lag implements Broker: what the consumer has not yet delivered to anybody.
func (j *jetStream) Lag() int64 { return j.lag }

// Close implements Broker.
func (j *jetStream) Close() { j.conn.Close() }
