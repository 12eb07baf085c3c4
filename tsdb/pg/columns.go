package pg

import (
	"strconv"
	"strings"

	"github.com/usagegraph/usagegraph/billing"
)

// Columns collects rows as the arrays that unnest takes.
type Columns [][]any

// NewColumns returns n empty columns.
func NewColumns(n int) Columns { return make(Columns, n) }

// Add adds a row, with one value for each column.
func (c Columns) Add(values ...any) {
	for i, v := range values {
		c[i] = append(c[i], v)
	}
}

// Empty reports whether there are no rows.
func (c Columns) Empty() bool { return len(c) == 0 || len(c[0]) == 0 }

// Args returns the columns as the arguments of a statement.
func (c Columns) Args() []any {
	args := make([]any, len(c))
	for i := range c {
		args[i] = c[i]
	}
	return args
}

// OrNull returns v, or nil for the zero value, for columns in which NULL means "none".
func OrNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// SecondOrNull returns the time of a second, or nil for 0.
func SecondOrNull(s billing.Second) any {
	if s == 0 {
		return nil
	}
	return s.Time()
}

// Array formats numbers as a PostgreSQL array, which travels as one text inside an array of rows.
func Array[T ~int64](values ...T) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(int64(v), 10))
	}
	b.WriteByte('}')
	return b.String()
}

// Few is the number of rows up to which one more statement in a batch is cheaper than a COPY, which takes a round trip
// of its own.
const Few = 50
