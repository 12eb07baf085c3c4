package tsdb

import (
	"strconv"
	"strings"

	"github.com/usagegraph/usagegraph/billing"
)

// columns collects rows as the arrays that unnest takes.
type columns [][]any

func newColumns(n int) columns { return make(columns, n) }

func (c columns) add(values ...any) {
	for i, v := range values {
		c[i] = append(c[i], v)
	}
}

func (c columns) args() []any {
	args := make([]any, len(c))
	for i := range c {
		args[i] = c[i]
	}
	return args
}

// orNull is nil for the zero value: a column that says "none" by NULL.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func timeOrNull(s billing.Second) any {
	if s == 0 {
		return nil
	}
	return s.Time()
}

// array prints numbers as a PostgreSQL array, which travels as one text inside an array of rows.
func array[T ~int64](values ...T) string {
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

// few is up to how many rows one statement more in a batch takes less than a COPY, which is a round trip by itself.
const few = 50
