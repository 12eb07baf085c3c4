package pg

import (
	"strconv"
	"strings"

	"github.com/usagegraph/usagegraph/billing"
)

// Columns collects rows as the arrays that unnest takes.
type Columns [][]any

// NewColumns makes n columns without a row.
func NewColumns(n int) Columns { return make(Columns, n) }

// Add adds a row, a value a column.
func (c Columns) Add(values ...any) {
	for i, v := range values {
		c[i] = append(c[i], v)
	}
}

// Empty reports whether there is no row.
func (c Columns) Empty() bool { return len(c) == 0 || len(c[0]) == 0 }

// Args are the columns as the arguments of a statement.
func (c Columns) Args() []any {
	args := make([]any, len(c))
	for i := range c {
		args[i] = c[i]
	}
	return args
}

// OrNull is nil for the zero value: a column that says "none" by NULL.
func OrNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// SecondOrNull is nil for 0.
func SecondOrNull(s billing.Second) any {
	if s == 0 {
		return nil
	}
	return s.Time()
}

// Array prints numbers as a PostgreSQL array, which travels as one text inside an array of rows.
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

// Few is up to how many rows one statement more in a batch takes less than a COPY, which is a round trip by itself.
const Few = 50
