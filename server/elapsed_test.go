package server

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exaring/otelpgx"
	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
)

// The time of an answer does not tell whether a stranger's object exists: an id of another account is looked for by the same statements
// in the same order as one for which there is nothing, whatever its kind, by node, nodes and mutations alike.
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
				exists, nothing, mine := statements(r, spans, token, fmt.Sprintf(query, id)), statements(r, spans, token, fmt.Sprintf(query, none[name])),
					statements(r, spans, token, fmt.Sprintf(query, missing.String()))
				if !slices.Equal(exists, nothing) {
					t.Errorf("%s of %s: %v where it exists, %v where not", query, name, exists, nothing)
				}
				if of.Part == "" && of.Kind != graph.KindAccount && !slices.Equal(exists, mine) {
					t.Errorf("%s of %s: %v where it exists elsewhere, %v where it would be the caller's own", query, name, exists, mine)
				}
			}
		}
	}
}

// mailed has an account reach a step, and is the id of the mail about it.
func mailed(r *running, of belongings) string {
	r.ask(r.token(auth.Platform, 0, nil), `mutation{recordUsage(input:{accountId:"`+of["accountId"]+`",events:[{source:"s",id:"half",time:"`+
		time.Now().UTC().Format(time.RFC3339)+`",toolId:"`+of["toolId"]+`",runs:6000}]}){results{status}}}`, nil)
	a := r.ask(r.token(auth.Support, 0, nil), `{account(id:"`+of["accountId"]+`"){emails(first:1){edges{node{id}}}}}`, nil)
	return firstID(r, a)
}

// planned makes a plan, and is its id.
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

// statements are those that a question has made the server run, in their order, found by the trace that the caller begins.
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
		signsIn := s.Name() == "find token by hash" || s.Name() == "pool.acquire" // once in five seconds; where a connection is new
		unnamed := s.Name() == "statement"                                        // what sets a new connection up, and the end of a snapshot, which nobody waits for
		if !prepares && !signsIn && !unnamed {
			names = append(names, s.Name())
		}
	}
	return names
}
