package graph

import (
	"encoding/json"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// Arguments reach the checks in front of execution as Go values. The guard has brought them into the form that the
// specification demands; these read them so that another form would not slip through either.

// listed is what stands in a list's place: a single value there is the list of it alone.
func listed(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}

// idIn is an ID that an argument holds, which may be written as an integer. What is neither is not ok, and a check must think
// the worst of it.
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

// argumentOf is the value of one argument of a field, or its default, as the field's ArgumentMap has it, without a map of all; nil: there is
// none.
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

// valueOf is a literal's value. Validation has found that it has one.
func valueOf(literal *ast.Value, variables map[string]any) any {
	v, err := literal.Value(variables)
	if err != nil {
		panic(err)
	}
	return v
}
