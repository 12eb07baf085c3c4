package scalar

import (
	"math"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"
)

// Long lists of scalars are written as one piece of text, because writing each value separately costs an allocation, a Marshaler and one or
// two calls. The functions below write exactly what the Marshal function of the scalar writes.

// List writes values as a JSON array; add appends one value.
func List[T any](values []T, add func([]byte, T) []byte) graphql.Marshaler {
	text := append(make([]byte, 0, 2+16*len(values)), '[')
	for i, v := range values {
		if i > 0 {
			text = append(text, ',')
		}
		text = add(text, v)
	}
	return raw(append(text, ']'))
}

// Raw writes JSON text as it stands.
func Raw(text []byte) graphql.Marshaler { return raw(text) }

// AppendLong writes n as MarshalLong does.
func AppendLong(text []byte, n int64) []byte { return strconv.AppendInt(text, n, 10) }

// AppendDateTime writes t as MarshalDateTime does.
func AppendDateTime(text []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if t.Nanosecond() >= 1000 || year < 1000 || year > 9999 {
		return append(t.AppendFormat(append(text, '"'), dateTimeLayout), '"')
	}
	two := func(n int) (byte, byte) { return byte('0' + n/10), byte('0' + n%10) }
	y1, y2 := two(year / 100)
	y3, y4 := two(year % 100)
	m1, m2 := two(int(month))
	d1, d2 := two(day)
	hour, minute, second := t.Clock()
	h1, h2 := two(hour)
	n1, n2 := two(minute)
	s1, s2 := two(second)
	return append(text, '"', y1, y2, y3, y4, '-', m1, m2, '-', d1, d2, 'T', h1, h2, ':', n1, n2, ':', s1, s2, 'Z', '"')
}

// AppendDecimal writes d as MarshalDecimal does.
func AppendDecimal(text []byte, d decimal.Decimal) []byte {
	places := -d.Exponent()
	n := d.CoefficientInt64()
	if places < 0 || places > decimalPlaces || d.NumDigits() > 18 || n == math.MinInt64 {
		if d.Exponent() < -decimalPlaces {
			d = d.Round(decimalPlaces)
		}
		return append(append(append(text, '"'), d.String()...), '"')
	}
	text = append(text, '"')
	if n < 0 {
		text, n = append(text, '-'), -n
	}
	unit := int64(1)
	for range places {
		unit *= 10
	}
	whole, fraction := n/unit, n%unit
	text = strconv.AppendInt(text, whole, 10)
	if fraction > 0 {
		text = append(text, '.')
		for unit /= 10; fraction > 0; unit /= 10 {
			text = append(text, byte('0'+fraction/unit))
			fraction %= unit
		}
	}
	return append(text, '"')
}
