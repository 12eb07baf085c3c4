package jobs

import (
	"testing"
	"time"
)

func TestAlignedSchedule(t *testing.T) {
	t.Parallel()
	minute := time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)
	for at, want := range map[time.Duration]time.Duration{
		0:                             alignedDelay,
		alignedDelay - 1:              alignedDelay,
		alignedDelay:                  time.Minute + alignedDelay,
		30 * time.Second:              time.Minute + alignedDelay,
		time.Minute:                   time.Minute + alignedDelay,
		time.Minute + alignedDelay:    2*time.Minute + alignedDelay,
		59*time.Second + alignedDelay: time.Minute + alignedDelay,
	} {
		if got := aligned(time.Minute).Next(minute.Add(at)); !got.Equal(minute.Add(want)) {
			t.Errorf("after %s comes %s, not %s", at, got.Sub(minute), want)
		}
	}
}
