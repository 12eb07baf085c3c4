package otlp

import (
	"math"

	common "go.opentelemetry.io/proto/otlp/common/v1"
)

// attributes are those of a span, its scope and its resource; the nearest one counts.
type attributes [3][]*common.KeyValue

// find returns the value of an attribute; nil if there is none.
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

// text returns the value of a string attribute; "" if there is none.
func (a *attributes) text(key string) string { return a.find(key).GetStringValue() }

// firstText returns the value of the first of the attributes that is present.
func (a *attributes) firstText(keys []string) string {
	for _, key := range keys {
		if text := a.text(key); text != "" {
			return text
		}
	}
	return ""
}

// number returns the value of the first of the attributes that is present. given is false if none is; whole is false if it is not a whole
// number. SDKs of languages without integers send floating-point numbers.
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
