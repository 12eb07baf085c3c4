package graph

import (
	"encoding/json"
	"strconv"
)

// Arguments reach the checks in front of execution as Go values. The guard has brought them into the form that the
// specification demands; these read them so that another form would not slip through either.

// listed is what stands in a list's place: a single value there is the list of it alone.
func listed(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}

// idIn is an ID that an argument holds, which may be written as an integer. What is neither is not ok, and a check must think
// the worst of it.
func idIn(value any) (id string, ok bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}
