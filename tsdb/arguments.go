package tsdb

import (
	"strconv"
)

// arguments are those of a statement under construction.
type arguments struct {
	first  int // the number of the first one
	values []any
}

// add adds an argument and returns its placeholder.
func (a *arguments) add(value any) string {
	a.values = append(a.values, value)
	return "$" + strconv.Itoa(a.first+len(a.values)-1)
}
