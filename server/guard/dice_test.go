package guard_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// dice makes random questions over one random schema.
type dice struct {
	*rand.Rand
	text   string
	schema *ast.Schema
	oneOf  bool // the next literal is the field of an object with @oneOf
}

const fixedTypes = `
enum Colour { RED red Blue BLUE_2 }
enum One { ONLY }
scalar Any
`

// newDice makes a schema of three input objects that may contain each other, one of them with @oneOf, and a field with arguments.
func newDice(rnd *rand.Rand) *dice {
	d := &dice{Rand: rnd}
	for {
		var b strings.Builder
		b.WriteString(fixedTypes)
		for _, name := range []string{"A", "B"} {
			b.WriteString("input " + name + " {")
			for _, field := range []string{"p", "q", "r"} {
				fmt.Fprintf(&b, " %s: %s", field, d.place())
			}
			b.WriteString(" }\n")
		}
		b.WriteString("input C @oneOf { p: " + d.anyType(true) + " q: " + d.anyType(true) + " }\n")
		b.WriteString("type Query { f(x: " + d.place() + ", y: " + d.place() + "): String }\n")
		if d.settle(b.String()) {
			return d
		}
	}
}

// place returns a type, with a mark where settle is to write a default. Input objects get no default, because it could lead back to them.
func (d *dice) place() string {
	t := d.anyType(false)
	if name := strings.Trim(t, "[]!"); len(name) > 1 && d.IntN(3) == 0 {
		return t + "\x01"
	}
	return t
}

// settle writes the defaults. It returns false if the schema is invalid, as when two objects require each other.
func (d *dice) settle(text string) bool {
	bare, err := gqlparser.LoadSchema(&ast.Source{Input: strings.ReplaceAll(text, "\x01", "")})
	if err != nil || endless(bare) {
		return false
	}
	d.schema = bare
	parts := strings.Split(text, "\x01")
	out := parts[0]
	for _, rest := range parts[1:] {
		t := out[strings.LastIndex(out, ": ")+2:]
		out += " = " + d.literal(parseType(t), 0, true, nil) + rest
	}
	d.text = out
	d.schema, err = gqlparser.LoadSchema(&ast.Source{Input: out})
	return err == nil
}

// endless reports whether an input object requires itself.
func endless(s *ast.Schema) bool {
	for _, from := range []string{"A", "B"} {
		seen := map[string]bool{}
		var visit func(name string) bool
		visit = func(name string) bool {
			for _, f := range s.Types[name].Fields {
				if f.Type.Elem == nil && s.Types[f.Type.NamedType].Kind == ast.InputObject {
					if f.Type.NamedType == from {
						return true
					}
					if !seen[f.Type.NamedType] {
						seen[f.Type.NamedType] = true
						if visit(f.Type.NamedType) {
							return true
						}
					}
				}
			}
			return false
		}
		if visit(from) {
			return true
		}
	}
	return false
}

// parseType reads a type such as [Int!]!.
func parseType(text string) *ast.Type {
	nonNull := strings.HasSuffix(text, "!")
	text = strings.TrimSuffix(text, "!")
	if strings.HasPrefix(text, "[") {
		return &ast.Type{Elem: parseType(text[1 : len(text)-1]), NonNull: nonNull}
	}
	return &ast.Type{NamedType: text, NonNull: nonNull}
}

func (d *dice) anyType(nullable bool) string {
	t := d.pick("Int", "Float", "String", "Boolean", "ID", "Colour", "One", "Any", "A", "B", "C")
	for range d.IntN(3) {
		if d.IntN(2) == 0 {
			t += "!"
		}
		t = "[" + t + "]"
	}
	if !nullable && d.IntN(3) == 0 {
		t += "!"
	}
	return t
}

func (d *dice) pick(list ...string) string { return list[d.IntN(len(list))] }

// question writes f with literals and variables. Most values fit, and some nearly do.
func (d *dice) question() question {
	f := d.schema.Query.Fields.ForName("f")
	v := &variables{given: map[string]json.RawMessage{}}
	var args []string
	for _, a := range f.Arguments {
		if (a.DefaultValue != nil || !a.Type.NonNull) && d.IntN(5) == 0 {
			continue
		}
		args = append(args, a.Name+": "+d.literal(a.Type, 0, false, v))
	}
	query := "query"
	if len(v.declared) > 0 {
		query += "(" + strings.Join(v.declared, ", ") + ")"
	}
	query += " { f"
	if len(args) > 0 {
		query += "(" + strings.Join(args, ", ") + ")"
	}
	given, err := json.Marshal(v.given)
	if err != nil {
		panic(err)
	}
	return question{d.text, query + " }", string(given)}
}

// variables are the variables that a document declares.
type variables struct {
	declared []string
	given    map[string]json.RawMessage
}

// variable declares a variable for a place of a type.
func (d *dice) variable(t *ast.Type, v *variables, oneOf bool) string {
	name := fmt.Sprintf("v%d", len(v.declared))
	own := *t
	fallback := ""
	kind := d.IntN(4)
	if oneOf { // §5.8.5 demands a variable that is never null; graphql-js 16 lets some others pass
		kind = 2
	}
	switch kind {
	case 0:
		own.NonNull = false
		fallback = " = " + d.literal(&own, 0, true, nil)
	case 1:
		own.NonNull = false
	case 2:
		own.NonNull = true
	}
	v.declared = append(v.declared, "$"+name+": "+own.String()+fallback)
	switch d.IntN(6) {
	case 0:
	case 1:
		v.given[name] = json.RawMessage("null")
	default:
		v.given[name] = json.RawMessage(d.json(&own, 0))
	}
	return "$" + name
}

// literal writes a literal of a type. If exact, it fits; if v is nil, it contains no variable.
func (d *dice) literal(t *ast.Type, depth int, exact bool, v *variables) string {
	oneOf := d.oneOf
	d.oneOf = false
	switch {
	case v != nil && d.IntN(3) == 0:
		return d.variable(t, v, oneOf)
	case !exact && d.IntN(25) == 0:
		return d.pick("null", "1", "-7", "1.5", `"x"`, `"""1"""`, "true", "RED", "Red", "{}", "[]", "{p: 1}", "[[1]]", "3000000000", `"5"`, "1e3")
	case !t.NonNull && (depth > 4 || d.IntN(6) == 0):
		return "null"
	case t.Elem != nil:
		if d.IntN(3) == 0 && (!exact || t.Elem.Elem == nil && t.Elem.NonNull) { // a list or null would be read in its place
			return d.literal(t.Elem, depth+1, exact, v)
		}
		var list []string
		for range d.IntN(3) {
			list = append(list, d.literal(t.Elem, depth+1, exact, v))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	switch t.NamedType {
	case "Int":
		return d.pick("0", "-1", "2147483647", "-2147483648")
	case "Float":
		return d.pick("0", "1.5", "-2e3", "7")
	case "String":
		return d.pick(`""`, `"x"`, `"""b"""`)
	case "Boolean":
		return d.pick("true", "false")
	case "ID":
		return d.pick(`"a"`, "7", `"7"`)
	case "Colour":
		return d.pick("RED", "red", "Blue", "BLUE_2")
	case "One":
		return "ONLY"
	case "Any":
		return d.pick("1", `"a"`, "true", "{a: [1]}", "[RED]", "1.5")
	}
	return d.object(t, depth, func(f *ast.FieldDefinition) string { return f.Name + ": " + d.literal(f.Type, depth+1, exact, v) }, exact)
}

// object writes the fields of an input object, now and then with one too few or too many.
func (d *dice) object(t *ast.Type, depth int, field func(*ast.FieldDefinition) string, exact bool) string {
	def := d.schema.Types[t.NamedType]
	var fields []string
	if def.Directives.ForName("oneOf") != nil {
		chosen := *def.Fields[d.IntN(len(def.Fields))]
		of := *chosen.Type
		of.NonNull = depth < 12
		chosen.Type = &of
		d.oneOf = true
		fields = append(fields, field(&chosen))
		if !exact && d.IntN(8) == 0 {
			d.oneOf = true
			fields = append(fields, field(def.Fields[0]))
		}
		d.oneOf = false
		return "{" + strings.Join(unique(fields), ", ") + "}"
	}
	for _, f := range def.Fields {
		required := f.Type.NonNull && (f.DefaultValue == nil || exact)
		if required && (exact || d.IntN(20) > 0) || !required && d.IntN(2) == 0 && depth < 6 {
			fields = append(fields, field(f))
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// unique removes fields whose name occurred before.
func unique(fields []string) (out []string) {
	seen := map[string]bool{}
	for _, f := range fields {
		name, _, _ := strings.Cut(f, ":")
		if !seen[name] {
			seen[name] = true
			out = append(out, f)
		}
	}
	return out
}

// json writes a value of a type as JSON. Most values fit.
func (d *dice) json(t *ast.Type, depth int) string {
	switch {
	case d.IntN(20) == 0:
		return d.pick("null", "1", "-7", "1.5", "5.0", "1e2", `"x"`, `"5"`, "true", `"RED"`, `"Red"`, `"only"`, "{}", "[]", `{"p": 1}`, "[[1]]", "3000000000",
			`"__typename"`, `{"__typename": "A"}`, "9007199254740991", "[null]", `"1.5"`, "0.1")
	case !t.NonNull && (depth > 4 || d.IntN(6) == 0):
		return "null"
	case t.Elem != nil:
		if d.IntN(3) == 0 {
			return d.json(t.Elem, depth+1)
		}
		var list []string
		for range d.IntN(3) {
			list = append(list, d.json(t.Elem, depth+1))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	switch t.NamedType {
	case "Int":
		return d.pick("0", "-1", "2147483647", "-2147483648", "5.0", "1e2")
	case "Float":
		return d.pick("0", "1.5", "-2e3", "7")
	case "String":
		return d.pick(`""`, `"x"`, `"é"`)
	case "Boolean":
		return d.pick("true", "false")
	case "ID":
		return d.pick(`"a"`, "7", `"7"`, "7.0", "12345678901")
	case "Colour":
		return d.pick(`"RED"`, `"red"`, `"Blue"`, `"BLUE_2"`)
	case "One":
		return `"ONLY"`
	case "Any":
		return d.pick("1", `"a"`, "true", `{"a": [1]}`, "[1.5, null]")
	}
	return d.object(t, depth, func(f *ast.FieldDefinition) string { return `"` + f.Name + `": ` + d.json(f.Type, depth+1) }, false)
}
