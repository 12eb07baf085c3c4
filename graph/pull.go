package graph

import (
	"sync"

	"github.com/usagegraph/usagegraph/live"
)

// pull is a watch whose frames gqlgen takes out of a channel, for transports that do not have them pushed. It is bounded:
// of states it holds the latest alone, events that do not fit stay with the hub.
type pull[T any] struct {
	convert func(live.Frame) (T, error)
	latest  bool

	mu    sync.Mutex
	ch    chan T
	ended bool
}

// pullRoom is how many events wait in a channel.
const pullRoom = 64

func (p *pull[T]) room() int {
	if p.latest {
		return 1
	}
	return pullRoom
}

// Next puts a frame into the channel; see live.Sink.
func (p *pull[T]) Next(f live.Frame, _ []byte) live.Taken {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return live.Gone
	}
	if !p.latest && len(p.ch) == cap(p.ch) {
		return live.Full
	}
	v, err := p.convert(f)
	if err != nil {
		p.endLocked()
		return live.Gone
	}
	if p.latest && len(p.ch) == cap(p.ch) {
		select {
		case <-p.ch: // an older state that nobody has taken
		default:
		}
	}
	p.ch <- v // there is room: nobody else puts anything in
	return live.Took
}

// End closes the channel; see live.Sink.
func (p *pull[T]) End(error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endLocked()
}

func (p *pull[T]) endLocked() {
	if !p.ended {
		p.ended = true
		close(p.ch)
	}
}
