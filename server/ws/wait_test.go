package ws_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/ws"
)

// What comes in one packet with the upgrade is read, and then what comes after it.
func TestFramesWithTheUpgrade(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{})
	nc, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := &rawClient{Conn: nc, t: t}
	t.Cleanup(func() { _ = nc.Close() })
	c.begin(frame(0x89, "early") + text(`{"type":"connection_init"}`) + frame(0x89, "late")[:3])
	if op, body := c.read(); op != 0xA || body != "early" {
		t.Errorf("%x %q", op, body)
	}
	if _, body := c.read(); body != `{"type":"connection_ack"}` {
		t.Error(body)
	}
	c.bytes(frame(0x89, "late")[3:])
	if op, body := c.read(); op != 0xA || body != "late" {
		t.Errorf("%x %q", op, body)
	}
}

// A connection that has to wait after each byte reads the same as one that gets everything at once.
func TestByteByByte(t *testing.T) {
	t.Parallel()
	c := newServer(t, ws.Config{}).raw(t)
	for _, b := range []byte(frame(0x89, "1") + text(`{"type":"connection_init"}`) + frame(0x8a, "") + text(`{"type":"ping"}`)) {
		c.bytes(string([]byte{b}))
	}
	var got []string
	for range 3 {
		_, body := c.read()
		got = append(got, body)
	}
	slices.Sort(got) // the answer to connection_init takes its time
	if want := []string{"1", `{"type":"connection_ack"}`, `{"type":"pong"}`}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// The end of a connection ends the hook that authenticates it.
func TestInitEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	began, ended := make(chan struct{}), make(chan error, 1)
	s := newServer(t, ws.Config{InitTimeout: time.Minute, Init: func(ctx context.Context, _ json.RawMessage) (wire.Session, error) {
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
		return wire.Session{}, ctx.Err()
	}})
	c := s.raw(t)
	c.bytes(text(`{"type":"connection_init"}`))
	<-began
	_ = c.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("the hook goes on")
	}
	eventually(t, "the connection is forgotten", func() bool { return s.transport.Stats().Connections == 0 })
}
