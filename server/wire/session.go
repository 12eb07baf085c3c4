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
	// Token names the credential, for Revoke; "" cannot be revoked by name.
	Token string
	// Expiry is when the credential ends; zero: never.
	Expiry time.Time
	// Still tells whether the credential is valid and permits what it did when the session began; nil: always. It is asked once
	// the connection can be found by Revoke, and whenever a revocation may have been missed.
	Still func(ctx context.Context) bool
}

// Expired tells whether the session's credential has ended at now.
func (s Session) Expired(now time.Time) bool {
	return !s.Expiry.IsZero() && !now.Before(s.Expiry)
}

// Stands tells whether a session may begin, or go on.
func (s Session) Stands(ctx context.Context) bool { return s.Still == nil || s.Still(ctx) }

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
