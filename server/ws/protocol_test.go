package ws_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/ws"
)

func TestQueryAndSubscription(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{})
	c := s.ready(t)
	c.send(`{"id":"q","type":"subscribe","payload":{"query":"{hello}"}}`)
	c.expect(`{"id":"q","type":"next","payload":{"data":{"hello":"hello"},"extensions":{}}}`)
	c.expect(`{"id":"q","type":"complete"}`)
	c.send(`{"id":"s","type":"subscribe","payload":{"query":"subscription($n:Int!){count(to:$n)}","variables":{"n":2}}}`)
	c.expect(`{"id":"s","type":"next","payload":{"data":{"count":1},"extensions":{}}}`)
	c.expect(`{"id":"s","type":"next","payload":{"data":{"count":2},"extensions":{}}}`)
	c.expect(`{"id":"s","type":"complete"}`)
	c.send(`{"id":"e","type":"subscribe","payload":{"query":"{nothing}"}}`)
	if m := c.next(); m.Type != "error" || m.ID != "e" || !strings.Contains(string(m.Payload), "GRAPHQL_VALIDATION_FAILED") {
		t.Errorf("%+v", m)
	}
	c.send(`{"type":"ping","payload":{}}`)
	c.expect(`{"type":"pong"}`)
	eventually(t, "no operation left", func() bool { return s.transport.Stats().Operations == 0 })
}

// A client that checks whether the server hangs is answered: before the first operation and while one runs, whatever the ping carries.
func TestEveryPingIsAnswered(t *testing.T) {
	t.Parallel()
	h := newHub()
	s := newServer(t, ws.Config{Source: pulledForever{h}})
	c := s.ready(t)
	for round, before := range []string{"", `{"id":"1","type":"subscribe","payload":{"query":"subscription{forever}"}}`} {
		if before != "" {
			c.send(before)
		}
		for _, ping := range []string{`{"type":"ping"}`, ` { "type" : "ping" } `, `{"type":"ping","payload":null}`, `{"type":"ping","payload":{}}`,
			`{"type":"ping","payload":{"a":{"b":[1,{"c":null}]}}}`, `{"type":"ping","id":"1"}`, `{"payload":{},"type":"ping"}`, `{"type":"ping","z":1}`,
			`{"type":"pi\u006eg"}`, "\ufeff" + `{"type":"ping"}`} {
			c.send(`{"type":"pong"}`) // nobody asked; nothing comes of it
			c.send(ping)
			if m := c.next(); m.Type != "pong" {
				t.Errorf("round %d, %s: %+v", round, ping, m)
			}
		}
	}
}

// Each breach ends with the close code that the protocol's specification gives.
func TestBreaches(t *testing.T) {
	t.Parallel()
	const initialise = `{"type":"connection_init"}`
	const forever = `{"id":"1","type":"subscribe","payload":{"query":"subscription{forever}"}}`
	h := newHub()
	s := newServer(t, ws.Config{Source: pulledForever{h}, MaxInit: 2000, MaxMessage: 4000})
	undisturbed := s.bystander(t, h)
	for _, c := range []struct {
		name string
		send []string
		code int
	}{
		{"not JSON", []string{`nonsense`}, 4400},
		{"not an object", []string{`[]`}, 4400},
		{"no type", []string{`{}`}, 4400},
		{"unknown type", []string{initialise, `{"type":"start","id":"1"}`}, 4400},
		{"init payload", []string{`{"type":"connection_init","payload":1}`}, 4400},
		{"ping payload", []string{initialise, `{"type":"ping","payload":"x"}`}, 4400},
		{"payload is a list", []string{initialise, `{"type":"subscribe","id":"1","payload":[]}`}, 4400},
		{"query is a number", []string{initialise, `{"type":"subscribe","id":"1","payload":{"query":1}}`}, 4400},
		{"type is a number", []string{initialise, `{"type":1}`}, 4400},
		{"two messages in one", []string{initialise, `{"type":"ping"}{"type":"ping"}`}, 4400},
		{"deep nesting", []string{initialise, `{"type":"ping","payload":` + strings.Repeat("[", 3000) + `}`}, 4400},
		{"empty id", []string{initialise, `{"type":"subscribe","id":"","payload":{"query":"{hello}"}}`}, 4400},
		{"null id", []string{initialise, `{"type":"subscribe","id":null,"payload":{"query":"{hello}"}}`}, 4400},
		{"no id", []string{initialise, `{"type":"subscribe","payload":{"query":"{hello}"}}`}, 4400},
		{"id is a number", []string{initialise, `{"type":"subscribe","id":1,"payload":{"query":"{hello}"}}`}, 4400},
		{"long id", []string{initialise, `{"type":"subscribe","id":"` + strings.Repeat("x", 200) + `","payload":{"query":"{hello}"}}`}, 4400},
		{"no query", []string{initialise, `{"type":"subscribe","id":"1","payload":{}}`}, 4400},
		{"complete without id", []string{initialise, `{"type":"complete"}`}, 4400},
		{"subscribe before init", []string{forever}, 4401},
		{"two inits", []string{initialise, initialise}, 4429},
		{"init after the ack", []string{initialise, "ack", initialise}, 4429},
		{"duplicate id", []string{initialise, "ack", forever, forever}, 4409},
		{"too big before init", []string{strings.Repeat(" ", 2001)}, 1009},
		{"too big", []string{initialise, "ack", strings.Repeat(" ", 4001)}, 1009},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conn := s.dial(t)
			for i, msg := range c.send {
				if msg == "ack" || i == 1 && c.code == 4400 {
					conn.expect(`{"type":"connection_ack"}`)
				}
				if msg != "ack" {
					conn.send(msg)
				}
			}
			conn.expectClose(c.code, "")
		})
	}
	t.Cleanup(func() {
		undisturbed()
		eventually(t, "all gone", func() bool { return s.transport.Stats() == ws.Stats{Connections: 1, Operations: 1} })
	})
}

// pulledForever is a hub that leaves the endless subscription to gqlgen.
type pulledForever struct{ *hub }

func (p pulledForever) Subscribe(ctx context.Context, op *graphql.OperationContext, sink wire.Sink) (func(), bool, error) {
	if op.Operation.SelectionSet[0].(*ast.Field).Name == "forever" {
		return nil, false, nil
	}
	return p.hub.Subscribe(ctx, op, sink)
}

// bystander returns a client that keeps the rules and watches. The function that it returns checks that the client is still served.
func (s server) bystander(t *testing.T, h *hub) (undisturbed func()) {
	t.Helper()
	nc := s.raw(t)
	_ = nc.SetDeadline(time.Now().Add(time.Minute))
	nc.init()
	nc.bytes(text(state))
	sink := <-h.sinks
	return func() {
		t.Helper()
		for range 3 {
			if !sink.Next([]byte(`{"data":{"state":7}}`), "") {
				t.Error("the bystander was cut off")
			}
			if _, got := nc.read(); got != `{"id":"s","type":"next","payload":{"data":{"state":7}}}` {
				t.Errorf("the bystander got %s", got)
			}
		}
	}
}

func TestSubprotocol(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{})
	old := s.dial(t, "graphql-ws")
	old.expectClose(4406, "Subprotocol not acceptable")
	both := s.dial(t, "graphql-ws", "graphql-transport-ws")
	if both.Subprotocol() != ws.Subprotocol {
		t.Errorf("chose %q", both.Subprotocol())
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{Origins: []string{"https://app.example.com"}})
	for origin, ok := range map[string]bool{
		"": true, s.URL: true, "https://app.example.com": true, "https://evil.example.com": false, "null": false,
	} {
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		c, res, err := websocket.Dial(t.Context(), s.URL, &websocket.DialOptions{HTTPHeader: h, Subprotocols: []string{ws.Subprotocol}})
		if (err == nil) != ok {
			t.Errorf("origin %q: %v", origin, err)
		}
		if err == nil {
			_ = c.CloseNow()
		} else if res.StatusCode != http.StatusForbidden {
			t.Errorf("origin %q: %d", origin, res.StatusCode)
		}
	}
}

func TestInit(t *testing.T) {
	t.Parallel()
	type user struct{}
	revoked, revoke := context.WithCancel(t.Context())
	tally := &wire.Tally{Max: 1}
	var standing atomic.Int32 // of "reviewed" and "named"
	s := newServer(t, ws.Config{
		InitTimeout: 3 * time.Second, // in which a busy machine sends an init
		Tally:       tally,
		NewID:       func() string { return "id-1" },
		Init: func(ctx context.Context, payload json.RawMessage) (wire.Session, error) {
			var p struct{ Token string }
			_ = json.Unmarshal(payload, &p)
			session := wire.Session{Context: context.WithValue(revoked, user{}, p.Token), Principal: p.Token, Token: p.Token}
			switch p.Token {
			case "":
				return session, errors.New("no token: secret")
			case "busy":
				return session, ws.Close{Code: ws.CodeTryAgain, Reason: "Busy"}
			case "old":
				session.Expiry = time.Now()
			case "short":
				session.Expiry = time.Now().Add(2 * time.Second) // in which it is acknowledged
			case "slow":
				<-ctx.Done()
				return session, ctx.Err()
			case "gone":
				session.Still = func(context.Context) wire.Standing { return wire.Ended }
			case "reviewed", "named":
				session.Still = func(context.Context) wire.Standing { return wire.Standing(standing.Load()) }
			case "panic":
				panic("in the hook")
			}
			return session, nil
		},
	})
	open := func(token string) client {
		c := s.dial(t)
		c.send(`{"type":"connection_init","payload":{"token":"` + token + `"}}`)
		return c
	}
	const acked = `{"type":"connection_ack","payload":{"requestId":"id-1"}}`
	open("").expectClose(4403, "Forbidden")
	open("busy").expectClose(1013, "Busy")
	open("old").expectClose(4403, "Token expired")
	open("panic").expectClose(4403, "Forbidden")
	slow := open("slow")
	silent := s.dial(t)
	silent.expectClose(4408, "timeout")
	slow.expectClose(1013, "cannot be checked") // the hook's fault and not the client's
	gone := open("gone")                        // revoked between the look at the token and the acknowledgement
	gone.expect(acked)
	gone.expectClose(4403, "Token revoked")
	reviewed := open("reviewed")
	reviewed.expect(acked)
	s.transport.Review(t.Context(), "")
	standing.Store(int32(wire.Ended))
	s.transport.Review(t.Context(), "another")
	standing.Store(int32(wire.Changed))
	s.transport.Review(t.Context(), "")
	reviewed.expectClose(4412, "Access changed")
	standing.Store(int32(wire.Stands))
	short := open("short")
	short.expect(acked)
	short.send(`{"id":"1","type":"subscribe","payload":{"query":"subscription{forever}"}}`)
	short.expectClose(4403, "Token expired")
	named := open("named")
	named.expect(acked)
	open("named").expectClose(4429, "Too many connections")
	standing.Store(int32(wire.Ended))
	s.transport.Review(t.Context(), "named")
	named.expectClose(4403, "Token revoked")
	eventually(t, "place of the closed connection", func() bool { return s.transport.Stats().Connections == 0 })
	standing.Store(int32(wire.Stands))
	again := open("named")
	again.expect(acked)
	revoke()
	again.expectClose(4403, "Token revoked")
}

func TestLimitOfOperations(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{MaxOperations: 2})
	c := s.ready(t)
	for _, id := range []string{"1", "2", "3"} {
		c.send(`{"id":"` + id + `","type":"subscribe","payload":{"query":"subscription{forever}"}}`)
	}
	if m := c.next(); m.Type != "error" || m.ID != "3" || !strings.Contains(string(m.Payload), "TOO_MANY_SUBSCRIPTIONS") {
		t.Errorf("%+v", m)
	}
	c.send(`{"id":"1","type":"complete"}`)
	c.send(`{"id":"1","type":"subscribe","payload":{"query":"{hello}"}}`)
	if m := c.next(); m.Type != "next" || m.ID != "1" {
		t.Errorf("%+v", m)
	}
}

// Ten thousand subscriptions on one socket: as many as the limit allows run, the rest get an error, and other clients are still served.
func TestFloodOfSubscriptions(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{})
	flood, other := s.ready(t), s.ready(t)
	go func() {
		for i := range 10_000 {
			id, _ := json.Marshal(time.Duration(i).String())
			if flood.Write(flood.ctx, websocket.MessageText, []byte(`{"id":`+string(id)+`,"type":"subscribe","payload":{"query":"subscription{forever}"}}`)) != nil {
				return
			}
		}
	}()
	refused := 0
	for refused < 9_900 {
		if m := flood.next(); m.Type != "error" {
			t.Fatalf("%+v", m)
		}
		refused++
		if refused%1000 == 0 {
			other.send(`{"id":"q","type":"subscribe","payload":{"query":"{hello}"}}`)
			other.next()
			other.expect(`{"id":"q","type":"complete"}`)
		}
	}
	if got := s.transport.Stats().Operations; got != 100 {
		t.Errorf("%d operations", got)
	}
}

func TestOverload(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{MaxConnections: 1})
	first := s.ready(t)
	s.dial(t).expectClose(1013, "Too many connections")
	first.send(`{"type":"ping"}`)
	first.expect(`{"type":"pong"}`)
}

func TestDrain(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{})
	idle, busy := s.ready(t), s.ready(t)
	busy.send(`{"id":"1","type":"subscribe","payload":{"query":"{wait}"}}`)
	eventually(t, "the query runs", func() bool { return s.transport.Stats().Operations == 1 })
	done := make(chan error, 1)
	go func() { done <- s.transport.Drain(t.Context()) }()
	idle.expectClose(1012, "")
	s.dial(t).expectClose(1012, "")
	close(s.schema.Wait)
	if m := busy.next(); m.Type != "next" {
		t.Errorf("%+v", m)
	}
	busy.expectClose(1012, "")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestDrainIsBounded(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{})
	busy := s.ready(t)
	busy.send(`{"id":"1","type":"subscribe","payload":{"query":"{wait}"}}`)
	eventually(t, "the query runs", func() bool { return s.transport.Stats().Operations == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.transport.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, _, err := busy.Read(busy.ctx); err == nil {
		t.Error("still open")
	}
	eventually(t, "all gone", func() bool { return s.transport.Stats() == ws.Stats{} })
}
