package tsdb

import (
	"time"
)

const (
	// Days are 24 hours here, as those of UTC are.
	quarterHour = 15 * time.Minute
	wholeDay    = 24 * time.Hour
)

// later and earlier ignore the zero time.
// They narrow a range by a bound: a is what was asked for, and zero where nothing was.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}
