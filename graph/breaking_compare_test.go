package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// breaking lists the changes that may break a client of the old contract, by the policy of docs/schema.md.
func breaking(old, new *ast.Schema) []string {
	c := &contracts{new: new}
	for _, d := range definitions(old) {
		c.definition(d, new.Types[d.Name])
	}
	slices.Sort(c.breaks)
	return c.breaks
}

type contracts struct {
	new    *ast.Schema
	breaks []string
}

func (c *contracts) say(format string, args ...any) {
	c.breaks = append(c.breaks, fmt.Sprintf(format, args...))
}

func (c *contracts) definition(old, new *ast.Definition) {
	switch {
	case new == nil:
		c.say("%s: removed", old.Name)
		return
	case new.Kind != old.Kind:
		c.say("%s: was %s, is %s", old.Name, old.Kind, new.Kind)
		return
	}
	for _, name := range old.Interfaces {
		if !slices.Contains(new.Interfaces, name) {
			c.say("%s: no longer implements %s", old.Name, name)
		}
	}
	for _, name := range old.Types {
		if !slices.Contains(new.Types, name) {
			c.say("%s: can no longer be %s", old.Name, name)
		}
	}
	for _, v := range old.EnumValues {
		if new.EnumValues.ForName(v.Name) == nil && v.Directives.ForName("deprecated") == nil {
			c.say("%s.%s: removed", old.Name, v.Name)
		}
	}
	if old.Kind == ast.InputObject {
		c.inputs(old.Name+".", inputsOf(ownFields(old)), inputsOf(ownFields(new)))
		return
	}
	for _, f := range ownFields(old) {
		c.field(old, f, new)
	}
}

func (c *contracts) field(of *ast.Definition, old *ast.FieldDefinition, in *ast.Definition) {
	name := of.Name + "." + old.Name
	new := in.Fields.ForName(old.Name)
	if new == nil {
		if old.Directives.ForName("deprecated") == nil {
			c.say("%s: removed", name)
		}
		return
	}
	if !c.answers(old.Type, new.Type) {
		c.say("%s: was %s, is %s", name, old.Type, new.Type)
	}
	if was, is := asked(of, old), asked(in, new); was != is {
		c.say("%s: needed %s, needs %s", name, was, is)
	}
	c.inputs(name+"(", inputsOfArguments(old.Arguments), inputsOfArguments(new.Arguments))
}

// asked returns the permission that a field requires.
func asked(d *ast.Definition, f *ast.FieldDefinition) string {
	if own := permission(f.Directives); own != "" {
		return own
	}
	return permission(d.Directives)
}

// answers reports whether a client that expects the old type in an answer can read the new one.
func (c *contracts) answers(old, new *ast.Type) bool {
	switch {
	case old.NonNull && !new.NonNull:
		return false
	case old.Elem != nil:
		return new.Elem != nil && c.answers(old.Elem, new.Elem)
	}
	return new.Elem == nil && old.NamedType == new.NamedType
}

// takes reports whether every argument that fits the old type fits the new one.
func takes(old, new *ast.Type) bool {
	switch {
	case new.NonNull && !old.NonNull:
		return false
	case old.Elem != nil:
		return new.Elem != nil && takes(old.Elem, new.Elem)
	}
	return new.Elem == nil && old.NamedType == new.NamedType
}

// given is an argument or a field of an input.
type given struct {
	name       string
	of         *ast.Type
	usual      string // its default; "": none
	permission string
	deprecated bool
}

func inputsOf(fields []*ast.FieldDefinition) []given {
	var out []given
	for _, f := range fields {
		out = append(out, given{f.Name, f.Type, usual(f.DefaultValue), permission(f.Directives), f.Directives.ForName("deprecated") != nil})
	}
	return out
}

func inputsOfArguments(arguments ast.ArgumentDefinitionList) []given {
	var out []given
	for _, a := range arguments {
		out = append(out, given{a.Name, a.Type, usual(a.DefaultValue), "", a.Directives.ForName("deprecated") != nil})
	}
	return out
}

func usual(v *ast.Value) string {
	if v == nil {
		return ""
	}
	return v.String()
}

func (c *contracts) inputs(prefix string, old, new []given) {
	closing := strings.Repeat(")", strings.Count(prefix, "("))
	for _, was := range old {
		name := prefix + was.name + closing
		i := slices.IndexFunc(new, func(g given) bool { return g.name == was.name })
		if i < 0 {
			if !was.deprecated {
				c.say("%s: removed", name)
			}
			continue
		}
		is := new[i]
		if !takes(was.of, is.of) {
			c.say("%s: was %s, is %s", name, was.of, is.of)
		}
		if was.usual != is.usual {
			c.say("%s: default was %s, is %s", name, orNone(was.usual), orNone(is.usual))
		}
		if was.permission != is.permission {
			c.say("%s: needed %s, needs %s", name, orNone(was.permission), orNone(is.permission))
		}
	}
	for _, is := range new {
		known := slices.ContainsFunc(old, func(g given) bool { return g.name == is.name })
		if !known && is.of.NonNull && is.usual == "" {
			c.say("%s%s%s: new, and must be given", prefix, is.name, closing)
		}
	}
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
