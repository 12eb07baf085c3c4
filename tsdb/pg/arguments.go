package pg

import (
	"strconv"
)

// Arguments collects the arguments of a statement that is being put together.
type Arguments struct {
	Values []any // in the order of their numbers
}

// Add adds an argument and returns its placeholder.
func (a *Arguments) Add(value any) string {
	a.Values = append(a.Values, value)
	return "$" + strconv.Itoa(len(a.Values))
}
