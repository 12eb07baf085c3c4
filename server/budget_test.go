package server

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// consoleQueries returns the texts of the console's queries about one account, by name, without Support's.
func consoleQueries(t *testing.T) (names []string, texts map[string]string) {
	t.Helper()
	contract, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: string(contract)})
	manifest, err := os.ReadFile("../console/persisted-documents.json")
	if err != nil {
		t.Fatal(err)
	}
	var byHash map[string]string
	if err := json.Unmarshal(manifest, &byHash); err != nil {
		t.Fatal(err)
	}
	texts = map[string]string{}
	for _, text := range byHash {
		op := gqlparser.MustLoadQueryWithRules(schema, text, rules.NewDefaultRules()).Operations[0]
		alone := !slices.ContainsFunc(op.VariableDefinitions, func(v *ast.VariableDefinition) bool {
			return v.Type.NonNull && v.DefaultValue == nil && v.Variable != "account" && v.Variable != "fold"
		})
		if alone && op.Operation == ast.Query && !strings.Contains(text, "plans") && !strings.Contains(text, "rateCards") {
			names = append(names, op.Name)
			texts[op.Name] = text
		}
	}
	slices.Sort(names)
	return names, texts
}

// A user who opens everything that the console shows of an account at once, with the longest pages and the finest charts, three times over,
// is not throttled. The clock stands still here, so that the bucket regains nothing meanwhile.
func TestAConsoleUserIsNotThrottled(t *testing.T) {
	t.Parallel()
	names, texts := consoleQueries(t)
	now := time.Now()
	r := run(t, func(c *Config) { c.Clock = func() time.Time { return now } })
	key, _ := furnish(r, "acme")
	token := r.token(auth.MasterAdmin, key, func(n *access.NewToken) { n.UserID = "u-acme" })
	variables := map[string]any{"account": accountID(key), "first": 100, "range": map[string]any{"preset": "LAST_90_DAYS"}, "granularity": "DAY", "fold": "DAY", "zone": "UTC"}
	spent := 0.0
	for range 3 {
		for _, name := range names {
			a := r.ask(token, texts[name], variables)
			if a.status != http.StatusOK || a.code() != "" {
				t.Fatalf("%s, after %v points: %d %.300s", name, spent, a.status, a.body)
			}
			cost := a.Extensions["cost"].(map[string]any)
			spent += cost["actualQueryCost"].(float64)
			t.Log(name, cost["requestedQueryCost"], cost["actualQueryCost"])
		}
	}
	if len(names) < 12 || spent > 10_000/2 {
		t.Errorf("%d queries cost %v points", len(names), spent)
	}
}
