package server

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
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

// A panic is a fault for the log, with the place where it happened. Callers are told nothing of it.
func TestAPanicIsAFault(t *testing.T) {
	t.Parallel()
	err := panicked(t.Context(), "secret")
	if text := err.Error(); !strings.Contains(text, "panic: secret") || !strings.Contains(text, "errors_test.go") {
		t.Errorf("%.200s", text)
	}
	var reported error
	sealed := wire.Seal(t.Context(), gqlerror.List{present(t.Context(), err)}, func(_ context.Context, err error) { reported = err })
	if reported == nil || len(sealed) != 1 || wire.CodeOf(sealed[0]) != wire.Internal || strings.Contains(sealed[0].Message, "secret") {
		t.Errorf("%v, reported %v", sealed, reported)
	}
}
