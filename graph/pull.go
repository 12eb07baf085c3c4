package graph

import (
	"sync"

	"github.com/usagegraph/usagegraph/live"
)

// pull is a watch whose frames gqlgen takes from a channel, for transports that frames cannot be pushed to. It is bounded: it holds only
// the latest state, and events that do not fit stay with the hub.
type pull[T any] struct {
	convert func(live.Frame) (T, error)
	latest  bool

	mu    sync.Mutex
	ch    chan T
	ended bool
}

// pullRoom is the number of events that may wait in a channel.
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
		case <-p.ch: // an older state that nobody has received
		default:
		}
	}
	p.ch <- v // cannot block: nobody else sends
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
