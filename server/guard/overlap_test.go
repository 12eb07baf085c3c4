package guard

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/usagegraph/usagegraph/server/wire/wiretest"
)

// writer makes random documents that are valid except for overlaps.
type writer struct {
	*rand.Rand
	schema    *ast.Schema
	fragments []string // type conditions, by number
	b         strings.Builder
}

func (w *writer) document() string {
	conditions := []string{"Item", "Box", "Node", "Thing", "Query"}
	for range w.IntN(5) {
		w.fragments = append(w.fragments, conditions[w.IntN(len(conditions))])
	}
	w.b.WriteString("{")
	w.selections("Query", 0, 3)
	w.b.WriteString("}")
	for i, on := range w.fragments {
		fmt.Fprintf(&w.b, " fragment F%d on %s {", i, on)
		w.selections(on, i+1, 2)
		w.b.WriteString("}")
	}
	return w.b.String()
}

// selections writes a selection set on a type. Fragments may only spread those with higher numbers.
func (w *writer) selections(on string, from, depth int) {
	def := w.schema.Types[on]
	fmt.Fprintf(&w.b, " id%d: __typename", w.IntN(2))
	for range 1 + w.IntN(4) {
		switch n := w.IntN(10); {
		case n < 2:
			w.spread(def, from)
		case n < 4:
			w.inline(def, from, depth)
		default:
			w.field(def, from, depth)
		}
	}
}

func (w *writer) spread(def *ast.Definition, from int) {
	if from < len(w.fragments) {
		i := from + w.IntN(len(w.fragments)-from)
		if w.overlap(def.Name, w.fragments[i]) {
			fmt.Fprintf(&w.b, " ...F%d", i)
		}
	}
}

func (w *writer) inline(def *ast.Definition, from, depth int) {
	on := []string{"Item", "Box", "Node", "Thing"}[w.IntN(4)]
	if depth > 0 && w.overlap(def.Name, on) {
		fmt.Fprintf(&w.b, " ... on %s {", on)
		w.selections(on, from, depth-1)
		w.b.WriteString("}")
	}
}

func (w *writer) overlap(a, b string) bool {
	for _, x := range w.schema.PossibleTypes[a] {
		for _, y := range w.schema.PossibleTypes[b] {
			if x == y {
				return true
			}
		}
	}
	return false
}

func (w *writer) field(def *ast.Definition, from, depth int) {
	var fields ast.FieldList
	for _, f := range def.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return
	}
	f := fields[w.IntN(len(fields))]
	composite := w.schema.Types[f.Type.Name()].IsCompositeType()
	if composite && depth == 0 {
		return
	}
	if w.IntN(3) == 0 {
		fmt.Fprintf(&w.b, " %c:", 'a'+rune(w.IntN(2)))
	}
	w.b.WriteString(" " + f.Name + w.args(f))
	if composite {
		w.b.WriteString("{")
		w.selections(f.Type.Name(), from, depth-1)
		w.b.WriteString("}")
	}
}

func (w *writer) args(f *ast.FieldDefinition) string {
	var out []string
	for _, a := range f.Arguments {
		if !a.Type.NonNull && w.IntN(3) > 0 {
			continue
		}
		value := map[string][]string{
			"Int": {"1", "2"}, "String": {`"x"`, `"y"`}, "ID": {`"1"`, "1"}, "Colour": {"RED", "GREEN"},
			"Filter": {`{name:"x"}`, `{name:"x",colours:[RED]}`, `{colours:[RED],name:"x"}`, `{and:[{name:"x"},{name:"y"}]}`, `{}`},
		}[a.Type.Name()]
		out = append(out, a.Name+":"+value[w.IntN(len(value))])
	}
	w.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	if len(out) == 0 {
		return ""
	}
	return "(" + strings.Join(out, ",") + ")"
}

// theirs applies gqlparser's own, quadratic rule.
func theirs(schema *ast.Schema, doc *ast.QueryDocument) (errs gqlerror.List) {
	observers := &core.Events{}
	rules.OverlappingFieldsCanBeMergedRule.RuleFunc(observers, func(options ...core.ErrorOption) {
		err := &gqlerror.Error{}
		for _, o := range options {
			o(err)
		}
		errs = append(errs, err)
	})
	core.Walk(schema, doc, observers)
	return errs
}

func onlyUnused(errs gqlerror.List) bool {
	for _, err := range errs {
		if err.Rule != rules.NoUnusedFragmentsRule.Name {
			return false
		}
	}
	return true
}

// The linear check and gqlparser's rule agree on every random document.
func TestOverlapAgreesWithGqlparser(t *testing.T) {
	t.Parallel()
	schema := wiretest.New().Schema()
	limits := Limits{Work: 1 << 30, Depth: 100}.withDefaults()
	valid, conflicts := 0, 0
	for seed := range uint64(30_000) {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 1)), schema: schema}
		text := w.document()
		doc, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if errs := validate(schema, doc); !onlyUnused(errs) {
			t.Fatalf("%v: %s", errs, text)
		}
		if unused := len(validate(schema, doc)) > 0; unused {
			continue // theirs looks into unused fragments, which are refused anyway
		}
		want := theirs(schema, doc)
		_, got := planOf(schema, doc.Operations[0], limits)
		if (got != nil) != (len(want) > 0) {
			t.Fatalf("ours %v, theirs %v: %s", got, want, text)
		}
		valid++
		if got != nil {
			conflicts++
		}
	}
	t.Logf("%d documents, %d with conflicts", valid, conflicts)
	if conflicts < valid/10 || conflicts > valid*9/10 {
		t.Errorf("%d conflicts in %d documents: the generator is one-sided", conflicts, valid)
	}
}
