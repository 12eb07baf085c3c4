package coerce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// Reader reads values by the types of a schema.
type Reader struct {
	Schema *ast.Schema
	// Scalars check the values of custom scalars, by name. A scalar without a check accepts every value except null.
	Scalars map[string]func(any) error
}

// Variables returns the coerced values of an operation's variables (§6.1.2): the given values, and the defaults of the other variables.
// Values that the operation does not declare are left out.
func (r Reader) Variables(op *ast.OperationDefinition, given map[string]any) (map[string]any, *gqlerror.Error) {
	out := make(map[string]any, len(op.VariableDefinitions))
	for _, v := range op.VariableDefinitions {
		raw, is := given[v.Variable]
		if !is && v.DefaultValue != nil {
			var err error
			if raw, err = v.DefaultValue.Value(nil); err != nil {
				return nil, variableFault(v, nil, "has no default that can be read")
			}
			is = true
		}
		switch {
		case !is && v.Type.NonNull:
			return nil, variableFault(v, nil, "must be given")
		case !is:
			continue
		}
		value, wrong := r.Value(v.Type, raw)
		if wrong != nil {
			return nil, variableFault(v, wrong.path(), wrong.Message)
		}
		out[v.Variable] = value
	}
	return out, nil
}

func variableFault(v *ast.VariableDefinition, at ast.Path, message string) *gqlerror.Error {
	path := append(ast.Path{ast.PathName("variable"), ast.PathName(v.Variable)}, at...)
	fault := wire.Fault(wire.ValidationFailed, fmt.Sprintf("Variable $%s%s %s.", v.Variable, spelled(at), message))
	fault.Path = path
	return fault
}

// spelled writes a place within a variable, such as " at events[3].runs".
func spelled(at ast.Path) string {
	if len(at) == 0 {
		return ""
	}
	return " at " + at.String()
}

// Wrong is a value that does not fit its type.
type Wrong struct {
	Message string            // what it must be
	at      []ast.PathElement // innermost first
}

func (w *Wrong) path() ast.Path {
	at := slices.Clone(w.at)
	slices.Reverse(at)
	return at
}

func (w *Wrong) in(place ast.PathElement) *Wrong {
	w.at = append(w.at, place)
	return w
}

// Value returns the coerced form of a value, which came as JSON or is a literal as a Go value.
func (r Reader) Value(t *ast.Type, raw any) (any, *Wrong) {
	if raw == nil {
		if t.NonNull {
			return nil, &Wrong{Message: "must not be null"}
		}
		return nil, nil
	}
	if t.Elem != nil {
		return r.list(t.Elem, raw)
	}
	def := r.Schema.Types[t.NamedType]
	if def == nil {
		return nil, &Wrong{Message: "has no known type"}
	}
	switch def.Kind {
	case ast.Enum:
		return enum(def, raw)
	case ast.InputObject:
		return r.object(def, raw)
	}
	return r.scalar(def.Name, raw)
}

// list coerces a list. A single value becomes a list of one.
func (r Reader) list(elem *ast.Type, raw any) (any, *Wrong) {
	elements, is := raw.([]any)
	if !is {
		value, wrong := r.Value(elem, raw)
		return []any{value}, wrong
	}
	out := make([]any, len(elements))
	for i, e := range elements {
		value, wrong := r.Value(elem, e)
		if wrong != nil {
			return nil, wrong.in(ast.PathIndex(i))
		}
		out[i] = value
	}
	return out, nil
}

func enum(def *ast.Definition, raw any) (any, *Wrong) {
	if name, is := raw.(string); is && def.EnumValues.ForName(name) != nil {
		return name, nil
	}
	return nil, &Wrong{Message: "must be a value of the enum " + def.Name + ", spelled as in the schema"}
}

func (r Reader) object(def *ast.Definition, raw any) (any, *Wrong) {
	given, is := raw.(map[string]any)
	if !is {
		return nil, &Wrong{Message: "must be an object of " + def.Name}
	}
	for name := range given {
		if def.Fields.ForName(name) == nil {
			return nil, &Wrong{Message: "has a field" + quotable(name) + " that " + def.Name + " does not have"}
		}
	}
	if wrong := oneOf(def, given); wrong != nil {
		return nil, wrong
	}
	out := make(map[string]any, len(def.Fields))
	for _, f := range def.Fields {
		raw, is, wrong := fieldOf(f, given)
		if is && wrong == nil {
			out[f.Name], wrong = r.Value(f.Type, raw)
		}
		if wrong != nil {
			return nil, wrong.in(ast.PathName(f.Name))
		}
	}
	return out, nil
}

// quotable returns a blank and the name, if it could be a name in a schema. Anything else that a caller sends is not repeated.
func quotable(name string) string {
	if len(name) > 64 || strings.Trim(name, "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ""
	}
	return " " + name
}

// fieldOf returns the value of an input field: the given one, or else its default.
func fieldOf(f *ast.FieldDefinition, given map[string]any) (raw any, is bool, wrong *Wrong) {
	if raw, is = given[f.Name]; is {
		return raw, true, nil
	}
	if f.DefaultValue != nil {
		raw, err := f.DefaultValue.Value(nil)
		if err != nil {
			return nil, false, &Wrong{Message: "has no default that can be read"}
		}
		return raw, true, nil
	}
	if f.Type.NonNull {
		return nil, false, &Wrong{Message: "must be given"}
	}
	return nil, false, nil
}

// oneOf checks that an object of a type with @oneOf has exactly one field, which is not null (§3.10.1).
func oneOf(def *ast.Definition, given map[string]any) *Wrong {
	if def.Directives.ForName("oneOf") == nil {
		return nil
	}
	if len(given) != 1 {
		return &Wrong{Message: "must have exactly one field"}
	}
	for name, value := range given {
		if value == nil {
			return (&Wrong{Message: "must not be null"}).in(ast.PathName(name))
		}
	}
	return nil
}
