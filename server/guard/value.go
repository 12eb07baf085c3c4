package guard

import (
	"maps"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// WithoutDefer is a copy of a schema in which nothing can be deferred. gqlgen would know how, and answer with less than was asked for,
// since no transport here delivers what comes later; and what it costs would come after the bill.
func WithoutDefer(s *ast.Schema) *ast.Schema {
	out := *s
	out.Directives = maps.Clone(s.Directives)
	delete(out.Directives, "defer")
	return &out
}

// checkText refuses the one character that PostgreSQL has in no text. An escaped one is looked for in the document as sent.
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

// checkConditions refuses null for a variable of @skip or @include: validation lets it pass where the variable has a default,
// and gqlgen panics.
func (d *document) checkConditions(variables map[string]any) *gqlerror.Error {
	for name := range d.conditions {
		if v, given := variables[name]; given && v == nil {
			return wire.Fault(wire.ValidationFailed, "A variable of @skip or @include must not be null.")
		}
	}
	return nil
}

// conditionsOf are the names of the variables that decide whether something is selected.
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
