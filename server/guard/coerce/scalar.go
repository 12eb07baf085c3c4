package coerce

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// scalar returns the coerced form of a scalar's value: int64 for Int, float64 for Float, string for String and ID, bool for Boolean. Values
// of custom scalars stay as they came.
func (r Reader) scalar(name string, raw any) (any, *Wrong) {
	value, is := raw, true
	switch name {
	case "Int":
		value, is = integer(raw)
	case "Float":
		value, is = float(raw)
	case "String":
		value, is = raw.(string)
	case "Boolean":
		value, is = raw.(bool)
	case "ID":
		value, is = id(raw)
	default:
		return r.custom(name, raw)
	}
	if !is {
		return nil, &Wrong{Message: wanted(name)}
	}
	if text, is := value.(string); is && strings.IndexByte(text, 0) >= 0 {
		return nil, &Wrong{Message: "holds the character U+0000, which no text may"}
	}
	return value, nil
}

// wanted says what a built-in scalar accepts.
func wanted(name string) string {
	switch name {
	case "Int":
		return "must be an Int, a whole number of 32 bits"
	case "Float":
		return "must be a Float, a finite number"
	case "ID":
		return "must be an ID, a string or a whole number"
	}
	return "must be a " + name
}

// custom leaves a value as it is. A refusal uses the scalar's own words, which repeat nothing of the value.
func (r Reader) custom(name string, raw any) (any, *Wrong) {
	if check := r.Scalars[name]; check != nil {
		if err := check(raw); err != nil {
			return nil, &Wrong{Message: "does not fit: " + err.Error()}
		}
	}
	if list, is := raw.([]any); is && list == nil {
		return []any{}, nil // as gqlparser writes an empty literal
	}
	return raw, nil
}

// integer returns an Int: any number without a fraction (5, 5.0, 5e0) within 32 bits.
func integer(raw any) (int64, bool) {
	switch v := raw.(type) {
	case int64:
		return v, v >= math.MinInt32 && v <= math.MaxInt32
	case int:
		return int64(v), v >= math.MinInt32 && v <= math.MaxInt32
	}
	f, is := float(raw)
	return int64(f), is && f == math.Trunc(f) && f >= math.MinInt32 && f <= math.MaxInt32
}

// float returns a Float: any finite number.
func float(raw any) (float64, bool) {
	switch v := raw.(type) {
	case json.Number:
		f, err := strconv.ParseFloat(string(v), 64)
		return f, err == nil
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	}
	return 0, false
}

// exact is the bound up to which a float64 represents every whole number.
const exact = 1<<53 - 1

// id returns an ID: a string, or a whole number, which becomes decimal digits.
func id(raw any) (string, bool) {
	switch v := raw.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case int:
		return strconv.Itoa(v), true
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return strconv.FormatInt(n, 10), true
		}
	}
	f, is := float(raw)
	if !is || f != math.Trunc(f) || math.Abs(f) > exact {
		return "", false
	}
	return strconv.FormatInt(int64(f), 10), true
}
