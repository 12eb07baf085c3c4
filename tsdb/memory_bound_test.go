package tsdb

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// booksOf is what is kept of an account with some grants, as of an instant.
func booksOf(id int64, grants int, at time.Time) *remembered {
	a := &billing.Account{ID: id, CycleEnd: billing.SecondOf(at.Add(1000 * time.Hour))}
	a.Credits.Grants = make([]billing.Grant, grants)
	return &remembered{account: &account{Account: a}, at: at, targets: map[int64]*target{}}
}

// kept is what the naive memory has: a list, the most recently used first.
type kept struct {
	id   int64
	size int
}

// The memory is a list of accounts within a limit of parts: what is taken is gone until it is put back, the least
// recently used is evicted first, and callers that take only spare room evict nothing. Random use of it is compared
// with a plain list.
func TestMemoryIsAList(t *testing.T) {
	t.Parallel()
	const most = 40
	m, random := newMemory(most), rand.New(rand.NewPCG(5, 55))
	now := time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)
	var naive []kept
	sum := func() (n int) {
		for _, k := range naive {
			n += k.size
		}
		return n
	}
	for step := range 3000 {
		id := 1 + random.Int64N(12)
		at := slices.IndexFunc(naive, func(k kept) bool { return k.id == id })
		taken := m.take([]int64{id, id}, now)
		if r := taken[id]; (r != nil) != (at >= 0) || len(taken) > 1 {
			t.Fatalf("step %d: account %d taken: %t, want %t", step, id, r != nil, at >= 0)
		}
		spare, known := random.IntN(3) == 0, at >= 0
		r := taken[id]
		if known {
			naive = slices.Delete(naive, at, at+1)
		} else {
			r = booksOf(id, 0, now)
		}
		if random.IntN(5) == 0 {
			continue // its transaction failed: it is not put back
		}
		r.Credits.Grants = make([]billing.Grant, random.IntN(15))
		size := 2 + len(r.Credits.Grants)
		m.put([]*remembered{r}, spare)
		if !spare || known || sum()+size <= most {
			naive = slices.Insert(naive, 0, kept{id, size})
		}
		for sum() > most {
			naive = naive[:len(naive)-1]
		}
		if m.parts != sum() || m.order.Len() != len(naive) || len(m.accounts) != len(naive) {
			t.Fatalf("step %d: %d parts of %d accounts, want %d of %d", step, m.parts, m.order.Len(), sum(), len(naive))
		}
	}
}

// What is kept cannot be used by a transaction of an earlier instant, which would see what had timed out by then, nor
// once something is due: an expiry or the cycle's end, one second early, because a stop charges its own second and the
// account is then in the next one.
func TestMemoryIsOfNoUse(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change func(*remembered)
		at     time.Time
		use    bool
	}{
		"at its instant":               {func(*remembered) {}, now, true},
		"a microsecond before":         {func(*remembered) {}, now.Add(-time.Microsecond), false},
		"long after":                   {func(*remembered) {}, now.Add(999 * time.Hour), true},
		"before the cycle ends":        {func(*remembered) {}, now.Add(1000*time.Hour - time.Second - time.Microsecond), true},
		"the second before it ends":    {func(*remembered) {}, now.Add(1000*time.Hour - time.Second), false},
		"before an expiry":             {func(r *remembered) { r.Credits.Grants[0].ExpiresAt = billing.SecondOf(now) + 9 }, now.Add(8*time.Second - time.Microsecond), true},
		"the second before an expiry":  {func(r *remembered) { r.Credits.Grants[0].ExpiresAt = billing.SecondOf(now) + 9 }, now.Add(8 * time.Second), false},
		"as a grant that is empty end": {func(r *remembered) { r.Credits.Grants[0] = billing.Grant{No: 1, ExpiresAt: billing.SecondOf(now) + 9} }, now.Add(9 * time.Second), true},
	} {
		m, r := newMemory(100), booksOf(1, 1, now)
		r.Credits.Grants[0] = billing.Grant{No: 1, Meter: billing.ModelCredits, Amount: 5}
		c.change(r)
		m.put([]*remembered{r}, false)
		if got := m.take([]int64{1}, c.at)[1] != nil; got != c.use {
			t.Errorf("%s: of use %t, want %t", name, got, c.use)
		}
		if m.parts != 0 || m.order.Len() != 0 {
			t.Errorf("%s: %d parts stay", name, m.parts)
		}
	}
}
