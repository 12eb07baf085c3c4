package graph

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/graph/scalar"
)

// cursors reads the cursors of the list under way and marks those that it will give. One of another list, or of this one
// under another order or filter, is BAD_PAGE: read as if it were one of this list it would leave rows out in silence
// (rules.md §9).
func cursors(ctx context.Context, after, before *string) (a, b *string, err error) {
	mark := ""
	if list := graphql.GetFieldContext(ctx); list != nil {
		if mark, err = markOf(list); err != nil {
			return nil, nil, err
		}
		scalar.MarkCursors(list, mark)
	}
	var ok bool
	if a, ok = unmarked(after, mark); !ok {
		return nil, nil, fault(ctx, badPage, "The cursor after is not one of this list, in this order and with this filter.")
	}
	if b, ok = unmarked(before, mark); !ok {
		return nil, nil, fault(ctx, badPage, "The cursor before is not one of this list, in this order and with this filter.")
	}
	return a, b, nil
}

// unmarked is the place in a cursor that bears a mark; nil for no cursor.
func unmarked(cursor *string, mark string) (place *string, ok bool) {
	if cursor == nil || mark == "" {
		return cursor, true
	}
	text, found := strings.CutSuffix(*cursor, "."+mark)
	return &text, found
}

// markOf tells lists apart by field, order, grouping and filter. The range is not among them: a client that turns pages while
// time goes on may move it.
func markOf(list *graphql.FieldContext) (string, error) {
	asked := map[string]any{}
	for name, value := range list.Args {
		switch name {
		case "first", "last", "after", "before", "range", "timeZone", scalar.MarkKey:
		default:
			asked[name] = value
		}
	}
	text, err := json.Marshal(asked)
	if err != nil {
		return "", err
	}
	var plain map[string]any
	if err := json.Unmarshal(text, &plain); err != nil {
		return "", err
	}
	if reflect.DeepEqual(plain["sort"], usualSort(list.Field.Name)) {
		delete(plain, "sort")
	}
	if text, err = json.Marshal([]any{list.Object, list.Field.Name, withoutNulls(plain)}); err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:6]), nil
}

// usualSort is the order of a list where none is given, written out.
func usualSort(field string) map[string]any {
	if field == "accounts" {
		return map[string]any{"field": "CREATED_AT", "direction": "DESC"}
	}
	if field == "deployments" {
		return map[string]any{"field": "LAST_UPDATED_ON", "direction": "DESC"}
	}
	return map[string]any{"field": "NAME", "direction": "ASC"}
}

// withoutNulls leaves out what is no condition: null, and objects of nothing else. An empty list is one.
func withoutNulls(v any) any {
	object, is := v.(map[string]any)
	if !is {
		return v
	}
	for name, inner := range object {
		if inner = withoutNulls(inner); inner == nil {
			delete(object, name)
		}
	}
	if len(object) == 0 {
		return nil
	}
	return object
}
