package tsdb

import (
	"time"
)

const (
	quarterHour = 15 * time.Minute
	wholeDay    = 24 * time.Hour
)

// later and earlier ignore the zero time.
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
