package pg

import (
	"strconv"
)

// Arguments are those of a statement under construction.
type Arguments struct {
	First  int // the number of the first one
	Values []any
}

// Add adds an argument and returns its placeholder.
func (a *Arguments) Add(value any) string {
	a.Values = append(a.Values, value)
	return "$" + strconv.Itoa(a.First+len(a.Values)-1)
}
