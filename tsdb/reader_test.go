package tsdb

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// Operations that hold a snapshot and ask beside it do not wait for each other forever, however many there are.
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
