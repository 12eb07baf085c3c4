package graph

import (
	"bytes"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/usagegraph/usagegraph/auth"
)

// The questions in the README are valid, and each answer shown has the same field names as the real one.
func TestQuestionsOfTheReadme(t *testing.T) {
	t.Parallel()
	text := must(os.ReadFile("../README.md"))(t)
	examples := regexp.MustCompile("(?s)```graphql\n(.*?)```\n.*?```json\n(.*?)```").FindAllSubmatch(text, -1)
	if len(examples) != 5 {
		t.Fatalf("%d questions with an answer", len(examples))
	}
	p := newBillingPage(t)
	p.as = auth.Principal{Kind: auth.User, UserID: "u-master", Seats: []auth.Seat{{Account: p.account, Role: auth.MasterAdmin, Permissions: auth.MasterAdmin.Permissions()}}}
	p.now = p.now.Add(40 * time.Hour)
	must(p.store.Tick(t.Context(), 100))(t) // 20% are used, so there is a banner to show
	name := regexp.MustCompile(`"(\w+)":`)
	for _, e := range examples {
		question, shown := string(e[1]), e[2]
		document, errs := gqlparser.LoadQueryWithRules(contract(t), question, rules.NewDefaultRules())
		if len(errs) > 0 {
			t.Errorf("%s: %v", question, errs)
			continue
		}
		if document.Operations[0].Operation != "query" {
			continue // the tests of the server execute recordUsage
		}
		answer := p.ask(question, nil)
		for _, m := range name.FindAllSubmatch(shown, -1) {
			if !bytes.Contains(answer, m[0]) {
				t.Errorf("%s is in the answer shown, not in the real one:\n%s\n%s", m[1], question, answer)
			}
		}
		if bytes.Contains(answer, []byte(`"errors"`)) {
			t.Errorf("%s: %s", question, answer)
		}
	}
}
