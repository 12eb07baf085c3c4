// Package scalar reads and writes the scalars of schema.graphqls. Reading is strict: a value that the scalar's description does not allow
// is refused, with a message that says what is expected and never repeats the input.
package scalar

import (
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// Error is a refusal to read a value as a scalar.
type Error struct {
	Scalar string // name of the scalar
	Want   string // what the scalar takes
}

// Error says what the scalar takes.
func (e *Error) Error() string { return fmt.Sprintf("%s takes %s", e.Scalar, e.Want) }

// quoted writes text, which needs no escaping, as a JSON string.
func quoted(text []byte) graphql.Marshaler {
	return raw(append(append(append(make([]byte, 0, len(text)+2), '"'), text...), '"'))
}
