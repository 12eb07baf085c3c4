package graph

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func schemaOf(t *testing.T, name, text string) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: name, Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// The contract breaks nothing of the last release's, except what testdata/breaking.txt lists with a reason. Every entry of that list must
// be an actual break.
func TestTheLastReleaseIsNotBroken(t *testing.T) {
	t.Parallel()
	released, err := os.ReadFile("testdata/released.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	stated, err := os.ReadFile("testdata/breaking.txt")
	if err != nil {
		t.Fatal(err)
	}
	var excepted []string
	for line := range strings.Lines(string(stated)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			excepted = append(excepted, line)
		}
	}
	breaks := breaking(schemaOf(t, "released.graphqls", string(released)), contract(t))
	for _, b := range breaks {
		if !slices.Contains(excepted, b) {
			t.Errorf("breaks clients of the last release: %s\n(docs/schema.md says what is free; a stated exception stands in testdata/breaking.txt and the changelog)", b)
		}
	}
	for _, e := range excepted {
		if !slices.Contains(breaks, e) {
			t.Errorf("testdata/breaking.txt excepts what does not break: %s", e)
		}
	}
}

const oldContract = `
directive @allow(permission: String!) on OBJECT | FIELD_DEFINITION | INPUT_FIELD_DEFINITION
interface Named { name: String! }
type Cat implements Named @allow(permission: "A") { name: String! lives: Int age: [Int!]! old: Int @deprecated(reason: "Use age.") mew(loud: Boolean! = false, times: Int, at: String!): String }
type Dog @allow(permission: "A") { name: String! }
union Pet = Cat | Dog
enum Colour { RED BLUE }
input Wish { colour: Colour! size: Int = 1 note: String secret: String @allow(permission: "A") }
type Query { pet(wish: Wish): Pet @allow(permission: "A") }`

// What the comparison counts as a break and what it does not.
func TestWhatBreaksAContract(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, breaks string }{
		"type gone":                 {"union Pet = Cat | Dog", "union Pet = Cat | Bird type Bird { name: String! }", "Pet: can no longer be Dog"},
		"field gone":                {"lives: Int ", "", "Cat.lives: removed"},
		"deprecated field gone":     {`old: Int @deprecated(reason: "Use age.")`, "", ""},
		"field of another type":     {"lives: Int ", "lives: String ", "Cat.lives: was Int, is String"},
		"answer nullable":           {"age: [Int!]!", "age: [Int!]", "Cat.age: was [Int!]!, is [Int!]"},
		"element nullable":          {"age: [Int!]!", "age: [Int]!", "Cat.age: was [Int!]!, is [Int]!"},
		"answer never null":         {"lives: Int ", "lives: Int! ", ""},
		"list for one":              {"lives: Int ", "lives: [Int] ", "Cat.lives: was Int, is [Int]"},
		"interface gone":            {"Cat implements Named", "Cat", "Cat: no longer implements Named"},
		"argument gone":             {"loud: Boolean! = false, ", "", "Cat.mew(loud): removed"},
		"argument must be given":    {"times: Int,", "times: Int!,", "Cat.mew(times): was Int, is Int!"},
		"argument may be left out":  {"at: String!", "at: String", ""},
		"default changed":           {"loud: Boolean! = false", "loud: Boolean! = true", "Cat.mew(loud): default was false, is true"},
		"default gone":              {"size: Int = 1", "size: Int", "Wish.size: default was 1, is none"},
		"new argument":              {"at: String!", "at: String!, far: Int", ""},
		"new argument to be given":  {"at: String!", "at: String!, far: Int!", "Cat.mew(far): new, and must be given"},
		"new argument with default": {"at: String!", "at: String!, far: Int! = 1", ""},
		"input must be given":       {"note: String ", "note: String! ", "Wish.note: was String, is String!"},
		"new input to be given":     {"note: String ", "note: String far: Int! ", "Wish.far: new, and must be given"},
		"input gone":                {"note: String ", "", "Wish.note: removed"},
		"value gone":                {"RED BLUE", "RED", "Colour.BLUE: removed"},
		"new value":                 {"RED BLUE", "RED BLUE GREEN", ""},
		"new field":                 {"lives: Int ", "lives: Int deaths: Int ", ""},
		"new type":                  {"type Dog", "type Bird { name: String! } type Dog", ""},
		"another kind":              {"enum Colour { RED BLUE }", "scalar Colour", "Colour: was ENUM, is SCALAR"},
		"another permission":        {`pet(wish: Wish): Pet @allow(permission: "A")`, `pet(wish: Wish): Pet @allow(permission: "B")`, "Query.pet: needed A, needs B"},
		"permission of a type":      {`type Dog @allow(permission: "A")`, `type Dog @allow(permission: "B")`, "Dog.name: needed A, needs B"},
		"permission of an input":    {`secret: String @allow(permission: "A")`, `secret: String @allow(permission: "B")`, "Wish.secret: needed A, needs B"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(oldContract, c.old) {
				t.Fatalf("%q is not in the old contract", c.old)
			}
			changed := strings.Replace(oldContract, c.old, c.new, 1)
			got := strings.Join(breaking(schemaOf(t, "old", oldContract), schemaOf(t, "new", changed)), "\n")
			if got != c.breaks {
				t.Errorf("got %q, want %q", got, c.breaks)
			}
		})
	}
}
