package guard

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// check finds out whether the fields of a selection can be merged: among those with one response name, fields that may apply to the same
// object must be the same field with the same arguments. Fields of two different object types never apply to the same object; for them it
// is enough that their shapes agree, which merge checks.
func (p *planner) check(at int) *gqlerror.Error {
	if at < 0 || p.plan.selections[at].strict {
		return nil
	}
	p.plan.selections[at].strict = true
	for i := range p.plan.selections[at].groups {
		// By value: checking may append selections.
		if fault := p.checkGroup(p.plan.selections[at].groups[i]); fault != nil {
			return fault
		}
	}
	return nil
}

func (p *planner) checkGroup(g group) *gqlerror.Error {
	abstract, concrete := split(g.all)
	if len(concrete) <= 1 {
		if fault := p.same(g.all); fault != nil {
			return fault
		}
		return p.check(g.child)
	}
	for _, fields := range concrete {
		class := append(fields, abstract...)
		if !p.step(len(class)) {
			return tooComplex("overlapping selections")
		}
		if fault := p.same(class); fault != nil {
			return fault
		}
		child, fault := p.selectionOf(class, 1) // its depth was checked when all fields were merged
		if fault != nil {
			return fault
		}
		if fault := p.check(child); fault != nil {
			return fault
		}
	}
	return nil
}

// split groups fields by the object type they belong to, in order of appearance. Those of interfaces and unions may apply to any object.
func split(fields []*ast.Field) (abstract []*ast.Field, concrete [][]*ast.Field) {
	index := make(map[string]int, 1)
	for _, f := range fields {
		if f.ObjectDefinition == nil || f.ObjectDefinition.Kind != ast.Object {
			abstract = append(abstract, f)
			continue
		}
		at, known := index[f.ObjectDefinition.Name]
		if !known {
			at = len(concrete)
			index[f.ObjectDefinition.Name] = at
			concrete = append(concrete, nil)
		}
		concrete[at] = append(concrete[at], f)
	}
	return abstract, concrete
}

func (p *planner) same(fields []*ast.Field) *gqlerror.Error {
	first := p.signature(fields[0])
	for _, f := range fields[1:] {
		if p.signature(f) == first {
			continue
		}
		if f.Name != fields[0].Name {
			return conflict(fields[0], f, "they are different fields")
		}
		return conflict(fields[0], f, "they have differing arguments")
	}
	return nil
}

// conflict returns the error of two fields that cannot be merged.
func conflict(a, b *ast.Field, why string) *gqlerror.Error {
	fault := wire.Fault(wire.ValidationFailed,
		`Fields "`+a.Alias+`" conflict because `+why+`. Use different aliases to fetch both.`)
	fault.Rule = "OverlappingFieldsCanBeMerged"
	for _, f := range []*ast.Field{a, b} {
		if f.Position != nil {
			fault.Locations = append(fault.Locations, gqlerror.Location{Line: f.Position.Line, Column: f.Position.Column})
		}
	}
	return fault
}
