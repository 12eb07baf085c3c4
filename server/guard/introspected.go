package guard

import (
	"math"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// The price of introspection: what it costs to answer, by the number of values in the answer, and what it costs at least.
const (
	introspectionWeight = 100
	introspectedAPoint  = 16
	mostIntrospected    = 200_000
)

// described counts the values in the answer to fields of introspection. Each selection of each thing of the schema is counted once, however
// often it occurs.
type described struct {
	plan  *plan
	known map[describedKey]int64
	steps int
}

type describedKey struct {
	thing     any // what is described: a pointer into the schema, or a type by its name
	selection int
}

// typeName is a type with its brackets and exclamation marks.
type typeName string

// introspected returns the price of a group of fields of introspection, which have one answer. It is worked out when it is asked for, since
// most callers may not introspect. The schema does not change, so it is the same for every request.
func (p *plan) introspected(g group) int64 {
	p.pricing.Lock()
	defer p.pricing.Unlock()
	if p.prices == nil {
		p.prices = map[*ast.Field]int64{}
	}
	price, known := p.prices[g.fields[0]]
	if !known {
		d := described{p, map[describedKey]int64{}, 0}
		price = max(introspectionWeight, d.group(nil, g)/introspectedAPoint)
		p.prices[g.fields[0]] = price
	}
	return price
}

// group counts the values of a field and of what is selected of it. Beyond what any operation may cost it stops.
func (d *described) group(of any, g group) int64 {
	if d.steps++; d.steps > mostIntrospected {
		return math.MaxInt64
	}
	n := int64(1)
	if g.child < 0 {
		return n
	}
	for _, thing := range d.things(of, g.fields[0], g.child) {
		n = add(n, d.selection(thing, g.child))
	}
	return n
}

func (d *described) selection(of any, at int) (n int64) {
	key := describedKey{of, at}
	n, known := d.known[key]
	if known {
		return n
	}
	for _, g := range d.plan.selections[at].groups {
		n = add(n, d.group(of, g))
	}
	d.known[key] = n
	return n
}

// things returns what a field of introspection describes, whether or not it is deprecated.
func (d *described) things(of any, f *ast.Field, child int) (all []any) {
	schema := d.plan.schema
	switch f.Name {
	case "__schema":
		return []any{schema}
	case "__type":
		if name := f.Arguments.ForName("name"); name != nil && name.Value.Kind == ast.StringValue {
			return []any{typeName(name.Value.Raw)}
		}
		return d.dearest(child)
	case "queryType", "mutationType", "subscriptionType":
		for name, root := range map[string]*ast.Definition{"queryType": d.plan.schema.Query, "mutationType": d.plan.schema.Mutation, "subscriptionType": d.plan.schema.Subscription} {
			if name == f.Name && root != nil {
				return []any{typeName(root.Name)}
			}
		}
		return nil
	case "types":
		for name := range d.plan.schema.Types {
			all = append(all, typeName(name))
		}
		return all
	case "directives":
		for _, directive := range d.plan.schema.Directives {
			all = append(all, directive)
		}
		return all
	}
	return d.within(of, f.Name)
}

// dearest returns the type whose description is largest, for a name that is not known yet.
func (d *described) dearest(child int) []any {
	var dearest any
	most := int64(-1)
	for name := range d.plan.schema.Types {
		if n := d.selection(typeName(name), child); n > most {
			dearest, most = typeName(name), n
		}
	}
	return []any{dearest}
}

// within returns the parts of a type, a field, an argument or a directive.
func (d *described) within(of any, name string) (all []any) {
	switch of := of.(type) {
	case *ast.DirectiveDefinition:
		return arguments(of.Arguments)
	case *ast.ArgumentDefinition:
		return []any{typeName(of.Type.String())}
	case *ast.FieldDefinition:
		if name == "type" {
			return []any{typeName(of.Type.String())}
		}
		return arguments(of.Arguments)
	case typeName:
		return d.ofType(string(of), name)
	}
	return nil
}

func arguments(list ast.ArgumentDefinitionList) (all []any) {
	for _, a := range list {
		all = append(all, a)
	}
	return all
}

func (d *described) ofType(name, field string) (all []any) {
	def := d.plan.schema.Types[name]
	if def == nil { // a list, or what is not null
		if inner, is := strings.CutSuffix(name, "!"); is {
			name = inner
		} else {
			name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
		}
		if field == "ofType" && name != "" {
			return []any{typeName(name)}
		}
		return nil
	}
	switch field {
	case "fields", "inputFields":
		if (field == "inputFields") != (def.Kind == ast.InputObject) {
			return nil
		}
		for _, f := range def.Fields {
			all = append(all, f)
		}
	case "enumValues":
		for _, v := range def.EnumValues {
			all = append(all, v)
		}
	case "interfaces":
		for _, i := range def.Interfaces {
			all = append(all, typeName(i))
		}
	case "possibleTypes":
		for _, p := range d.plan.schema.PossibleTypes[name] {
			all = append(all, typeName(p.Name))
		}
	}
	return all
}
