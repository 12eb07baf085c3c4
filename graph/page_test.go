package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

var update = flag.Bool("update", false, "write the golden files again")

// statements counts what is sent to the database, except transaction control and plans, by the name in the statement's first comment.
type statements struct {
	mu    sync.Mutex
	sent  []string
	trips int // batches, and statements sent alone
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.note(q.SQL, 1)
	return ctx
}

func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trips++
	return ctx
}

func (s *statements) TraceBatchQuery(_ context.Context, _ *pgx.Conn, q pgx.TraceBatchQueryData) {
	s.note(q.SQL, 0)
}

func (*statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

func (s *statements) note(sql string, trips int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	word, _, _ := strings.Cut(strings.ToLower(sql), " ")
	if word == "begin" || word == "commit" || word == "rollback" || strings.Contains(sql, "SET LOCAL") || strings.Contains(sql, "name: begin a snapshot") {
		return
	}
	s.sent = append(s.sent, sql)
	s.trips += trips
}

// take returns what was sent since the last call.
func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := s.sent
	s.sent, s.trips = nil, 0
	return sent
}

// roundTrips returns how often the database was waited for since the last call of take.
func (s *statements) roundTrips() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trips
}

// billingPage is an account that has something on every tab, and its viewer.
type billingPage struct {
	t       testing.TB
	store   *tsdb.Store
	exec    *executor.Executor
	sent    *statements
	account int64
	now     time.Time
	as      auth.Principal
}

func newBillingPage(t testing.TB) *billingPage {
	t.Helper()
	p := newEmptyPage(t, time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC))
	p.live()
	return p
}

// newEmptyPage returns a page without an account, at the instant now.
func newEmptyPage(t testing.TB, now time.Time) *billingPage {
	t.Helper()
	config, err := pgxpool.ParseConfig(tsdbtest.NewURL(t))
	fatal(t, err)
	p := &billingPage{t: t, sent: &statements{}, now: now}
	config.ConnConfig.Tracer = p.sent
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	config.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	fatal(t, err)
	t.Cleanup(pool.Close)
	p.store, err = tsdb.New(tsdb.Config{Pool: pool, Clock: func() time.Time { return p.now }})
	fatal(t, err)
	p.exec = executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{Store: p.store}}))
	p.exec.Use(Snapshot{p.store})
	p.as = auth.Principal{Kind: auth.Service, Role: auth.Support, Common: auth.Support.Permissions()}
	return p
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T { t.Helper(); fatal(t, err); return v }
}

// live creates the account and lets two days pass.
func (p *billingPage) live() {
	p.t.Helper()
	ctx, s := p.t.Context(), p.store
	p.account = must(s.CreateAccount(ctx, tsdb.NewAccount{Name: "Acme", IdempotencyKey: "acme", BooksFrom: p.now.Add(-24 * time.Hour)}, tsdb.Actor{}))(p.t)
	must(s.GrantCredits(ctx, tsdb.NewGrant{AccountID: p.account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: billing.MustCredits("925"),
		Reference: "order 17", IdempotencyKey: "order"}, tsdb.Actor{}))(p.t)
	search := must(s.RegisterTool(ctx, tsdb.NewTool{AccountID: p.account, Name: "Search", OwnerName: "Zoe", Status: tsdb.Deployed}))(p.t)
	must(s.RegisterTool(ctx, tsdb.NewTool{AccountID: p.account, Name: "Booking", OwnerName: "Adam", Status: tsdb.InDevelopment}))(p.t)
	must(s.RegisterTool(ctx, tsdb.NewTool{AccountID: p.account, Name: "Calendar", OwnerName: "Mia", Status: tsdb.Deployed}))(p.t)
	seven := decimal.NewFromInt(7)
	llama := must(s.RegisterModel(ctx, tsdb.NewModel{AccountID: p.account, Name: "Llama", Billions: &seven}))(p.t)
	must(s.StartFineTuning(ctx, tsdb.NewJob{AccountID: p.account, ModelID: llama.ID, Name: "Llama support", TrainingTokens: 10_000_000, Epochs: 3,
		Method: billing.QLoRA, Hardware: "A10G", IdempotencyKey: "job"}))(p.t)
	prod := must(s.DeployModel(ctx, tsdb.ModelDeployment{AccountID: p.account, ModelID: llama.ID, Name: "prod", Hardware: "g6.xlarge", Replicas: 2}))(p.t)
	trial := must(s.DeployModel(ctx, tsdb.ModelDeployment{AccountID: p.account, ModelID: llama.ID, Name: "trial", Hardware: "a100.40gb", Replicas: 1}))(p.t)
	p.record(
		tsdb.UsageEvent{ID: "history", Time: p.now.Add(-48 * time.Hour), Kind: tsdb.ToolRun, ResourceID: search.ID, Runs: 2},
		tsdb.UsageEvent{ID: "late", Time: p.now.Add(-12 * time.Hour), Kind: tsdb.ToolRun, ResourceID: search.ID, Runs: 3},
		tsdb.UsageEvent{ID: "now", Time: p.now, Kind: tsdb.Inference, ResourceID: llama.ID, DeploymentID: prod.ID, InputTokens: 374, OutputTokens: 44},
	)
	p.now = p.now.Add(90 * time.Minute)
	must(s.UndeployModel(ctx, p.account, trial.ID, time.Time{}))(p.t)
	p.host()
	p.now = p.now.Add(27*time.Hour + 13*time.Second)
	must(s.RollUp(ctx, 1000))(p.t)
	p.record(tsdb.UsageEvent{ID: "today", Time: p.now, Kind: tsdb.ToolRun, ResourceID: search.ID, Runs: 4})
	p.now = p.now.Add(3*time.Hour + 21*time.Minute)
	p.sent.take()
}

// host deploys guardrails and scripts.
func (p *billingPage) host() {
	ctx, s := p.t.Context(), p.store
	toxicity := must(s.DeployGuardrail(ctx, tsdb.NewGuardrail{AccountID: p.account, Name: "Toxicity", Scanner: billing.Toxicity, CPUType: "GENERAL_PURPOSE", Replicas: 1}))(p.t)
	must(s.DeployGuardrail(ctx, tsdb.NewGuardrail{AccountID: p.account, Name: "Phone numbers", Scanner: billing.Regex, Replicas: 1}))(p.t)
	nightly := must(s.CreateScript(ctx, tsdb.NewScript{AccountID: p.account, Name: "Nightly", Language: tsdb.Python}))(p.t)
	must(s.CreateScript(ctx, tsdb.NewScript{AccountID: p.account, Name: "Draft", Language: tsdb.JavaScript}))(p.t)
	must(s.DeployScript(ctx, tsdb.ScriptDeployment{AccountID: p.account, ScriptID: nightly.ID, Hardware: "1vcpu-2gb", Replicas: 1}))(p.t)
	p.running(nightly.ID)
	p.now = p.now.Add(time.Hour + time.Second)
	must(s.RedeployGuardrail(ctx, tsdb.Redeployment{AccountID: p.account, ID: toxicity.ID, Hardware: "COMPUTE_OPTIMIZED", Replicas: 2}))(p.t)
	must(s.RedeployScript(ctx, tsdb.Redeployment{AccountID: p.account, ID: nightly.ID, Hardware: "2vcpu-8gb"}))(p.t)
	p.running(nightly.ID)
}

func (p *billingPage) running(script int64) {
	fatal(p.t, p.store.ReportDeployment(p.t.Context(), tsdb.DeploymentReport{AccountID: p.account,
		Target: tsdb.Deployable{Kind: tsdb.KindScript, ID: script}, Outcome: tsdb.OutcomeDeployed, Endpoint: "https://scripts.example/nightly"}))
}

func (p *billingPage) record(events ...tsdb.UsageEvent) {
	p.t.Helper()
	for i := range events {
		events[i].AccountID, events[i].Source = p.account, "test"
	}
	for _, r := range must(p.store.Ingest(p.t.Context(), events, tsdb.Record))(p.t) {
		if r.Status != tsdb.Stored {
			p.t.Fatalf("%+v", r)
		}
	}
}

// ask executes a document with the account's id as $account and returns the answer.
func (p *billingPage) ask(document string, variables map[string]any) []byte {
	p.t.Helper()
	all := map[string]any{"account": EncodeID(KindAccount, p.account)}
	for k, v := range variables {
		all[k] = v
	}
	ctx := graphql.StartOperationTrace(auth.WithPrincipal(p.t.Context(), p.as))
	op, errs := p.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: document, Variables: all})
	if len(errs) > 0 {
		p.t.Fatal(errs)
	}
	handler, ctx := p.exec.DispatchOperation(ctx, op)
	var out bytes.Buffer
	fatal(p.t, json.Indent(&out, must(json.Marshal(handler(ctx)))(p.t), "", "  "))
	return append(out.Bytes(), '\n')
}

// The answers of the page's tabs are known to be right: each figure was once worked out by hand.
func TestTabsAnswer(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/tabs/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no operations: %v", err)
	}
	p := newBillingPage(t)
	for _, file := range files {
		document := must(os.ReadFile(file))(t)
		got := p.ask(string(document), nil)
		golden := strings.TrimSuffix(file, ".graphql") + ".json"
		if *update {
			fatal(t, os.WriteFile(golden, got, 0o644))
		}
		if want := must(os.ReadFile(golden))(t); !bytes.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", file, got, want)
		}
	}
}

// What is not selected is not read, and what is selected takes few round trips. The account itself is read in the first of them.
func TestTabsReadWhatIsSelected(t *testing.T) {
	t.Parallel()
	p := newBillingPage(t)
	p.ask(`query($account: ID!) { account(id: $account) { scripts { edges { node { panel { total } } } } } }`, nil) // the rate card is read once a minute
	p.sent.take()
	for name, c := range map[string]struct {
		document string
		most     int  // round trips
		usage    bool // chart tables or segments are read
		within   int  // statements that share a round trip with others, beyond one
	}{
		"trend":                        {`usageTrend { series { credits runs } points { start } }`, 1, true, 0},
		"tools":                        {`tools { edges { node { name } } totals { totalTools } }`, 2, false, 0},
		"tools with runs":              {`tools { edges { node { name } } totals { totalRuns } }`, 3, true, 2},
		"tools by runs":                {`tools(sort: {field: RUNS}) { edges { node { name } } }`, 3, true, 2},
		"models":                       {`models { edges { node { name } } }`, 1, false, 0},
		"models with credits":          {`models { edges { creditsUsed } }`, 1, true, 0},
		"models, drilled down":         {`models { edges { creditsUsed node { deployments { edges { creditsUsed node { name } } } } } }`, 2, true, 0},
		"models, drilled down, names":  {`models { edges { node { deployments { edges { node { name } } } } } }`, 2, false, 0},
		"guardrails":                   {`guardrails { edges { node { name status } } }`, 1, false, 0},
		"guardrails with credits":      {`guardrails { edges { credits time { minutes } } totals { totalCredits } }`, 2, true, 0},
		"guardrails with panels":       {`guardrails { edges { credits node { panel { total } } } }`, 2, true, 0},
		"scripts":                      {`scripts { edges { node { name status } } }`, 1, false, 0},
		"scripts with panels":          {`scripts { edges { creditsUsed node { panel { total components { vcpus } } } } }`, 2, true, 0},
		"overview":                     {`overview { credits { used } }`, 1, false, 0},
		"overview with range":          {`overview { credits { used } inRange { credits } }`, 1, true, 0},
		"usage by kind":                {`usage(groupBy: [KIND]) { edges { node { credits } } }`, 2, true, 0},
		"usage by kind with its count": {`usage(groupBy: [KIND]) { totalCount edges { node { credits } } }`, 3, true, 0},
	} {
		answer := p.ask(`query($account: ID!) { account(id: $account) { `+c.document+` } }`, nil)
		if bytes.Contains(answer, []byte(`"errors"`)) {
			t.Errorf("%s: %s", name, answer)
		}
		trips, sent := p.sent.roundTrips(), p.sent.take()
		usage := false
		for _, sql := range sent {
			usage = usage || strings.Contains(sql, "usage_") || strings.Contains(sql, "hosting of guardrails")
		}
		if trips == 0 || trips > c.most || len(sent) > c.most+1+c.within || usage != c.usage {
			t.Errorf("%s: %d statements in %d round trips, usage read %v; want at most %d, %v:\n%s", name, len(sent), trips, usage, c.most, c.usage, strings.Join(sent, "\n\n"))
		}
	}
}

// The whole page in one operation.
func TestWholePageTakesFewStatements(t *testing.T) {
	t.Parallel()
	p := newBillingPage(t)
	document := string(must(os.ReadFile("testdata/operations/billing_page.graphql"))(t))
	p.ask(document, nil) // the rate card is read once a minute
	p.sent.take()
	for name, variables := range map[string]map[string]any{
		"ever":      nil,
		"last week": {"range": map[string]any{"preset": "LAST_7_DAYS", "timeZone": "Asia/Kathmandu"}, "zone": "Asia/Kathmandu"},
	} {
		answer := p.ask(document, variables)
		if bytes.Contains(answer, []byte(`"errors"`)) {
			t.Fatalf("%s: %s", name, answer)
		}
		if sent := p.sent.take(); len(sent) > 14 { // the Tools tab takes five if days of tools are not kept yet
			t.Errorf("%s: %d statements:\n%s", name, len(sent), strings.Join(sent, "\n\n"))
		}
	}
}

// A mutation reads its account's credit status if it is selected, and only then.
func TestMutationsReadStatusWhereItIsSelected(t *testing.T) {
	t.Parallel()
	p := newBillingPage(t)
	for selection, read := range map[string]bool{"": false, "creditStatus { zone }": true} {
		p.sent.take()
		answer := p.ask(`mutation($account: ID!) { grantCredits(input: {accountId: $account, meter: MODEL_CREDITS, kind: TOP_UP, amount: "1", reference: "r", idempotencyKey: "k"}) {
  userErrors { code } `+selection+` } }`, nil)
		if bytes.Contains(answer, []byte(`"errors"`)) || bytes.Contains(answer, []byte(`"code"`)) {
			t.Fatalf("%s", answer)
		}
		reads := 0
		for _, sql := range p.sent.take() {
			if strings.Contains(sql, "name: read accounts") {
				reads++
			}
		}
		if want := map[bool]int{false: 1, true: 2}[read]; reads != want { // one reads the grant that the payload may show
			t.Errorf("%q: the account is read %d times, want %d", selection, reads, want)
		}
	}
}
