package ws

import (
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Transport is a graphql.Transport for WebSocket. Its connections outlive the HTTP handler, so a server must call Drain before
// http.Server.Shutdown.
type Transport struct {
	cfg     Config
	started time.Time
	ready   writers

	draining   atomic.Bool
	operations atomic.Int64
	cut        atomic.Int64

	mu      sync.Mutex
	conns   map[*conn]struct{}
	janitor bool          // the janitor runs
	emptied chan struct{} // closed when the last connection ends while draining
}

var _ graphql.Transport = (*Transport)(nil)

// New makes a Transport. It fails if the clock is missing.
func New(cfg Config) (*Transport, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	t := &Transport{cfg: cfg, started: cfg.Now(), conns: make(map[*conn]struct{})}
	t.ready.limit = cfg.Writers
	return t, nil
}

// Stats are a Transport's counts, for metrics.
type Stats struct {
	Connections int   // open now
	Operations  int64 // currently in progress, including subscriptions
	Cut         int64 // clients cut off since the start because they read too slowly or not at all
}

// Stats returns the present counts.
func (t *Transport) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Stats{Connections: len(t.conns), Operations: t.operations.Load(), Cut: t.cut.Load()}
}

// Review closes the connections whose session does not stand any more: those authenticated by the token with this name, or all for "". If
// the credential has ended, a connection is closed as forbidden; if it permits something else now, with CodeAccessChanged.
func (t *Transport) Review(ctx context.Context, token string) {
	for _, c := range t.all(nil) {
		if session, ready := c.admitted(); ready && (token == "" || session.Token == token) {
			c.judge(session.Standing(ctx))
		}
	}
}

// Drain turns newcomers away and closes every connection with 1012, so that clients reconnect to another process: at once if only
// subscriptions run, otherwise after the last query or mutation. It returns when all connections have ended. If ctx ends first, it cuts off
// the rest and returns the context's error.
func (t *Transport) Drain(ctx context.Context) error {
	t.mu.Lock()
	t.draining.Store(true)
	if t.emptied == nil {
		t.emptied = make(chan struct{})
		if len(t.conns) == 0 {
			close(t.emptied)
		}
	}
	emptied := t.emptied
	t.mu.Unlock()
	for _, c := range t.all(nil) {
		c.drain()
	}
	select {
	case <-emptied:
		return nil
	case <-ctx.Done():
		for _, c := range t.all(nil) {
			c.abort()
		}
		return ctx.Err()
	}
}

func (t *Transport) open(ctx context.Context, nc net.Conn, early *strings.Reader, exec graphql.GraphExecutor) *conn {
	c := newConn(t, ctx, nc, early, exec)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns[c] = struct{}{}
	if !t.janitor {
		t.janitor = true
		go t.sweep()
	}
	return c
}

func (t *Transport) forget(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.conns, c)
	if len(t.conns) == 0 && t.emptied != nil {
		select {
		case <-t.emptied:
		default:
			close(t.emptied)
		}
	}
}

// all appends the open connections to buf.
func (t *Transport) all(buf []*conn) []*conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c := range t.conns {
		buf = append(buf, c)
	}
	return buf
}

// crowded reports whether there are too many connections, counting the newcomer itself.
func (t *Transport) crowded() bool { return t.Stats().Connections > t.cfg.MaxConnections }

// flooded reports whether so many newcomers are already being turned away politely that the rest gets a plain 503.
func (t *Transport) flooded() bool {
	return t.Stats().Connections > t.cfg.MaxConnections+t.cfg.MaxConnections/8+64
}

// sweep is the janitor: it checks the time limits of every connection until there are none left.
func (t *Transport) sweep() {
	ticker := time.NewTicker(t.cfg.Tick)
	defer ticker.Stop()
	var buf []*conn
	for range ticker.C {
		clear(buf)
		buf = t.all(buf[:0])
		now := t.cfg.Now()
		for _, c := range buf {
			c.check(now)
		}
		if len(buf) == 0 && t.stopSweeping() {
			return
		}
	}
}

func (t *Transport) stopSweeping() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.janitor = len(t.conns) > 0
	return !t.janitor
}
