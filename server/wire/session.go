package wire

import (
	"context"
	"sync"
	"time"
)

// Session is the result of authenticating a connection.
type Session struct {
	// Context is the parent of every operation. When it is cancelled (revocation), the connection is closed as forbidden. nil: the context
	// that was passed in.
	Context context.Context
	// Principal is whom the limit of connections counts; "" is not counted.
	Principal string
	// Token names the credential, for Review; with "", Review cannot find it by name.
	Token string
	// Expiry is when the credential ends; zero: never.
	Expiry time.Time
	// Still says what has become of the credential since the session began; nil: it stands. It is called once the connection can be found
	// by Review, and in each Review.
	Still func(ctx context.Context) Standing
}

// Standing says what has become of a session's credential.
type Standing int8

// The standings.
const (
	Stands  Standing = iota // it permits what it did before
	Changed                 // it is valid, but permits something else
	Ended                   // it is no longer valid
)

// Expired reports whether the session's credential has ended at now.
func (s Session) Expired(now time.Time) bool {
	return !s.Expiry.IsZero() && !now.Before(s.Expiry)
}

// Standing says what has become of the session's credential.
func (s Session) Standing(ctx context.Context) Standing {
	if s.Still == nil {
		return Stands
	}
	return s.Still(ctx)
}

// Tally counts connections per principal, across the transports that share it. The zero value is ready to use and unlimited.
type Tally struct {
	// Max is the largest number of connections of one principal; 0: unlimited.
	Max int

	mu    sync.Mutex
	count map[string]int
}

// Enter counts a connection of the principal. It returns false if there are too many.
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

// Leave undoes one successful Enter.
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
