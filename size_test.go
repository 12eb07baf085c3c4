package usagegraph_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// How long a function and a file of our own may be, tests left out, so that each can be read at once.
const (
	maxFunctionLines = 60
	maxFileLines     = 421
)

// No function and no file is longer than one reads at once (CONTRIBUTING.md).
func TestNothingIsTooLong(t *testing.T) {
	t.Parallel()
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && (name == "node_modules" || name == "generated" || name == ".local" || strings.HasPrefix(name, ".git")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.Contains(text, []byte("Code generated ")) {
			return err
		}
		seen++
		if lines := bytes.Count(text, []byte("\n")); lines > maxFileLines {
			t.Errorf("%s has %d lines, more than %d: split it by meaning", path, lines, maxFileLines)
		}
		return longFunctions(t, path, text)
	})
	if err != nil || seen < 300 {
		t.Errorf("%d files, %v", seen, err)
	}
}

func longFunctions(t *testing.T, path string, text []byte) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		f, is := d.(*ast.FuncDecl)
		if !is {
			continue
		}
		if lines := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; lines > maxFunctionLines {
			t.Errorf("%s: %s has %d lines, more than %d", path, f.Name.Name, lines, maxFunctionLines)
		}
	}
	return nil
}

// Where the books are kept, tests are at least as long as what they test, and comments say why (CONTRIBUTING.md).
func TestTheBooksAreTestedAndExplained(t *testing.T) {
	t.Parallel()
	for _, room := range []string{"billing", "tsdb", "tsdb/access", "tsdb/charts", "tsdb/pg", "tsdb/text"} {
		names, err := filepath.Glob(room + "/*.go")
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", room, len(names), err)
		}
		var code, tests, written, comments int
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") {
				tests += bytes.Count(text, []byte("\n"))
				continue
			}
			code += bytes.Count(text, []byte("\n"))
			for line := range bytes.Lines(text) {
				line = bytes.TrimSpace(line)
				if len(line) > 0 {
					written++
				}
				if bytes.HasPrefix(line, []byte("//")) {
					comments++
				}
			}
		}
		if tests < code {
			t.Errorf("%s: %d lines of tests for %d of code", room, tests, code)
		}
		if part := 100 * comments / written; part < 15 || part > 25 {
			t.Errorf("%s: %d of %d lines are comments, which is %d%% and not 15 to 25%%", room, comments, written, part)
		}
	}
}
