package tsdb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Many ask at once while others write: who wrote sees what was written, each answer is its asker's own, and unknown accounts are told apart.
func TestStatesAreReadTogether(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var all sync.WaitGroup
	for range 8 {
		id := f.account()
		tool := f.resource(id, "TOOL", "DEPLOYED")
		for range 4 { // askers beside the writer
			all.Go(func() {
				for range 50 {
					a, err := f.Account(f.ctx, id)
					if err != nil || a.ID != id {
						t.Errorf("asked for %d: %v", id, err)
						return
					}
					a.Runs.Grants[0].Given[3] += 1000 // nobody else sees this
				}
			})
		}
		all.Go(func() {
			for n := range 50 {
				f.ingest(tsdb.Record, runs(id, tool, fmt.Sprint(n), start, 1))
				a, err := f.Account(f.ctx, id)
				if err != nil || a.Runs.Used() != billing.Amount(n+1) {
					t.Errorf("%d runs after %d: %v", a.Runs.Used(), n+1, err)
					return
				}
			}
		})
		all.Go(func() {
			var e *tsdb.Error
			if _, err := f.Account(f.ctx, id+1<<40); !errors.As(err, &e) {
				t.Errorf("an unknown account: %v", err)
			}
		})
	}
	all.Wait()
}

// More ask at once than statements under way and a full one that waits can take: all of them are answered.
func TestMoreStatesThanOneStatementTakes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	ctx, cancel := context.WithTimeout(f.ctx, time.Minute)
	defer cancel()
	var all sync.WaitGroup
	var failed atomic.Int64
	for range 3000 {
		all.Go(func() {
			if a, err := f.Account(ctx, id); err != nil || a.ID != id {
				failed.Add(1)
			}
		})
	}
	all.Wait()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of 3000 askers were not answered", n)
	}
}
