package billing

// Icon is the state of the clock icon: how the balance of credits stands to the allocation (page; rules.md §4).
type Icon string

// The icon's states.
const (
	Green    Icon = "GREEN"    // more than 75% left
	Yellow   Icon = "YELLOW"   // 25% to 75% left, both included
	Red      Icon = "RED"      // something, but less than 25% left
	Triangle Icon = "TRIANGLE" // nothing left, or nothing allotted
)

// IconOf is the icon of a balance, by exact comparison.
func IconOf(balance, allocation Amount) Icon {
	switch {
	case balance <= 0 || allocation <= 0:
		return Triangle
	// balance × 4 against allocation, in 128 bits: a rounded share would show the wrong icon just beside a bound.
	case !atLeast(uint64(balance), 4, 1, uint64(allocation)):
		return Red
	case atLeast(3, uint64(allocation), uint64(balance), 4):
		return Yellow
	}
	return Green
}
