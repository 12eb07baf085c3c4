package tsdb_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// What a backup says about jobs does not count as done since it was restored; revisions and cursors are higher than
// before.
func TestAnEpochAfterARestore(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	s, err := tsdb.New(tsdb.Config{Pool: pool, Clock: time.Now})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	id, err := s.CreateAccount(t.Context(), tsdb.NewAccount{Name: "Acme", IdempotencyKey: "a"}, tsdb.Actor{})
	must(err)
	notice := func(want bool) {
		t.Helper()
		if changed, err := s.NoticeEpoch(t.Context()); err != nil || changed != want {
			t.Errorf("changed %v, %v", changed, err)
		}
	}
	notice(false) // the first look
	notice(false)
	must(s.NoteJob(t.Context(), "reconcile"))
	jobs := func() int {
		t.Helper()
		v, err := s.Vitals(t.Context())
		must(err)
		return len(v.JobsDone)
	}
	before, err := s.Account(t.Context(), id)
	must(err)
	if n := jobs(); n != 1 {
		t.Errorf("%d jobs", n)
	}
	_, err = pool.Exec(t.Context(), `UPDATE epoch SET identity = 'another'`)
	must(err)
	if _, err := s.Events(t.Context(), []tsdb.EventsOf{{Account: id}}, 10); !errors.Is(err, tsdb.ErrEpoch) {
		t.Errorf("two histories met: %v", err)
	}
	notice(true)
	notice(false)
	after, err := s.Account(t.Context(), id)
	must(err)
	revisions, err := s.Revisions(t.Context(), []int64{id})
	must(err)
	hosted, err := s.Deployed(t.Context(), id, 10)
	must(err)
	if after.Revision <= before.Revision || after.Revision >= 1<<53 || revisions[id] != after.Revision || hosted.Revision != after.Revision {
		t.Errorf("%d after %d; %d, %d", after.Revision, before.Revision, revisions[id], hosted.Revision)
	}
	found, err := s.Events(t.Context(), []tsdb.EventsOf{{Account: id, After: before.Revision}}, 10)
	if err != nil || found.Epoch <= before.Revision || found.Epoch != after.Epoch {
		t.Errorf("%+v %v", found, err)
	}
	if n := jobs(); n != 0 {
		t.Errorf("%d jobs are said to be done since the restore", n)
	}
	must(s.NoteJob(t.Context(), "reconcile"))
	if n := jobs(); n != 1 {
		t.Errorf("%d jobs", n)
	}
}

// If many processes notice at once that the database is another one, one of them begins the epoch, once. Epochs of
// later restores have higher numbers, even if restores follow each other within minutes, and a database without an
// identity begins none.
func TestAnEpochBeginsOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stores := []*tsdb.Store{f.Store, f.another(true, 100), f.another(true, 100)}
	id := f.account()
	last := f.view(id).Epoch
	_, err := f.NoticeEpoch(f.ctx)
	f.must(err)
	for round := range 4 {
		f.exec(`UPDATE epoch SET identity = $1`, fmt.Sprint("another ", round))
		var began atomic.Int32
		var all sync.WaitGroup
		for i := range 9 {
			all.Go(func() {
				changed, err := stores[i%3].NoticeEpoch(f.ctx)
				if err != nil {
					t.Error(err)
				}
				if changed {
					began.Add(1)
				}
			})
		}
		all.Wait()
		a := f.view(id)
		if began.Load() != 1 || a.Epoch <= last || a.Revision <= last || a.Revision >= 1<<53 {
			t.Errorf("round %d: begun %d times, epoch %d after %d", round, began.Load(), a.Epoch, last)
		}
		last = a.Revision
	}
}
