package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ConnectTimeout bounds a connection to one host of the database, its sign-in included, where the URL does not say connect_timeout. A
// ping waits no longer either.
const ConnectTimeout = 2 * time.Second

// silentFor is how long a host that did not answer at all is passed over, where another one might.
const silentFor = 5 * time.Second

// unacknowledged is how long a host may acknowledge nothing before a connection to it is given up, whatever waits for it.
const unacknowledged = 10 * time.Second

// errSilent stands for a host that is passed over.
var errSilent = errors.New("the host did not answer a moment ago")

// reach remembers which hosts of the database are silent: neither refuse nor answer, as a machine that is off the network or a server
// that hangs. Without it every new connection would wait for the first host's time-out before it tries the second.
type reach struct {
	clock func() time.Time
	log   *slog.Logger
	talks *conversations
	mu    sync.Mutex
	hosts map[string]time.Time // address: until when it is passed over; zero: it answered
}

func newReach(clock func() time.Time, log *slog.Logger) *reach {
	return &reach{clock: clock, log: log, talks: newConversations(), hosts: map[string]time.Time{}}
}

// use has the connections of a pool made by way of r.
func (r *reach) use(cfg *pgxpool.Config) {
	r.dialBy(cfg.ConnConfig)
	cfg.PingTimeout = cfg.ConnConfig.ConnectTimeout
	cfg.ShouldPing = func(ctx context.Context, p pgxpool.ShouldPingParams) bool {
		return r.shouldPing(ctx, p, cfg.PingTimeout)
	}
}

// dialBy sets the time-out of a connection, unless the URL has one, and how it is made.
func (r *reach) dialBy(cfg *pgx.ConnConfig) {
	if cfg.ConnectTimeout <= 0 {
		cfg.ConnectTimeout = ConnectTimeout
	}
	dialer := &net.Dialer{Timeout: cfg.ConnectTimeout, Control: giveUpAfter(unacknowledged), KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}}
	cfg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if !r.tries(address) {
			return nil, errSilent
		}
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			r.note(address, !isSilence(err))
			return nil, err
		}
		told := &answering{Conn: conn, address: address, talks: r.talks, told: func(answered bool) { r.note(address, answered) },
			question: questionTo(cfg, network, address)}
		r.talks.add(told)
		return told, nil
	}
}

// shouldPing has connections asked whether they are there that were idle for a second, as pgx does by itself. When one does not answer,
// the others to the same host are closed without a question: sixteen of them would take sixteen time-outs.
func (r *reach) shouldPing(ctx context.Context, p pgxpool.ShouldPingParams, patience time.Duration) bool {
	address := p.Conn.PgConn().Conn().RemoteAddr().String()
	if r.silent(address) {
		_ = p.Conn.PgConn().Conn().Close()
		return true // the ping finds it closed
	}
	if p.IdleDuration <= time.Second {
		return false
	}
	ping, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := p.Conn.Ping(ping); err != nil {
		if ctx.Err() == nil && ping.Err() != nil {
			r.note(address, false)
		}
		return true
	}
	return false
}

// tries reports whether an address is worth a try: it is not silent, or no other is known that is not. When its time is over one caller
// tries, and the others go on passing it over meanwhile.
func (r *reach) tries(address string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	until := r.hosts[address]
	if until.IsZero() || !r.otherThan(address) {
		return true
	}
	if now.Before(until) {
		return false
	}
	r.hosts[address] = now.Add(silentFor)
	return true
}

// otherThan reports whether another address is known that answered. The lock is held.
func (r *reach) otherThan(address string) bool {
	for other, until := range r.hosts {
		if other != address && until.IsZero() {
			return true
		}
	}
	return false
}

func (r *reach) silent(address string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock().Before(r.hosts[address])
}

// note remembers whether a host answered, if only to refuse.
func (r *reach) note(address string, answered bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if answered {
		r.hosts[address] = time.Time{}
		return
	}
	r.hosts[address] = r.clock().Add(silentFor)
}

// isSilence reports whether nobody answered, rather than that somebody refused.
func isSilence(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// answering is a connection that reports whether its server ever said anything: a server that hangs takes connections and is silent. It
// also remembers since when it owes an answer.
type answering struct {
	net.Conn
	address  string
	talks    *conversations
	told     func(answered bool)
	said     bool
	asked    atomic.Int64  // since when something is sent and nothing heard, in nanoseconds since conversations.began; 0: nothing is owed
	heard    *atomic.Int64 // when the host last said anything, on whichever connection
	question func(context.Context) error
}

// Write notes since when an answer is owed.
func (c *answering) Write(p []byte) (int, error) {
	c.asked.CompareAndSwap(0, c.talks.now())
	return c.Conn.Write(p)
}

// Read tells of the first bytes, and of a time-out before them.
func (c *answering) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.asked.Store(0)
		c.heard.Store(c.talks.now())
	}
	if !c.said && (n > 0 || isSilence(err)) {
		c.said = n > 0
		c.told(n > 0)
	}
	return n, err
}

// Close also takes the connection out of view.
func (c *answering) Close() error {
	c.talks.remove(c)
	return c.Conn.Close()
}
