package tsdb_test

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// turns counts how often a caller waited for the database: the first answer after something was sent.
type turns struct {
	mu    sync.Mutex
	count int
}

// counted is a connection that counts its turns.
type counted struct {
	net.Conn
	of   *turns
	sent bool // since the last answer
}

func (c *counted) Write(p []byte) (int, error) {
	c.of.mu.Lock()
	c.sent = true
	c.of.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if n > 0 && c.sent {
		c.of.count++
		c.sent = false
	}
	return n, err
}

// far is a fixture on one connection, whose turns are counted.
func far(t *testing.T) (*fixture, *turns) {
	t.Helper()
	config, err := pgxpool.ParseConfig(tsdbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	counts := &turns{}
	config.MaxConns = 1
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false } // a connection that was idle is asked first
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return &counted{Conn: conn, of: counts}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	f := fixtureOn(t, pool, tsdb.Settings{})
	f.Store = f.another(false, 0) // to check takes a round trip
	return f, counts
}

// reset restarts the count, and returns what was counted.
func (n *turns) reset() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := n.count
	n.count = 0
	return count
}

// of is how many turns do takes once its statements are prepared, and a repeat is expected.
func (n *turns) of(do func()) int {
	do()
	do()
	n.reset()
	do()
	return n.reset()
}

// A gate takes one round trip: its snapshot begins with the query, and nobody waits for its end.
func TestRoundTripsOfAGate(t *testing.T) {
	t.Parallel()
	f, n := far(t)
	id := f.account()
	for prepared := range 2 {
		f.view(id) // on the only connection: the snapshot before has ended
		n.reset()
		r := f.Read()
		_, err := r.Account(f.ctx, id)
		got := n.reset()
		r.Close(f.ctx)
		if f.must(err); prepared == 1 && got != 1 {
			t.Errorf("%d round trips", got)
		}
	}
}

// What a caller waits for at a distant database is round trips. A change takes two, BEGIN with the queries and COMMIT
// with the writes, and one for each thing that is asked in addition.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	f, n := far(t)
	id := f.account()
	tool, model := f.resource(id, "TOOL", "DEPLOYED"), f.resource(id, "MODEL", "REGISTERED")
	events := func(many int) (list []tsdb.UsageEvent) {
		for range many {
			list = append(list, runs(id, tool, f.key(), start, 1), tokens(id, model, f.key(), start, 10, 10))
		}
		return list
	}
	repeat := events(1)
	var hold tsdb.Reservation
	for _, c := range []struct {
		name string
		most int
		do   func()
	}{
		{"an event", 2, func() { f.ingest(tsdb.Record, events(1)[0]) }},
		{"what fits", 2, func() { f.ingest(tsdb.Enforce, events(1)...) }},
		{"a repeat", 2, func() { f.ingest(tsdb.Record, repeat...) }},
		{"fifty events", 2, func() { f.ingest(tsdb.Record, events(25)...) }},
		{"many events", 4, func() { f.ingest(tsdb.Record, events(250)...) }}, // COPY of events
		{"a reservation", 5, func() {
			var err error
			hold, err = f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Amount: 1, Mode: tsdb.ReservationReject, IdempotencyKey: f.key()})
			f.must(err)
		}},
		{"a settlement", 5, func() {
			_, _, err := f.Settle(f.ctx, hold.ID, events(1)[:1], false)
			f.must(err)
		}},
		{"a grant", 4, func() {
			_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.AdjustmentGrant, Amount: 1, IdempotencyKey: f.key(), Reference: "r"}, tsdb.Actor{})
			f.must(err)
		}},
	} {
		got := n.of(c.do)
		t.Logf("%s: %d round trips", c.name, got)
		if got > c.most {
			t.Errorf("%s takes %d round trips, at most %d are allowed", c.name, got, c.most)
		}
	}
}
