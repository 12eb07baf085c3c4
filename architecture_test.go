// Package usagegraph_test holds the tests that look at the project as a whole.
package usagegraph_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/usagegraph/usagegraph/"

// everything allows a room to import all others: it is at the top, and no room may import it.
const everything = "everything"

// mayImport says which rooms a room may import besides itself, and with a room those in its folder: the table of docs/architecture.md.
var mayImport = map[string][]string{
	"billing":       {},
	"migrations":    {},
	"tsdb/pg":       {"billing"},
	"tsdb/text":     {"tsdb/pg"},
	"tsdb/access":   {"tsdb/pg", "tsdb/text"},
	"tsdb":          {"billing", "migrations", "tsdb/pg", "tsdb/text", "tsdb/access"},
	"tsdb/charts":   {"billing", "tsdb"},
	"graph":         {"billing", "tsdb", "live", "auth"},
	"live":          {"billing", "tsdb"},
	"ingest":        {"billing", "tsdb", "ingest/otlp", "ingest/files", "ingest/remote"},
	"ingest/files":  {"billing", "tsdb/text"},
	"ingest/otlp":   {"tsdb"},
	"ingest/remote": {"tsdb"},
	"ingest/broker": {"ingest", "tsdb"},
	"jobs":          {"billing", "tsdb", "mail"},
	"mail":          {"billing"},
	"auth":          {"tsdb/access", "tsdb/pg"},
	"server":        {"graph", "live", "ingest", "auth", "tsdb"},
	"demo":          {"billing", "tsdb"},
	"console":       {},
	"cmd":           {everything},
	"bench":         {everything},
	"examples":      {"auth", "server", "tsdb"},                  // their tests; an example itself has HTTP alone
	"clients":       {"auth", "ingest/remote", "server", "tsdb"}, // their tests; a client itself is a module of its own
}

// testDatabase is the one package that tests of every room may import.
const testDatabase = "tsdb/tsdbtest"

// goFile is a parsed file of the project: where it is, and what it imports of ours.
type goFile struct {
	path    string // from the root, with slashes
	imports []string
}

func (f goFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// forTests reports whether the package at dir exists for tests alone.
func forTests(dir string) bool { return strings.HasSuffix(path.Base(dir), "test") }

// room is the room that a folder belongs to: the narrowest one of the table, else its first folder.
func room(dir string) string {
	for at := dir; at != "."; at = path.Dir(at) {
		if _, known := mayImport[at]; known {
			return at
		}
	}
	first, _, _ := strings.Cut(dir, "/")
	return first
}

func TestImportsRunDownTheTable(t *testing.T) {
	t.Parallel()
	files := goFiles(t)
	if len(files) < 10 {
		t.Fatalf("only %d Go files found: this test looks in the wrong place", len(files))
	}
	for _, f := range files {
		for _, fault := range faults(f) {
			t.Errorf("%s %s", f.path, fault)
		}
	}
}

// faults lists what is wrong with where a file stands and what it imports.
func faults(f goFile) []string {
	dir := path.Dir(f.path)
	if dir == "." {
		if f.isTest() {
			return nil
		}
		return []string{"stands at the root, where only tests of the whole belong"}
	}
	allowed, known := mayImport[room(dir)]
	if !known {
		return []string{"stands in " + room(dir) + ", which is no room of the architecture"}
	}
	var wrong []string
	for _, imported := range f.imports {
		if fault := faultOf(f, dir, allowed, imported); fault != "" {
			wrong = append(wrong, fault)
		}
	}
	return wrong
}

// faultOf is what is wrong with one import, or "".
func faultOf(f goFile, dir string, allowed []string, imported string) string {
	inTest := f.isTest() || forTests(dir)
	switch {
	case forTests(imported) && !inTest:
		return "imports " + imported + ", which exists for tests alone"
	case f.isTest() && (imported == testDatabase || path.Dir(room(imported)) == room(dir)), room(imported) == room(dir):
		return "" // tests may also ask the rooms in their folder
	case slices.Contains(mayImport[room(imported)], everything):
		return "imports " + imported + ", which nothing may import"
	case slices.Contains(allowed, everything), slices.Contains(allowed, room(imported)), slices.Contains(allowed, path.Dir(room(imported))):
		return "" // whoever may import a room may import those in its folder
	}
	return "imports " + imported + ", which its room may not import"
}

// A room that is no longer imported leaves the table.
func TestEveryImportOfTheTableIsUsed(t *testing.T) {
	t.Parallel()
	used := map[[2]string]bool{}
	for _, f := range goFiles(t) {
		for _, imported := range f.imports {
			used[[2]string{room(path.Dir(f.path)), room(imported)}] = true
		}
	}
	for of, rooms := range mayImport {
		for _, imported := range rooms {
			if imported != everything && !used[[2]string{of, imported}] {
				t.Errorf("%s may import %s and does not", of, imported)
			}
		}
	}
}

func TestFaultsAreSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, imported string
		ok             bool
	}{
		{"tsdb/store.go", "billing", true},
		{"tsdb/store.go", "tsdb/rows", true},
		{"tsdb/store.go", "tsdb/pg", true},
		{"tsdb/pg/copy.go", "tsdb", false},
		{"tsdb/access/member.go", "tsdb", false},
		{"tsdb/charts/chart.go", "tsdb", true},
		{"tsdb/flush.go", "tsdb/charts", false},
		{"tsdb/flush_test.go", "tsdb/charts", true},
		{"auth/authenticator.go", "tsdb", false},
		{"auth/authenticator.go", "tsdb/access", true},
		{"graph/member.go", "tsdb/access", true},
		{"tsdb/pg/copy_test.go", "tsdb/tsdbtest", true},
		{"tsdb/store.go", "live", false},
		{"ingest/traces.go", "ingest/otlp", true},
		{"ingest/otlp/span.go", "tsdb", true},
		{"ingest/otlp/span.go", "ingest", false},
		{"ingest/broker/nats.go", "ingest", true},
		{"ingest/handler.go", "ingest/broker", false},
		{"tsdb/store.go", "tsdb/tsdbtest", false},
		{"tsdb/tsdbtest/new.go", "migrations", true},
		{"billing/book.go", "tsdb", false},
		{"billing/book_test.go", "tsdb", false},
		{"migrations/up_test.go", "tsdb/tsdbtest", true},
		{"mail/mail_test.go", "mail/mailtest", true},
		{"mail/mail.go", "mail/mailtest", false},
		{"jobs/jobs_test.go", "mail/mailtest", true},
		{"graph/generated/generated.go", "graph/model", true},
		{"graph/generated/generated.go", "billing", true},
		{"graph/account.go", "jobs", false},
		{"server/ws/conn.go", "billing", false},
		{"cmd/usagegraph/main.go", "server/ws", true},
		{"server/server.go", "cmd/usagegraph", false},
		{"jobs/tick.go", "bench", false},
		{"server/server.go", "examples/afternoon", false},
		{"util/strings.go", "billing", false},
		{"main.go", "billing", false},
		{"whole_test.go", "server", true},
	} {
		got := faults(goFile{path: c.path, imports: []string{c.imported}})
		if (len(got) == 0) != c.ok {
			t.Errorf("%s importing %s: %q", c.path, c.imported, got)
		}
	}
}

// goFiles parses the imports of every Go file of the project.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && isForeign(name):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		files = append(files, goFile{path: filepath.ToSlash(name), imports: importsOf(t, name)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// isForeign reports whether a folder is passed over: hidden, or not looked into by the go command either.
func isForeign(name string) bool {
	base := filepath.Base(name)
	return base == "node_modules" || base == "testdata" || base == "vendor" || (base != "." && base[0] == '.')
}

// importsOf lists the packages of this module that a file imports, without the module's path.
func importsOf(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var ours []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if rest, ok := strings.CutPrefix(imported, modulePath); ok {
			ours = append(ours, rest)
		}
	}
	return ours
}

// Package billing is pure: no I/O, no clock, no float.
func TestBillingIsPure(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("billing/*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range impurities(file) {
			t.Errorf("%s: %s", fset.Position(fault.Pos()), fault.text)
		}
	}
}

// impurity is a place in a file and what is wrong there.
type impurity struct {
	ast.Node
	text string
}

func impurities(file *ast.File) []impurity {
	pure := []string{"cmp", "errors", "fmt", "iter", "maps", "math", "math/big", "math/bits", "slices", "sort", "strconv",
		"strings", "time", "github.com/shopspring/decimal"}
	var found []impurity
	for _, spec := range file.Imports {
		if name, _ := strconv.Unquote(spec.Path.Value); !slices.Contains(pure, name) {
			found = append(found, impurity{spec, "imports " + name})
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && readsClock(n.Sel.Name) {
				found = append(found, impurity{n, "reads the clock"})
			}
		case *ast.Ident:
			if n.Name == "float64" || n.Name == "float32" {
				found = append(found, impurity{n, "uses a float"})
			}
		}
		return true
	})
	return found
}

func readsClock(name string) bool {
	return slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local"}, name)
}
