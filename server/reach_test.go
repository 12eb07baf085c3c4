package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// silentHost accepts connections and says nothing, like a server that hangs, and counts them.
func silentHost(t *testing.T) (address string, taken *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken = &atomic.Int64{}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			taken.Add(1)
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return l.Addr().String(), taken
}

// behind puts a host before the one in a URL.
func behind(t *testing.T, first, text string) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = first + "," + u.Host
	return u.String()
}

// reached returns a pool that connects through a reach.
func reached(t *testing.T, r *reach, url string) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	cfg.MaxConns = 8
	r.use(cfg)
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// A silent first host costs one connection time-out, and not one for each connection.
func TestASilentFirstHostIsPassedOver(t *testing.T) {
	t.Parallel()
	silent, taken := silentHost(t)
	r := newReach(func() time.Time { return time.Unix(0, 0) }, slog.New(slog.DiscardHandler))
	from := time.Now()
	for range 8 {
		pool := reached(t, r, behind(t, silent, tsdbtest.NewURL(t)))
		if err := pool.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := taken.Load(); n != 1 {
		t.Errorf("the silent host was tried %d times in %v", n, time.Since(from))
	}
}

// When a silent host's time is up, one connection tries it again. If the host is back, it is used.
func TestASilentHostIsTriedAgain(t *testing.T) {
	t.Parallel()
	now := time.Unix(1, 0)
	r := newReach(func() time.Time { return now }, slog.New(slog.DiscardHandler))
	r.note("a", false)
	if !r.tries("a") {
		t.Error("where no other is known, it is tried")
	}
	r.note("b", true)
	if r.tries("a") || !r.tries("b") {
		t.Error("another is known")
	}
	now = now.Add(silentFor)
	if first, second := r.tries("a"), r.tries("a"); !first || second {
		t.Error("its time is over: one tries it, others do not")
	}
	r.note("a", true)
	if first, second := r.tries("a"), r.tries("a"); !first || !second {
		t.Error("it answered")
	}
	if r.note("b", false); r.silent("a") || !r.silent("b") {
		t.Error("the other fell silent")
	}
}

// The URL's connect_timeout counts; without one it is 2 s.
func TestConnectTimeoutOfTheURL(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]time.Duration{"": ConnectTimeout, "?connect_timeout=1": time.Second, "?connect_timeout=30": 30 * time.Second, "?connect_timeout=0": ConnectTimeout} {
		cfg, err := pgxpool.ParseConfig("postgres://u@127.0.0.1:1/x" + query)
		if err != nil {
			t.Fatal(err)
		}
		newReach(time.Now, slog.New(slog.DiscardHandler)).use(cfg)
		if got := cfg.ConnConfig.ConnectTimeout; got != want || cfg.PingTimeout != want {
			t.Errorf("%q: %v, ping %v", query, got, cfg.PingTimeout)
		}
	}
	silent, _ := silentHost(t)
	pool := reached(t, newReach(time.Now, slog.New(slog.DiscardHandler)), fmt.Sprintf("postgres://u@%s/x?connect_timeout=1&sslmode=prefer", silent))
	from := time.Now()
	if err := pool.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "timeout") || time.Since(from) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(from))
	}
}

// Connections to a server that begins to hang are given up together: the second does not wait as long as the first.
func TestAServerThatBeginsToHang(t *testing.T) {
	t.Parallel()
	const conns = 6
	stopped := &atomic.Bool{}
	u, err := url.Parse(tsdbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Host = switchable(t, u.Host, stopped)
	u.RawQuery += "&connect_timeout=1"
	pool := reached(t, newReach(time.Now, slog.New(slog.DiscardHandler)), u.String())
	var held []*pgxpool.Conn
	for range conns {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	for _, conn := range held {
		conn.Release()
	}
	<-time.After(1100 * time.Millisecond) // idle long enough to be asked whether they are there
	stopped.Store(true)
	from := time.Now()
	if _, err := pool.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("a server that hangs answered")
	}
	if took := time.Since(from); took > (conns-1)*time.Second {
		t.Errorf("it took %v to know that none of %d connections answers", took, conns)
	}
}

// switchable leads to a host until it is stopped; from then on it accepts everything and passes nothing on.
func switchable(t *testing.T, host string, stopped *atomic.Bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); _ = l.Close() })
	pass := func(from, to net.Conn) {
		defer func() { _ = to.Close() }()
		buf := make([]byte, 32<<10)
		for {
			n, err := from.Read(buf)
			if stopped.Load() {
				<-ctx.Done()
				return
			}
			if n > 0 {
				_, _ = to.Write(buf[:n])
			}
			if err != nil {
				return
			}
		}
	}
	go func() {
		for {
			near, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if far, err := net.Dial("tcp", host); err == nil {
				go pass(near, far)
				go pass(far, near)
			}
		}
	}()
	return l.Addr().String()
}

// A statement in progress when its server begins to hang is given up within a few seconds, far before its own time limit. A statement that
// is merely slow is not given up, even if nothing else is received meanwhile.
func TestAStatementUnderWayAtAServerThatHangs(t *testing.T) {
	t.Parallel()
	stopped := &atomic.Bool{}
	u, err := url.Parse(tsdbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	u.Host = switchable(t, u.Host, stopped)
	u.RawQuery += "&connect_timeout=1"
	r := newReach(time.Now, slog.New(slog.DiscardHandler))
	r.watch()
	t.Cleanup(r.close)
	pool := reached(t, r, u.String())
	if _, err := pool.Exec(t.Context(), "SELECT pg_sleep(5)"); err != nil {
		t.Errorf("a slow statement: %v", err)
	}
	from := time.Now()
	time.AfterFunc(200*time.Millisecond, func() { stopped.Store(true) })
	_, err = pool.Exec(t.Context(), "SELECT pg_sleep(60)")
	if took := time.Since(from); !pg.Unavailable(err) || took > 15*time.Second {
		t.Errorf("given up after %v: %v", took, err)
	}
	if _, err := pool.Exec(t.Context(), "SELECT 1"); !pg.Unavailable(err) || time.Since(from) > 20*time.Second {
		t.Errorf("the next one, after %v: %v", time.Since(from), err)
	}
}
