package wire

import (
	"context"
	"sync"
	"time"
)

// Session is what authentication says about a connection.
type Session struct {
	// Context is the parent of every operation. When it is cancelled (revocation), the connection
	// is closed as forbidden. nil: the context that was handed in.
	Context context.Context
	// Principal is whom the limit of connections counts; "" is not counted.
	Principal string
	// Token names the credential, for Review; "" cannot be looked at by name.
	Token string
	// Expiry is when the credential ends; zero: never.
	Expiry time.Time
	// Still tells what has become of the credential since the session began; nil: it stands. It is asked once the connection can be
	// found by Review, and in each Review.
	Still func(ctx context.Context) Standing
}

// Standing is what has become of a session's credential.
type Standing int8

// The standings.
const (
	Stands  Standing = iota // it permits what it did
	Changed                 // it is valid, and permits something else
	Ended                   // it is not valid any more
)

// Expired reports whether the session's credential has ended at now.
func (s Session) Expired(now time.Time) bool {
	return !s.Expiry.IsZero() && !now.Before(s.Expiry)
}

// Standing tells what has become of the session's credential.
func (s Session) Standing(ctx context.Context) Standing {
	if s.Still == nil {
		return Stands
	}
	return s.Still(ctx)
}

// Tally counts connections per principal, across transports when they share one. The zero value is
// ready and unlimited.
type Tally struct {
	// Max is the most connections of one principal; 0: unlimited.
	Max int

	mu    sync.Mutex
	count map[string]int
}

// Enter counts a connection of the principal, or refuses it with false.
func (t *Tally) Enter(principal string) bool {
	if t == nil || principal == "" || t.Max <= 0 {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count[principal] >= t.Max {
		return false
	}
	if t.count == nil {
		t.count = make(map[string]int)
	}
	t.count[principal]++
	return true
}

// Leave takes back one Enter that succeeded.
func (t *Tally) Leave(principal string) {
	if t == nil || principal == "" || t.Max <= 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count[principal]--; t.count[principal] <= 0 {
		delete(t.count, principal)
	}
}
