package tsdb

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// Operations that hold a snapshot and need another connection beside it do not wait for each other forever, however
// many there are.
func TestSnapshotsLeaveAConnection(t *testing.T) {
	t.Parallel()
	cfg, err := pgxpool.ParseConfig(tsdbtest.NewURL(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg.MaxConns = 3
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	s, err := New(Config{Pool: pool, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.CreateAccount(t.Context(), NewAccount{Name: "acme", IdempotencyKey: "acme"}, Actor{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			for range 5 {
				r := s.Read()
				_, err := r.Account(ctx, id)
				if err == nil {
					_, err = s.Emails(ctx, id, EmailFilter{}, Page{Limit: 5}, true)
				}
				r.Close(ctx)
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// newReading makes a store with an account, on a pool of its own.
func newReading(t *testing.T) (*Store, int64) {
	t.Helper()
	at := time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)
	s, err := New(Config{Pool: tsdbtest.New(t), Clock: func() time.Time { at = at.Add(time.Second); return at }})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.CreateAccount(t.Context(), NewAccount{Name: "acme", IdempotencyKey: "acme"}, Actor{})
	if err != nil {
		t.Fatal(err)
	}
	return s, id
}

// A Reader answers concurrent callers from one snapshot and for one instant: what commits meanwhile is not in it, and
// is after Renew.
func TestAReaderHasOneInstant(t *testing.T) {
	t.Parallel()
	s, id := newReading(t)
	ctx := t.Context()
	r := s.Read()
	defer r.Close(ctx)
	first, err := r.Account(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.UpdateAccount(ctx, AccountChange{AccountID: id, Name: new("other")}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			var name string
			a, err := r.Query(ctx, id, "SELECT name FROM account WHERE account_id = $1", []any{id}, []any{&name}, func() error { return nil })
			if err != nil || a != first || name != "acme" || !a.AsOf.Equal(r.AsOf()) {
				t.Errorf("%q, as of %v: %v", name, r.AsOf(), err)
			}
			if list, err := r.AccountsAsOf(ctx, []int64{id, id + 999, id}); err != nil || len(list) != 2 || list[0] != first {
				t.Errorf("%d accounts, %v", len(list), err)
			}
		})
	}
	all.Wait()
	before := r.AsOf()
	r.Renew(ctx)
	again, err := r.Account(ctx, id)
	if err != nil || again.Name != "other" || !again.AsOf.After(before) {
		t.Errorf("renewed: %+v, %v", again, err)
	}
}

// A Reader that was closed, even twice, returns its connection and takes another at the next query; a query that fails,
// or a caller that gave up, leaves connections for the others.
func TestReadersGiveTheirConnectionsBack(t *testing.T) {
	t.Parallel()
	s, id := newReading(t)
	ctx := t.Context()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for range 20 { // more than the pool has
		r := s.Read()
		if _, err := r.Account(gone, id); err == nil {
			t.Error("asked by nobody, it answers")
		}
		err := r.Ask(ctx, "SELECT 1/0", nil, []any{new(int)}, func() error { return nil })
		if err == nil {
			t.Error("a division by zero has an answer")
		}
		if _, err := r.Account(ctx, id+999); err == nil {
			t.Error("an unknown account is known")
		}
		r.Close(ctx)
		r.Close(ctx)
		if _, err := r.Account(ctx, id); err != nil {
			t.Errorf("after its end: %v", err)
		}
		r.Renew(ctx)
		r.Close(ctx)
	}
	r := s.Read()
	defer r.Close(ctx)
	if _, err := r.Account(ctx, -1); !isNotFound(err) {
		t.Errorf("an account below 0: %v", err)
	}
}

func isNotFound(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Code == NotFound
}

// A Reader that reads only the state of an account sees the last commit, and otherwise the same as a Reader with a
// snapshot.
func TestAReaderOfOneAccountAlone(t *testing.T) {
	t.Parallel()
	s, id := newReading(t)
	ctx := t.Context()
	for i := range 5 {
		name := string(rune('a' + i))
		if _, err := s.UpdateAccount(ctx, AccountChange{AccountID: id, Name: &name}); err != nil {
			t.Fatal(err)
		}
		alone, whole := s.Read(), s.Read()
		alone.Alone()
		a, err := alone.Account(ctx, id)
		if err != nil || a.Name != name || !a.AsOf.Equal(alone.AsOf()) {
			t.Errorf("%+v, %v", a, err)
		}
		b, err := whole.Account(ctx, id)
		if err != nil || b.Name != name || b.Credits.Balance() != a.Credits.Balance() || b.Revision != a.Revision {
			t.Errorf("%+v, %v", b, err)
		}
		// What needs more than the account takes a snapshot all the same.
		if list, err := alone.AccountsAsOf(ctx, []int64{id}); err != nil || len(list) != 1 {
			t.Errorf("%d accounts, %v", len(list), err)
		}
		alone.Close(ctx)
		whole.Close(ctx)
	}
	r := s.Read()
	defer r.Close(ctx)
	r.Alone()
	if _, err := r.Account(ctx, id+999); !isNotFound(err) {
		t.Errorf("an unknown account: %v", err)
	}
}
