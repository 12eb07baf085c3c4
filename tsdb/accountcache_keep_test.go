package tsdb

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// cachedOf is an account with some parts, as it would be read.
func cachedOf(id int64, parts int, at time.Time) *cachedAccount {
	return &cachedAccount{stored: &account{Account: &billing.Account{ID: id}, Reservations: make([]openReservation, parts)}, readAt: at}
}

// What is kept is limited, whatever is asked for. An account is found in its last version as long as no more than half
// of the limit has been asked for since.
func TestKeptAccountsAreBounded(t *testing.T) {
	t.Parallel()
	now := planNow
	c := &accountCache{now: func() time.Time { return now }}
	random := rand.New(rand.NewPCG(6, 66))
	var asked []*cachedAccount // the latest last
	for range 4000 {
		a := cachedOf(random.Int64N(300), random.IntN(5000), now)
		c.keep(map[int64]*cachedAccount{a.stored.ID: a})
		c.keep(map[int64]*cachedAccount{a.stored.ID: a}) // again, and it weighs nothing more
		asked = append(asked, a)
		sum := 0
		for _, kept := range c.recent {
			sum += kept.weight()
		}
		if sum != c.weight || sum > maxCachedWeight {
			t.Fatalf("%d are kept, said to be %d", sum, c.weight)
		}
		seen, weight := map[int64]bool{}, 0
		for i := len(asked) - 1; weight < maxCachedWeight/2; i-- {
			a := asked[i]
			if weight += a.weight(); weight >= maxCachedWeight/2 || i == 0 {
				break
			}
			if id := a.stored.ID; !seen[id] {
				seen[id] = true
				if got := c.lookUp(&accountFlight{ids: map[int64]bool{id: true}})[id]; got != a {
					t.Fatalf("account %d was asked for within half of what is kept, and is %p, not %p", id, got, a)
				}
			}
		}
	}
	huge := cachedOf(1_000_000, 2*maxCachedWeight, now)
	c.keep(map[int64]*cachedAccount{1_000_000: huge})
	c.keep(map[int64]*cachedAccount{1: cachedOf(1, 1, now)})
	if len(c.recent) != 1 || len(c.before) != 1 {
		t.Errorf("%d and %d are kept beside what is larger than all", len(c.recent), len(c.before))
	}
}

// A version is trusted for a minute, and not at all if debt is asked for that was not read.
func TestKeptAccountsAreBelievedForAMinute(t *testing.T) {
	t.Parallel()
	now := planNow
	c := &accountCache{now: func() time.Time { return now }}
	c.keep(map[int64]*cachedAccount{1: cachedOf(1, 0, now), 2: cachedOf(2, 0, now.Add(-cacheLife))})
	both := map[int64]bool{1: true, 2: true, 3: true}
	if kept := c.lookUp(&accountFlight{ids: both}); len(kept) != 1 || kept[1] == nil {
		t.Errorf("%v", kept)
	}
	if kept := c.lookUp(&accountFlight{ids: both, debt: true}); len(kept) != 0 {
		t.Errorf("without its debt: %v", kept)
	}
	c.recent[1].stored.Credits.QueueKnown = true
	if kept := c.lookUp(&accountFlight{ids: both, debt: true}); len(kept) != 1 {
		t.Errorf("with its debt: %v", kept)
	}
	now = now.Add(cacheLife)
	if kept := c.lookUp(&accountFlight{ids: both}); len(kept) != 0 {
		t.Errorf("a minute later: %v", kept)
	}
}
