package tsdb

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// states reads the states of accounts for many callers in few statements: who comes while statements are under way waits, and goes with the
// next one together with all who have come meanwhile. So each answer is read after its question came in, and a busy server asks for some
// dozen accounts at once, each of which then costs a fraction of a statement.
type states struct {
	store   *Store
	mu      sync.Mutex
	waiting []*stateBatch // in the order in which they go; only the last has room
	flying  int           // statements under way
}

const (
	// mostFlying is how many statements are under way at once: what comes meanwhile is what makes batches.
	mostFlying = 2
	// mostStates bounds a statement.
	mostStates = 500
	// statesTimeout bounds it in time: it belongs to no single caller.
	statesTimeout = 10 * time.Second
)

// stateBatch is a statement's questions and, once done is closed, its answers.
type stateBatch struct {
	first context.Context // of who asked first, for whom the statement stands in traces
	ids   []int64
	done  chan struct{}
	found map[int64]*account
	err   error
}

// read is the state of an account as stored, read after the call began. It is the caller's own. nil: there is no such account.
func (s *states) read(ctx context.Context, id int64) (*account, error) {
	b := s.join(ctx, id)
	select {
	case <-b.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if b.err != nil || b.found[id] == nil {
		return nil, b.err
	}
	own := *b.found[id]
	own.Account = own.Clone()
	return &own, nil
}

// join adds a question to the next statement, and starts that if it need not wait.
func (s *states) join(ctx context.Context, id int64) *stateBatch {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.waiting)
	if n == 0 || len(s.waiting[n-1].ids) >= mostStates {
		s.waiting = append(s.waiting, &stateBatch{first: context.WithoutCancel(ctx), done: make(chan struct{})})
		n++
	}
	b := s.waiting[n-1]
	b.ids = append(b.ids, id)
	if s.flying < mostFlying {
		s.flying++
		go s.fly(s.next())
	}
	return b
}

// next takes the batch that goes next; nil: nobody waits. s.mu is held.
func (s *states) next() *stateBatch {
	if len(s.waiting) == 0 {
		return nil
	}
	b := s.waiting[0]
	s.waiting = s.waiting[1:]
	return b
}

// fly runs a statement, and those that have gathered meanwhile after it.
func (s *states) fly(b *stateBatch) {
	for b != nil {
		b.found, b.err = s.ask(b.first, b.ids)
		close(b.done)
		s.mu.Lock()
		if b = s.next(); b == nil {
			s.flying--
		}
		s.mu.Unlock()
	}
}

func (s *states) ask(ctx context.Context, ids []int64) (map[int64]*account, error) {
	ctx, cancel := context.WithTimeout(ctx, statesTimeout)
	defer cancel()
	rows, err := s.store.pool.Query(ctx, "-- name: read accounts"+loadAccounts, padded(ids), false, s.store.Now())
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	loaded, err := collectAccounts(rows)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]*account, len(loaded))
	for _, a := range loaded {
		found[a.ID] = a
	}
	return found, nil
}
