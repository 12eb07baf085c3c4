package sse_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/server/httpgql"
	"github.com/usagegraph/usagegraph/server/sse"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
)

type server struct {
	*httptest.Server
	transport *sse.Transport
	schema    *wiretest.Schema
}

func newServer(t *testing.T, cfg sse.Config) server {
	t.Helper()
	cfg.Now = time.Now
	cfg.NewID = func() string { return "id-1" }
	transport, err := sse.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	es := wiretest.New()
	srv := httptest.NewServer(&httpgql.Endpoint{Exec: executor.New(es), Transports: []graphql.Transport{transport}})
	t.Cleanup(srv.Close)
	return server{srv, transport, es}
}

func (s server) post(t *testing.T, query string) *http.Response {
	t.Helper()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(fmt.Sprintf(`{"query":%q}`, query)))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	return do(t, req)
}

func do(t *testing.T, req *http.Request) *http.Response {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func all(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const complete = "event: complete\ndata:\n\n"

func next(result string) string { return "event: next\ndata: " + result + "\n\n" }

func TestStreams(t *testing.T) {
	t.Parallel()
	s := newServer(t, sse.Config{})
	for query, want := range map[string]string{
		"{hello}":                   next(`{"data":{"hello":"hello"},"extensions":{"requestId":"id-1"}}`) + complete,
		"mutation{bump}":            next(`{"data":{"bump":1},"extensions":{"requestId":"id-1"}}`) + complete,
		"subscription{count(to:1)}": next(`{"data":{"count":1},"extensions":{"requestId":"id-1"}}`) + complete,
	} {
		res := s.post(t, query)
		if got := all(t, res); got != ":\n\n"+want {
			t.Errorf("%s:\n%s", query, got)
		}
		if ct := res.Header.Get("Content-Type"); ct != "text/event-stream; charset=utf-8" {
			t.Errorf("%s: %s", query, ct)
		}
	}
	for query, code := range map[string]string{"{nothing}": "GRAPHQL_VALIDATION_FAILED", "{": "GRAPHQL_PARSE_FAILED", "{crash}": "INTERNAL"} {
		res := s.post(t, query)
		if got := all(t, res); res.StatusCode != 200 || !strings.Contains(got, code) || !strings.HasSuffix(got, complete) || strings.Contains(got, "/srv") {
			t.Errorf("%s: %s", query, got)
		}
	}
}

func TestGetAndRefusals(t *testing.T) {
	t.Parallel()
	s := newServer(t, sse.Config{})
	for _, c := range []struct {
		method, query string
		status        int
	}{
		{http.MethodGet, "subscription{count(to:1)}", 200},
		{http.MethodGet, "mutation{bump}", 405},
		{http.MethodGet, "", 400},
		{http.MethodPut, "{hello}", 405},
		{http.MethodPost, "{hello}", 415}, // no content type
	} {
		req, _ := http.NewRequestWithContext(t.Context(), c.method, s.URL+"?query="+url.QueryEscape(c.query), nil)
		req.Header.Set("Accept", "text/event-stream")
		res := do(t, req)
		if res.StatusCode != c.status {
			t.Errorf("%s %q: %d", c.method, c.query, res.StatusCode)
		}
	}
}

// hub is a wire.Source that passes its sinks to the test.
type hub struct {
	sinks   chan wire.Sink
	stopped chan struct{}
}

func newHub() *hub { return &hub{sinks: make(chan wire.Sink, 10), stopped: make(chan struct{}, 10)} }

func (h *hub) Subscribe(_ context.Context, op *graphql.OperationContext, sink wire.Sink) (func(), bool, error) {
	if op.Operation.SelectionSet[0].(*ast.Field).Name == "events" {
		return nil, false, errors.New("secret")
	}
	h.sinks <- sink
	return func() { h.stopped <- struct{}{} }, true, nil
}

func TestPush(t *testing.T) {
	t.Parallel()
	h := newHub()
	s := newServer(t, sse.Config{Source: h, Heartbeat: 20 * time.Millisecond})
	res := s.post(t, "subscription{state}")
	sink := <-h.sinks
	r := bufio.NewReader(res.Body)
	for range 3 { // the opening comment and two heartbeats
		if line, err := r.ReadString('\n'); err != nil || line != ":\n" {
			t.Fatal(line, err)
		}
		_, _ = r.ReadString('\n')
	}
	sink.Next([]byte("{\"data\":\n{\"state\":1}}"), "k")
	sink.Complete()
	got, err := io.ReadAll(r)
	if want := next("{\"data\":\ndata: {\"state\":1}}") + complete; err != nil || !strings.HasSuffix(string(got), want) {
		t.Errorf("%v: %s", err, got)
	}
	<-h.stopped
	if sink.Next([]byte(`{}`), "") {
		t.Error("taken after the end")
	}
	if got := all(t, s.post(t, "subscription{events}")); !strings.Contains(got, "INTERNAL") || strings.Contains(got, "secret") {
		t.Error(got)
	}
}

func TestClientLeaves(t *testing.T) {
	t.Parallel()
	h := newHub()
	s := newServer(t, sse.Config{Source: h})
	res := s.post(t, "subscription{state}")
	<-h.sinks
	_ = res.Body.Close()
	<-h.stopped
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	revoked, revoke := context.WithCancel(t.Context())
	var standing atomic.Int32 // of "named"
	s := newServer(t, sse.Config{Source: newHub(), Tally: &wire.Tally{Max: 1}, Session: func(r *http.Request) (wire.Session, error) {
		token := r.URL.Query().Get("token")
		session := wire.Session{Token: token, Principal: token}
		switch token {
		case "":
			return session, errors.New("secret")
		case "short":
			session.Expiry = time.Now().Add(30 * time.Millisecond)
		case "revoked":
			session.Context = revoked
		case "named":
			session.Still = func(context.Context) wire.Standing { return wire.Standing(standing.Load()) }
		}
		return session, nil
	}})
	open := func(token string) *http.Response {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"?query=subscription%7Bstate%7D&token="+token, nil)
		req.Header.Set("Accept", "text/event-stream")
		return do(t, req)
	}
	if res := open(""); res.StatusCode != 401 {
		t.Errorf("no token: %d", res.StatusCode)
	}
	if got := all(t, open("short")); !strings.Contains(got, "expired") || !strings.HasSuffix(got, complete) {
		t.Error(got)
	}
	named := open("named")
	if res := open("named"); res.StatusCode != 429 {
		t.Errorf("second connection: %d", res.StatusCode)
	}
	s.transport.Review(t.Context(), "")
	standing.Store(int32(wire.Ended))
	s.transport.Review(t.Context(), "another")
	s.transport.Review(t.Context(), "named")
	if got := all(t, named); !strings.Contains(got, "UNAUTHENTICATED") {
		t.Error(got)
	}
	standing.Store(int32(wire.Stands))
	other := open("named")
	standing.Store(int32(wire.Changed))
	s.transport.Review(t.Context(), "named")
	if got := all(t, other); strings.Contains(got, "UNAUTHENTICATED") || strings.HasSuffix(got, complete) {
		t.Errorf("access that changed ended the stream with %q", got)
	}
	if res := open("named"); res.StatusCode != 503 {
		t.Errorf("access that changed before the stream began: %d", res.StatusCode)
	}
	third := open("revoked")
	revoke()
	if got := all(t, third); !strings.Contains(got, "revoked") {
		t.Error(got)
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	s := newServer(t, sse.Config{Source: newHub()})
	open := s.post(t, "subscription{state}")
	if err := s.transport.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if got := all(t, open); got != ":\n\n" {
		t.Errorf("a drained stream must end without complete: %s", got)
	}
	if res := s.post(t, "subscription{state}"); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("%d", res.StatusCode)
	}
}

// A client that does not read is cut off: when events fill its queue, and after WriteTimeout in any case.
func TestStalledClient(t *testing.T) {
	t.Parallel()
	h := newHub()
	s := newServer(t, sse.Config{Source: h, MaxQueue: 64 << 10, WriteTimeout: 50 * time.Millisecond})
	for _, key := range []string{"", "state"} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = io.WriteString(conn, "GET /?query=subscription%7Bstate%7D HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
		sink := <-h.sinks
		payload := []byte(`{"data":{"state":"` + strings.Repeat("x", 50_000) + `"}}`)
		for sink.Next(payload, key) { // until it is cut
		}
		<-h.stopped
	}
	if cut := s.transport.Stats().Cut; cut != 2 {
		t.Errorf("%d cut", cut)
	}
}

// states pushes two states and completes; for an account it pushes one and stays open.
type states struct{}

func (states) Subscribe(_ context.Context, op *graphql.OperationContext, sink wire.Sink) (func(), bool, error) {
	field := op.Operation.SelectionSet[0].(*ast.Field)
	if field.Name != "state" {
		return nil, false, nil
	}
	sink.Next([]byte(`{"data":{"state":1}}`), "")
	if len(field.Arguments) == 0 {
		sink.Next([]byte(`{"data":{"state":2}}`), "")
		sink.Complete()
	}
	return nil, true, nil
}

// The npm client graphql-sse works, including its reconnection after a restart.
func TestGraphqlSseClient(t *testing.T) {
	t.Parallel()
	fresh := func() *sse.Transport { return newServer(t, sse.Config{Source: states{}}).transport }
	var current atomic.Pointer[sse.Transport]
	current.Store(fresh())
	exec := executor.New(wiretest.New())
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", func(w http.ResponseWriter, r *http.Request) { current.Load().Do(w, r, exec) })
	mux.HandleFunc("/restart", func(_ http.ResponseWriter, r *http.Request) { _ = current.Swap(fresh()).Drain(r.Context()) })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	got := wiretest.Node(t, "../ws/clients", "graphql-sse.mjs", srv.URL+"/graphql", srv.URL)
	want := `["query",[{"hello":"hello"}]]
["mutation",[{"bump":1}]]
["pulled",[{"count":1},{"count":2},{"count":3}]]
["pushed",[{"state":1},{"state":2}]]
["invalid",["GRAPHQL_VALIDATION_FAILED"]]
["resumed",2]
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
