package server

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb"
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
	codes := []string{string(graph.Forbidden), string(tsdb.NotFound), string(tsdb.Invalid), string(tsdb.BadRange), string(tsdb.RangeTooFine), "BAD_PAGE"}
	for _, c := range wire.Codes() {
		codes = append(codes, string(c))
	}
	slices.Sort(codes)
	slices.Sort(documented)
	if !slices.Equal(codes, documented) {
		t.Errorf("codes %v\ndocumented %v", codes, documented)
	}
}
