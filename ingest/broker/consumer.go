// Package broker takes CloudEvents from message brokers, NATS JetStream and Kafka, and stores them as usage. A broker delivers at least
// once; their identity makes events count once. A message is acknowledged after its event is committed, or once it is among the dead
// letters.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Delivery is a message, with what the broker knows it by.
type Delivery struct {
	ingest.Message
	of any
}

// Dead is a message that will never be usage, and why.
type Dead struct {
	Delivery
	Code   tsdb.UsageCode
	Reason string
}

// Broker is a source of messages.
type Broker interface {
	// Fetch returns waiting messages, at most so many, and waits for about a second if there are none.
	Fetch(ctx context.Context, most int) ([]Delivery, error)
	// Bury puts messages among the dead letters and returns when the broker has stored them there.
	Bury(ctx context.Context, dead []Dead) error
	// Settle acknowledges messages, so that they are not delivered again. Messages that are not settled may be.
	Settle(ctx context.Context, done []Delivery) error
	// Lag returns how many messages wait, as far as the last fetch showed.
	Lag() int64
	// Close disconnects from the broker.
	Close()
}

// Config configures a Consumer. Broker, Events and Pause are required.
type Config struct {
	Broker Broker
	Events *ingest.Events
	// Batch is the largest number of messages being processed at once, and so the bound on what piles up here if the database is slow.
	// Default 1,000.
	Batch int
	// Pause waits for d or until ctx ends.
	Pause func(ctx context.Context, d time.Duration)
	// Observe is told about each round, and about each attempt that failed as it fails: during an outage a round lasts as long as it does.
	// May be nil.
	Observe func(Round)
	// Log receives faults; nil: slog.Default.
	Log *slog.Logger
}

// Round is the outcome of one batch of messages.
type Round struct {
	Statuses map[tsdb.UsageStatus]int
	Dead     int
	Lag      int64 // of a failed attempt to store or bury: with the messages that wait for it here
	Failures int   // attempts that had to be repeated
	told     int   // of the failures, those that Observe was told about as they occurred
}

// Consumer takes messages until it is stopped.
type Consumer struct{ cfg Config }

// New makes a Consumer. All required fields must be set.
func New(cfg Config) (*Consumer, error) {
	if cfg.Broker == nil || cfg.Events == nil || cfg.Pause == nil {
		return nil, errors.New("broker: Config needs Broker, Events and Pause")
	}
	if cfg.Batch <= 0 {
		cfg.Batch = 1_000
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Consumer{cfg: cfg}, nil
}

// Pauses between attempts grow from firstPause to lastPause.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 15 * time.Second
	settleTime = 10 * time.Second // for an acknowledgement
)

// Run takes messages until ctx ends. What is being processed then is stored and acknowledged, or delivered again later.
func (c *Consumer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		round := c.RunOnce(ctx)
		round.Failures -= round.told
		c.observe(round)
	}
}

func (c *Consumer) observe(r Round) {
	if c.cfg.Observe != nil {
		c.cfg.Observe(r)
	}
}

// RunOnce takes one batch of waiting messages, and retries until they are stored or ctx ends: the broker's own redelivery would come later
// and in another order.
func (c *Consumer) RunOnce(ctx context.Context) Round {
	round := Round{Statuses: map[tsdb.UsageStatus]int{}}
	var got []Delivery
	c.persist(ctx, &round, "fetch messages", 0, func() (err error) {
		got, err = c.cfg.Broker.Fetch(ctx, c.cfg.Batch)
		return err
	})
	round.Lag = c.cfg.Broker.Lag()
	if len(got) == 0 {
		return round
	}
	var outcomes []ingest.Outcome
	if !c.persist(ctx, &round, "store messages", len(got), func() (err error) {
		outcomes, err = c.cfg.Events.Take(ctx, messagesOf(got))
		return err
	}) {
		return round
	}
	return c.finish(ctx, got, outcomes, round)
}

// finish buries dead messages and acknowledges everything.
func (c *Consumer) finish(ctx context.Context, got []Delivery, outcomes []ingest.Outcome, round Round) Round {
	var dead []Dead
	for i := range outcomes {
		round.Statuses[outcomes[i].Status]++
		if outcomes[i].Dead() {
			dead = append(dead, Dead{Delivery: got[i], Code: outcomes[i].Code, Reason: outcomes[i].Reason})
		}
	}
	if len(dead) > 0 && !c.persist(ctx, &round, "bury dead messages", len(got), func() error { return c.cfg.Broker.Bury(ctx, dead) }) {
		return round
	}
	round.Dead = len(dead)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime) // it is stored: a shutdown must not lose the acknowledgement
	defer cancel()
	if err := c.cfg.Broker.Settle(ctx, got); err != nil { // they come again, and are then duplicates
		round.Failures++
		c.cfg.Log.Warn("messages are stored and could not be acknowledged", "messages", len(got), "error", err)
	}
	return round
}

// persist repeats a step until it succeeds, and reports whether it did so before ctx ended. held is how many messages wait for it.
func (c *Consumer) persist(ctx context.Context, round *Round, step string, held int, do func() error) bool {
	for pause := firstPause; ctx.Err() == nil; pause = min(2*pause, lastPause) {
		err := do()
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		round.Failures++
		round.told++
		c.observe(Round{Lag: c.cfg.Broker.Lag() + int64(held), Failures: 1})
		c.cfg.Log.Warn("messages wait", "error", fmt.Errorf("%s: %w", step, err), "again", pause)
		c.cfg.Pause(ctx, pause)
	}
	return false
}

func messagesOf(deliveries []Delivery) []ingest.Message {
	messages := make([]ingest.Message, len(deliveries))
	for i := range deliveries {
		messages[i] = deliveries[i].Message
	}
	return messages
}
