package pg

import (
	"context"
	"slices"
	"sync"
)

// Turns lends a number of places to callers, in such a way that one who asks for many does not keep out the others:
// whoever waits gets the next free place in turn with the other callers, and no caller holds more than a share of the
// places. Within one caller, who came first is first.
type Turns struct {
	places, share int

	mu      sync.Mutex
	held    map[string]int
	taken   int
	waiting []*waiter // of all callers, in the order of coming
	last    []string  // the callers that got a place, the latest last, as long as they wait or hold one
}

type waiter struct {
	caller string
	ready  chan struct{} // closed when the place is the waiter's
}

// NewTurns makes Turns with places, of which a caller holds at most share; both are at least 1.
func NewTurns(places, share int) *Turns {
	return &Turns{places: max(1, places), share: max(1, share), held: map[string]int{}}
}

type callerKey struct{}

// ForCaller returns a context in which places are taken for a caller. Without it, a place is taken for nobody in
// particular, whose share is all of the places.
func ForCaller(ctx context.Context, caller string) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// CallerOf returns the caller of a context; "" if it has none.
func CallerOf(ctx context.Context) string {
	caller, _ := ctx.Value(callerKey{}).(string)
	return caller
}

// Enter takes a place for the caller of ctx, and waits for one until ctx ends, whose error it then returns. leave
// gives it back and must be called once.
func (t *Turns) Enter(ctx context.Context) (leave func(), err error) {
	caller := CallerOf(ctx)
	leave = func() { t.leave(caller) }
	t.mu.Lock()
	if t.taken < t.places && t.mayHold(caller) {
		t.take(caller)
		t.mu.Unlock()
		return leave, nil
	}
	w := &waiter{caller, make(chan struct{})}
	t.waiting = append(t.waiting, w)
	t.mu.Unlock()
	select {
	case <-w.ready:
		return leave, nil
	case <-ctx.Done():
	}
	if t.withdraw(w) {
		return nil, ctx.Err()
	}
	return leave, nil // it came at the same moment
}

// withdraw ends a wait. It returns false if the waiter has got its place meanwhile.
func (t *Turns) withdraw(w *waiter) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.waiting, w)
	if at < 0 {
		return false
	}
	t.waiting = slices.Delete(t.waiting, at, at+1)
	return true
}

func (t *Turns) mayHold(caller string) bool {
	return caller == "" || t.held[caller] < t.share
}

// take gives a caller a place. The lock is held.
func (t *Turns) take(caller string) {
	t.taken++
	t.held[caller]++
	t.last = append(slices.DeleteFunc(t.last, func(c string) bool { return c == caller }), caller)
}

func (t *Turns) leave(caller string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken--
	if t.held[caller]--; t.held[caller] == 0 {
		delete(t.held, caller)
	}
	for t.taken < t.places && t.admit() {
	}
	t.last = slices.DeleteFunc(t.last, func(c string) bool {
		return t.held[c] == 0 && !slices.ContainsFunc(t.waiting, func(w *waiter) bool { return w.caller == c })
	})
}

// admit gives a place to the waiter whose caller has been without one for longest. It returns false if nobody waits
// who may have one. The lock is held.
func (t *Turns) admit() bool {
	next, since := -1, len(t.last)
	for i, w := range t.waiting {
		if at := slices.Index(t.last, w.caller); t.mayHold(w.caller) && at < since {
			next, since = i, at
		}
	}
	if next < 0 {
		return false
	}
	w := t.waiting[next]
	t.waiting = slices.Delete(t.waiting, next, next+1)
	t.take(w.caller)
	close(w.ready)
	return true
}
