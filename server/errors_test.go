package server

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The list of codes is closed and documented.
func TestEveryCodeIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for line := range strings.Lines(string(text)) {
		if code, ok := strings.CutPrefix(line, "| `"); ok {
			code, _, _ = strings.Cut(code, "`")
			documented = append(documented, code)
		}
	}
	codes := topLevelCodes()
	slices.Sort(documented)
	if !slices.Equal(codes, documented) {
		t.Errorf("codes %v\ndocumented %v", codes, documented)
	}
}
