package graph

import (
	"encoding/json"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// The checks that come before execution see arguments as Go values. The guard has already brought these into the form that the
// specification demands. The functions below do not rely on that, so that a value in another form cannot slip through.

// listed returns the elements of a list argument. As the specification says, a single value is a list of one.
func listed(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}

// idIn returns the ID that an argument holds, which may be written as an integer. ok is false if the value is neither a string nor an
// integer; a check must then assume the worst.
func idIn(value any) (id string, ok bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

// argumentOf returns the value of one argument of a field, or its default; nil if there is neither. It agrees with the field's ArgumentMap,
// but makes no map of all arguments.
func argumentOf(f *ast.Field, name string, variables map[string]any) any {
	if a := f.Arguments.ForName(name); a != nil {
		if a.Value.Kind != ast.Variable {
			return valueOf(a.Value, variables)
		}
		if v, given := variables[a.Value.Raw]; given {
			return v
		}
	}
	if def := f.Definition.Arguments.ForName(name); def != nil && def.DefaultValue != nil {
		return valueOf(def.DefaultValue, variables)
	}
	return nil
}

// valueOf returns a literal's value. Validation has made sure that it has one.
func valueOf(literal *ast.Value, variables map[string]any) any {
	v, err := literal.Value(variables)
	if err != nil {
		panic(err)
	}
	return v
}
