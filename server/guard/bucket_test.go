package guard_test

import (
	"context"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/server/guard"
)

// What is owed lasts until it has flowed in: neither looking nor settling forgives it. It is never more than a full bucket.
func TestWhatIsOwedIsPaidOff(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	b := &guard.Buckets{Now: func() time.Time { return now }, Principal: func(context.Context) string { return "a" }, Size: 100, Rate: 10}
	wait := func(cost int64) time.Duration {
		_, wait, ok := b.Reserve(t.Context(), cost)
		if ok {
			b.Settle(t.Context(), cost, 0)
		}
		return wait
	}
	if state := b.Owe(t.Context(), 130); state.CurrentlyAvailable != 0 {
		t.Errorf("%+v", state)
	}
	b.State(t.Context())
	b.Settle(t.Context(), 0, 5)
	if got := wait(1); got != 3100*time.Millisecond {
		t.Errorf("30 owed and 1 asked for: %v", got)
	}
	now = now.Add(3 * time.Second)
	if got := wait(1); got != 100*time.Millisecond {
		t.Errorf("nothing owed any more: %v", got)
	}
	for range 3 {
		b.Owe(t.Context(), 1_000_000)
	}
	if got := wait(1); got != 10100*time.Millisecond {
		t.Errorf("a full bucket owed: %v", got)
	}
	now = now.Add(20 * time.Second)
	if got := wait(100); got != 0 {
		t.Errorf("a full bucket is had again: %v", got)
	}
}
