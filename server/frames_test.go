package server

import (
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/usagegraph/usagegraph/auth"
)

// Every frame of a WebSocket takes points from the bucket that all of the caller's requests share: messages, whatever they say, pings, and
// the frames of a fragmented message.
func TestFramesTakePoints(t *testing.T) {
	t.Parallel()
	now := time.Now()
	r := run(t, func(c *Config) { c.Clock = func() time.Time { return now }; c.BucketSize, c.BucketRate = 10_000, 1 })
	account := r.account("acme")
	token := r.token(auth.Member, account, nil)
	left := func() float64 {
		a := r.ask(token, "{__typename}", nil)
		return a.Extensions["cost"].(map[string]any)["throttleStatus"].(map[string]any)["currentlyAvailable"].(float64)
	}
	const entry = 5 // what asking how much is left takes
	s := r.socket(t, token)
	s.hears("connection_ack")
	before := left()
	const n = 200
	for range n {
		s.say(map[string]any{"type": "ping"})
		s.hears("pong")
	}
	if took := before - left() - entry; took != n {
		t.Errorf("%d messages took %v points", n, took)
	}
	before = left()
	ctx := s.CloseRead(s.ctx)
	for range n {
		if err := s.Ping(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if took := before - left() - entry; took != n {
		t.Errorf("%d control frames took %v points", n, took)
	}
	before = left()
	in := r.socket(t, token)
	in.hears("connection_ack")
	w, err := in.Writer(in.ctx, websocket.MessageText)
	if err != nil {
		t.Fatal(err)
	}
	text := `{"type":"ping"` + strings.Repeat(" ", 200<<10) + "}" // the client cuts it where its buffer ends
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	in.hears("pong")
	if took := before - left() - entry; took < 200/4+2 {
		t.Errorf("a message of 200 KiB in frames took %v points", took)
	}
}
