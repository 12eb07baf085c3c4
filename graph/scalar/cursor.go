package scalar

import (
	"context"
	"io"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
)

var errCursor = &Error{"Cursor", "the text that an answer gave as one"}

// MarkKey is the key under which a list's field keeps its mark among its arguments. No argument of a schema can have this name.
const MarkKey = "cursor mark"

// MarkCursors gives the cursors of the current list a mark by which the list recognises them.
func MarkCursors(list *graphql.FieldContext, mark string) {
	if list.Args == nil {
		list.Args = map[string]any{}
	}
	list.Args[MarkKey] = mark
}

// MarshalCursor writes a cursor as a JSON string. Within a list, a point and the list's mark follow it.
func MarshalCursor(cursor string) graphql.ContextMarshaler {
	return graphql.ContextWriterFunc(func(ctx context.Context, w io.Writer) error {
		for fc := graphql.GetFieldContext(ctx); fc != nil; fc = fc.Parent {
			if mark, is := fc.Args[MarkKey].(string); is {
				cursor += "." + mark
				break
			}
		}
		_, err := io.WriteString(w, strconv.Quote(cursor)) // ASCII that needs no escapes
		return err
	})
}

// UnmarshalCursor reads a text; the list itself checks whether it is a cursor of its own. Everything else is an *Error.
func UnmarshalCursor(_ context.Context, v any) (string, error) {
	text, ok := v.(string)
	if !ok || !IsText(text) {
		return "", errCursor
	}
	return text, nil
}
