package graph

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"
)

// gatherFor is how long a question waits for others of its kind if it is not known who else will ask: about as long as the rows of a page
// need to ask.
const gatherFor = time.Millisecond

// errUnread is the error of a reading that a panic interrupted. Those who wait for the reading must not mistake it for "not found".
var errUnread = errors.New("graph: a reading broke off")

// gather combines what the rows of a list ask for one by one into one reading, and keeps the result for the rest of the operation.
type gather[K comparable, V any] struct {
	mu    sync.Mutex
	known map[K]V
	open  *gathering[K]       // still takes keys
	read  map[K]*gathering[K] // by key: the reading that includes it, or will
}

type gathering[K comparable] struct {
	keys []K
	done chan struct{}
	err  error
}

// get returns the value of a key, read together with others; the zero value if there is none. The keys of next will be asked for too and
// are read together with the first; if there are none, the reading waits a moment for others.
func (g *gather[K, V]) get(ctx context.Context, key K, next func() []K, read func(context.Context, []K) (map[K]V, error)) (V, error) {
	g.mu.Lock()
	if v, known := g.known[key]; known {
		g.mu.Unlock()
		return v, nil
	}
	mine, first := g.read[key], false
	if mine == nil {
		mine, first = g.join(key, next)
	}
	g.mu.Unlock()
	if first {
		g.answer(ctx, mine, read)
	}
	var none V
	select {
	case <-mine.done:
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
	if mine.err != nil {
		return none, mine.err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.known[key], nil
}

// join adds a key to the open reading, or starts a new one, and reports whether it started one.
func (g *gather[K, V]) join(key K, next func() []K) (mine *gathering[K], first bool) {
	if mine = g.open; mine != nil {
		g.add(mine, key)
		return mine, false
	}
	mine = &gathering[K]{done: make(chan struct{}), err: errUnread}
	g.add(mine, key)
	for _, also := range next() {
		g.add(mine, also)
	}
	if len(mine.keys) == 1 {
		g.open = mine
	}
	return mine, true
}

// add adds a key to a reading, unless it is known or already being read.
func (g *gather[K, V]) add(to *gathering[K], key K) {
	if _, known := g.known[key]; known || g.read[key] != nil {
		return
	}
	if g.read == nil {
		g.read = map[K]*gathering[K]{}
	}
	g.read[key] = to
	to.keys = append(to.keys, key)
}

// answer reads for everybody in a reading. If it is not known who will join, it waits for them first.
func (g *gather[K, V]) answer(ctx context.Context, mine *gathering[K], read func(context.Context, []K) (map[K]V, error)) {
	defer close(mine.done)
	g.wait(ctx, mine)
	found, err := read(ctx, mine.keys)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range mine.keys {
		delete(g.read, key)
	}
	if mine.err = err; err != nil {
		return
	}
	if g.known == nil {
		g.known = map[K]V{}
	}
	for _, key := range mine.keys {
		g.known[key] = found[key] // also if there is none
	}
	maps.Copy(g.known, found) // also what else was read
}

// wait lets others join a reading that is open, and then closes it.
func (g *gather[K, V]) wait(ctx context.Context, mine *gathering[K]) {
	g.mu.Lock()
	open := g.open == mine
	g.mu.Unlock()
	if !open {
		return
	}
	timer := time.NewTimer(gatherFor)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	g.mu.Lock()
	g.open = nil
	g.mu.Unlock()
}
