// Package broker takes CloudEvents from message brokers, NATS JetStream and Kafka, and stores them as usage. A broker delivers at least
// once; by their identity events count once. A message is acknowledged after the commit of its event, or once it lies among the dead
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

// Delivery is a message, and what the broker knows it by.
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

// Broker is where messages come from.
type Broker interface {
	// Fetch returns what is there, at most so many messages, and waits for about a second where nothing is.
	Fetch(ctx context.Context, most int) ([]Delivery, error)
	// Bury puts messages among the dead letters and returns when the broker keeps them there.
	Bury(ctx context.Context, dead []Dead) error
	// Settle acknowledges messages: they are not delivered again. What is not settled may be.
	Settle(ctx context.Context, done []Delivery) error
	// Lag is how many messages wait, as far as it is known from what was fetched last.
	Lag() int64
	// Close leaves the broker.
	Close()
}

// Config says how a Consumer works. Broker, Events and Pause are required.
type Config struct {
	Broker Broker
	Events *ingest.Events
	// Batch is the most messages under way at once, and so the bound of what a slow database lets pile up here. Default 1,000.
	Batch int
	// Pause waits, or until ctx ends.
	Pause func(ctx context.Context, d time.Duration)
	// Observe hears of each round; nil: nobody does.
	Observe func(Round)
	// Log takes faults; nil: slog.Default.
	Log *slog.Logger
}

// Round is what one batch of messages became.
type Round struct {
	Statuses map[tsdb.UsageStatus]int
	Dead     int
	Lag      int64
	Failures int // attempts that had to be made again
}

// Consumer takes messages until it is stopped.
type Consumer struct{ cfg Config }

// New makes a Consumer of a complete Config.
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

// Pauses between attempts grow from the first to the last.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 15 * time.Second
	settleTime = 10 * time.Second // of an acknowledgement
)

// Run takes messages until ctx ends. What is under way then is stored and acknowledged, or delivered again later.
func (c *Consumer) Run(ctx context.Context) {
	for ctx.Err() == nil {
		round := c.RunOnce(ctx)
		if c.cfg.Observe != nil {
			c.cfg.Observe(round)
		}
	}
}

// RunOnce takes one batch of messages, as many as are there, and keeps at it until they are stored or ctx ends: the broker's own
// repeats would come later and in another order.
func (c *Consumer) RunOnce(ctx context.Context) Round {
	round := Round{Statuses: map[tsdb.UsageStatus]int{}}
	var got []Delivery
	c.persist(ctx, &round, "fetch messages", func() (err error) {
		got, err = c.cfg.Broker.Fetch(ctx, c.cfg.Batch)
		return err
	})
	round.Lag = c.cfg.Broker.Lag()
	if len(got) == 0 {
		return round
	}
	var outcomes []ingest.Outcome
	if !c.persist(ctx, &round, "store messages", func() (err error) {
		outcomes, err = c.cfg.Events.Take(ctx, messagesOf(got))
		return err
	}) {
		return round
	}
	return c.finish(ctx, got, outcomes, round)
}

// finish buries what is dead and acknowledges everything.
func (c *Consumer) finish(ctx context.Context, got []Delivery, outcomes []ingest.Outcome, round Round) Round {
	var dead []Dead
	for i := range outcomes {
		round.Statuses[outcomes[i].Status]++
		if outcomes[i].Dead() {
			dead = append(dead, Dead{Delivery: got[i], Code: outcomes[i].Code, Reason: outcomes[i].Reason})
		}
	}
	if len(dead) > 0 && !c.persist(ctx, &round, "bury dead messages", func() error { return c.cfg.Broker.Bury(ctx, dead) }) {
		return round
	}
	round.Dead = len(dead)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime) // it is stored: a shutdown must not lose the acknowledgement
	defer cancel()
	if err := c.cfg.Broker.Settle(ctx, got); err != nil { // they come again, and are duplicates then
		round.Failures++
		c.cfg.Log.Warn("messages are stored and could not be acknowledged", "messages", len(got), "error", err)
	}
	return round
}

// persist repeats a step until it succeeds, and reports whether it did before ctx ended.
func (c *Consumer) persist(ctx context.Context, round *Round, step string, do func() error) bool {
	for pause := firstPause; ctx.Err() == nil; pause = min(2*pause, lastPause) {
		err := do()
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		round.Failures++
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
