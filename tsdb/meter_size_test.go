package tsdb

import (
	"testing"
	"time"
)

func TestShardsTakeAboutAsLongAsTheyShould(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n    int
		took time.Duration
		want int
	}{
		{100, 0, 100}, {100, 50 * time.Millisecond, 100}, {100, 200 * time.Millisecond, 25}, {100, time.Minute, 25},
		{25, 10 * time.Millisecond, 50}, {25, 40 * time.Millisecond, 31}, {60, time.Millisecond, 100}, {7, time.Millisecond, 25},
	} {
		if got := sizeAfter(c.n, c.took, 100); got != c.want {
			t.Errorf("after %d in %v: %d, want %d", c.n, c.took, got, c.want)
		}
	}
}
