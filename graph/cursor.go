package graph

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/graph/scalar"
)

// cursors reads the cursors given to the current list and sets the mark for those that it will return. A cursor of another list, such as
// that of another account, or of this list with another order or filter, is refused as BAD_PAGE; if it were accepted, rows would silently
// be left out (rules.md §9).
func cursors(ctx context.Context, after, before *string) (a, b *string, err error) {
	var marks []string
	if list := graphql.GetFieldContext(ctx); list != nil {
		if marks, err = marksOf(list); err != nil {
			return nil, nil, err
		}
		scalar.MarkCursors(list, marks[0])
	}
	var ok bool
	if a, ok = unmarked(after, marks); !ok {
		return nil, nil, fault(ctx, badPage, "The cursor after is not one of this list, in this order and with this filter.")
	}
	if b, ok = unmarked(before, marks); !ok {
		return nil, nil, fault(ctx, badPage, "The cursor before is not one of this list, in this order and with this filter.")
	}
	return a, b, nil
}

// unmarked returns a cursor without its mark, which must be one of marks; nil for no cursor.
func unmarked(cursor *string, marks []string) (bare *string, ok bool) {
	if cursor == nil || len(marks) == 0 {
		return cursor, true
	}
	for _, mark := range marks {
		if text, found := strings.CutSuffix(*cursor, "."+mark); found {
			return &text, true
		}
	}
	return nil, false
}

// marksOf returns the mark of the list's cursors, and the mark that they had in the last release, which depended neither on the object that
// the list belongs to nor on its range.
func marksOf(list *graphql.FieldContext) ([]string, error) {
	asked, err := askedOf(list)
	if err != nil {
		return nil, err
	}
	now := []any{list.Object, list.Field.Name, asked, ownerOf(list)}
	if ordersByFigure(asked) {
		now = append(now, list.Args["range"], zonesIn(reflect.ValueOf(list.Args["range"])))
	}
	var marks []string
	for _, parts := range [][]any{now, {list.Object, list.Field.Name, asked}} {
		text, err := json.Marshal(parts)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		marks = append(marks, base64.RawURLEncoding.EncodeToString(sum[:6]))
	}
	return marks, nil
}

// ownerOf returns the id of the innermost object that contains the list and has an id; "" for lists at the root.
func ownerOf(list *graphql.FieldContext) string {
	for fc := list.Parent; fc != nil; fc = fc.Parent {
		object := reflect.ValueOf(fc.Result)
		// An element of a list of an interface is a pointer to the interface.
		for object.Kind() == reflect.Pointer || object.Kind() == reflect.Interface {
			object = object.Elem()
		}
		if object.Kind() != reflect.Struct {
			continue
		}
		if id := object.FieldByName("ID"); id.Kind() == reflect.String && id.String() != "" {
			return id.String()
		}
	}
	return ""
}

// ordersByFigure reports whether a list is ordered by what the range says, so that another range is another order.
func ordersByFigure(asked any) bool {
	args, _ := asked.(map[string]any)
	sort, _ := args["sort"].(map[string]any)
	switch sort["field"] {
	case "RUNS", "CREDITS", "CREDITS_USED", "TIME":
		return true
	}
	return false
}

// askedOf returns what distinguishes lists of one field: order, grouping and filter. The range is not included: a client that turns pages
// as time goes on may move it, unless the order depends on it (marksOf).
func askedOf(list *graphql.FieldContext) (any, error) {
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
		return nil, err
	}
	var plain map[string]any
	if err := json.Unmarshal(text, &plain); err != nil {
		return nil, err
	}
	if reflect.DeepEqual(plain["sort"], usualSort(list.Field.Name)) {
		delete(plain, "sort")
	}
	if zones := zonesIn(reflect.ValueOf(asked)); len(zones) > 0 {
		plain["zones"] = zones
	}
	return withoutNulls(plain), nil
}

// zonesIn returns the names of the time zones within arguments, which JSON does not show.
func zonesIn(v reflect.Value) (names []string) {
	if !v.IsValid() || !v.CanInterface() {
		return nil
	}
	if zone, is := v.Interface().(*time.Location); is && zone != nil {
		return []string{zone.String()}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return zonesIn(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			names = append(names, zonesIn(v.Field(i))...)
		}
	case reflect.Map: // no zone is in a list
		for _, key := range slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) }) {
			names = append(names, zonesIn(v.MapIndex(key))...)
		}
	}
	return names
}

// usualSort returns the default order of a list, written out.
func usualSort(field string) map[string]any {
	if field == "accounts" {
		return map[string]any{"field": "CREATED_AT", "direction": "DESC"}
	}
	if field == "deployments" {
		return map[string]any{"field": "LAST_UPDATED_ON", "direction": "DESC"}
	}
	return map[string]any{"field": "NAME", "direction": "ASC"}
}

// withoutNulls removes what is not a condition: null, and objects that contain nothing else. An empty list is a condition.
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
