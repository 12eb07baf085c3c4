package graph

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/tsdb"
)

// stateFields are the fields written without gqlgen, with the arguments or selection that some of them have.
var stateFields = map[string][]string{
	"Account":        {"__typename", "id", "name", "createdAt", "booksFrom", "access Decision", "access Decision", "creditStatus CreditStatus"},
	"Decision":       {"__typename", "action", "allowed", "zone", "meter", "balance", "available", "limit", "amount", "refusal Refusal", "importMode", "asOf"},
	"Refusal":        {"__typename", "code", "meter", "balance", "limit", "missing", "sentence"},
	"CreditStatus":   {"__typename", "id", "accountId", "asOf", "revision", "icon", "zone", "credits MeterStatus", "runs MeterStatus", "outlook HostingOutlook"},
	"MeterStatus":    {"__typename", "id", "meter", "allocation", "used", "remaining", "usedPercent", "remainingPercent", "reserved", "held", "available", "step", "freeExpired", "nextExpiry NextExpiry"},
	"HostingOutlook": {"__typename", "ratePerHour", "lowAt", "exhaustedAt", "stopAt"},
	"NextExpiry":     {"__typename", "amount", "at"},
}

// randomState selects fields of a type; if odd, now and then also something that is left to gqlgen.
func randomState(random *rand.Rand, of string, odd bool) string {
	var b strings.Builder
	for range 1 + random.IntN(6) {
		field, inner, composite := strings.Cut(stateFields[of][random.IntN(len(stateFields[of]))], " ")
		fmt.Fprintf(&b, "x%d: %s", random.IntN(1_000_000), field)
		if field == "access" {
			b.WriteString([]string{"(action: $action)", "(action: INFERENCE)", `(action: FINE_TUNE, amount: "1000000")`, "(action: $action, amount: $amount)", "(action: TOOL_RUN, amount: 3)", "(action: IMPORT_PROJECT)",
				"(action: DEPLOY_GUARDRAIL, scanner: REGEX)"}[random.IntN(7)])
		}
		if odd && random.IntN(4) == 0 {
			b.WriteString([]string{" @skip(if: $yes)", " @include(if: $yes)"}[random.IntN(2)])
		}
		if composite {
			b.WriteString(" { " + randomState(random, inner, odd) + "}")
		}
		b.WriteString(" ")
		if odd && random.IntN(6) == 0 {
			fmt.Fprintf(&b, "... on %s { __typename } ", of)
		}
	}
	return b.String()
}

// told is the outcome of an operation: the answer, the errors, the statements sent to the database, and how often each field was executed.
type told struct {
	data     []byte
	errors   string
	asked    int
	executed map[*ast.Field]int
}

// counts is the gqlgen extension that counts the executed fields, several of which may run at once.
type counts struct {
	mu       *sync.Mutex
	executed map[*ast.Field]int
}

func (counts) ExtensionName() string                   { return "Counts" }
func (counts) Validate(graphql.ExecutableSchema) error { return nil }
func (c counts) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	c.mu.Lock()
	c.executed[graphql.GetFieldContext(ctx).Field.Field]++
	c.mu.Unlock()
	return next(ctx)
}

// What is written without gqlgen's execution equals what gqlgen writes, byte for byte, whatever is selected, and the same fields are paid
// for.
func TestStatesAreThoseOfGqlgen(t *testing.T) {
	t.Parallel()
	p := newBillingPage(t)
	must(p.store.GrantCredits(t.Context(), tsdb.NewGrant{AccountID: p.account, Meter: billing.ToolRuns, Kind: billing.TopUp, Amount: 50, ExpiresAt: p.now.AddDate(0, 1, 0),
		Reference: "runs", IdempotencyKey: "runs"}, tsdb.Actor{}))(t)
	named := must(p.store.CreateAccount(t.Context(), tsdb.NewAccount{Name: `Zoë "& Co" <\>`, IdempotencyKey: "other"}, tsdb.Actor{}))(t)
	ids := []any{EncodeID(KindAccount, p.account), EncodeID(KindAccount, p.account), EncodeID(KindAccount, named), EncodeID(KindAccount, 1<<40), "none", nil}
	resolver := &Resolver{Store: p.store}
	whole := generated.NewExecutableSchema(generated.Config{Resolvers: resolver})
	random := rand.New(rand.NewPCG(7, 2))
	short := 0
	for i := range 400 {
		query := "{ a: account(id: $id) { " + randomState(random, "Account", i%4 == 0) + "} }"
		defined := "$id: ID"
		for _, v := range []string{"$action: Action!", "$amount: Decimal", "$yes: Boolean!"} {
			if name, _, _ := strings.Cut(v, ":"); strings.Contains(query, name) {
				defined += ", " + v
			}
		}
		query = "query Q(" + defined + ") " + query
		variables := map[string]any{"id": ids[random.IntN(len(ids))], "action": "INFERENCE", "yes": random.IntN(2) == 0}
		if random.IntN(2) == 0 {
			variables["amount"] = []any{"0.5", nil, "-1", "20000"}[random.IntN(4)]
		}
		if random.IntN(5) == 0 {
			delete(variables, "id")
		}
		p.tell(t, whole, query, variables, map[*ast.Field]int{}) // fills what is cached from then on
		spent := map[*ast.Field]int{}
		ours := p.tell(t, States{whole, resolver, func(_ *graphql.OperationContext, executed []*ast.Field) {
			short++
			for _, f := range executed {
				spent[f]++
			}
		}}, query, variables, spent)
		stock := p.tell(t, whole, query, variables, map[*ast.Field]int{})
		if !bytes.Equal(ours.data, stock.data) || ours.errors != stock.errors || ours.asked != stock.asked || !maps.Equal(byPlace(ours.executed), byPlace(stock.executed)) {
			t.Fatalf("%s\n%v\nours  %s %s %d %v\nstock %s %s %d %v", query, variables, ours.data, ours.errors, ours.asked, byPlace(ours.executed), stock.data, stock.errors, stock.asked, byPlace(stock.executed))
		}
	}
	if short < 80 {
		t.Errorf("%d of 400 were answered without gqlgen", short)
	}
}

// byPlace counts fields by their place in the document, since each execution parses the document anew.
func byPlace(executed map[*ast.Field]int) map[int]int {
	out := map[int]int{}
	for f, n := range executed {
		out[f.Position.Start] += n
	}
	return out
}

// tell executes a document.
func (p *billingPage) tell(t *testing.T, es graphql.ExecutableSchema, query string, variables map[string]any, executed map[*ast.Field]int) told {
	t.Helper()
	e := executor.New(es)
	e.Use(counts{new(sync.Mutex), executed})
	e.Use(Snapshot{p.store})
	ctx := graphql.StartOperationTrace(auth.WithPrincipal(t.Context(), p.as))
	p.sent.take()
	op, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: query, OperationName: "Q", Variables: maps.Clone(variables)})
	if len(errs) > 0 {
		t.Fatalf("%v: %s", errs, query)
	}
	next, ctx := e.DispatchOperation(ctx, op)
	r := next(ctx)
	if more := next(ctx); more != nil {
		t.Errorf("a second answer: %s", more.Data)
	}
	return told{r.Data, r.Errors.Error(), p.asked(), executed}
}

// asked returns the number of statements sent since the last take.
func (p *billingPage) asked() int {
	p.sent.mu.Lock()
	defer p.sent.mu.Unlock()
	return len(p.sent.sent)
}

// A frame that is written without gqlgen's execution equals what gqlgen writes, byte for byte.
func TestStatusFramesAreThoseOfGqlgen(t *testing.T) {
	t.Parallel()
	p := newBillingPage(t)
	account := must(p.store.Account(t.Context(), p.account))(t)
	frame := live.Frame{Account: account, Cursor: account.Revision}
	e := executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{Store: p.store}}))
	e.Use(Snapshot{p.store})
	random := rand.New(rand.NewPCG(3, 9))
	short := 0
	for i := range 200 {
		query := "subscription Q($id: ID!"
		selection := randomState(random, "CreditStatus", i%4 == 0)
		if strings.Contains(selection, "$yes") {
			query += ", $yes: Boolean!"
		}
		query += ") { a: creditStatus(accountId: $id) { " + selection + "} }"
		ctx := graphql.StartOperationTrace(WithFrame(auth.WithPrincipal(t.Context(), p.as), frame))
		op, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: map[string]any{"id": EncodeID(KindAccount, p.account), "yes": random.IntN(2) == 0}})
		if len(errs) > 0 {
			t.Fatal(query, errs)
		}
		ours := StatusFrame(op, frame)
		if ours == nil {
			continue
		}
		short++
		next, ctx := e.DispatchOperation(ctx, op)
		if stock := next(ctx); !bytes.Equal(ours, stock.Data) || len(stock.Errors) > 0 {
			t.Fatalf("%s\nours  %s\nstock %s %v", query, ours, stock.Data, stock.Errors)
		}
	}
	if short < 100 {
		t.Errorf("%d of 200 were written without gqlgen", short)
	}
}
