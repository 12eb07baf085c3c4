package server

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
)

// wanderer writes random documents over the whole contract, with mostly valid values.
type wanderer struct {
	hostile
	*rand.Rand
	aliases int
}

// literal returns a value of an input type.
func (w *wanderer) literal(t *ast.Type, name string, depth int) string {
	switch d := w.schema.Types[t.Name()]; {
	case !t.NonNull && w.IntN(8) == 0:
		return "null"
	case t.Elem != nil:
		list := make([]string, w.IntN(3))
		for i := range list {
			list[i] = w.literal(t.Elem, name, depth+1)
		}
		return "[" + strings.Join(list, ",") + "]"
	case d.Kind == ast.Enum:
		return d.EnumValues[w.IntN(len(d.EnumValues))].Name
	case d.Kind == ast.InputObject:
		return "{" + strings.Join(w.fields(d, depth), ",") + "}"
	}
	if odd := w.literals(t.NamedType, name); len(odd) > 0 && w.IntN(20) == 0 {
		return odd[w.IntN(len(odd))]
	}
	return w.plain(t.NamedType, name)
}

// plain returns a valid value of a scalar.
func (w *wanderer) plain(scalar, name string) string {
	one := func(of ...string) string { return of[w.IntN(len(of))] }
	switch scalar {
	case "Boolean":
		return one("true", "false")
	case "Int":
		return one("1", "2", "5", "20")
	case "Long":
		return one("0", "1", "1000")
	case "Decimal":
		return one(`"0"`, `"0.000001"`, `"1"`, `"2.5"`, `"100"`)
	case "TimeZone":
		return one(`"UTC"`, `"Asia/Kathmandu"`, `"America/New_York"`, `"Pacific/Chatham"`)
	case "DateTime":
		at := time.Now().Add(-time.Duration(w.IntN(400*24)) * time.Hour)
		return strconv.Quote(at.UTC().Format(time.RFC3339))
	case "ID":
		if id, known := w.ids[name]; known && w.IntN(3) > 0 {
			return strconv.Quote(id)
		}
		all := slices.Sorted(maps.Values(w.ids))
		return strconv.Quote(all[w.IntN(len(all))])
	}
	return one(`"x"`, `"Zoë"`, `"u-x@example.org"`, `"g"`)
}

// fields returns the fields of an input object to give: one of them, all required ones, or some.
func (w *wanderer) fields(d *ast.Definition, depth int) (given []string) {
	if d.Directives.ForName("oneOf") != nil {
		f := d.Fields[w.IntN(len(d.Fields))]
		return []string{f.Name + ":" + w.literal(&ast.Type{NamedType: f.Type.NamedType, Elem: f.Type.Elem, NonNull: true}, f.Name, depth+1)}
	}
	for _, f := range d.Fields {
		if f.Type.NonNull && f.DefaultValue == nil || w.IntN(3+2*depth) == 0 {
			given = append(given, f.Name+":"+w.literal(f.Type, f.Name, depth+1))
		}
	}
	return given
}

// call returns a field with an alias, arguments and a selection.
func (w *wanderer) call(f *ast.FieldDefinition, levels int) string {
	w.aliases++
	var args []string
	for _, a := range f.Arguments {
		switch {
		case (a.Name == "first" || a.Name == "last") && !a.Type.NonNull:
			if len(args) == 0 && w.IntN(2) == 0 {
				args = append(args, a.Name+":"+strconv.Itoa(1+w.IntN(3)))
			}
		case a.Type.NonNull && a.DefaultValue == nil || w.IntN(3) == 0:
			args = append(args, a.Name+":"+w.literal(a.Type, a.Name, 0))
		}
	}
	text := fmt.Sprintf("f%d:%s", w.aliases, f.Name)
	if len(args) > 0 {
		text += "(" + strings.Join(args, ",") + ")"
	}
	return text + w.asked(w.schema.Types[f.Type.Name()], levels)
}

// asked returns a selection, down to a number of levels.
func (w *wanderer) asked(d *ast.Definition, levels int) string {
	if !d.IsCompositeType() {
		return ""
	}
	list := []string{"__typename"}
	if d.IsAbstractType() {
		kinds := w.schema.PossibleTypes[d.Name]
		kind := kinds[w.IntN(len(kinds))]
		list = append(list, "... on "+kind.Name+w.asked(kind, levels))
	}
	for _, i := range w.Perm(len(d.Fields))[:min(len(d.Fields), 5)] {
		f := d.Fields[i]
		if !strings.HasPrefix(f.Name, "__") && (levels > 0 || !w.schema.Types[f.Type.Name()].IsCompositeType()) {
			list = append(list, w.call(f, levels-1))
		}
	}
	return "{" + strings.Join(list, " ") + "}"
}

// tries returns how many documents a test makes: DOCUMENTS, or else some hundred.
func tries() int {
	if n, err := strconv.Atoi(os.Getenv("DOCUMENTS")); err == nil {
		return n
	}
	return 400
}

// Whatever anybody asks or orders, in any combination, the answer has data or says what is wrong, and is never a fault of ours. Afterwards
// the books agree.
func TestRandomDocumentsAreNoFault(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1<<40, 1<<40 })
	key, ids := furnish(r, "acme")
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: string(text)})
	w := &wanderer{hostile: hostile{asking{schema: schema, ids: ids}}, Rand: rand.New(rand.NewPCG(uint64(tries()), 11))}
	tokens := []string{r.token(auth.MasterAdmin, key, nil), r.token(auth.Platform, 0, nil), r.token(auth.Support, 0, nil), r.token(auth.Analyst, 0, nil),
		r.token(auth.Member, key, nil)}
	answered := 0
	for range tries() {
		open, root := "query", schema.Query
		if w.IntN(3) == 0 {
			open, root = "mutation", schema.Mutation
		}
		f := root.Fields[w.IntN(len(root.Fields))]
		if open == "query" && w.IntN(2) == 0 {
			f = root.Fields.ForName("account")
		}
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		document := open + "{" + w.call(f, 4) + "}"
		a := r.ask(tokens[w.IntN(len(tokens))], document, nil)
		if a.status != http.StatusOK || strings.Contains(string(a.body), "INTERNAL") || len(a.Extensions) == 0 {
			t.Errorf("%.1500s\n%d %.600s", document, a.status, a.body)
		}
		if len(a.Errors) == 0 {
			answered++
		}
	}
	t.Logf("%d of %d documents were answered without an error", answered, tries())
	if answered < tries()/5 {
		t.Errorf("only %d of %d documents were answered without an error: they do not reach far", answered, tries())
	}
	found, err := r.store.Reconcile(t.Context(), key)
	if err != nil || len(found.Detail) > 0 {
		t.Errorf("the books differ from the facts: %+v, %v", found.Detail, err)
	}
}
