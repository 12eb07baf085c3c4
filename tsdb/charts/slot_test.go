package charts

import (
	"math/rand/v2"
	"testing"
)

// Every range of quarter-hours is the sum of its path's slots, and the path has few slots.
func TestSlotPathsAddUp(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 9))
	var used [quartersOfDay]int64
	slots := map[int16]int64{}
	for q := range used {
		used[q] = random.Int64N(1_000_000)
		for kind, width := range slotWidths {
			slots[firstSlots[kind]+int16(q/width)] += used[q]
		}
	}
	longest := 0
	for from := range quartersOfDay + 1 {
		for to := from; to <= quartersOfDay; to++ {
			var want, got int64
			for _, u := range used[from:to] {
				want += u
			}
			path := slotPath(from, to)
			for _, term := range path {
				if term.minus {
					got -= slots[term.slot]
				} else {
					got += slots[term.slot]
				}
			}
			if longest = max(longest, len(path)); got != want {
				t.Fatalf("from %d to %d: %d, want %d", from, to, got, want)
			}
		}
	}
	if longest > 10 {
		t.Errorf("a path takes %d slots", longest)
	}
	if day := slotPath(73, quartersOfDay); len(day) != 2 {
		t.Errorf("a day of Kathmandu takes %v", day)
	}
}
