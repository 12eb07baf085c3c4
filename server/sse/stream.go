package sse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

const (
	kindNext int8 = iota
	kindComplete
)

// stream is one operation's event stream. It is the wire.Sink of its subscription.
type stream struct {
	t       *Transport
	ctx     context.Context
	cancel  context.CancelFunc
	session wire.Session
	wake    chan struct{} // holds at most one

	mu           sync.Mutex
	out          wire.Outbox
	room         chan struct{} // closed when the queue has shrunk; nil while nobody waits
	done         bool          // nothing more is accepted
	subscription bool
	stop         func()
	ended        bool
	cut          bool // counted in Stats.Cut
}

var _ wire.Sink = (*stream)(nil)

func newStream(t *Transport, ctx context.Context, session wire.Session) *stream {
	ctx, cancel := context.WithCancel(ctx)
	s := &stream{t: t, ctx: ctx, cancel: cancel, session: session, wake: make(chan struct{}, 1)}
	s.out.MaxBytes = t.cfg.MaxQueue
	return s
}

func (s *stream) wakeWriter() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take returns the next frame; over means that no more will come.
func (s *stream) take() (f wire.Message, ok, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok = s.out.Take()
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
	return f, ok, s.done && !ok
}

// Next queues a result; see wire.Sink. If an event does not fit, the stream ends without complete.
func (s *stream) Next(payload []byte, key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return false
	}
	if !s.out.Put(wire.Message{Kind: kindNext, Key: key, Body: payload}) {
		s.cut = true
		s.t.cut.Add(1)
		s.quitLocked()
		return false
	}
	s.wakeWriter()
	return true
}

func (s *stream) sendPulled(body []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.out.Room(len(body)) && !s.done {
		if s.room == nil {
			s.room = make(chan struct{})
		}
		room := s.room
		s.mu.Unlock()
		select {
		case <-room:
		case <-s.ctx.Done():
		}
		s.mu.Lock()
		if s.ctx.Err() != nil {
			return false
		}
	}
	ok := !s.done && s.out.Put(wire.Message{Kind: kindNext, Body: body})
	s.wakeWriter()
	return ok
}

// Complete ends the stream after what is queued.
func (s *stream) Complete() { s.finish(nil) }

// Error ends the stream with errors.
func (s *stream) Error(errs gqlerror.List) { s.finish(errorResult(s.ctx, errs, s.t.cfg.Report)) }

// forbid ends the stream because its token has ended.
func (s *stream) forbid(message string) {
	s.Error(gqlerror.List{wire.Fault(wire.Unauthenticated, message)})
}

// finish queues a last result (nil: none) and complete. If they do not fit, the stream ends without complete, as if cut off.
func (s *stream) finish(last []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return
	}
	s.done = true
	full := last != nil && !s.out.Put(wire.Message{Kind: kindNext, Body: last})
	if full || !s.out.Put(wire.Message{Kind: kindComplete}) {
		s.quitLocked()
	}
	s.wakeWriter()
}

// streaming marks the operation as a subscription, which Drain ends at once.
func (s *stream) streaming() {
	s.mu.Lock()
	s.subscription = true
	s.mu.Unlock()
	s.t.mu.Lock()
	draining := s.t.draining
	s.t.mu.Unlock()
	if draining {
		s.drain()
	}
}

func (s *stream) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subscription {
		s.quitLocked()
	}
}

// quit ends the stream without complete.
func (s *stream) quit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quitLocked()
}

// cutOff counts a client that did not accept bytes in time; a client that left by itself is not counted.
func (s *stream) cutOff(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.cut && errors.Is(err, os.ErrDeadlineExceeded) {
		s.cut = true
		s.t.cut.Add(1)
	}
}

func (s *stream) quitLocked() {
	s.done = true
	s.out.Clear()
	s.cancel()
	s.wakeWriter()
}

// onEnd arranges for stop to be called when the stream ends, or now if it has ended.
func (s *stream) onEnd(stop func()) {
	s.mu.Lock()
	late := s.ended
	if !late {
		s.stop = stop
	}
	s.mu.Unlock()
	if late {
		stop()
	}
}

// end frees what the stream holds. The handler calls it last.
func (s *stream) end() {
	s.cancel()
	s.mu.Lock()
	s.done, s.ended = true, true
	stop := s.stop
	s.stop = nil
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// recovered turns a panic of a resolver into INTERNAL.
func (s *stream) recovered() {
	p := recover()
	if p == nil {
		return
	}
	if s.t.cfg.Report != nil {
		s.t.cfg.Report(s.ctx, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}
	s.Error(gqlerror.List{wire.Fault(wire.Internal, "Something went wrong on our side.")})
}
