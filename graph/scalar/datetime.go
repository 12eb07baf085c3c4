package scalar

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
)

const dateTimeLayout = "2006-01-02T15:04:05.999999Z07:00"

var errDateTime = &Error{"DateTime", "an RFC 3339 instant of the years 1970 to 9999 with at most 9 decimals of a second"}

// MarshalDateTime writes t in UTC, cut to the microsecond, such as "2026-03-01T00:00:00Z".
func MarshalDateTime(t time.Time) graphql.Marshaler {
	var buf [32]byte
	return quoted(t.UTC().AppendFormat(buf[:0], dateTimeLayout))
}

// UnmarshalDateTime reads an RFC 3339 instant of any offset and gives it in UTC, cut to the microsecond: clients that know
// nanoseconds send them. Everything else is an *Error.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok || !dateTimeShape(text) {
		return time.Time{}, errDateTime
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, errDateTime
	}
	t = t.UTC().Truncate(time.Microsecond)
	if t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, errDateTime
	}
	return t, nil
}

// dateTimeShape checks what time.Parse is lax about: two-digit hours, a point and no comma, at most 9 decimals.
func dateTimeShape(text string) bool {
	const seconds = len("2006-01-02T15:04:05")
	if len(text) <= seconds || text[10] != 'T' || !digits(text[11:13]) {
		return false
	}
	rest := text[seconds:]
	if rest[0] == ',' {
		return false
	}
	if rest[0] != '.' {
		return true
	}
	decimals := 0
	for decimals+1 < len(rest) && rest[decimals+1] >= '0' && rest[decimals+1] <= '9' {
		decimals++
	}
	return decimals <= 9
}
