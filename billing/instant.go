package billing

import (
	"errors"
	"time"
)

// ErrInstant is returned by ParseInstant if the text is not an instant.
var ErrInstant = errors.New("not an RFC 3339 instant of the years 1970 to 9999 with at most 9 decimals of a second, such as 2026-03-10T09:30:00Z")

// instantShape is the form in which an instant begins; 0 stands for any digit.
const instantShape = "0000-00-00T00:00:00"

// ParseInstant reads an RFC 3339 date and time (section 5.6), to the nanosecond and in UTC: t and z in either case, offsets up to 23:59. A
// leap second, which ends a day of UTC, becomes the first second of the next day, as in POSIX and PostgreSQL. All such texts are read by
// it, because time.Parse accepts one-digit hours and commas, and accepts neither lower case nor leap seconds (rules.md §10).
func ParseInstant(text string) (time.Time, error) {
	const seconds = len(instantShape)
	if len(text) <= seconds || !hasInstantShape(text[:seconds]) {
		return time.Time{}, ErrInstant
	}
	nanos, rest, ok1 := cutDecimals(text[seconds:])
	offset, ok2 := offsetOf(rest)
	day, hour, minute, second := decimalOf(text[8:10]), decimalOf(text[11:13]), decimalOf(text[14:16]), decimalOf(text[17:19])
	month := time.Month(decimalOf(text[5:7]))
	local := time.Date(decimalOf(text[:4]), month, day, hour, minute, min(second, 59), nanos, time.UTC)
	// time.Date moves a day that the calendar does not have.
	if !ok1 || !ok2 || hour > 23 || minute > 59 || second > 60 || local.Month() != month || local.Day() != day {
		return time.Time{}, ErrInstant
	}
	t := local.Add(-offset)
	if second == 60 {
		if t.Hour() != 23 || t.Minute() != 59 {
			return time.Time{}, ErrInstant
		}
		t = t.Add(time.Second)
	}
	if t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, ErrInstant
	}
	return t, nil
}

func hasInstantShape(text string) bool {
	for i := range len(instantShape) {
		switch want, c := instantShape[i], text[i]; {
		case want == '0' && (c < '0' || c > '9'):
			return false
		case want == 'T' && c != 'T' && c != 't':
			return false
		case want != '0' && want != 'T' && c != want:
			return false
		}
	}
	return true
}

// decimalOf reads digits that have been checked.
func decimalOf(digits string) (n int) {
	for i := range len(digits) {
		n = 10*n + int(digits[i]-'0')
	}
	return n
}

// cutDecimals cuts off up to 9 decimals of a second from a text that may begin with a point.
func cutDecimals(text string) (nanos int, rest string, ok bool) {
	if text[0] != '.' {
		return 0, text, true
	}
	digits := 0
	for digits < len(text)-1 && '0' <= text[digits+1] && text[digits+1] <= '9' {
		digits++
	}
	if digits == 0 || digits > 9 {
		return 0, "", false
	}
	nanos = decimalOf(text[1 : digits+1])
	for range 9 - digits {
		nanos *= 10
	}
	return nanos, text[digits+1:], true
}

// offsetOf reads Z or ±hh:mm.
func offsetOf(text string) (offset time.Duration, ok bool) {
	if text == "Z" || text == "z" {
		return 0, true
	}
	if len(text) != len("+00:00") || text[0] != '+' && text[0] != '-' || text[3] != ':' {
		return 0, false
	}
	for _, i := range []int{1, 2, 4, 5} {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	hours, minutes := decimalOf(text[1:3]), decimalOf(text[4:6])
	offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if text[0] == '-' {
		offset = -offset
	}
	return offset, hours < 24 && minutes < 60
}
