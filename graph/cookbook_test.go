package graph

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

const cookbook = "../docs/analysts.md"

// GraphiQL offers the questions of the cookbook: a tab for each part, with an operation for each question.
func TestGraphiQLHasTheQuestionsOfTheCookbook(t *testing.T) {
	t.Parallel()
	text := string(must(os.ReadFile(cookbook))(t))
	asked := 0
	for i, part := range strings.Split(text, "\n## ")[1:] {
		title, _, _ := strings.Cut(part, "\n")
		name := ""
		for word := range strings.FieldsSeq(title) {
			name += strings.ToUpper(word[:1]) + word[1:]
		}
		var b strings.Builder
		fmt.Fprintf(&b, "# %s: questions of analysts (docs/analysts.md). The button that runs them lets you choose one.\n# Needs USAGE_EXPLORE, ACCOUNT_LIST, BALANCES_VIEW.\n", title)
		questions := regexp.MustCompile("(?s)\n### ([0-9]+)\\. (.*?)\n.*?```graphql\n(.*?)```").FindAllStringSubmatch(part, -1)
		if len(questions) == 0 {
			continue
		}
		for _, q := range questions {
			asked++
			fmt.Fprintf(&b, "\n# %s\nquery %s%s %s", q[2], name, q[1], q[3]) // the first one names the tab
		}
		goldenAt(t, fmt.Sprintf("../server/graphiql/examples/8-questions-%d.graphql", i+1), b.String())
	}
	if asked < 45 {
		t.Errorf("%d questions", asked)
	}
}
