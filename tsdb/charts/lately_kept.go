package charts

import (
	"maps"
	"sync"
	"time"
)

// LatelyKept keeps what accounts used lately, so that the frames of a busy account do not read it each time. It is safe
// for concurrent use; a nil one keeps nothing. A frame's sums of weeks may be up to a minute old; its balances are
// current.
type LatelyKept struct {
	mu sync.Mutex
	of map[int64]latelyKept
}

type latelyKept struct {
	asOf time.Time
	used *Lately
}

// How long an entry is good for, and how many are kept at most: about 20 MB.
const (
	latelyGood = time.Minute
	mostLately = 20_000
)

// NewLatelyKept returns an empty LatelyKept.
func NewLatelyKept() *LatelyKept { return &LatelyKept{of: map[int64]latelyKept{}} }

// Get returns what was kept of an account within the last minute and on the same day of UTC; nil if there is nothing.
func (k *LatelyKept) Get(account int64, now time.Time) *Lately {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, ok := k.of[account]
	// At midnight its days move on, so an entry is not good beyond it, even if it is less than a minute old.
	if !ok || now.Sub(kept.asOf) >= latelyGood || now.Before(kept.asOf) || !kept.asOf.Truncate(wholeDay).Equal(now.Truncate(wholeDay)) {
		return nil
	}
	return kept.used
}

// Keep keeps what was read as of an instant. If there is no room, entries that are no longer good are dropped, and then
// any others.
func (k *LatelyKept) Keep(account int64, asOf time.Time, used *Lately) {
	if k == nil || used == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.of) >= mostLately {
		maps.DeleteFunc(k.of, func(_ int64, kept latelyKept) bool { return asOf.Sub(kept.asOf) >= latelyGood })
		for id := range k.of { // down to half, so that the next entries fit without looking at all of them
			if len(k.of) <= mostLately/2 {
				break
			}
			delete(k.of, id)
		}
	}
	k.of[account] = latelyKept{asOf, used}
}
