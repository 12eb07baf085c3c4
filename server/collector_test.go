package server

import (
	figures "runtime/metrics"
	"testing"
	"time"
)

// The collector runs every two seconds while much is allocated, and by Go's own measure otherwise; it never lets the heap grow by much
// more.
func TestPercentFor(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for _, c := range []struct {
		took        time.Duration
		fresh, live uint64
		want        int
	}{
		{2 * time.Minute, 3 * mb, 12 * mb, 100},        // idle
		{2 * time.Second, 12 * mb, 12 * mb, 100},       // a few requests
		{time.Second, 18 * mb, 12 * mb, 300},           // 36 MB in two seconds
		{50 * time.Millisecond, 12 * mb, 12 * mb, 350}, // as much as there may be
		{0, 12 * mb, 12 * mb, 350},
		{time.Millisecond, 12 * mb, 24 * mb, 100}, // 32 MB are left, which is not a step above what is live
		{time.Millisecond, 12 * mb, 20 * mb, 150},
		{time.Millisecond, 100 * mb, 640 * mb, 100}, // what lives is much: Go's own measure is more
		{time.Millisecond, 4 * mb, 0, 5600},
	} {
		if got := percentFor(c.took, c.fresh, c.live); got != c.want {
			t.Errorf("%v, %d of %d: %d, want %d", c.took, c.fresh, c.live, got, c.want)
		}
	}
}

// The runtime calls back after each collection, and accepts the percentage.
func TestPaceCollector(t *testing.T) {
	t.Parallel()
	percent := func() uint64 {
		sample := []figures.Sample{{Name: "/gc/gogc:percent"}}
		figures.Read(sample)
		return sample[0].Value.Uint64()
	}
	paceCollector()
	var kept [][]byte
	for began := time.Now(); percent() == usualPercent; kept = append(kept[:0], make([]byte, 1<<20)) {
		if time.Since(began) > time.Minute {
			t.Fatal("much was allocated, and the percent stays")
		}
	}
}
