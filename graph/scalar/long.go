package scalar

import (
	"encoding/json"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

// MaxLong is the largest whole number that every JSON reader keeps exact: 2^53 − 1.
const MaxLong = 1<<53 - 1

var errLong = &Error{"Long", "a whole number within ±9007199254740991"}

// MarshalLong writes n as a JSON number.
func MarshalLong(n int64) graphql.Marshaler { return raw(strconv.AppendInt(nil, n, 10)) }

// UnmarshalLong reads a whole JSON number within ±MaxLong; everything else, strings and floats too, is an *Error.
func UnmarshalLong(v any) (int64, error) {
	switch v := v.(type) {
	case int64:
		return boundedLong(v)
	case int:
		return boundedLong(int64(v))
	case json.Number:
		n, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil {
			return 0, errLong
		}
		return boundedLong(n)
	default:
		return 0, errLong
	}
}

func boundedLong(n int64) (int64, error) {
	if n > MaxLong || n < -MaxLong {
		return 0, errLong
	}
	return n, nil
}
