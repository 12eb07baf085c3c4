package tsdb

import (
	"time"
)

// beginning is where spans without a beginning begin: days are kept forever.
func beginning() time.Time { return time.Unix(0, 0).UTC() }

// ceil is t, or the next multiple of d after it.
func ceil(t time.Time, d time.Duration) time.Time {
	return t.Add(d - 1).Truncate(d)
}

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
