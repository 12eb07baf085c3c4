package guard

import (
	"maps"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// WithoutDefer returns a copy of a schema without @defer. gqlgen supports it, but would answer with less than was asked for, because no
// transport here delivers later parts; and their cost would be incurred after the bill.
func WithoutDefer(s *ast.Schema) *ast.Schema {
	out := *s
	out.Directives = maps.Clone(s.Directives)
	delete(out.Directives, "defer")
	return &out
}

// checkText refuses U+0000, the one character that PostgreSQL cannot store in a text. An escaped one is looked for in the document as sent.
func checkText(document string) *gqlerror.Error {
	if strings.Contains(document, `\u0000`) {
		return noNUL()
	}
	return nil
}

func noNUL() *gqlerror.Error {
	return wire.Fault(wire.ValidationFailed, "No text may hold the character U+0000.")
}

// holdsNUL reports whether a text within v holds U+0000.
func holdsNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.IndexByte(v, 0) >= 0
	case map[string]any:
		for _, child := range v {
			if holdsNUL(child) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if holdsNUL(child) {
				return true
			}
		}
	}
	return false
}

// checkConditions refuses null for a variable of @skip or @include. Validation lets it pass if the variable has a default, and gqlgen then
// panics.
func (d *document) checkConditions(variables map[string]any) *gqlerror.Error {
	for name := range d.conditions {
		if v, given := variables[name]; given && v == nil {
			return wire.Fault(wire.ValidationFailed, "A variable of @skip or @include must not be null.")
		}
	}
	return nil
}

// conditionsOf returns the names of the variables that decide whether something is selected.
func conditionsOf(doc *ast.QueryDocument) map[string]bool {
	names := map[string]bool{}
	for _, op := range doc.Operations {
		addConditions(names, op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		addConditions(names, f.SelectionSet)
	}
	return names
}

func addConditions(names map[string]bool, set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			addVariables(names, s.Directives)
			addConditions(names, s.SelectionSet)
		case *ast.InlineFragment:
			addVariables(names, s.Directives)
			addConditions(names, s.SelectionSet)
		case *ast.FragmentSpread:
			addVariables(names, s.Directives)
		}
	}
}

func addVariables(names map[string]bool, list ast.DirectiveList) {
	for _, d := range list {
		if arg := d.Arguments.ForName("if"); arg != nil && arg.Value.Kind == ast.Variable {
			names[arg.Value.Raw] = true
		}
	}
}
