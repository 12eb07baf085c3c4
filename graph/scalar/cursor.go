package scalar

import (
	"context"
	"io"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

var errCursor = &Error{"Cursor", "the text that an answer gave as one"}

// MarkKey is where a list's field keeps its mark, among its arguments, which no argument of a schema can be called.
const MarkKey = "cursor mark"

// MarkCursors gives the cursors of the list under way a mark, by which the list knows them again.
func MarkCursors(list *graphql.FieldContext, mark string) {
	if list.Args == nil {
		list.Args = map[string]any{}
	}
	list.Args[MarkKey] = mark
}

// MarshalCursor writes a place as a JSON string: in a list behind a point comes the list's mark, elsewhere the place alone.
func MarshalCursor(place string) graphql.ContextMarshaler {
	return graphql.ContextWriterFunc(func(ctx context.Context, w io.Writer) error {
		for fc := graphql.GetFieldContext(ctx); fc != nil; fc = fc.Parent {
			if mark, is := fc.Args[MarkKey].(string); is {
				place += "." + mark
				break
			}
		}
		_, err := io.WriteString(w, strconv.Quote(place)) // ASCII without escapes
		return err
	})
}

// UnmarshalCursor reads a text; whether it is a place in the list at hand, the list says. Everything else is an *Error.
func UnmarshalCursor(_ context.Context, v any) (string, error) {
	text, ok := v.(string)
	if !ok || !IsText(text) {
		return "", errCursor
	}
	return text, nil
}
