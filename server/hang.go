package server

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// A server that hangs acknowledges what it is sent and answers nothing, so for half a minute neither TCP nor a statement's own time limit
// distinguishes it from one that is slow. But a slow server still answers others. So when a statement waits and nothing at all was received
// from its host lately, the host is sent a trivial query. If that is not answered either, all connections waiting for the host are given up
// together.
const (
	suspicion = 1500 * time.Millisecond // how long a statement waits, and a host sends nothing, before the host is asked
	lookEvery = 500 * time.Millisecond
)

// conversations are the open connections of a reach, with what is known of each.
type conversations struct {
	began time.Time // the zero of the instants below
	mu    sync.Mutex
	open  map[*answering]struct{}
	heard map[string]*atomic.Int64 // address: when it last sent anything, in nanoseconds since began
	asks  map[string]bool          // address: it is being asked
	stop  context.CancelFunc
	ended sync.WaitGroup
}

func newConversations() *conversations {
	return &conversations{began: time.Now(), open: map[*answering]struct{}{}, heard: map[string]*atomic.Int64{}, asks: map[string]bool{}, stop: func() {}}
}

func (t *conversations) now() int64 { return int64(time.Since(t.began)) }

// add starts watching a connection, until it is closed.
func (t *conversations) add(c *answering) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.heard[c.address] == nil {
		t.heard[c.address] = &atomic.Int64{}
	}
	c.heard = t.heard[c.address]
	t.open[c] = struct{}{}
}

func (t *conversations) remove(c *answering) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, c)
}

// waiting returns the connections, by address, whose hosts have owed them an answer since before an instant.
func (t *conversations) waiting(before int64) map[string][]*answering {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := map[string][]*answering{}
	for c := range t.open {
		if at := c.asked.Load(); at != 0 && at < before {
			found[c.address] = append(found[c.address], c)
		}
	}
	return found
}

// watch looks for hosts that hang, until the reach is closed.
func (r *reach) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	r.talks.stop = cancel
	r.talks.ended.Go(func() {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				r.look(ctx)
			case <-ctx.Done():
				return
			}
		}
	})
}

func (r *reach) close() {
	r.talks.stop()
	r.talks.ended.Wait()
}

// look asks each host that keeps somebody waiting and sends nothing, one question at a time for each.
func (r *reach) look(ctx context.Context) {
	before := r.talks.now() - int64(suspicion)
	for address, conns := range r.talks.waiting(before) {
		if conns[0].heard.Load() >= before || !r.talks.begin(address) {
			continue
		}
		r.talks.ended.Go(func() {
			defer r.talks.end(address)
			r.ask(ctx, conns[0])
		})
	}
}

// begin reports whether nobody is asking an address yet.
func (t *conversations) begin(address string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asks[address] {
		return false
	}
	t.asks[address] = true
	return true
}

func (t *conversations) end(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.asks, address)
}

// ask queries the host of a connection. If neither the query nor anything else is answered meanwhile, all connections waiting for that host
// are cut off.
func (r *reach) ask(ctx context.Context, c *answering) {
	from := r.talks.now()
	if err := c.question(ctx); err == nil || !isSilence(err) || ctx.Err() != nil || c.heard.Load() > from {
		return
	}
	r.note(c.address, false)
	given := r.talks.waiting(r.talks.now())[c.address]
	r.log.Warn("the database hangs: what waits for it is given up", "address", c.address, "connections", len(given))
	for _, waits := range given {
		_ = waits.Close()
	}
}

// questionTo returns a function that connects to one host and sends a trivial query. An error is an answer too, unless it is silence.
func questionTo(cfg *pgx.ConnConfig, network, address string) func(context.Context) error {
	return func(ctx context.Context) error {
		only := cfg.Copy()
		only.Fallbacks, only.ValidateConnect, only.AfterConnect, only.Tracer = nil, nil, nil, nil
		only.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
		only.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		ctx, cancel := context.WithTimeout(ctx, cfg.ConnectTimeout)
		defer cancel()
		conn, err := pgx.ConnectConfig(ctx, only)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		_, err = conn.Exec(ctx, "-- name: ask whether the server hangs\nSELECT")
		return err
	}
}
