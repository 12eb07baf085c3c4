package coerce

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// Nullable returns the variables that a document uses where null is not allowed. Validation lets them pass because the variable or
// the place has a default; Nulls finds a null that is given nevertheless.
func Nullable(doc *ast.QueryDocument) map[string]bool {
	names := map[string]bool{}
	for _, op := range doc.Operations {
		nullableIn(names, op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		nullableIn(names, f.SelectionSet)
	}
	return names
}

func nullableIn(names map[string]bool, set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			for _, a := range s.Arguments {
				eachVariable(a.Value, func(v *ast.Value) { names[v.Raw] = names[v.Raw] || v.ExpectedType != nil && v.ExpectedType.NonNull })
			}
			nullableIn(names, s.SelectionSet)
		case *ast.InlineFragment:
			nullableIn(names, s.SelectionSet)
		}
	}
}

func eachVariable(v *ast.Value, fn func(*ast.Value)) {
	if v.Kind == ast.Variable {
		fn(v)
		return
	}
	for _, child := range v.Children {
		eachVariable(child.Value, fn)
	}
}

// Nulls refuses an operation in which an argument that will be executed is null although its type does not allow it (§6.4.1). nullable are
// the document's variables as returned by Nullable, and variables the coerced values.
func Nulls(op *ast.OperationDefinition, nullable map[string]bool, variables map[string]any) *gqlerror.Error {
	for name, value := range variables {
		if value == nil && nullable[name] {
			n := nulls{variables: variables, seen: map[string]bool{}}
			n.selection(op.SelectionSet)
			return n.fault
		}
	}
	return nil
}

// nulls walks through what will be executed.
type nulls struct {
	variables map[string]any
	seen      map[string]bool
	fault     *gqlerror.Error
}

func (n *nulls) selection(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if n.executed(s.Directives) {
				n.arguments(s.Arguments)
				n.selection(s.SelectionSet)
			}
		case *ast.InlineFragment:
			if n.executed(s.Directives) {
				n.selection(s.SelectionSet)
			}
		case *ast.FragmentSpread:
			if n.executed(s.Directives) && s.Definition != nil && !n.seen[s.Name] {
				n.seen[s.Name] = true
				n.selection(s.Definition.SelectionSet)
			}
		}
	}
}

// executed reports whether @skip and @include leave a selection in place.
func (n *nulls) executed(list ast.DirectiveList) bool {
	for _, d := range list {
		given, is := d.ArgumentMap(n.variables)["if"].(bool)
		if is && (d.Name == "skip" && given || d.Name == "include" && !given) {
			return false
		}
	}
	return true
}

func (n *nulls) arguments(args ast.ArgumentList) {
	for _, a := range args {
		eachVariable(a.Value, func(v *ast.Value) {
			value, given := n.variables[v.Raw]
			if n.fault == nil && given && value == nil && v.ExpectedType != nil && v.ExpectedType.NonNull {
				n.fault = wire.Fault(wire.ValidationFailed, "Variable $"+v.Raw+" is null where no null may be, in the argument "+a.Name+".")
			}
		})
	}
}
