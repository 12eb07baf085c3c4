package charts

import "time"

const (
	quarterHour = 15 * time.Minute
	wholeDay    = 24 * time.Hour
)

// beginning is where spans without a beginning begin: days are kept forever.
func beginning() time.Time { return time.Unix(0, 0).UTC() }

// ceil is t, or the next multiple of d after it.
func ceil(t time.Time, d time.Duration) time.Time {
	return t.Add(d - 1).Truncate(d)
}
