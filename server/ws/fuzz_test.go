package ws_test

import (
	"context"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"github.com/usagegraph/usagegraph/server/httpgql"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
	"github.com/usagegraph/usagegraph/server/ws"
)

// upgrade is the handshake of a client that writes frames by hand.
const upgrade = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"

// Whatever a client sends before it hangs up, its connection is gone afterwards, and the server answers the next client.
func FuzzConnection(f *testing.F) {
	s := benchServer(f, ws.Config{CloseTimeout: 50 * time.Millisecond, MaxMessage: 4096, MaxInit: 1024})
	initialised := text(`{"type":"connection_init"}`)
	for _, seed := range []string{
		"", "\x81\x02hi", frame(0xc1, "x"), frame(0x83, "x"), frame(0x82, "x"), frame(0x01, "{") + frame(0x80, "}"), frame(0x09, "x"),
		frame(0x89, strings.Repeat("x", 125)), text("\xff\xfe"), "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", frame(0x88, "\x03\xe8bye"),
		initialised + text(`{"id":"1","type":"subscribe","payload":{"query":"subscription{forever}","variables":{"a":[1,null]}}}`),
		initialised + text(`{"id":"1","type":"complete"}`) + text(`{"type":"ping","payload":{}}`) + text(`{"type":"pong"}`),
		initialised + text(`{"id":"1","type":"subscribe","payload":{"query":"{hello}","extensions":{"persistedQuery":{"version":1}},"operationName":null}}`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		nc, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = nc.Close() }()
		_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = nc.Write(append([]byte(upgrade), sent...)) // the server may have closed already
		_ = nc.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, nc); isTimeout(err) {
			t.Errorf("still open after %q", sent)
		}
		eventually(t, "the connection is gone", func() bool { return s.transport.Stats().Connections == 0 })
	})
}

func isTimeout(err error) bool {
	e, ok := err.(net.Error) // as the network gives it
	return ok && e.Timeout()
}

// A panic while a client's bytes are read ends only that client.
func TestPanicWhileReading(t *testing.T) {
	t.Parallel()
	var faulty atomic.Bool
	reported := make(chan error, 1)
	transport, err := ws.New(ws.Config{Tick: time.Hour, Report: func(_ context.Context, err error) { reported <- err }, Now: func() time.Time {
		if faulty.CompareAndSwap(true, false) {
			panic("a fault of ours")
		}
		return time.Now()
	}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(&httpgql.Endpoint{Exec: executor.New(wiretest.New()), Transports: []graphql.Transport{transport}})
	t.Cleanup(srv.Close)
	s := server{srv, transport, nil}
	unlucky, other := s.ready(t), s.ready(t)
	faulty.Store(true)
	unlucky.send(`{"type":"ping"}`)
	if _, got, err := unlucky.Read(unlucky.ctx); err == nil {
		t.Errorf("goes on with %s", got)
	}
	if err := <-reported; !strings.Contains(err.Error(), "a fault of ours") {
		t.Error(err)
	}
	other.send(`{"type":"ping"}`)
	other.expect(`{"type":"pong"}`)
	eventually(t, "it is gone", func() bool { return transport.Stats().Connections == 1 })
}
