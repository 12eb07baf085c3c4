package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/scalar"
)

// allow is what the contract requires: one permission for each field and each input field.
type allow struct {
	schema *ast.Schema
	fields map[fieldName]auth.Set
	inputs map[fieldName]auth.Set
}

type fieldName struct{ of, name string }

// readAllow reads every @allow of a schema. A field without one takes its type's; it is an error if neither has one.
func readAllow(schema *ast.Schema) (*allow, error) {
	a := &allow{schema: schema, fields: map[fieldName]auth.Set{}, inputs: map[fieldName]auth.Set{}}
	for _, d := range schema.Types {
		if strings.HasPrefix(d.Name, "__") || d.Kind != ast.Object && d.Kind != ast.InputObject {
			continue
		}
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			set, given, err := askedBy(f.Directives)
			if !given && err == nil && d.Kind == ast.Object {
				set, given, err = askedBy(d.Directives)
			}
			if err != nil || !given && d.Kind == ast.Object {
				return nil, fmt.Errorf("graph: %s.%s carries no permission that is known", d.Name, f.Name)
			}
			if d.Kind == ast.Object {
				a.fields[fieldName{d.Name, f.Name}] = set
			} else if given {
				a.inputs[fieldName{d.Name, f.Name}] = set
			}
		}
	}
	return a, nil
}

// askedBy returns the permission that an @allow in the list names.
func askedBy(list ast.DirectiveList) (set auth.Set, given bool, err error) {
	d := list.ForName("allow")
	if d == nil {
		return 0, false, nil
	}
	name := d.Arguments.ForName("permission").Value.Raw
	p, ok := auth.ParsePermission(name)
	if !ok {
		return 0, true, fmt.Errorf("graph: permission %s is not known", name)
	}
	return auth.SetOf(p), true, nil
}

// walk goes through one operation with its variables. A fragment is visited once for each set of types that it may apply to, so that
// fragments which spread each other cost no more than their text.
type walk struct {
	*allow
	variables map[string]any
	own       scalar.OwnIDs
	seen      map[seenFragment]bool // below the current root field
	rooted    map[string]bool       // fragments on the root type
}

type seenFragment struct{ name, kinds string }

func (a *allow) walk(variables map[string]any, own scalar.OwnIDs) *walk {
	return &walk{allow: a, variables: variables, own: own, seen: map[seenFragment]bool{}, rooted: map[string]bool{}}
}

// eachRoot calls fn for each root field that will be executed.
func (w *walk) eachRoot(list ast.SelectionSet, fn func(*ast.Field)) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.Field:
			if w.executed(s.Directives) {
				fn(s)
			}
		case *ast.InlineFragment:
			if w.executed(s.Directives) {
				w.eachRoot(s.SelectionSet, fn)
			}
		case *ast.FragmentSpread:
			if w.executed(s.Directives) && !w.rooted[s.Name] {
				w.rooted[s.Name] = true
				w.eachRoot(s.Definition.SelectionSet, fn)
			}
		}
	}
}

// executed reports whether @skip and @include leave a selection in place.
func (w *walk) executed(list ast.DirectiveList) bool {
	for _, d := range list {
		given, ok := d.ArgumentMap(w.variables)["if"].(bool)
		if ok && (d.Name == "skip" && given || d.Name == "include" && !given) {
			return false
		}
	}
	return true
}

// everything is what a check requires if it cannot understand its input. Nobody holds it.
const everything = ^auth.Set(0)

// root returns all permissions that a root field requires.
func (w *walk) root(f *ast.Field) auth.Set {
	if strings.HasPrefix(f.Name, "__") {
		return 0 // introspection has a check of its own
	}
	kinds, ok := w.kinds(f)
	if !ok {
		return everything
	}
	return w.below(f, kinds)
}

// below returns what a root field requires if it answers with objects of these types only; nil: of any type.
func (w *walk) below(f *ast.Field, kinds []string) auth.Set {
	clear(w.seen)
	set := w.fields[fieldName{f.ObjectDefinition.Name, f.Name}] | w.arguments(f)
	for _, kind := range kinds {
		// The object itself requires a permission, even if only its __typename is selected.
		set |= w.ofType(kind)
	}
	return set | w.selection(f.SelectionSet, kinds)
}

// object returns what node or nodes requires if it answers with an object of one type.
func (w *walk) object(f *ast.Field, kind Kind) auth.Set { return w.below(f, []string{string(kind)}) }

// kinds returns the types that node or nodes can answer with, according to the given ids; nil if the ids do not restrict the types. ok is
// false if an argument is not an id.
func (w *walk) kinds(f *ast.Field) (kinds []string, ok bool) {
	args := f.ArgumentMap(w.variables)
	var ids []any
	switch f.Name {
	case "node":
		ids = []any{args["id"]}
	case "nodes":
		ids = listed(args["ids"])
	default:
		return nil, true
	}
	kinds = []string{""} // no object has this type, so fragments on other types never apply
	for _, v := range ids {
		text, ok := idIn(v)
		if !ok {
			return nil, false
		}
		if id, ok := DecodeID(w.own.Of(f.Alias, text)); ok {
			kinds = append(kinds, string(id.Kind))
		}
	}
	return kinds, true
}

// ofType returns what a type requires if it is reached through node.
func (w *walk) ofType(name string) auth.Set {
	d := w.schema.Types[name]
	if d == nil {
		return 0
	}
	set, _, _ := askedBy(d.Directives)
	return set
}

// selection returns what the fields of a selection require. kinds restricts the object types that it can apply to; nil: all.
func (w *walk) selection(list ast.SelectionSet, kinds []string) auth.Set {
	var set auth.Set
	for _, s := range list {
		switch s := s.(type) {
		case *ast.Field:
			if w.executed(s.Directives) {
				set |= w.field(s, kinds) | w.selection(s.SelectionSet, nil)
			}
		case *ast.InlineFragment:
			if w.executed(s.Directives) && w.applies(s.TypeCondition, kinds) {
				set |= w.selection(s.SelectionSet, kinds)
			}
		case *ast.FragmentSpread:
			key := seenFragment{s.Name, strings.Join(kinds, ",")}
			if w.executed(s.Directives) && w.applies(s.Definition.TypeCondition, kinds) && !w.seen[key] {
				w.seen[key] = true
				set |= w.selection(s.Definition.SelectionSet, kinds)
			}
		}
	}
	return set
}

// field returns what one field requires. A field of an interface requires what it does on each type that the object can have; kinds
// restricts these as in selection.
func (w *walk) field(f *ast.Field, kinds []string) auth.Set {
	if strings.HasPrefix(f.Name, "__") {
		return w.arguments(f)
	}
	if f.ObjectDefinition.Kind != ast.Object {
		return w.shared(f, kinds) | w.arguments(f)
	}
	set, known := w.fields[fieldName{f.ObjectDefinition.Name, f.Name}]
	if !known {
		return everything // unknown fields are denied
	}
	return set | w.arguments(f)
}

// shared returns what a field of an interface requires. The id requires nothing: whatever leads to the interface gives it beside the object,
// or was given it.
func (w *walk) shared(f *ast.Field, kinds []string) auth.Set {
	var set auth.Set
	if f.Name == "id" {
		return set
	}
	for _, d := range w.schema.GetPossibleTypes(f.ObjectDefinition) {
		if kinds == nil || slices.Contains(kinds, d.Name) {
			set |= w.fields[fieldName{d.Name, f.Name}]
		}
	}
	return set
}

// applies reports whether a fragment on the type condition can apply to an object of one of the kinds.
func (w *walk) applies(condition string, kinds []string) bool {
	if kinds == nil || condition == "" {
		return true
	}
	on := w.schema.Types[condition]
	for _, kind := range kinds {
		if kind == condition {
			return true
		}
		if d := w.schema.Types[kind]; d != nil && on != nil {
			for _, possible := range w.schema.GetPossibleTypes(on) {
				if possible == d {
					return true
				}
			}
		}
	}
	return false
}

// arguments returns what the input fields given to a field require.
func (w *walk) arguments(f *ast.Field) auth.Set {
	var set auth.Set
	if len(f.Arguments) == 0 {
		return 0
	}
	for _, arg := range f.Definition.Arguments {
		if d := w.schema.Types[arg.Type.Name()]; d != nil && d.Kind != ast.InputObject {
			continue // a scalar requires nothing, whatever its value
		}
		set |= w.input(arg.Type, argumentOf(f, arg.Name, w.variables))
	}
	return set
}

// input returns what a value of an input type requires. A field that is null requires nothing; a field that the type does not have requires
// everything.
func (w *walk) input(t *ast.Type, value any) auth.Set {
	if value == nil {
		return 0
	}
	if t.Elem != nil {
		var set auth.Set
		for _, element := range listed(value) {
			set |= w.input(t.Elem, element)
		}
		return set
	}
	d := w.schema.Types[t.NamedType]
	if d == nil {
		return everything
	}
	if d.Kind != ast.InputObject {
		return 0
	}
	given, ok := value.(map[string]any)
	if !ok {
		return everything
	}
	return w.inputFields(d, given)
}

// inputFields returns what the fields given to an input object require.
func (w *walk) inputFields(d *ast.Definition, given map[string]any) auth.Set {
	var set auth.Set
	for name, inner := range given {
		field := d.Fields.ForName(name)
		if field == nil {
			return everything
		}
		if inner != nil {
			set |= w.inputs[fieldName{d.Name, name}] | w.input(field.Type, inner)
		}
	}
	return set
}
