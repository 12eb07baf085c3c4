// Command generate writes the typed operations of both clients from schema.graphqls and clients/operations. Its argument is the folder of the clients.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

//go:generate go run . ..

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// run writes the files of the clients that lie in the folder given.
func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("say where the clients are")
	}
	c, err := load(args[0])
	if err != nil {
		return err
	}
	for path, write := range map[string]func(contract) (string, error){"go/operations.go": writeGo, "typescript/src/operations.ts": writeTypeScript} {
		text, err := write(c)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(args[0], path), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// contract is what is generated from.
type contract struct {
	schema     *ast.Schema
	operations []operation
	inputs     []*ast.Definition // input objects and enums that operations reach, by name
}

// operation is one of the operations, with the text of its document.
type operation struct {
	*ast.OperationDefinition
	text string
}

func load(dir string) (c contract, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "..", "schema.graphqls"))
	if err != nil {
		return c, err
	}
	if c.schema, err = gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)}); err != nil {
		return c, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "operations", "*.graphql"))
	if err != nil {
		return c, err
	}
	slices.Sort(files)
	for _, file := range files {
		if err := c.read(file); err != nil {
			return c, err
		}
	}
	c.reach()
	return c, nil
}

// read adds the operations of a file.
func (c *contract) read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	doc, errs := gqlparser.LoadQueryWithRules(c.schema, string(text), rules.NewDefaultRules())
	if len(errs) > 0 {
		return fmt.Errorf("%s: %w", file, errs)
	}
	for i, op := range doc.Operations {
		end := len(text)
		if i+1 < len(doc.Operations) {
			end = doc.Operations[i+1].Position.Start
		}
		c.operations = append(c.operations, operation{op, strings.TrimSpace(string(text[op.Position.Start:end]))})
	}
	return nil
}

// reach finds the input objects and enums that variables and answers name.
func (c *contract) reach() {
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		def := c.schema.Types[name]
		if seen[name] || def == nil || def.Kind != ast.InputObject && def.Kind != ast.Enum {
			return
		}
		seen[name] = true
		c.inputs = append(c.inputs, def)
		for _, f := range def.Fields {
			visit(f.Type.Name())
		}
	}
	for _, op := range c.operations {
		for _, v := range op.VariableDefinitions {
			visit(v.Type.Name())
		}
		eachField(op.SelectionSet, func(f *ast.Field) { visit(f.Definition.Type.Name()) })
	}
	slices.SortFunc(c.inputs, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
}

func eachField(set ast.SelectionSet, do func(*ast.Field)) {
	for _, s := range set {
		if f, ok := s.(*ast.Field); ok {
			do(f)
			eachField(f.SelectionSet, do)
		}
	}
}

// fields are the fields of a selection; the operations here have no fragments.
func fields(set ast.SelectionSet) (list []*ast.Field) {
	for _, s := range set {
		list = append(list, s.(*ast.Field))
	}
	return list
}

// sentence is a description in one line.
func sentence(description string) string { return strings.Join(strings.Fields(description), " ") }
