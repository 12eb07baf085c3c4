package usagegraph_test

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const architecture = "docs/architecture.md"

// roomRow is a row of the table of rooms: a folder, perhaps as a link, what it holds, and what it imports.
var roomRow = regexp.MustCompile("(?m)^\\| \\[?`([a-z/]+)/`[^|]*\\|[^|]*\\| ([^|]*) \\|$")

func TestTheTableOfRoomsIsWhatIsEnforced(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(read(t, architecture), "## The rooms")
	table, _, _ = strings.Cut(table, "\n## ")
	told := map[string]bool{}
	for _, row := range roomRow.FindAllStringSubmatch(table, -1) {
		at := room(row[1])
		want, known := mayImport[at]
		if !known {
			t.Errorf("%s has %s, which is no room", architecture, row[1])
		}
		var imports []string
		if says := strings.TrimPrefix(row[2], "in tests: "); says != "–" {
			imports = strings.Split(says, ", ")
		}
		if !slices.Equal(slices.Sorted(slices.Values(imports)), slices.Sorted(slices.Values(want))) {
			t.Errorf("%s: %s imports %q, architecture_test.go has %q", architecture, at, imports, want)
		}
		for _, imported := range imports {
			if imported != everything && !told[imported] {
				t.Errorf("%s: %s imports %s, which does not stand above it", architecture, at, imported)
			}
		}
		told[at] = true
	}
	for _, at := range slices.Sorted(maps.Keys(mayImport)) {
		if !told[at] {
			t.Errorf("%s does not have %s", architecture, at)
		}
	}
}

func TestTheArchitectureNamesEveryPackage(t *testing.T) {
	t.Parallel()
	text := read(t, architecture)
	for _, f := range goFiles(t) {
		dir := path.Dir(f.path)
		first, _, _ := strings.Cut(dir, "/")
		if f.isTest() || forTests(dir) || first == "clients" || first == "examples" {
			continue
		}
		if !strings.Contains(text, "`"+dir+"`") && !strings.Contains(text, "`"+dir+"/`") {
			t.Errorf("%s does not name %s", architecture, dir)
		}
	}
}

var (
	// goName is a Go file or a folder in backticks, and quoted a name of Go or of the contract.
	goName = regexp.MustCompile("`([a-zA-Z_/]+\\.go)`")
	quoted = regexp.MustCompile("`([A-Za-z]+)`")
	// step is a file with functions of it: `tsdb/batcher.go` `Submit`, `collect`.
	step = regexp.MustCompile("`([a-z_/]+\\.go)`((?:,? `[A-Za-z]+`)+)")
)

// items are the steps of lists, rows of tables and paragraphs of a document, each as one line.
func items(text string) (list []string) {
	for _, item := range regexp.MustCompile(`\n(?:\n|[|-]|\d+\. )`).Split(text, -1) {
		list = append(list, strings.Join(strings.Fields(item), " "))
	}
	return list
}

func TestTheArchitectureNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	contract := wordsOf(read(t, "schema.graphqls"))
	found := 0
	for _, item := range items(read(t, architecture)) {
		for _, named := range step.FindAllStringSubmatch(item, -1) {
			code := read(t, named[1])
			for _, name := range quoted.FindAllStringSubmatch(named[2], -1) {
				found++
				if !hasFunction(code, name[1]) {
					t.Errorf("%s names %s of %s, which is not there", architecture, name[1], named[1])
				}
			}
		}
		// What is named further from its file is a word of some file of the same step, or of the contract.
		code := map[string]bool{}
		for _, named := range goName.FindAllStringSubmatch(item, -1) {
			maps.Copy(code, wordsOf(read(t, named[1])))
		}
		for _, name := range quoted.FindAllStringSubmatch(item, -1) {
			if _, err := os.Stat(name[1]); err != nil && len(code) > 0 && !code[name[1]] && !contract[name[1]] {
				t.Errorf("%s names %s, which no file of its step has: %s", architecture, name[1], item)
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d functions found: this test looks in the wrong place", found)
	}
}

func wordsOf(text string) map[string]bool {
	words := map[string]bool{}
	for _, word := range regexp.MustCompile(`\w+`).FindAllString(text, -1) {
		words[word] = true
	}
	return words
}

func hasFunction(code, name string) bool {
	return regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + name + `[(\[]`).MatchString(code)
}

// CONTRIBUTING.md names a file in full, or by its name alone where the one before it is of the same folder.
func TestContributingNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	contract := wordsOf(read(t, "schema.graphqls"))
	for _, item := range items(read(t, "CONTRIBUTING.md")) {
		dir, code := "", maps.Clone(contract)
		for _, named := range goName.FindAllStringSubmatch(item, -1) {
			if path.Dir(named[1]) != "." {
				dir = path.Dir(named[1])
			}
			text, err := os.ReadFile(filepath.FromSlash(path.Join(dir, path.Base(named[1]))))
			if err != nil {
				t.Errorf("CONTRIBUTING.md: %v", err)
			}
			maps.Copy(code, wordsOf(string(text)))
		}
		for _, name := range quoted.FindAllStringSubmatch(item, -1) {
			if camel := regexp.MustCompile(`[a-z][A-Z]`).MatchString(name[1]); camel && dir != "" && !code[name[1]] {
				t.Errorf("CONTRIBUTING.md names %s, which no file of its row has", name[1])
			}
		}
	}
}

// Every Go file that a document names, in full or by its end, is there, and so is every test.
func TestDocumentsNameFilesAndTestsThatAreThere(t *testing.T) {
	t.Parallel()
	files, tests := map[string]bool{}, map[string]bool{}
	for _, f := range textFiles(t) {
		for at := f; ; {
			files[at] = true
			_, rest, more := strings.Cut(at, "/")
			if !more {
				break
			}
			at = rest
		}
		if strings.HasSuffix(f, "_test.go") {
			for _, name := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(read(t, f), -1) {
				tests[name[1]] = true
			}
		}
	}
	for _, f := range textFiles(t) {
		if path.Ext(f) != ".md" || f == "CHANGELOG.md" {
			continue
		}
		text := read(t, f)
		for _, named := range goName.FindAllStringSubmatch(text, -1) {
			if !files[named[1]] {
				t.Errorf("%s names %s, which is not there", f, named[1])
			}
		}
		for _, name := range regexp.MustCompile("`(Test[A-Z]\\w+)`").FindAllStringSubmatch(text, -1) {
			if !tests[name[1]] {
				t.Errorf("%s names %s, which is not there", f, name[1])
			}
		}
	}
}

// The steps of the architecture are in the order in which the code takes them: what a function calls comes in the document in the order of its calls.
func TestTheWaysAreInTheOrderOfTheCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		section, file, function string
		calls                   []string // in order
	}{
		{"## The way of an event", "server/events.go", "openUsage", []string{"requireSignInOr", "requireUsageWrite"}},
		{"## The way of an event", "tsdb/change.go", "changeOnce", []string{"beginOn", "StopAtLimit", "readStops", "commit"}},
		{"## The way of an event", "tsdb/ingest.go", "ingestInto", []string{"provision", "charge", "attribute", "store"}},
		{"## The way of an event", "tsdb/ingest_decide.go", "charge", []string{"fresh", "BringUp", "post"}},
		{"## The way of an event", "tsdb/ingest_decide.go", "decide", []string{"refuseTarget", "price", "repeated"}},
		{"## The way of an event", "tsdb/flush.go", "queueChanges", []string{"announce", "writeLedger", "writeUsage", "queueNotify"}},
		{"## The way of a question", "server/guard/executor.go", "admit", []string{"enter", "document", "CreateOperationContext", "charge"}},
		{"## The way of a change to a subscriber", "live/round.go", "RunOnce", []string{"LiveStates", "Events", "show"}},
		{"## The way of a change to a subscriber", "live/round.go", "show", []string{"showState", "showEvents"}},
		{"## The way of a minute of hosting", "billing/advance.go", "CatchUp", []string{"accrueTo"}},
	} {
		_, section, found := strings.Cut(read(t, architecture), "\n"+c.section+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		body := bodyOf(read(t, c.file), c.function)
		if !found || body == "" {
			t.Errorf("%s of %s, or %q, is not there", c.function, c.file, c.section)
			continue
		}
		inCode, inText := 0, 0
		for _, call := range c.calls {
			at := regexp.MustCompile(`\b` + call + `\(`).FindStringIndex(body[inCode:])
			if at == nil {
				t.Errorf("%s of %s does not call %s after %q", c.function, c.file, call, c.calls)
				break
			}
			inCode += at[1]
			if told := strings.Index(section, "`"+call+"`"); told >= 0 && told < inText {
				t.Errorf("%s tells of %s too early, %s calls %q", c.section, call, c.function, c.calls)
			} else if told >= 0 {
				inText = told
			}
		}
	}
}

// bodyOf is the text of a function from its name to the end; "" where there is none.
func bodyOf(code, function string) string {
	at := regexp.MustCompile(`(?m)^func (\([^)]*\) )?` + function + `[(\[]`).FindStringIndex(code)
	if at == nil {
		return ""
	}
	body, _, _ := strings.Cut(code[at[1]:], "\n}")
	return body
}
