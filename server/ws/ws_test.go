package ws_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/coder/websocket"

	"github.com/usagegraph/usagegraph/server/httpgql"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
	"github.com/usagegraph/usagegraph/server/ws"
)

type server struct {
	*httptest.Server
	transport *ws.Transport
	schema    *wiretest.Schema
}

func newServer(t *testing.T, cfg ws.Config) server { t.Helper(); return benchServer(t, cfg) }

func benchServer(t testing.TB, cfg ws.Config) server {
	t.Helper()
	cfg.Now = time.Now
	if cfg.Tick == 0 {
		cfg.Tick = 5 * time.Millisecond
	}
	transport, err := ws.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	es := wiretest.New()
	srv := httptest.NewServer(&httpgql.Endpoint{Exec: executor.New(es), Transports: []graphql.Transport{transport}})
	t.Cleanup(srv.Close)
	return server{srv, transport, es}
}

// client is a WebSocket that speaks JSON.
type client struct {
	*websocket.Conn
	t   *testing.T
	ctx context.Context
}

func (s server) dial(t *testing.T, protocols ...string) client {
	t.Helper()
	if protocols == nil {
		protocols = []string{ws.Subprotocol}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c, _, err := websocket.Dial(ctx, s.URL, &websocket.DialOptions{Subprotocols: protocols})
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(1 << 22)
	t.Cleanup(func() { _ = c.CloseNow() })
	return client{c, t, ctx}
}

func (s server) ready(t *testing.T) client {
	t.Helper()
	c := s.dial(t)
	c.send(`{"type":"connection_init"}`)
	c.expect(`{"type":"connection_ack"}`)
	return c
}

func (c client) send(msg string) {
	c.t.Helper()
	if err := c.Write(c.ctx, websocket.MessageText, []byte(msg)); err != nil {
		c.t.Fatal(err)
	}
}

func (c client) expect(want string) {
	c.t.Helper()
	_, got, err := c.Read(c.ctx)
	if err != nil {
		c.t.Fatalf("want %s: %v", want, err)
	}
	if string(got) != want {
		c.t.Fatalf("got  %s\nwant %s", got, want)
	}
}

// next reads a message of any kind.
func (c client) next() (m struct {
	Type, ID string
	Payload  json.RawMessage
}) {
	c.t.Helper()
	_, got, err := c.Read(c.ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := json.Unmarshal(got, &m); err != nil {
		c.t.Fatal(err)
	}
	return m
}

// expectClose reads until the close frame.
func (c client) expectClose(code int, reason string) {
	c.t.Helper()
	for {
		_, _, err := c.Read(c.ctx)
		if err == nil {
			continue
		}
		var ce websocket.CloseError
		if !errors.As(err, &ce) || int(ce.Code) != code || !strings.Contains(ce.Reason, reason) {
			c.t.Fatalf("want close %d %q: %v", code, reason, err)
		}
		return
	}
}

// eventually waits for a condition that has no event of its own.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.NewTimer(time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("never: " + what)
		}
	}
}
