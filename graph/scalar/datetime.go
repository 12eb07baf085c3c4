package scalar

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/billing"
)

const dateTimeLayout = "2006-01-02T15:04:05.999999Z07:00"

var errDateTime = &Error{"DateTime", "an RFC 3339 instant of the years 1970 to 9999 with at most 9 decimals of a second"}

// MarshalDateTime writes t in UTC, cut to the microsecond, such as "2026-03-01T00:00:00Z".
func MarshalDateTime(t time.Time) graphql.Marshaler {
	var buf [32]byte
	return quoted(t.UTC().AppendFormat(buf[:0], dateTimeLayout))
}

// UnmarshalDateTime reads an instant by billing.ParseInstant and truncates it to the microsecond, because clients that know nanoseconds
// send them. Everything else is an *Error.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, _ := v.(string)
	t, err := billing.ParseInstant(text)
	if err != nil {
		return time.Time{}, errDateTime
	}
	return t.Truncate(time.Microsecond), nil
}
