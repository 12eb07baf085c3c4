package charts

import (
	"slices"
	"time"
)

// account_usage keeps an account's total usage by slots of a day of UTC: the day itself and its parts of six hours, of
// an hour and of a quarter of an hour. slotWidths is how many quarter-hours each kind is long, and firstSlots the
// number of the first slot of each kind.
const quartersOfDay = 96

var (
	slotWidths = [...]int{quartersOfDay, 24, 4, 1}
	firstSlots = [...]int16{0, 1, 5, 29}
)

// slotTerm is a slot that is added or subtracted. Slots are numbered through the kinds: 0 is the day, 1 to 4 are its
// parts of six hours, 5 to 28 its hours, 29 to 124 its quarter-hours.
type slotTerm struct {
	slot  int16
	minus bool
}

// slotPath is the shortest sum of slots that is the time from one quarter-hour of a day up to another. Each slot leads
// from its beginning to its end, and, if subtracted, back.
func slotPath(from, to int) []slotTerm {
	type step struct {
		term slotTerm
		from int
		seen bool
	}
	var steps [quartersOfDay + 1]step
	steps[from].seen = true
	// A breadth-first search: the first path found has the fewest slots. A day has 97 nodes, so it takes microseconds.
	for queue := []int{from}; !steps[to].seen; queue = queue[1:] {
		at := queue[0]
		// Wide slots first, so that of paths of equal length the one with the fewest narrow slots is found.
		for kind, width := range slotWidths {
			if at%width != 0 {
				continue
			}
			for _, minus := range []bool{false, true} {
				next, slot := at+width, firstSlots[kind]+int16(at/width)
				if minus {
					next, slot = at-width, slot-1
				}
				if next >= 0 && next <= quartersOfDay && !steps[next].seen {
					steps[next] = step{slotTerm{slot, minus}, at, true}
					queue = append(queue, next)
				}
			}
		}
	}
	var path []slotTerm
	for at := to; at != from; at = steps[at].from {
		path = append(path, steps[at].term)
	}
	slices.Reverse(path)
	return path
}

// quarterOf returns the number of the quarter-hour of a day of UTC that begins at an instant.
func quarterOf(t time.Time) int { return int(t.Sub(t.Truncate(wholeDay)) / quarterHour) }
