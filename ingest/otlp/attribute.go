package otlp

import (
	"math"

	common "go.opentelemetry.io/proto/otlp/common/v1"
)

// attributes are those of a span, its scope and its resource: the nearest one counts.
type attributes [3][]*common.KeyValue

// find is the value of an attribute; nil where there is none.
func (a *attributes) find(key string) *common.AnyValue {
	for _, level := range a {
		for _, pair := range level {
			if pair.GetKey() == key {
				return pair.GetValue()
			}
		}
	}
	return nil
}

// text is an attribute that is a string; "" where there is none.
func (a *attributes) text(key string) string { return a.find(key).GetStringValue() }

// firstText is the first of some attributes that is there.
func (a *attributes) firstText(keys []string) string {
	for _, key := range keys {
		if text := a.text(key); text != "" {
			return text
		}
	}
	return ""
}

// number is the first of some attributes that is there. given is false where none is; whole is false where it is not a whole number.
// SDKs of languages that know no whole numbers send floating ones.
func (a *attributes) number(keys ...string) (n int64, given, whole bool) {
	for _, key := range keys {
		switch v := a.find(key).GetValue().(type) {
		case *common.AnyValue_IntValue:
			return v.IntValue, true, true
		case *common.AnyValue_DoubleValue:
			whole = v.DoubleValue == math.Trunc(v.DoubleValue) && math.Abs(v.DoubleValue) <= 1<<53
			if !whole {
				return 0, true, false
			}
			return int64(v.DoubleValue), true, true
		case nil:
		default:
			return 0, true, false
		}
	}
	return 0, false, true
}
