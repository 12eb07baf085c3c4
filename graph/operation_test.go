package graph

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Operations that clients rely on stay valid as the contract grows.
func TestOperationsAreValid(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/operations/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no operations: %v", err)
	}
	schema := contract(t)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, errs := gqlparser.LoadQueryWithRules(schema, string(text), rules.NewDefaultRules()); len(errs) > 0 {
			t.Errorf("%s: %v", file, errs)
		}
	}
}
