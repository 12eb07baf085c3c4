package guard

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// plan is what an operation selects once its fragments are merged. It consists of selections of response names; each selection merges the
// selection sets that meet at one place of the response. Equal merges are one selection, so the plan of a document is small even if the
// tree that it represents is exponential. Children come before their parents.
type plan struct {
	schema      *ast.Schema
	selections  []selection
	root        int
	introspects bool
	pricing     sync.Mutex
	prices      map[*ast.Field]int64 // of fields of introspection, as far as they were asked for
}

type selection struct {
	groups []group
	height int  // levels of selections, including its own; introspection counts as none
	strict bool // its fields were found to be mergeable
}

// group is the fields of one response name in a selection.
type group struct {
	fields []*ast.Field // one for each parent type: the first one found
	all    []*ast.Field // every field; dropped after the check
	child  int          // the merged selection of the fields, or -1
}

// planner builds a plan and checks on the way that overlapping fields can be merged (GraphQL specification, section 5.3.2). Instead of
// comparing fields pairwise, it compares each with the first of its group, because both "same shape" and "same field and arguments" are
// equivalence relations. A merged set that occurs again is not checked again.
//
// The document must have passed all other rules: known fields, no cycles.
type planner struct {
	schema *ast.Schema
	limits Limits
	steps  int

	plan       plan
	ids        map[*ast.Field]int
	owners     []*ast.Field
	selections map[string]int
	signatures map[*ast.Field]int
	shapes     map[*ast.Field]int
	interned   map[string]int
	visits     int
	visited    map[*ast.FragmentDefinition]int // by the number of the last visit
}

func newPlanner(schema *ast.Schema, limits Limits) *planner {
	return &planner{
		schema: schema, limits: limits, ids: map[*ast.Field]int{}, selections: map[string]int{},
		signatures: map[*ast.Field]int{}, shapes: map[*ast.Field]int{}, interned: map[string]int{},
		visited: map[*ast.FragmentDefinition]int{},
	}
}

// planOf builds the plan of an operation, or returns what is wrong with it.
func planOf(schema *ast.Schema, op *ast.OperationDefinition, limits Limits) (*plan, *gqlerror.Error) {
	p := newPlanner(schema, limits)
	root, fault := p.merge([]ast.SelectionSet{op.SelectionSet}, 1)
	if fault != nil {
		return nil, fault
	}
	p.plan.root = root
	if len(p.plan.selections[root].groups) > limits.RootFields {
		return nil, tooComplex("root fields")
	}
	if fault := p.check(root); fault != nil {
		return nil, fault
	}
	p.plan.schema, p.plan.introspects = schema, p.introspects()
	for i := range p.plan.selections {
		for j := range p.plan.selections[i].groups {
			p.plan.selections[i].groups[j].all = nil
		}
	}
	return &p.plan, nil
}

func tooComplex(what string) *gqlerror.Error {
	return wire.Fault(wire.DocumentTooComplex, "The document is too complex: too many "+what+".")
}

// step counts work and reports whether it is still within the limit.
func (p *planner) step(n int) bool {
	p.steps += n
	return p.steps <= p.limits.Work
}

// selectionOf returns the selection into which the fields' selections merge; -1 if they select nothing.
func (p *planner) selectionOf(fields []*ast.Field, depth int) (int, *gqlerror.Error) {
	ids := make([]int, 0, len(fields))
	for _, f := range fields {
		if len(f.SelectionSet) > 0 {
			ids = append(ids, p.id(f))
		}
	}
	if len(ids) == 0 {
		return -1, nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	key := keyOf(ids)
	if at, known := p.selections[key]; known {
		if depth-1+p.plan.selections[at].height > p.limits.Depth {
			return 0, tooComplex("levels")
		}
		return at, nil
	}
	sets := make([]ast.SelectionSet, len(ids))
	for i, id := range ids {
		sets[i] = p.owners[id].SelectionSet
	}
	at, fault := p.merge(sets, depth)
	if fault == nil {
		p.selections[key] = at
	}
	return at, fault
}

func (p *planner) id(f *ast.Field) int {
	id, known := p.ids[f]
	if !known {
		id = len(p.owners)
		p.ids[f] = id
		p.owners = append(p.owners, f)
	}
	return id
}

func keyOf(ids []int) string {
	b := make([]byte, 0, 2*len(ids))
	for _, id := range ids {
		b = binary.AppendUvarint(b, uint64(id))
	}
	return string(b)
}

// merge merges selection sets into a selection, its children first, and checks that shapes agree.
func (p *planner) merge(sets []ast.SelectionSet, depth int) (int, *gqlerror.Error) {
	if depth > p.limits.Depth {
		return 0, tooComplex("levels")
	}
	c := collector{p: p, index: make(map[string]int)}
	p.visits++
	for _, set := range sets {
		if !c.collect(set) {
			return 0, tooComplex("overlapping selections")
		}
	}
	for i := range c.groups {
		if fault := p.complete(&c.groups[i], depth); fault != nil {
			return 0, fault
		}
	}
	p.plan.selections = append(p.plan.selections, selection{groups: c.groups, height: p.height(c.groups)})
	return len(p.plan.selections) - 1, nil
}

func (p *planner) height(groups []group) int {
	below := 0
	for _, g := range groups {
		if g.child >= 0 && !introspective(g.all[0]) {
			below = max(below, p.plan.selections[g.child].height)
		}
	}
	return 1 + below
}

func introspective(f *ast.Field) bool { return f.Name == "__schema" || f.Name == "__type" }

// complete checks a group's shape, and finds its child selection and the fields that represent it.
func (p *planner) complete(g *group, depth int) *gqlerror.Error {
	first := p.shape(g.all[0])
	for _, f := range g.all[1:] {
		if p.shape(f) != first {
			return conflict(g.all[0], f, "they return conflicting types")
		}
	}
	if introspective(g.all[0]) {
		depth = math.MinInt32 // another rule bounds introspection
	}
	child, fault := p.selectionOf(g.all, depth+1)
	g.child = child
	g.fields = onePerParent(g.all)
	return fault
}

func onePerParent(fields []*ast.Field) []*ast.Field {
	if len(fields) == 1 {
		return fields
	}
	var out []*ast.Field
	seen := make(map[string]bool, 1)
	for _, f := range fields {
		if name := parentName(f); !seen[name] {
			seen[name] = true
			out = append(out, f)
		}
	}
	return out
}

func parentName(f *ast.Field) string {
	if f.ObjectDefinition == nil {
		return ""
	}
	return f.ObjectDefinition.Name
}

// collector gathers the fields of selection sets by response name, including fragments, each once.
type collector struct {
	p      *planner
	groups []group
	index  map[string]int
}

func (c *collector) collect(set ast.SelectionSet) bool {
	if !c.p.step(len(set)) {
		return false
	}
	for _, selection := range set {
		inner := ast.SelectionSet(nil)
		switch s := selection.(type) {
		case *ast.Field:
			c.add(s)
		case *ast.InlineFragment:
			inner = s.SelectionSet
		case *ast.FragmentSpread:
			if s.Definition != nil && c.p.visited[s.Definition] != c.p.visits {
				c.p.visited[s.Definition] = c.p.visits
				inner = s.Definition.SelectionSet
			}
		}
		if inner != nil && !c.collect(inner) {
			return false
		}
	}
	return true
}

func (c *collector) add(f *ast.Field) {
	at, known := c.index[f.Alias]
	if !known {
		at = len(c.groups)
		c.index[f.Alias] = at
		c.groups = append(c.groups, group{})
	}
	c.groups[at].all = append(c.groups[at].all, f)
}

func (p *planner) introspects() bool {
	for _, g := range p.plan.selections[p.plan.root].groups {
		for _, f := range g.fields {
			if introspective(f) {
				return true
			}
		}
	}
	return false
}

func (p *planner) intern(s string) int {
	n, known := p.interned[s]
	if !known {
		n = len(p.interned)
		p.interned[s] = n
	}
	return n
}

// shape numbers the properties of a type that must agree if several types may appear in one place of the response: lists, non-null and the
// name of a leaf. Composite types agree if their fields do.
func (p *planner) shape(f *ast.Field) int {
	if n, known := p.shapes[f]; known {
		return n
	}
	n := -1
	if f.Definition != nil {
		n = p.intern("t " + p.shapeText(f.Definition.Type))
	}
	p.shapes[f] = n
	return n
}

func (p *planner) shapeText(t *ast.Type) string {
	mark := ""
	if t.NonNull {
		mark = "!"
	}
	if t.Elem != nil {
		return "[" + p.shapeText(t.Elem) + "]" + mark
	}
	if def := p.schema.Types[t.NamedType]; def != nil && def.IsCompositeType() {
		return "{}" + mark
	}
	return t.NamedType + mark
}

// signature numbers a field's name and arguments.
func (p *planner) signature(f *ast.Field) int {
	if n, known := p.signatures[f]; known {
		return n
	}
	var b strings.Builder
	b.WriteString("f " + f.Name)
	args := slices.Clone(f.Arguments)
	slices.SortStableFunc(args, func(x, y *ast.Argument) int { return strings.Compare(x.Name, y.Name) })
	for _, a := range args {
		b.WriteString(" " + a.Name + ":")
		writeValue(&b, a.Value)
	}
	n := p.intern(b.String())
	p.signatures[f] = n
	return n
}

// writeValue writes a literal unambiguously. The order of an input object's fields does not matter.
func writeValue(b *strings.Builder, v *ast.Value) {
	b.WriteString(strconv.Itoa(int(v.Kind)))
	b.WriteString(strconv.Quote(v.Raw))
	children := v.Children
	if v.Kind == ast.ObjectValue {
		children = slices.Clone(children)
		slices.SortStableFunc(children, func(x, y *ast.ChildValue) int { return strings.Compare(x.Name, y.Name) })
	}
	b.WriteByte('(')
	for _, c := range children {
		b.WriteString(c.Name + "=")
		writeValue(b, c.Value)
		b.WriteByte(',')
	}
	b.WriteByte(')')
}
