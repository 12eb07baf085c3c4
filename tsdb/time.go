package tsdb

import (
	"time"
)

const (
	// Days are 24 hours here, like those of UTC.
	quarterHour = 15 * time.Minute
	wholeDay    = 24 * time.Hour
)

// later and earlier return one of two times. They narrow a range by a bound: a is what was asked for, or zero if
// nothing was, which is ignored.
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
