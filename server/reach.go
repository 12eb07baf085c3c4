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

// ConnectTimeout bounds connecting to one host of the database, including sign-in, unless the URL says connect_timeout. It also bounds a
// ping.
const ConnectTimeout = 2 * time.Second

// silentFor is how long a host that did not answer at all is skipped if another one might answer.
const silentFor = 5 * time.Second

// unacknowledged is how long a host may leave data unacknowledged before the connection is given up, even if a statement waits for it.
const unacknowledged = 10 * time.Second

// errSilent is the error of a host that is skipped.
var errSilent = errors.New("the host did not answer a moment ago")

// reach remembers which hosts of the database are silent, which means that they neither refuse nor answer, like a machine that is off the
// network or a server that hangs. Without it, every new connection would wait for the first host's time-out before it tries the second.
type reach struct {
	clock func() time.Time
	log   *slog.Logger
	talks *conversations
	mu    sync.Mutex
	hosts map[string]time.Time // address: until when it is skipped; zero: it answered
}

func newReach(clock func() time.Time, log *slog.Logger) *reach {
	return &reach{clock: clock, log: log, talks: newConversations(), hosts: map[string]time.Time{}}
}

// use makes a pool connect through r.
func (r *reach) use(cfg *pgxpool.Config) {
	r.dialBy(cfg.ConnConfig)
	cfg.PingTimeout = cfg.ConnConfig.ConnectTimeout
	cfg.ShouldPing = func(ctx context.Context, p pgxpool.ShouldPingParams) bool {
		return r.shouldPing(ctx, p, cfg.PingTimeout)
	}
}

// dialBy sets the time-out of a connection, unless the URL has one, and how it is dialled.
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

// shouldPing makes the pool ping connections that were idle for a second, as pgx does by itself. When one does not answer, the others to
// the same host are closed without a ping: sixteen of them would take sixteen time-outs.
func (r *reach) shouldPing(ctx context.Context, p pgxpool.ShouldPingParams, patience time.Duration) bool {
	address := p.Conn.PgConn().Conn().RemoteAddr().String()
	if r.silent(address) {
		_ = p.Conn.PgConn().Conn().Close()
		return true // the ping will find it closed
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

// tries reports whether an address is worth trying: it is not silent, or no other address is known to have answered. When its time is up,
// one caller tries it while the others go on skipping it.
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

// otherThan reports whether another address is known to have answered. The lock is held.
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

// note remembers whether a host answered, even if only with a refusal.
func (r *reach) note(address string, answered bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if answered {
		r.hosts[address] = time.Time{}
		return
	}
	r.hosts[address] = r.clock().Add(silentFor)
}

// isSilence reports whether err means that nobody answered, rather than that somebody refused.
func isSilence(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// answering is a connection that notices whether its server ever sends anything, because a server that hangs accepts connections and stays
// silent. It also remembers since when an answer has been due.
type answering struct {
	net.Conn
	address  string
	talks    *conversations
	told     func(answered bool)
	said     bool
	asked    atomic.Int64  // since when data is sent and nothing received, in nanoseconds since conversations.began; 0: no answer is due
	heard    *atomic.Int64 // when the host last sent anything, on any connection
	question func(context.Context) error
}

// Write notes since when an answer is due.
func (c *answering) Write(p []byte) (int, error) {
	c.asked.CompareAndSwap(0, c.talks.now())
	return c.Conn.Write(p)
}

// Read notes the first bytes, or a time-out before them.
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

// Close also stops watching the connection.
func (c *answering) Close() error {
	c.talks.remove(c)
	return c.Conn.Close()
}
