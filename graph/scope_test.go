package graph

import (
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"

	"github.com/usagegraph/usagegraph/graph/generated"
)

// Widgets and gates go the short way; whatever needs a figure beside the state of accounts does not.
func TestWhatAsksForStatesAlone(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for text, want := range map[string]bool{
		`{account{id name creditStatus{asOf revision icon zone credits{used usedPercent nextExpiry{at}} runs{remaining} outlook{stopAt}}}}`: true,
		`{a:account{access(action:INFERENCE){allowed refusal{code}}} b:account{access(action:TOOL_RUN){zone}}}`:                             true,
		`query{account{...f}} fragment f on Account{...on Node{id} creditStatus{icon}}`:                                                     true,
		`{account{creditStatus{icon} overview{asOf}}}`:                                                                                      false,
		`{account{...on Account{banners{asOf}}}}`:                                                                                           false,
		`{account{creditStatus{icon}} viewer{name}}`:                                                                                        false,
		`{account{...f}} fragment f on Node{...on Account{usageTrend{asOf}}}`:                                                               false,
		`mutation{dismissBanner(input:{accountId:"x",bannerId:"x"}){userErrors{code}}}`:                                                     false,
		`subscription{creditStatus(accountId:"x"){icon}}`:                                                                                   false,
	} {
		document, err := gqlparser.LoadQueryWithRules(schema, text, nil)
		if document == nil || len(document.Operations) != 1 {
			t.Fatalf("%s: %v", text, err)
		}
		if asksStatesAlone(&graphql.OperationContext{}) {
			t.Error("what was refused asks for nothing")
		}
		oc := &graphql.OperationContext{Doc: document, Operation: document.Operations[0], Variables: map[string]any{}}
		if got := asksStatesAlone(oc); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}
