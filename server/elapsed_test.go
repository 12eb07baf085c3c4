package server

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exaring/otelpgx"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
)

// The time of an answer does not reveal whether a stranger's object exists: an id of another account is looked up by the same statements in
// the same order as an id that does not exist. This holds for every kind, by node, nodes and mutations alike.
func TestTheSameStatementsWhetherAForeignIdExists(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := run(t, func(c *Config) {
		c.Tracing, c.BucketSize, c.BucketRate = sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)), 1<<30, 1<<30
	})
	ownKey, own := furnish(r, "own")
	_, theirs := furnish(r, "other")
	theirs["emailId"] = mailed(r, theirs)
	theirs["planId"] = planned(r)
	none := theirs.nobodys(t)
	for _, token := range []string{r.token(auth.MasterAdmin, ownKey, nil), r.token(auth.Platform, ownKey, nil)} {
		for name, id := range theirs {
			of, _ := graph.DecodeID(id)
			missing := graph.ID{Kind: of.Kind, Key: ownKey, Part: "987"}
			if of.Part == "" {
				missing = graph.ID{Kind: of.Kind, Key: 987_655}
			}
			for _, query := range []string{"{node(id:%q){id}}", "{nodes(ids:[%q]){id}}", "{nodes(ids:[%q,\"" + own["toolId"] + "\"]){id}}",
				"mutation{revokeApiToken(input:{apiTokenId:%q}){userErrors{code}}}", "mutation{releaseReservation(input:{reservationId:%q}){userErrors{code}}}",
				"mutation{deleteModel(input:{modelId:%q}){userErrors{code}}}", "mutation{undeployModel(input:{deploymentId:%q}){userErrors{code}}}",
				"mutation{finishFineTuning(input:{jobId:%q,outcome:FAILED}){userErrors{code}}}", "mutation{undeployGuardrail(input:{guardrailId:%q}){userErrors{code}}}",
				"{account{access(action:DEPLOY_MODEL,resourceId:%q){allowed}}}", "{account{fineTuningEstimate(modelId:%q,trainingTokens:1000,epochs:1,method:QLORA,hardware:T4){__typename}}}"} {
				ids := []string{id, none[name]} // somebody else's, nobody's and, where there are such, one that would be the caller's own
				if of.Part == "" && of.Kind != graph.KindAccount {
					ids = append(ids, missing.String())
				}
				if found, same := alike(r, spans, token, query, ids); !same {
					t.Errorf("%s of %s: %q where it exists elsewhere, nowhere, and as the caller's own", query, name, found)
				}
			}
		}
	}
}

// The same holds for every mutation and every field that takes ids, if all of the ids belong to somebody else or to nobody.
func TestTheSameStatementsInEveryOperation(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	r := run(t, func(c *Config) {
		c.Tracing, c.BucketSize, c.BucketRate = sdk.NewTracerProvider(sdk.WithSpanProcessor(spans)), 1<<30, 1<<30
	})
	ownKey, _ := furnish(r, "own")
	_, theirs := furnish(r, "other")
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: string(text)})
	for _, token := range []string{r.token(auth.MasterAdmin, ownKey, nil), r.token(auth.Platform, ownKey, nil)} {
		for _, own := range []string{"", accountID(ownKey)} {
			hers, nobodys := operations(schema, theirs, own), operations(schema, theirs.nobodys(t), own)
			for i := range hers {
				if found, same := alike(r, spans, token, "%s", []string{hers[i], nobodys[i]}); !same {
					t.Errorf("%.200s: %q where it exists elsewhere, and nowhere", hers[i], found)
				}
			}
		}
	}
}

// alike asks for each id and reports whether the same statements ran. What the server remembers for a second is read for one of the ids
// only if that second has just ended, so a difference counts only if it shows three times.
func alike(r *running, spans *tracetest.SpanRecorder, token, query string, ids []string) (found [][]string, same bool) {
	for range 3 {
		found = nil
		for _, id := range ids {
			found = append(found, statements(r, spans, token, fmt.Sprintf(query, id)))
		}
		if !slices.ContainsFunc(found, func(names []string) bool { return !slices.Equal(names, found[0]) }) {
			return found, true
		}
	}
	return found, false
}

// mailed makes an account reach a threshold and returns the id of the e-mail about it.
func mailed(r *running, of belongings) string {
	r.ask(r.token(auth.Platform, 0, nil), `mutation{recordUsage(input:{accountId:"`+of["accountId"]+`",events:[{source:"s",id:"half",time:"`+
		time.Now().UTC().Format(time.RFC3339)+`",toolId:"`+of["toolId"]+`",runs:6000}]}){results{status}}}`, nil)
	a := r.ask(r.token(auth.Support, 0, nil), `{account(id:"`+of["accountId"]+`"){emails(first:1){edges{node{id}}}}}`, nil)
	return firstID(r, a)
}

// planned makes a plan and returns its id.
func planned(r *running) string {
	return firstID(r, r.ask(r.token(auth.Support, 0, nil), `mutation{createPlan(input:{name:"secret",credits:"1",runs:1}){plan{id} userErrors{message}}}`, nil))
}

func firstID(r *running, a reply) string {
	r.t.Helper()
	found := regexp.MustCompile(`"id":"([^"]+)"`).FindSubmatch(a.body)
	if found == nil {
		r.t.Fatalf("%s", a.body)
	}
	return string(found[1])
}

// statements returns the statements that a question made the server run, in order. It finds them by the trace that the caller begins.
func statements(r *running, spans *tracetest.SpanRecorder, token, query string) (names []string) {
	r.t.Helper()
	spans.Reset()
	var trace [16]byte
	_, _ = rand.Read(trace[:])
	req := r.request(http.MethodPost, "/graphql", token, "application/json", bytes.NewReader(question(query, nil)))
	req.Header.Set("Traceparent", "00-"+hex.EncodeToString(trace[:])+"-00f067aa0ba902b7-01")
	if a := r.send(req); a.status != http.StatusOK || strings.Contains(string(a.body), "GRAPHQL_") || strings.Contains(string(a.body), "INTERNAL") {
		r.t.Errorf("%s: %d %s", query, a.status, a.body)
	}
	for _, s := range spans.Ended() {
		if s.SpanContext().TraceID() != trace {
			continue
		}
		prepares := slices.ContainsFunc(s.Attributes(), func(a attribute.KeyValue) bool { return a.Key == otelpgx.PrepareStmtNameKey })
		// Once in five seconds; where a connection is new; where a card may have begun since.
		sometimes := slices.Contains([]string{"find token by hash", "pool.acquire", "read rate cards"}, s.Name())
		unnamed := s.Name() == "statement" // what sets a new connection up, and the end of a snapshot, which nobody waits for
		name := s.Name()
		if name == "compare versions of accounts" || name == "read accounts with their versions" {
			name = "look at the caller's account" // which of them, or both, is a matter of when the account last changed and was last read
			if len(names) > 0 && names[len(names)-1] == name {
				continue
			}
		}
		if !prepares && !sometimes && !unnamed {
			names = append(names, name)
		}
	}
	return names
}
