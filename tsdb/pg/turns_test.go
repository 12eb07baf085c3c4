package pg_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// A caller who asks for everything gets a share of the places, and the next caller does not wait.
func TestOneCallerGetsAShareOfThePlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := pg.NewTurns(4, 3)
		greedy := pg.ForCaller(t.Context(), "greedy")
		entered := make(chan func(), 100)
		for range 100 {
			go func() {
				if leave, err := turns.Enter(greedy); err == nil {
					entered <- leave
				}
			}()
		}
		synctest.Wait()
		if n := len(entered); n != 3 {
			t.Fatalf("%d places are taken by one caller", n)
		}
		leave, err := turns.Enter(pg.ForCaller(t.Context(), "modest"))
		if err != nil {
			t.Fatal(err)
		}
		leave()
		for range 100 {
			(<-entered)()
		}
	})
}

// Who waits is served in turn with other callers, not behind everything that another one asked for before.
func TestPlacesAreGivenInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := pg.NewTurns(1, 1)
		first, err := turns.Enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		var all sync.WaitGroup
		ask := func(caller string) {
			all.Go(func() {
				leave, err := turns.Enter(pg.ForCaller(t.Context(), caller))
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, caller) // there is one place
				leave()
			})
			synctest.Wait()
		}
		for _, caller := range []string{"a", "a", "a", "b", "c", "b"} {
			ask(caller)
		}
		first()
		all.Wait()
		if want := []string{"a", "b", "c", "a", "b", "a"}; !slices.Equal(order, want) {
			t.Errorf("%q, want %q", order, want)
		}
	})
}

// A wait that ends leaves no place behind: in any order of comings, goings and withdrawals, no more places are taken
// than there are, no caller has more than the share, and afterwards all are free.
func TestPlacesAreNeitherLostNorLentTwice(t *testing.T) {
	const places, share = 5, 2
	synctest.Test(t, func(t *testing.T) {
		turns := pg.NewTurns(places, share)
		var mu sync.Mutex
		held, taken := map[string]int{}, 0
		count := func(caller string, by int) {
			mu.Lock()
			defer mu.Unlock()
			held[caller] += by
			if taken += by; taken > places || held[caller] > share {
				t.Errorf("%d places are taken, %d of them by %s", taken, held[caller], caller)
			}
		}
		var all sync.WaitGroup
		for range 500 {
			caller := fmt.Sprint(rand.IntN(6))
			wait, hold := time.Duration(rand.IntN(2000))*time.Millisecond, time.Duration(rand.IntN(200))*time.Millisecond
			all.Go(func() {
				ctx, cancel := context.WithTimeout(pg.ForCaller(t.Context(), caller), wait)
				defer cancel()
				leave, err := turns.Enter(ctx)
				if err != nil {
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
					return
				}
				count(caller, 1)
				time.Sleep(hold)
				count(caller, -1)
				leave()
			})
		}
		all.Wait()
		for i := range places {
			ctx, cancel := context.WithTimeout(pg.ForCaller(t.Context(), fmt.Sprint("late ", i)), time.Second)
			defer cancel()
			if _, err := turns.Enter(ctx); err != nil {
				t.Errorf("place %d is lost: %v", i, err)
			}
		}
	})
}
