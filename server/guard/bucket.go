package guard

import (
	"context"
	"math"
	"sync"
	"time"
)

// Buckets is a Budget with a token bucket for each principal, held in this process. The full bucket of an idle principal is forgotten.
type Buckets struct {
	// Now is the clock.
	Now func() time.Time
	// Principal returns the key of the bucket that pays; "" pays nothing.
	Principal func(ctx context.Context) string
	// Size is a bucket's capacity, and Rate what it regains per second; both are above 0.
	Size, Rate int64

	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
}

var _ Budget = (*Buckets)(nil)

type bucket struct {
	level float64 // in points of cost, not money
	at    time.Time
}

// Reserve takes cost from the caller's bucket.
func (b *Buckets) Reserve(ctx context.Context, cost int64) (Throttle, time.Duration, bool) {
	who := b.Principal(ctx)
	if who == "" {
		return b.state(b.Size), 0, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.filled(who)
	if cost > b.Size {
		return b.state(int64(at.level)), -1, false
	}
	if missing := float64(cost) - at.level; missing > 0 {
		wait := time.Duration(math.Ceil(missing/float64(b.Rate)*1e3)) * time.Millisecond
		return b.state(int64(at.level)), wait, false
	}
	at.level -= float64(cost)
	return b.state(int64(at.level)), 0, true
}

// Settle gives back what was not used. If the actual cost is above the reserved one, the difference is taken too, but no bucket falls below
// empty.
func (b *Buckets) Settle(ctx context.Context, reserved, actual int64) Throttle {
	who := b.Principal(ctx)
	if who == "" {
		return b.state(b.Size)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	at := b.filled(who)
	at.level = min(float64(b.Size), max(0, at.level+float64(reserved-actual)))
	return b.state(int64(at.level))
}

// State returns the caller's bucket now.
func (b *Buckets) State(ctx context.Context) Throttle { return b.Settle(ctx, 0, 0) }

func (b *Buckets) state(level int64) Throttle {
	return Throttle{MaximumAvailable: b.Size, CurrentlyAvailable: level, RestoreRate: b.Rate}
}

// filled returns a bucket in its present state. mu is held.
func (b *Buckets) filled(who string) *bucket {
	now := b.Now()
	b.sweep(now)
	at := b.buckets[who]
	if at == nil {
		at = &bucket{level: float64(b.Size), at: now}
		if b.buckets == nil {
			b.buckets = make(map[string]*bucket)
		}
		b.buckets[who] = at
	}
	at.level = b.levelAt(at, now)
	at.at = now
	return at
}

func (b *Buckets) levelAt(at *bucket, now time.Time) float64 {
	flowed := max(0, now.Sub(at.at).Seconds()) * float64(b.Rate)
	return min(float64(b.Size), at.level+flowed)
}

// sweep forgets full buckets, once a minute.
func (b *Buckets) sweep(now time.Time) {
	if now.Sub(b.swept) < time.Minute {
		return
	}
	b.swept = now
	for who, at := range b.buckets {
		if b.levelAt(at, now) >= float64(b.Size) {
			delete(b.buckets, who)
		}
	}
}
