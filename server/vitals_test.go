package server

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// An outage is reported at each look, and its end once.
func TestVitalsTellOfAnOutageAndOfItsEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	over := func(pool *pgxpool.Pool) *tsdb.Store {
		store, err := tsdb.New(tsdb.Config{Pool: pool, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	away, err := pgxpool.New(context.Background(), "postgres://nobody@127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	defer away.Close()
	here, gone := over(tsdbtest.New(t)), over(away)
	failures, ends := 0, 0
	v := &vitals{clock: clock, told: func(err error) {
		if err != nil {
			failures++
		} else {
			ends++
		}
	}}
	for _, store := range []*tsdb.Store{here, here, gone, gone, here, here, gone, here} {
		v.store, now = store, now.Add(vitalsEvery)
		if _, ok := v.read(); ok != (store == here) {
			t.Fatal("read from a database that is away, or not from the one that is there")
		}
	}
	if failures != 3 || ends != 2 {
		t.Errorf("%d failures and %d ends were told", failures, ends)
	}
}
