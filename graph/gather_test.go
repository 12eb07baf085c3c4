package graph

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestGatherReadsAtOnceWhatWillBeAsked(t *testing.T) {
	t.Parallel()
	const rows = 50
	var g gather[int, string]
	next := func() (all []int) {
		for i := range rows {
			all = append(all, i)
		}
		return all
	}
	var readings atomic.Int64
	read := func(_ context.Context, keys []int) (map[int]string, error) {
		readings.Add(1)
		time.Sleep(10 * time.Millisecond) // meanwhile others ask
		found := map[int]string{}
		for _, key := range keys {
			if key > 0 { // key 0 does not exist
				found[key] = strconv.Itoa(key)
			}
		}
		return found, nil
	}
	var all sync.WaitGroup
	for range 2 { // what was read is remembered
		for i := range rows {
			all.Go(func() {
				v, err := g.get(t.Context(), i, next, read)
				if want := map[bool]string{true: strconv.Itoa(i)}[i > 0]; err != nil || v != want {
					t.Errorf("%d: %q %v", i, v, err)
				}
			})
		}
		all.Wait()
	}
	if n := readings.Load(); n != 1 {
		t.Errorf("%d readings", n)
	}
}

func TestGatherTellsEveryoneWhatFailed(t *testing.T) {
	t.Parallel()
	var g gather[int, string]
	broken := errors.New("broken")
	fail := true
	read := func(context.Context, []int) (map[int]string, error) {
		if fail {
			return nil, broken
		}
		return map[int]string{1: "one"}, nil
	}
	if _, err := g.get(t.Context(), 1, func() []int { return nil }, read); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	fail = false // failures are not remembered
	if v, err := g.get(t.Context(), 1, func() []int { return nil }, read); v != "one" || err != nil {
		t.Errorf("%q %v", v, err)
	}
}

func TestGatherTellsOthersOfAPanic(t *testing.T) {
	t.Parallel()
	var g gather[int, string]
	both := func() []int { return []int{1, 2} }
	func() {
		defer func() { _ = recover() }()
		_, _ = g.get(t.Context(), 1, both, func(context.Context, []int) (map[int]string, error) { panic("broken") })
	}()
	if v, err := g.get(t.Context(), 2, both, nil); !errors.Is(err, errUnread) {
		t.Errorf("%q %v", v, err)
	}
}
