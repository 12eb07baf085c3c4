package scalar

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
)

const (
	decimalPlaces = 6  // micro-credits (rules.md §1)
	decimalDigits = 19 // before the point: as many as runs in an int64 may need
)

var errDecimal = &Error{"Decimal", "a string with a plain decimal number of at most 6 decimals"}

// MarshalDecimal writes d as a string without trailing zeros, rounded half away from zero to 6 decimals.
func MarshalDecimal(d decimal.Decimal) graphql.Marshaler {
	if d.Exponent() < -decimalPlaces {
		d = d.Round(decimalPlaces)
	}
	return quoted([]byte(d.String()))
}

// UnmarshalDecimal reads a string such as "-70.5", or an integer. Everything else, floats above all, is an *Error.
func UnmarshalDecimal(v any) (decimal.Decimal, error) {
	switch v := v.(type) {
	case string:
		return parseDecimal(v)
	case json.Number:
		return parseInteger(string(v))
	case int64:
		return decimal.NewFromInt(v), nil
	case int:
		return decimal.NewFromInt(int64(v)), nil
	default:
		return decimal.Decimal{}, errDecimal
	}
}

func parseInteger(text string) (decimal.Decimal, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return decimal.Decimal{}, errDecimal
	}
	return decimal.NewFromInt(n), nil
}

func parseDecimal(text string) (decimal.Decimal, error) {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if len(whole) > decimalDigits || len(fraction) > decimalPlaces {
		return decimal.Decimal{}, errDecimal
	}
	d, ok := billing.PlainDecimal(text)
	if !ok {
		return decimal.Decimal{}, errDecimal
	}
	return d, nil
}
