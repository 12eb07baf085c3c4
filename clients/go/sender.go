package usagegraph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Result is what became of an event.
type Result struct {
	Status  string `json:"status"` // STORED, DUPLICATE, CONFLICT, REFUSED or VOIDED
	Code    string `json:"code"`   // of REFUSED, such as UNKNOWN_MODEL
	Message string `json:"message"`
}

// isTaken reports whether the server has the event.
func (r Result) isTaken() bool {
	return r.Status == "STORED" || r.Status == "DUPLICATE" || r.Status == "VOIDED"
}

// SenderConfig says how a Sender works. Source is required.
type SenderConfig struct {
	// Source is the source of events that name none: whatever reports, such as "gateway-eu". Two senders may share one.
	Source string
	// Dir keeps events on disk while the server is away, and what is left when the sender is closed; "": they wait in memory alone, and
	// are lost with the process.
	Dir string
	// MaxBatch is the most events of a request, 1 to 10,000; 0: 1,000.
	MaxBatch int
	// MaxWait is how long an event waits for others to go with; 0: half a second.
	MaxWait time.Duration
	// MaxPending is the most events in memory; Send waits beyond that. 0: 10,000.
	MaxPending int
	// MaxSpool is the most bytes that Dir may hold; beyond it events wait in memory. 0: 1 GiB.
	MaxSpool int64
	// Enforce has events stored only if what remains covers them; otherwise all that happened is stored.
	Enforce bool
	// OnRefused hears of each event, a CloudEvent as JSON, that the server has for good not taken. It is called by one goroutine at a time
	// and should not block. nil: nobody hears of it.
	OnRefused func(event json.RawMessage, r Result)
	// OnError hears why events could not be handed over for now; they are sent again. nil: nobody hears of it.
	OnError func(error)
}

func (c SenderConfig) withDefaults() SenderConfig {
	if c.MaxBatch <= 0 || c.MaxBatch > 10_000 {
		c.MaxBatch = 1000
	}
	if c.MaxWait <= 0 {
		c.MaxWait = 500 * time.Millisecond
	}
	if c.MaxPending <= 0 {
		c.MaxPending = 10_000
	}
	if c.MaxSpool <= 0 {
		c.MaxSpool = 1 << 30
	}
	if c.OnRefused == nil {
		c.OnRefused = func(json.RawMessage, Result) {}
	}
	if c.OnError == nil {
		c.OnError = func(error) {}
	}
	return c
}

// ErrClosed says that a sender takes no more events.
var ErrClosed = errors.New("usagegraph: the sender is closed")

// Sender reports usage. Events are sent in the order in which they were handed over, each again until it is answered. It is safe for
// concurrent use.
type Sender struct {
	client *Client
	cfg    SenderConfig
	spool  *spool // nil: none

	slots  chan struct{} // one for each event in memory
	stir   chan struct{} // something was added, or shall go now
	ended  chan struct{} // the loop has
	cancel context.CancelFunc

	mu       sync.Mutex
	queue    []queued
	accepted uint64        // events handed over, those found on disk at the start included
	answered uint64        // of them
	passed   uint64        // of them, no longer in memory: answered or on disk
	progress chan struct{} // closed and replaced when answered or passed grow
	hurry    uint64        // what was accepted up to this goes without waiting for more
	saving   uint64        // what was accepted up to this goes to disk at once where it cannot be sent
	closed   bool

	failures int       // attempts in a row that failed; the loop's alone
	notUntil time.Time // of the next attempt; the loop's alone
}

type queued struct {
	event []byte
	at    time.Time
}

// NewSender starts a sender. What an earlier one left in Dir is sent first.
func NewSender(client *Client, cfg SenderConfig) (*Sender, error) {
	if client == nil || cfg.Source == "" {
		return nil, errors.New("usagegraph: a sender needs a client and a source")
	}
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Sender{client: client, cfg: cfg, slots: make(chan struct{}, cfg.MaxPending), stir: make(chan struct{}, 1), ended: make(chan struct{}),
		cancel: cancel, progress: make(chan struct{})}
	if cfg.Dir != "" {
		var err error
		if s.spool, err = openSpool(cfg.Dir, cfg.MaxSpool); err != nil {
			cancel()
			return nil, err
		}
		s.accepted = s.spool.events()
		s.passed = s.accepted
	}
	go s.loop(ctx)
	return s, nil
}

// Send hands an event over and returns its identity. It waits while MaxPending events are in memory. The event is not stored yet when
// it returns: Flush waits for that.
func (s *Sender) Send(ctx context.Context, e Event) (Event, error) {
	e = e.identified(s.cfg.Source, time.Now())
	text, err := e.encode()
	if err != nil {
		return e, err
	}
	select {
	case s.slots <- struct{}{}:
	default:
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return e, context.Cause(ctx)
		case <-s.ended:
			return e, ErrClosed
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		<-s.slots
		return e, ErrClosed
	}
	s.queue = append(s.queue, queued{text, time.Now()})
	s.accepted++
	if len(s.queue) == 1 || len(s.queue) >= s.cfg.MaxBatch {
		s.wake()
	}
	return e, nil
}

// Flush waits until all that was handed over before is answered: stored, or told to OnRefused.
func (s *Sender) Flush(ctx context.Context) error {
	s.mu.Lock()
	want := s.accepted
	s.mu.Unlock()
	return s.await(ctx, want, func() bool { return s.answered >= want })
}

// Save waits until all that was handed over before is answered, or in Dir, from where the next sender sends it if this process is killed.
// Without Dir it is Flush.
func (s *Sender) Save(ctx context.Context) error {
	if s.spool == nil {
		return s.Flush(ctx)
	}
	s.mu.Lock()
	want := s.accepted
	s.saving = max(s.saving, want)
	s.mu.Unlock()
	return s.await(ctx, want, func() bool { return s.passed >= want })
}

// await lets what was accepted up to a number go, and waits until something is reached.
func (s *Sender) await(ctx context.Context, upTo uint64, reached func() bool) error {
	s.mu.Lock()
	s.hurry = max(s.hurry, upTo)
	s.mu.Unlock()
	s.wake()
	for {
		s.mu.Lock()
		done, progress := reached(), s.progress
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-progress:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.ended:
			return ErrClosed
		}
	}
}

// Close takes no more events and waits until all are answered, at most until ctx ends. What is left then stays in Dir; without one it
// is lost, and the error says how much that is.
func (s *Sender) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	err := s.Flush(ctx)
	s.cancel()
	<-s.ended
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil || len(s.queue) == 0 {
		return nil
	}
	if s.spool != nil {
		_, err = s.spool.add(eventsOf(s.queue))
		return err
	}
	return fmt.Errorf("usagegraph: %d events were not sent: %w", len(s.queue), err)
}

// Pending is how many events are not answered yet, in memory and on disk.
func (s *Sender) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.accepted - s.answered)
}

func (s *Sender) wake() {
	select {
	case s.stir <- struct{}{}:
	default:
	}
}

func eventsOf(list []queued) [][]byte {
	events := make([][]byte, len(list))
	for i, q := range list {
		events[i] = q.event
	}
	return events
}
