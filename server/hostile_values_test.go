package server

import (
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
)

// hostile writes operations in which one value is valid GraphQL but hostile otherwise.
type hostile struct{ asking }

// literals are hostile values of a scalar.
func (h hostile) literals(scalar, name string) []string {
	place := func(key string) string { return fmt.Sprintf("%q", base64.RawURLEncoding.EncodeToString([]byte(key))) }
	switch scalar {
	case "String":
		return []string{`"a\u0000b"`, `"\ud800"`, fmt.Sprintf("%q", strings.Repeat("x", 20_000))}
	case "ID":
		list := []string{`"a\u0000b"`}
		if id, ok := graph.DecodeID(h.ids[name]); ok {
			for _, part := range []string{"", "a\x00b", "\xff", "2147483647", "9223372036854775807"} {
				list = append(list, fmt.Sprintf("%q", graph.ID{Kind: id.Kind, Key: math.MaxInt64, Part: part}.String()),
					fmt.Sprintf("%q", graph.ID{Kind: id.Kind, Key: id.Key, Part: part}.String()))
			}
		}
		return list
	case "Int":
		return []string{"2147483647", "-2147483648", "0", strings.Repeat("9", 30)}
	case "Long":
		return []string{"9223372036854775807", "-9223372036854775808", strings.Repeat("9", 30)}
	case "Decimal":
		return []string{`"1e30"`, `"-99999999999999999999"`, `"9223372036854"`, `"9223372036854775807"`, `"0.0000000000000000001"`, `"1e-999999"`, "1e999999999"}
	case "DateTime":
		return []string{`"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.999999999Z"`}
	case "TimeZone":
		return []string{`"a\u0000b"`, `"../../etc/passwd"`, `"Local"`}
	case "Cursor":
		return []string{`"a\u0000b"`, place("9223372036854775807"), place("-9223372036854775808"), place("9223372036854775807.9223372036854775807"),
			place("-1.-1"), place("9223372036854775807.9223372036854775807.9223372036854775807"), place("0.0.0")}
	}
	return nil
}

// variants returns literals of a type with one hostile value each.
func (h hostile) variants(t *ast.Type, name string) (list []string) {
	if t.Elem != nil {
		for _, v := range h.variants(t.Elem, name) {
			list = append(list, "["+v+"]")
		}
		return list
	}
	d := h.schema.Types[t.NamedType]
	if d.Kind != ast.InputObject {
		return h.literals(t.NamedType, name)
	}
	for _, f := range d.Fields {
		for _, v := range h.variants(f.Type, f.Name) {
			list = append(list, "{"+strings.Join(append(h.required(d.Fields, f.Name), f.Name+":"+v), ",")+"}")
		}
	}
	return list
}

// required returns the required fields except one.
func (h hostile) required(fields ast.FieldList, but string) (list []string) {
	for _, f := range fields {
		if f.Name != but && f.Type.NonNull && f.DefaultValue == nil {
			list = append(list, f.Name+":"+h.value(f.Type, f.Name))
		}
	}
	return list
}

// calls returns the ways to ask for a field with one hostile value among its arguments.
func (h hostile) calls(f *ast.FieldDefinition) (list []string) {
	for _, a := range f.Arguments {
		for _, v := range h.variants(a.Type, a.Name) {
			args := []string{a.Name + ":" + v}
			for _, b := range f.Arguments {
				if b != a && b.Type.NonNull && b.DefaultValue == nil {
					args = append(args, b.Name+":"+h.value(b.Type, b.Name))
				}
			}
			list = append(list, f.Name+"("+strings.Join(args, ",")+")"+h.selection(f.Type, 3))
		}
	}
	return list
}

// selection returns everything that can be asked of a type without arguments, down to a number of levels.
func (h hostile) selection(t *ast.Type, levels int) string {
	d := h.schema.Types[t.Name()]
	if !d.IsCompositeType() {
		return ""
	}
	fields := []string{"__typename"}
	for _, f := range d.Fields {
		if leaf := !h.schema.Types[f.Type.Name()].IsCompositeType(); len(f.Arguments) == 0 && (leaf && !strings.HasPrefix(f.Name, "__") || levels > 1 && slices.Contains([]string{"edges", "node", "pageInfo", "totals", "points"}, f.Name)) {
			fields = append(fields, f.Name+h.selection(f.Type, levels-1))
		}
	}
	return "{" + strings.Join(fields, " ") + "}"
}

// operations returns all hostile operations for the contract: mutations, root fields, and the fields of an account and of its objects.
func (h hostile) operations() (list []string) {
	all := func(open string, d *ast.Definition, end string) {
		for _, f := range d.Fields {
			for _, call := range h.calls(f) {
				list = append(list, open+call+end)
			}
		}
	}
	all("mutation{", h.schema.Mutation, "}")
	all("{", h.schema.Query, "}")
	for name, id := range h.ids {
		if kind, _ := graph.DecodeID(id); name == strings.ToLower(string(kind.Kind)[:1])+string(kind.Kind)[1:]+"Id" {
			all(fmt.Sprintf("{node(id:%q){...on %s{", id, kind.Kind), h.schema.Types[string(kind.Kind)], "}}}")
		}
	}
	slices.Sort(list)
	return list
}

// Whatever the values, an operation is answered with data or with what is wrong, never with a fault of ours.
func TestHostileValuesAreNoFault(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1<<40, 1<<40 })
	key, ids := furnish(r, "acme")
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	list := hostile{asking{schema: gqlparser.MustLoadSchema(&ast.Source{Input: string(text)}), ids: ids}}.operations()
	if len(list) < 1_000 {
		t.Errorf("only %d operations were made", len(list))
	}
	for _, token := range []string{r.token(auth.MasterAdmin, key, nil), r.token(auth.Platform, key, nil), r.token(auth.Support, 0, nil)} {
		for _, operation := range list {
			if a := r.ask(token, operation, nil); a.status != http.StatusOK || strings.Contains(string(a.body), "INTERNAL") || len(a.Extensions) == 0 {
				t.Errorf("%.300s\n%d %.300s", operation, a.status, a.body)
			}
		}
	}
}

// A text that is not UTF-8 can only come by GET, because JSON cannot contain one.
func TestTextThatIsNoUTF8(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	token := r.token(auth.Support, 0, nil)
	for name, query := range map[string]string{
		"in a string":      "{accounts(search:\"a\xff\"){totalCount}}",
		"in a long string": "{accounts(search:\"\"\"a\xff\"\"\"){totalCount}}",
		"in a name":        "{acc\xffounts{totalCount}}",
		"in a comment":     "{viewer{name}} #\xff",
	} {
		a := r.send(r.request("GET", "/graphql?query="+url.QueryEscape(query), token, "", nil))
		if strings.Contains(string(a.body), "INTERNAL") || a.status >= 500 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}
