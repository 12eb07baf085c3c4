package usagegraph_test

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A clone has nothing beside it: no file names one that lies above the root, or at a place of one machine alone.
func TestNothingRefersOutside(t *testing.T) {
	t.Parallel()
	read := 0
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && isBuilt(name):
			return filepath.SkipDir
		case !entry.Type().IsRegular() || name == ".git" || name == "outside_test.go":
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		read++
		for _, reference := range outside(filepath.ToSlash(name), string(text)) {
			t.Errorf("%s refers to %s", name, reference)
		}
		return nil
	})
	if err != nil || read < 100 {
		t.Fatalf("%d files read: %v", read, err)
	}
}

// isBuilt reports whether a folder holds what is not in the repository.
func isBuilt(name string) bool {
	switch filepath.Base(name) {
	case ".git", ".local", "bin", "node_modules", "dist", ".vite-out":
		return true
	}
	return false
}

var (
	climbing = regexp.MustCompile(`(?:[\w.-]+/)*\.\./[\w./-]*`)
	machine  = regexp.MustCompile(`(?:^|[\s"'(=:` + "`" + `])(/root/|/home/[a-z]+/|/Users/[a-z]+/)[\w./-]*`)
)

// outside lists what a text refers to that is not in the repository. Scripts stand at the root when they run.
func outside(name, text string) (found []string) {
	from := path.Dir(name)
	if from == "scripts" || from == ".ci" {
		from = "."
	}
	for _, reference := range climbing.FindAllString(text, -1) {
		to := path.Join(from, reference)
		if (to == ".." || strings.HasPrefix(to, "../")) && !strings.HasSuffix(to, "etc/passwd") {
			found = append(found, reference)
		}
	}
	for _, match := range machine.FindAllStringSubmatch(text, -1) {
		found = append(found, strings.TrimSpace(match[0]))
	}
	return found
}

func TestReferencesOutsideAreSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		inside     bool
	}{
		{"ingest/import_test.go", `"../../beside/a.csv.gz"`, false},
		{"scripts/measure", `set -- ../beside/a.csv.gz`, false},
		{"README.md", "see `../beside/rules.md`", false},
		{"docs/decisions/live.md", "[rules](../../../product/rules.md)", false},
		{"docs/live.md", "in /root/main", false},
		{"console/e2e/x.mjs", `'/home/mia/x'`, false},
		{"docs/decisions/live.md", "[live](../live.md)", true},
		{"server/push/frontend_test.go", `"../../docs/live.md"`, true},
		{"server/a_test.go", `"../../etc/passwd"`, true},
		{"docs/live.md", "https://example.com/root/x", true},
	} {
		if found := outside(c.name, c.text); (len(found) == 0) != c.inside {
			t.Errorf("%s: %s: %q", c.name, c.text, found)
		}
	}
}
