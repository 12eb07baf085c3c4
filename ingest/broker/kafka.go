package broker

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/usagegraph/usagegraph/ingest"
)

// KafkaConfig says where the events are in Kafka. Brokers, Topic, Group and DeadLetter are required.
type KafkaConfig struct {
	Brokers    []string // host:port
	Topic      string
	Group      string // processes of the same group share the partitions
	DeadLetter string // topic for refused messages
	TLS        bool
	// SessionTimeout is how long a dead process keeps its partitions. Default 45 s.
	SessionTimeout time.Duration
	// Username and Password sign in by Mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; Username "": without signing in.
	Username, Password, Mechanism string
}

// kafka is a member of a consumer group.
type kafka struct {
	client *kgo.Client
	cfg    KafkaConfig
	mu     sync.Mutex
	behind map[partition]int64
}

type partition struct {
	topic  string
	number int32
}

// Time-outs and bounds of Kafka.
const (
	kafkaWait     = time.Second
	kafkaReach    = 10 * time.Second // for an answer of a broker when no message came
	kafkaSession  = 45 * time.Second
	kafkaShare    = 5 * time.Second // the shortest time that the group may take to be rebalanced
	kafkaMaxBytes = 16 << 20        // fetched ahead from one broker
)

// OpenKafka makes a client that joins the group with its first Fetch.
func OpenKafka(cfg KafkaConfig) (Broker, error) {
	if len(cfg.Brokers) == 0 || cfg.Topic == "" || cfg.Group == "" || cfg.DeadLetter == "" {
		return nil, errors.New("kafka: brokers, topic, group and dead-letter are required")
	}
	if cfg.DeadLetter == cfg.Topic {
		return nil, errors.New("kafka: dead letters need a topic of their own: their messages would come again")
	}
	session := cmp.Or(cfg.SessionTimeout, kafkaSession)
	k := &kafka{cfg: cfg, behind: map[partition]int64{}}
	options := []kgo.Opt{
		kgo.SeedBrokers(cfg.Brokers...), kgo.ClientID("usagegraph"), kgo.ConsumeTopics(cfg.Topic), kgo.ConsumerGroup(cfg.Group),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxBytes(kafkaMaxBytes), kgo.FetchMaxPartitionBytes(kafkaMaxBytes), kgo.FetchMaxWait(kafkaWait),
		kgo.SessionTimeout(session), kgo.HeartbeatInterval(session / 15),
		// A member that dies while the group is being rebalanced is waited for about as long as one that died before. Members rejoin while
		// they work, at the next heartbeat. The client waits as long for its share, which a busy broker must be able to give.
		kgo.RebalanceTimeout(max(session, kafkaShare)),
		kgo.OnPartitionsRevoked(k.forget), kgo.OnPartitionsLost(k.forget),
	}
	if cfg.TLS {
		options = append(options, kgo.DialTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12}))
	}
	switch {
	case cfg.Username == "":
	case cfg.Mechanism == "", cfg.Mechanism == "PLAIN":
		options = append(options, kgo.SASL(plain.Auth{User: cfg.Username, Pass: cfg.Password}.AsMechanism()))
	case cfg.Mechanism == "SCRAM-SHA-256":
		options = append(options, kgo.SASL(scram.Auth{User: cfg.Username, Pass: cfg.Password}.AsSha256Mechanism()))
	case cfg.Mechanism == "SCRAM-SHA-512":
		options = append(options, kgo.SASL(scram.Auth{User: cfg.Username, Pass: cfg.Password}.AsSha512Mechanism()))
	default:
		return nil, errors.New("kafka: mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
	}
	var err error
	if k.client, err = kgo.NewClient(options...); err != nil {
		return nil, fmt.Errorf("kafka: %w", err)
	}
	return k, nil
}

// Fetch implements Broker.
func (k *kafka) Fetch(ctx context.Context, most int) ([]Delivery, error) {
	waiting, cancel := context.WithTimeout(ctx, kafkaWait)
	defer cancel()
	fetches := k.client.PollRecords(waiting, most)
	var got []Delivery
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		for _, r := range p.Records {
			got = append(got, recordDelivery(r))
		}
		if n := len(p.Records); n > 0 {
			k.note(partition{p.Topic, p.Partition}, p.HighWatermark-p.Records[n-1].Offset-1)
		}
	})
	if len(got) > 0 {
		return got, nil
	}
	for _, e := range fetches.Errors() {
		if !errors.Is(e.Err, context.DeadlineExceeded) && !errors.Is(e.Err, context.Canceled) {
			return nil, fmt.Errorf("fetch from %s: %w", k.cfg.Topic, e.Err)
		}
	}
	return nil, k.reach(ctx)
}

// reach reports whether a broker answers. While none does, the client keeps trying and only says that nothing came.
func (k *kafka) reach(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, kafkaReach)
	defer cancel()
	if err := k.client.Ping(waiting); err != nil {
		return fmt.Errorf("no broker of Kafka answers: %w", err)
	}
	return nil
}

// recordDelivery reads attributes from headers named ce_… (CloudEvents Kafka binding, section 3.2).
func recordDelivery(r *kgo.Record) Delivery {
	header := func(name string) string {
		for i := range r.Headers {
			if r.Headers[i].Key == name {
				return string(r.Headers[i].Value)
			}
		}
		return ""
	}
	return Delivery{of: r, Message: ingest.Message{ContentType: header("content-type"), Body: r.Value,
		Attribute: func(name string) string { return header("ce_" + name) }}}
}

// Bury implements Broker.
func (k *kafka) Bury(ctx context.Context, dead []Dead) error {
	records := make([]*kgo.Record, len(dead))
	for i := range dead {
		of, isOurs := dead[i].of.(*kgo.Record)
		if !isOurs {
			return errors.New("kafka: a message of another broker")
		}
		records[i] = k.letter(of, &dead[i])
	}
	if err := k.client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("produce to %s: %w", k.cfg.DeadLetter, err)
	}
	return nil
}

// letter returns a message with the reason. It leaves out what an earlier letter about it said.
func (k *kafka) letter(of *kgo.Record, dead *Dead) *kgo.Record {
	body, whole := cutBody(of.Value)
	r, left := &kgo.Record{Topic: k.cfg.DeadLetter, Value: body}, room(0)
	if left.takes("", string(of.Key)) {
		r.Key = of.Key
	}
	for _, h := range of.Headers {
		if !strings.HasPrefix(h.Key, "usagegraph_") && left.takes(h.Key, string(h.Value)) {
			r.Headers = append(r.Headers, h)
		}
	}
	say := func(name, text string) {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(text)})
	}
	if whole != "" {
		say("usagegraph_cut", whole)
	}
	say("usagegraph_code", string(dead.Code))
	say("usagegraph_reason", dead.Reason[:min(len(dead.Reason), letterReason)])
	say("usagegraph_origin", fmt.Sprintf("%s/%d/%d", of.Topic, of.Partition, of.Offset))
	return r
}

// Settle implements Broker: it commits the offsets of the messages. If a partition has moved to another member meanwhile, that member gets
// the messages again.
func (k *kafka) Settle(ctx context.Context, done []Delivery) error {
	records := make([]*kgo.Record, 0, len(done))
	for i := range done {
		if r, isOurs := done[i].of.(*kgo.Record); isOurs {
			records = append(records, r)
		}
	}
	if err := k.client.CommitRecords(ctx, records...); err != nil {
		return fmt.Errorf("commit offsets: %w", err)
	}
	return nil
}

func (k *kafka) note(p partition, behind int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.behind[p] = max(behind, 0)
}

// forget drops partitions that now belong to other members.
func (k *kafka) forget(_ context.Context, _ *kgo.Client, lost map[string][]int32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for topic, numbers := range lost {
		for _, n := range numbers {
			delete(k.behind, partition{topic, n})
		}
	}
}

// Lag implements Broker: the messages after those fetched, in this member's partitions.
func (k *kafka) Lag() (sum int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, n := range k.behind {
		sum += n
	}
	return sum
}

// Close implements Broker. It leaves the group, so that others take over at once.
func (k *kafka) Close() { k.client.Close() }
