package tsdb

import (
	"hash/maphash"
	"sync"
)

// recentEvents has the identities of events that this process stored lately, as hashes. It only decides which events
// are looked for before they are written: if one is missing here, or two have the same hash, that costs time and makes
// no answer wrong.
type recentEvents struct {
	seed maphash.Seed

	mu sync.Mutex
	// New hashes go into latest; when that is full it becomes before, and the previous before is forgotten.
	latest, before map[uint64]struct{}
}

// mostRecent bounds latest, and so does it before: some megabytes in all.
const mostRecent = 1 << 17

// The seed is the process's own, so that nobody can send identities with equal hashes on purpose.
func newRecentEvents() *recentEvents {
	return &recentEvents{seed: maphash.MakeSeed(), latest: map[uint64]struct{}{}}
}

// hash returns a hash of an identity without the source, which seldom tells two events apart.
func (r *recentEvents) hash(i *identity) uint64 {
	return maphash.String(r.seed, i.id) + uint64(i.account)*0x9E3779B97F4A7C15 + uint64(i.micros)*0xBF58476D1CE4E5B9
}

// has reports whether a hash is kept. The lock is held.
func (r *recentEvents) has(hash uint64) bool {
	if _, is := r.latest[hash]; is {
		return true
	}
	_, is := r.before[hash]
	return is
}

// suspects returns the items that were stored lately, or come twice among these.
func (r *recentEvents) suspects(items []*ingestItem) (out []*ingestItem) {
	// The first of two within a batch need not be looked for: if it is stored already, this process did not store it
	// lately.
	here := make(map[uint64]struct{}, len(items))
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, it := range items {
		i := it.event.identity()
		it.hash = r.hash(&i)
		if _, twice := here[it.hash]; twice || r.has(it.hash) {
			out = append(out, it)
		}
		here[it.hash] = struct{}{}
	}
	return out
}

// missed reports whether one of some stored events is not among the recent ones.
func (r *recentEvents) missed(known map[identity]knownEvent) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range known {
		if !r.has(r.hash(&i)) {
			return true
		}
	}
	return false
}

// add notes items whose transaction has committed: those that are stored now, or were before.
func (r *recentEvents) add(items []*ingestItem) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, it := range items {
		if s := it.result.Status; s != Stored && s != Duplicate {
			continue
		}
		if len(r.latest) >= mostRecent {
			r.latest, r.before = make(map[uint64]struct{}, mostRecent), r.latest
		}
		r.latest[it.hash] = struct{}{}
	}
}
