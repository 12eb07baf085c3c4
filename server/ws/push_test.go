package ws_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/ws"
)

// hub is a wire.Source that passes its sinks to the test.
type hub struct {
	sinks   chan wire.Sink
	mu      sync.Mutex
	stopped int
}

func newHub() *hub { return &hub{sinks: make(chan wire.Sink, 20_000)} }

func (h *hub) Subscribe(_ context.Context, op *graphql.OperationContext, sink wire.Sink) (func(), bool, error) {
	switch op.Operation.SelectionSet[0].(*ast.Field).Name {
	case "count":
		return nil, false, nil
	case "events":
		return nil, false, gqlerror.List{wire.Fault(wire.Overloaded, "Full.")}
	case "forever":
		return nil, true, errors.New("secret")
	}
	h.sinks <- sink
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.stopped++
	}, true, nil
}

func (h *hub) stops() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stopped
}

const state = `{"id":"s","type":"subscribe","payload":{"query":"subscription{state}"}}`

func TestPush(t *testing.T) {
	t.Parallel()
	h := newHub()
	s := newServer(t, ws.Config{Source: h})
	c := s.ready(t)
	c.send(state)
	sink := <-h.sinks
	shared := []byte(`{"data":{"state":1}}`)
	if !sink.Next(shared, "") {
		t.Error("not taken")
	}
	c.expect(`{"id":"s","type":"next","payload":{"data":{"state":1}}}`)
	c.send(`{"id":"s","type":"complete"}`)
	eventually(t, "stop is called", func() bool { return h.stops() == 1 })
	if sink.Next(shared, "") {
		t.Error("taken after complete")
	}
	c.send(state) // the id is free again
	sink = <-h.sinks
	sink.Next(shared, "k")
	sink.Complete()
	sink.Next(shared, "k")
	c.expect(`{"id":"s","type":"next","payload":{"data":{"state":1}}}`)
	c.expect(`{"id":"s","type":"complete"}`)
	eventually(t, "stop is called", func() bool { return h.stops() == 2 })
	c.send(state)
	(<-h.sinks).Error(gqlerror.List{wire.Fault(wire.Overloaded, "Full.")})
	c.expect(`{"id":"s","type":"error","payload":[{"message":"Full.","extensions":{"code":"OVERLOADED"}}]}`)
	c.send(`{"id":"c","type":"subscribe","payload":{"query":"subscription{count(to:1)}"}}`)
	if m := c.next(); m.Type != "next" {
		t.Errorf("not pulled: %+v", m)
	}
	c.expect(`{"id":"c","type":"complete"}`)
	c.send(`{"id":"e","type":"subscribe","payload":{"query":"subscription{events}"}}`)
	c.expect(`{"id":"e","type":"error","payload":[{"message":"Full.","extensions":{"code":"OVERLOADED"}}]}`)
	c.send(`{"id":"f","type":"subscribe","payload":{"query":"subscription{forever}"}}`)
	if m := c.next(); m.Type != "error" || strings.Contains(string(m.Payload), "secret") {
		t.Errorf("%+v", m)
	}
	_ = c.CloseNow()
	eventually(t, "all stopped", func() bool { return h.stops() == 3 && s.transport.Stats().Operations == 0 })
}

// A watcher that does not read gets only the last of the states that it missed, and the queue stays small.
func TestStatesCoalesce(t *testing.T) {
	t.Parallel()
	h := newHub()
	s := newServer(t, ws.Config{Source: h, MaxQueue: 64 << 10, WriteTimeout: 10 * time.Second})
	c := s.raw(t)
	c.init()
	c.bytes(text(state))
	sink := <-h.sinks
	pad := strings.Repeat("x", 20_000)
	for i := range 5_000 {
		if !sink.Next(fmt.Appendf(nil, `{"data":{"state":%d,"pad":"%s"}}`, i, pad), "k") {
			t.Fatalf("cut at %d", i)
		}
	}
	last, frames := "", 0
	for !strings.Contains(last, `"state":4999,`) {
		_, last = c.read()
		frames++
	}
	if frames >= 5_000 {
		t.Errorf("%d frames: nothing was merged", frames)
	}
}

// Events are never dropped: a watcher that does not read is cut off, and nobody else notices.
func TestEventsOverflow(t *testing.T) {
	t.Parallel()
	h := newHub()
	s := newServer(t, ws.Config{Source: h, MaxQueue: 64 << 10, WriteTimeout: 10 * time.Second, CloseTimeout: 50 * time.Millisecond})
	stalled, other := s.raw(t), s.ready(t)
	stalled.init()
	stalled.bytes(text(state))
	sink := <-h.sinks
	other.send(state)
	second := <-h.sinks
	payload := []byte(`{"data":{"state":1,"pad":"` + strings.Repeat("x", 20_000) + `"}}`)
	sent := 0
	for sink.Next(payload, "") {
		if sent++; sent > 10_000 {
			t.Fatal("never cut")
		}
	}
	second.Next([]byte(`{"data":{"state":2}}`), "")
	other.expect(`{"id":"s","type":"next","payload":{"data":{"state":2}}}`)
	eventually(t, "the stalled one is gone", func() bool { return s.transport.Stats().Connections == 1 })
	if h.stops() != 1 {
		t.Errorf("%d stops", h.stops())
	}
}

// A watcher of events that reads too slowly is closed with 1013, so that it reconnects and resumes. What was queued for it is freed, and
// memory does not grow with what it did not read.
func TestSlowReaderIsToldToComeBack(t *testing.T) {
	t.Parallel()
	h := newHub()
	s := newServer(t, ws.Config{Source: h, MaxQueue: 64 << 10, WriteTimeout: 10 * time.Second, CloseTimeout: 10 * time.Second})
	undisturbed := s.bystander(t, h)
	slow := s.raw(t)
	slow.init()
	slow.bytes(text(state))
	sink := <-h.sinks
	payload := []byte(`{"data":{"state":1,"pad":"` + strings.Repeat("x", 20_000) + `"}}`)
	for sink.Next(payload, "") { // until it is cut
	}
	undisturbed()
	if code := slow.closeCode(); code != 1013 {
		t.Errorf("close code %d", code)
	}
	slow.bytes(frame(0x88, "\x03\xf5"))
	eventually(t, "only the bystander is left", func() bool { return s.transport.Stats() == ws.Stats{Connections: 1, Operations: 1, Cut: 1} })
	undisturbed()
}

// An idle subscribed connection costs at most 10 KB and 1.1 goroutines, including the test's client.
func TestIdleCost(t *testing.T) { // it measures the process
	const n = 1000
	h := newHub()
	s := newServer(t, ws.Config{Source: h, Tick: 50 * time.Millisecond})
	before, goroutines := footprint()
	clients := make([]*rawClient, n)
	sinks := make([]wire.Sink, n)
	for i := range clients {
		c := s.raw(t)
		c.init()
		c.bytes(text(state))
		sinks[i] = <-h.sinks
		sinks[i].Next([]byte(`{"data":{"state":1}}`), "k")
		c.read()
		c.br = nil // the client's buffer is not the server's cost
		clients[i] = c
	}
	after, now := footprint()
	memory, routines := (after-before)/n, float64(now-goroutines)/n
	t.Logf("%d bytes and %.2f goroutines a connection", memory, routines)
	if memory > idleLimit || routines > 1.1 {
		t.Errorf("%d bytes and %.2f goroutines a connection", memory, routines)
	}
	runtime.KeepAlive(clients)
	runtime.KeepAlive(sinks)
}

func footprint() (bytes, goroutines int) {
	for range 5 { // stacks shrink by half a cycle
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse), runtime.NumGoroutine()
}

// BenchmarkFanOut pushes one shared state to 500 watchers on as many connections, including reading it.
func BenchmarkFanOut(b *testing.B) {
	const n = 500
	h := newHub()
	s := benchServer(b, ws.Config{Source: h})
	sinks := make([]wire.Sink, n)
	var read sync.WaitGroup
	for i := range sinks {
		c := s.raw(b)
		_ = c.SetDeadline(time.Time{})
		c.init()
		c.bytes(text(state))
		sinks[i] = <-h.sinks
		go func() {
			for {
				var h [2]byte
				if _, err := io.ReadFull(c.br, h[:]); err != nil {
					return
				}
				if _, err := c.br.Discard(int(h[1])); err != nil {
					return
				}
				read.Done()
			}
		}()
	}
	payload := []byte(`{"data":{"state":1}}`)
	b.ReportAllocs()
	for b.Loop() {
		read.Add(n)
		for _, sink := range sinks {
			sink.Next(payload, "")
		}
		read.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/frame")
}
