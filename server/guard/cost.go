package guard

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Field is a selected field as a Weigh function sees it.
type Field struct {
	Parent *ast.Definition
	Def    *ast.FieldDefinition
	field  *ast.Field
	vars   map[string]any
}

// Name returns the field as Type.field.
func (f Field) Name() string { return f.Parent.Name + "." + f.Def.Name }

// Arg returns an argument's value: a literal as a Go value, a variable as coerced, or the default if neither is given; nil if there is no
// value.
func (f Field) Arg(name string) any {
	if a := f.field.Arguments.ForName(name); a != nil {
		if v, err := a.Value.Value(f.vars); err == nil {
			return v
		}
		return nil
	}
	if def := f.Def.Arguments.ForName(name); def != nil && def.DefaultValue != nil {
		if v, err := def.DefaultValue.Value(nil); err == nil {
			return v
		}
	}
	return nil
}

// Int returns an integer argument and whether there is one. Values beyond int64 become the largest int64.
func (f Field) Int(name string) (int64, bool) {
	switch v := f.Arg(name).(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case float64:
		if v >= math.MaxInt64 {
			return math.MaxInt64, true
		}
		return int64(v), true
	case json.Number:
		return parseInt(v.String()), true
	}
	return 0, false
}

func parseInt(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return math.MaxInt64
	}
	return n
}

// Weight is the cost of a field: Own for itself, and Times as the factor for its selection.
type Weight struct{ Own, Times int64 }

// Weigh prices a field. It must be pure. It is called for fields of composite and leaf types alike.
type Weigh func(f Field) Weight

// DefaultListSize is the size assumed for lists of unknown length.
const DefaultListSize = 10

// DefaultWeigh prices leaves 0 and everything else 1. A field with first or last multiplies its selection by that number. A list without
// them counts DefaultListSize, except in a type named …Connection, whose field has multiplied already.
func DefaultWeigh(f Field) Weight {
	w := Weight{Own: 1, Times: 1}
	if leaf(f) {
		w.Own = 0
	}
	if n, paged := pageSize(f); paged {
		w.Times = n
	} else if f.Def.Type.Elem != nil && !strings.HasSuffix(f.Parent.Name, "Connection") {
		w.Times = DefaultListSize
	}
	return w
}

func leaf(f Field) bool { return len(f.field.SelectionSet) == 0 }

func pageSize(f Field) (int64, bool) {
	for _, name := range []string{"first", "last"} {
		if n, ok := f.Int(name); ok {
			return max(n, 0), true
		}
	}
	return 0, false
}

// price returns the cost of a plan with these variables, and the cost of each field by itself. It saturates at the largest int64, visits
// each selection once, and never returns less than 1. It ignores @skip and @include: a client pays for what it might get.
func price(p *plan, weigh Weigh, vars map[string]any) (total int64, own map[*ast.Field]int64) {
	own = make(map[*ast.Field]int64)
	costs := make([]int64, p.root+1)
	for i := range costs {
		for _, g := range p.selections[i].groups {
			costs[i] = add(costs[i], priceGroup(p, g, weigh, vars, costs, own))
		}
	}
	return max(1, costs[p.root]), own
}

// priceGroup takes the most expensive of the fields that may stand for a response name.
func priceGroup(p *plan, g group, weigh Weigh, vars map[string]any, costs []int64, own map[*ast.Field]int64) int64 {
	var most Weight
	for _, f := range g.fields {
		w := weighField(f, weigh, vars)
		if introspective(f) {
			w.Own = p.introspected(g)
		}
		own[f] = w.Own
		most.Own, most.Times = max(most.Own, w.Own), max(most.Times, w.Times)
	}
	if g.child < 0 || introspective(g.fields[0]) {
		return most.Own
	}
	return add(most.Own, multiply(most.Times, costs[g.child]))
}

func weighField(f *ast.Field, weigh Weigh, vars map[string]any) Weight {
	if f.Definition == nil || f.ObjectDefinition == nil || strings.HasPrefix(f.Name, "__") || strings.HasPrefix(f.ObjectDefinition.Name, "__") {
		return Weight{} // introspection has its price at the root
	}
	w := weigh(Field{Parent: f.ObjectDefinition, Def: f.Definition, field: f, vars: vars})
	return Weight{Own: max(0, w.Own), Times: max(0, w.Times)}
}

func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func multiply(a, b int64) int64 {
	if a != 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}
