package usagegraph_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// bareParameter is a parameter beside a number that says no type: PostgreSQL then takes it for an int4, and a key beyond 2^31 is a failure.
var bareParameter = regexp.MustCompile(`\$\d+ *(=|<>|<=?|>=?|[-+*/]) *\d|\b\d+ *(=|<>|<=?|>=?|[-+*/]) *\$\d+\b|(?i)(coalesce|nullif)\(\$\d+, *\d`)

// A parameter of a statement that stands beside a number says its type.
func TestParametersBesideNumbersSayTheirType(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir("tsdb", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range bareParameter.FindAllString(string(text), -1) {
			t.Errorf("%s: %s", path, found)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
