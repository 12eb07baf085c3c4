package tsdb

import (
	"cmp"
	"container/list"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// memory holds the books of busy accounts as this process last read or wrote them. Nothing in it is used before the
// account is locked and its balance row turns out to have the remembered version: every change of what is kept here
// sets that version to a random number, in the same transaction (migrations/00026). So memory may be forgotten, be
// behind, or come from a database that lost commits.
//
// What a transaction takes out is not here until the transaction puts it back, after its commit.
type memory struct {
	mu       sync.Mutex
	most     int // parts
	parts    int
	accounts map[int64]*list.Element
	order    list.List // of *remembered, the latest used first
}

// remembered is what is kept of an account. One transaction at a time uses it, having taken it out, so nothing in it is
// locked.
type remembered struct {
	*account
	version int64
	at      time.Time         // of the transaction; reservations that had timed out by then are missing
	targets map[int64]*target // by resource, as far as usage named them
	parts   int
}

func newMemory(most int) *memory {
	return &memory{most: most, accounts: map[int64]*list.Element{}}
}

// take takes out what is kept of accounts and is of use at an instant. If something falls due, the books are read
// instead: what is posted then may depend on what has no version, such as plans.
func (m *memory) take(ids []int64, now time.Time) map[int64]*remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := make(map[int64]*remembered, len(ids))
	for _, id := range ids {
		if at, kept := m.accounts[id]; kept {
			r := m.remove(at)
			if !now.Before(r.at) && !r.Due(billing.SecondOf(now)) {
				taken[id] = r
			}
		}
	}
	return taken
}

// remove takes an account out. The lock is held.
func (m *memory) remove(at *list.Element) *remembered {
	r := m.order.Remove(at).(*remembered)
	delete(m.accounts, r.ID)
	m.parts -= r.parts
	return r
}

// put keeps what a transaction has left. If two transactions changed an account, the later one may come first: then
// what stays has an old version, and is not used. An account that was not here before the transaction displaces others,
// unless it may take only spare room.
func (m *memory) put(kept []*remembered, spare bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range kept {
		// The meter comes to every account once a minute: if it displaced others, it would leave busy accounts no room.
		if spare && r.parts == 0 && m.parts+r.size() > m.most {
			continue
		}
		if at, found := m.accounts[r.ID]; found {
			m.remove(at)
		}
		r.parts = r.size()
		m.parts += r.parts
		m.accounts[r.ID] = m.order.PushFront(r)
	}
	for m.parts > m.most && m.order.Len() > 0 {
		m.remove(m.order.Back())
	}
}

// size returns how many parts an account has in memory, each of some hundred bytes. It is at least 2, so that empty
// accounts are bounded too.
func (r *remembered) size() int {
	n := 2 + len(r.Credits.Grants) + len(r.Runs.Grants) + len(r.Running) + len(r.Reservations) + len(r.targets)
	for _, t := range r.targets {
		n += len(t.deployments)
	}
	return n
}

// target returns what is kept of the tool or model that an event names, or nil.
func (r *remembered) target(e *UsageEvent) *target {
	if r == nil {
		return nil
	}
	t := r.targets[e.ResourceID]
	if t == nil || e.DeploymentID != 0 && !t.deployments[e.DeploymentID] {
		return nil
	}
	return t
}

// newVersion returns a number that was never used before, not 0.
func newVersion() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return int64(binary.NativeEndian.Uint64(b[:]) | 1)
}

// remember keeps what a committed transaction left of its accounts, if it did no more than charge: such transactions
// come again and again, and leave nothing behind that is not in the books here. The metering job, which visits all
// accounts in turn, displaces nobody's books.
func (s *Store) remember(changes []*change, opts changeOptions) {
	var kept []*remembered
	for _, c := range changes {
		if r := c.remembered; r != nil && c.isMereCharge() {
			c.Rest()
			r.account, r.at = c.account, c.asOf
			if c.written {
				r.version = c.version
			}
			kept = append(kept, r)
		}
	}
	s.memory.put(kept, opts.meter)
}

// isMereCharge reports whether the books here are still the account's after the transaction. After a stop, a rollover,
// a retirement or a new grant, rows besides the books have changed as well, and the account is read again next time.
// The same goes for settled reservations, and for books with the debt by age, which a batch of usage does not read.
func (c *change) isMereCharge() bool {
	j := &c.Journal
	return len(j.Stops)+len(j.Statements)+len(j.Retired)+len(c.segments)+len(c.noticed) == 0 && !j.PlanMoved && !c.touched && !c.unlike &&
		c.GrantNo == c.before.GrantNo && !c.Credits.QueueKnown && !c.Runs.QueueKnown
}

// recall is beginOn with memory: it locks all accounts, reads those that memory does not have, and in a second round
// trip those that another process or another kind of transaction has changed since.
func (s *Store) recall(ctx context.Context, tx *pg.BatchedTx, ids []int64, opts changeOptions, now time.Time) ([]*change, error) {
	// Accounts that memory has are not read; if their version turns out to be another, replace reads them.
	held, found, version := s.memory.take(ids, now), newLoading(len(ids)), newVersion()
	err := tx.BeginWith(ctx, func(b *pgx.Batch) {
		b.Queue(lockAccounts, padded(ids)).Query(found.locked)
		found.queueBooks(b, slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return held[id] != nil }), opts.debt, now)
		opts.ask(b, held)
	})
	if err != nil {
		return nil, fmt.Errorf("lock and load accounts: %w", err)
	}
	if err := found.replace(ctx, tx, held, opts, now); err != nil {
		return nil, err
	}
	if s.checkMemory {
		if err := found.check(ctx, tx, held, now); err != nil {
			return nil, err
		}
	}
	for _, r := range held {
		found.accounts = append(found.accounts, r.account)
	}
	slices.SortFunc(found.accounts, func(a, b *account) int { return cmp.Compare(a.ID, b.ID) })
	changes := changesOf(found.accounts, now)
	for _, c := range changes {
		c.last, c.version, c.remembered = &tx.Last, version, held[c.ID]
		if c.remembered == nil {
			c.remembered = &remembered{targets: map[int64]*target{}}
		}
		// The version as found; if the transaction writes, remember replaces it by the one that the transaction leaves.
		c.remembered.version = found.versions[c.ID]
	}
	return changes, nil
}

// replace reads again the accounts whose version is not the one in memory, and takes them out of held.
func (l *loading) replace(ctx context.Context, tx pgx.Tx, held map[int64]*remembered, opts changeOptions, now time.Time) error {
	var stale []int64
	for id, r := range held {
		if version, found := l.versions[id]; !found || version != r.version {
			stale = append(stale, id)
			delete(held, id)
		}
	}
	if len(stale) > 0 {
		var b pgx.Batch
		l.queueBooks(&b, stale, opts.debt, now)
		opts.askAgain(&b, stale)
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("load accounts that others changed: %w", err)
		}
	}
	_, err := l.complete(ctx, tx)
	return err
}
