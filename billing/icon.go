package billing

// Icon is the state of the clock icon, which shows how the balance of credits compares to the allocation (page; rules.md §4).
type Icon string

// The icon's states.
const (
	Green    Icon = "GREEN"    // more than 75% left
	Yellow   Icon = "YELLOW"   // 25% to 75% left, both included
	Red      Icon = "RED"      // something left, but less than 25%
	Triangle Icon = "TRIANGLE" // nothing left, or nothing allotted
)

// IconOf returns the icon of a balance, by exact comparison.
func IconOf(balance, allocation Amount) Icon {
	switch {
	case balance <= 0 || allocation <= 0:
		return Triangle
	// balance × 4 is compared with the allocation in 128 bits: a rounded share would show the wrong icon right beside a bound.
	case !atLeast(uint64(balance), 4, 1, uint64(allocation)):
		return Red
	case atLeast(3, uint64(allocation), uint64(balance), 4):
		return Yellow
	}
	return Green
}
