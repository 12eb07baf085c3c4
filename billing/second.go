package billing

import "time"

// Second is an instant in whole Unix seconds, UTC. The books know no finer time: hosting draws second by second and segments begin and end
// at whole seconds (rules.md §§3, 5). The zero value stands for "none" or "never".
type Second int64

// SecondOf returns the second in which t lies.
func SecondOf(t time.Time) Second {
	if t.IsZero() {
		return 0
	}
	return Second(t.Unix())
}

// Time returns the instant at which the second begins; the zero time for "none".
func (s Second) Time() time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0).UTC()
}

// Minute returns the beginning of the minute in which s lies.
func (s Second) Minute() Second { return s - s%60 }
