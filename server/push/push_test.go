package push_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/server/push"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

var start = time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)

// fixture is everything between a document and its frames, without the transport.
type fixture struct {
	*tsdb.Store
	t        *testing.T
	exec     *executor.Executor
	source   *push.Source
	hub      *live.Hub
	account  int64
	tool     int64
	lastKey  int
	accounts string // opaque id
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t}
	pool := tsdbtest.New(t)
	var err error
	f.Store, err = tsdb.New(tsdb.Config{Pool: pool, Clock: func() time.Time { return start }})
	f.must(err)
	f.hub, err = live.New(live.Config{Store: f.Store, Log: slog.New(slog.DiscardHandler)})
	f.must(err)
	f.hub.Start()
	t.Cleanup(f.hub.Stop)
	resolver := &graph.Resolver{Store: f.Store, Live: f.hub}
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: resolver})
	f.exec = executor.New(schema)
	authorize, err := graph.NewAuthorize(schema.Schema())
	f.must(err)
	f.exec.Use(authorize)
	f.exec.Use(graph.Snapshot{Store: f.Store})
	f.source, err = push.New(push.Config{Hub: f.hub, Resolver: resolver, Schema: schema})
	f.must(err)
	f.account, err = f.CreateAccount(t.Context(), tsdb.NewAccount{Name: "Acme", IdempotencyKey: "a"}, tsdb.Actor{})
	f.must(err)
	f.accounts = graph.EncodeID(graph.KindAccount, f.account)
	tool, err := f.RegisterTool(t.Context(), tsdb.NewTool{AccountID: f.account, Name: "search", OwnerName: "Mia", Status: tsdb.Deployed})
	f.must(err)
	f.tool = tool.ID
	return f
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) use(runs int64) {
	f.t.Helper()
	f.lastKey++
	_, err := f.Ingest(f.t.Context(), []tsdb.UsageEvent{{AccountID: f.account, Source: "test", ID: fmt.Sprint(f.lastKey), Time: start, Kind: tsdb.ToolRun,
		ResourceID: f.tool, Runs: runs}}, tsdb.Record)
	f.must(err)
}

// as returns a context in which a member of the account is the caller.
func (f *fixture) as(user string, role auth.Role) context.Context {
	p := auth.Principal{Kind: auth.User, UserID: user, Common: auth.SetOf(auth.Authenticated),
		Seats: []auth.Seat{{Account: f.account, Role: role, Permissions: role.Permissions()}}}
	return auth.WithPrincipal(wire.WithRequestID(f.t.Context(), "request of "+user), p)
}

func (f *fixture) operation(ctx context.Context, document string, variables map[string]any) (context.Context, *graphql.OperationContext) {
	f.t.Helper()
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := f.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: document, Variables: variables})
	if len(errs) > 0 {
		f.t.Fatal(errs)
	}
	return ctx, op
}

// subscribe subscribes a sink to an operation by push.
func (f *fixture) subscribe(ctx context.Context, document string, variables map[string]any) (*sink, error) {
	f.t.Helper()
	ctx, op := f.operation(ctx, document, variables)
	s := &sink{changed: make(chan struct{})}
	cancel, handled, err := f.source.Subscribe(ctx, op, s)
	if !handled {
		f.t.Fatal("not handled")
	}
	if cancel != nil {
		f.t.Cleanup(cancel)
	}
	return s, err
}

// pull returns the first response of gqlgen's own pulling.
func (f *fixture) pull(ctx context.Context, document string, variables map[string]any) string {
	f.t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ctx, op := f.operation(ctx, document, variables)
	next, ctx := f.exec.DispatchOperation(ctx, op)
	return string(wire.Encode(wire.WithRequestID(ctx, ""), next(ctx), nil))
}

// sink records what it receives.
type sink struct {
	mu       sync.Mutex
	changed  chan struct{}
	payloads [][]byte
	keys     []string
	errs     gqlerror.List
}

func (s *sink) Next(payload []byte, key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payloads, s.keys = append(s.payloads, payload), append(s.keys, key)
	s.tell()
	return true
}

func (s *sink) Complete() {}

func (s *sink) Error(errs gqlerror.List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = errs
	s.tell()
}

func (s *sink) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// wait returns the n-th payload, counting from 1, or fails on an error.
func (s *sink) wait(t *testing.T, n int) string {
	t.Helper()
	for {
		s.mu.Lock()
		changed, errs, payloads := s.changed, s.errs, s.payloads
		s.mu.Unlock()
		if len(payloads) >= n {
			return string(payloads[n-1])
		}
		if errs != nil {
			t.Fatal(errs)
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal("no frame")
		}
	}
}

// code waits for the error that ends the subscription.
func (s *sink) code(t *testing.T) wire.Code {
	t.Helper()
	for {
		s.mu.Lock()
		changed, errs := s.changed, s.errs
		s.mu.Unlock()
		if errs != nil {
			return wire.CodeOf(errs[0])
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal("no error")
		}
	}
}

const (
	status    = `subscription($id: ID!) { creditStatus(accountId: $id) { accountId revision asOf icon runs { remaining usedPercent step } } }`
	banners   = `subscription($id: ID!) { banners(accountId: $id) { revision banners { id kind percent removable target } } }`
	crossings = `subscription($id: ID!, $after: Cursor) { thresholdCrossings(accountId: $id, after: $after) {
  ... on ThresholdCrossing { cursor kind step direction meter usedPercent }
  ... on ThresholdSnapshot { cursor creditStatus { revision } } } }`
	deployments = `subscription($id: ID!, $after: Cursor) { deploymentChanges(accountId: $id, after: $after) { __typename
  ... on DeploymentChange { cursor kind resourceName replicas }
  ... on DeploymentSnapshot { cursor deployed { ... on Guardrail { name replicas pending panel { total } } ... on Script { name } ... on Deployment { name } } } } }`
)

func (f *fixture) id() map[string]any { return map[string]any{"id": f.accounts} }

// The same document gives everybody the same bytes, and they equal what gqlgen gives a client that pulls.
func TestBytesAreShared(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one, err := f.subscribe(f.as("mia", auth.MasterAdmin), status, f.id())
	f.must(err)
	two, err := f.subscribe(f.as("max", auth.Member), status, f.id())
	f.must(err)
	if got, want := one.wait(t, 1), f.pull(f.as("mia", auth.MasterAdmin), status, f.id()); got != want {
		t.Errorf("pushed %s\npulled %s", got, want)
	}
	two.wait(t, 1)
	f.use(5_000)
	want := `"runs":{"remaining":"5000","usedPercent":"50","step":50}`
	if got := one.wait(t, 2); !strings.Contains(got, want) || strings.Contains(got, "request of") {
		t.Errorf("%s", got)
	}
	two.wait(t, 2)
	if &one.payloads[1][0] != &two.payloads[1][0] || one.keys[1] == "" {
		t.Error("not shared, or not a state")
	}
}

func TestBannersAreEachUsersOwn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.use(5_000)
	mia, err := f.subscribe(f.as("mia", auth.Member), banners, f.id())
	f.must(err)
	max, err := f.subscribe(f.as("max", auth.Member), banners, f.id())
	f.must(err)
	var frame struct {
		Data struct {
			Banners struct{ Banners []struct{ ID string } }
		}
	}
	f.must(json.Unmarshal([]byte(mia.wait(t, 1)), &frame))
	document := `mutation($in: DismissBannerInput!) { dismissBanner(input: $in) { banners { banners { id } } userErrors { code } } }`
	in := map[string]any{"in": map[string]any{"accountId": f.accounts, "bannerId": frame.Data.Banners.Banners[0].ID}}
	if got := f.pull(f.as("mia", auth.Member), document, in); !strings.Contains(got, `"banners":{"banners":[]},"userErrors":[]`) {
		t.Fatal(got)
	}
	if got := mia.wait(t, 2); !strings.Contains(got, `"banners":[]`) {
		t.Errorf("%s", got)
	}
	if got := max.wait(t, 1); !strings.Contains(got, `"percent":50`) || !strings.Contains(got, "support@") {
		t.Errorf("%s", got)
	}
}

func TestCrossingsAreResumed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := f.as("mia", auth.MasterAdmin)
	s, err := f.subscribe(ctx, crossings, f.id())
	f.must(err)
	var snapshot struct {
		Data struct{ ThresholdCrossings struct{ Cursor string } }
	}
	f.must(json.Unmarshal([]byte(s.wait(t, 1)), &snapshot))
	f.use(7_000)
	last := s.wait(t, 4)
	if !strings.Contains(last, `"kind":"PERCENT","step":70,"direction":"REACHED","meter":"TOOL_RUNS","usedPercent":"70"`) || s.keys[3] != "" {
		t.Errorf("%s", last)
	}
	variables := f.id()
	variables["after"] = snapshot.Data.ThresholdCrossings.Cursor
	resumed, err := f.subscribe(ctx, crossings, variables)
	f.must(err)
	if got := resumed.wait(t, 3); got != last {
		t.Errorf("resumed with %s, want %s", got, last)
	}
	if got := f.pull(ctx, crossings, variables); got != s.wait(t, 2) {
		t.Errorf("pulled %s", got)
	}
}

// A cursor belongs to its stream: revisions count the changes of one account, so that of another account would leave out events. A cursor of
// the last release, which is the revision alone, is accepted.
func TestACursorBelongsToItsStream(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := f.as("mia", auth.MasterAdmin)
	cursorOf := func(document string) string {
		t.Helper()
		s, err := f.subscribe(ctx, document, f.id())
		f.must(err)
		found := regexp.MustCompile(`"cursor":"([^"]+)"`).FindStringSubmatch(s.wait(t, 1))
		if found == nil {
			t.Fatal("no cursor")
		}
		return found[1]
	}
	after := func(document, cursor string) wire.Code {
		t.Helper()
		variables := f.id()
		variables["after"] = cursor
		if _, err := f.subscribe(ctx, document, variables); err != nil {
			return wire.CodeOf(wire.AsList(err)[0])
		}
		return ""
	}
	f.use(7_000)
	ofCrossings, ofDeployments := cursorOf(crossings), cursorOf(deployments)
	first := f.account
	another, err := f.CreateAccount(t.Context(), tsdb.NewAccount{Name: "Other", IdempotencyKey: "b"}, tsdb.Actor{})
	f.must(err)
	for _, c := range []struct {
		account          int64
		document, cursor string
		code             wire.Code
	}{
		{first, crossings, ofCrossings, ""}, {first, deployments, ofDeployments, ""}, {first, crossings, "MQ", ""},
		{first, crossings, ofDeployments, "BAD_PAGE"}, {first, deployments, ofCrossings, "BAD_PAGE"},
		{another, crossings, ofCrossings, "BAD_PAGE"}, {another, deployments, ofDeployments, "BAD_PAGE"}, {first, crossings, "MS4x", "BAD_PAGE"},
	} {
		f.account, f.accounts = c.account, graph.EncodeID(graph.KindAccount, c.account)
		ctx = f.as("mia", auth.MasterAdmin)
		if code := after(c.document, c.cursor); code != c.code {
			t.Errorf("account %d, after %s: %q, want %q", c.account, c.cursor, code, c.code)
		}
	}
}

func TestDeploymentsStartFromASnapshot(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	g, err := f.DeployGuardrail(t.Context(), tsdb.NewGuardrail{AccountID: f.account, Name: "toxicity", Scanner: "TOXICITY", CPUType: "GENERAL_PURPOSE", Replicas: 2})
	f.must(err)
	s, err := f.subscribe(f.as("mia", auth.MasterAdmin), deployments, f.id())
	f.must(err)
	if got := s.wait(t, 1); !strings.Contains(got, `"deployed":[{"name":"toxicity","replicas":2,"pending":false,"panel":{"total":"0"}}]`) {
		t.Errorf("%s", got)
	}
	_, err = f.UndeployGuardrail(t.Context(), f.account, g.ID, time.Time{})
	f.must(err)
	if got := s.wait(t, 2); !strings.Contains(got, `"kind":"UNDEPLOYED","resourceName":"toxicity","replicas":0`) {
		t.Errorf("%s", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	member := f.as("max", auth.Member)
	codeOf := func(err error) wire.Code { return wire.CodeOf(wire.AsList(err)[0]) }
	if _, err := f.subscribe(member, status, map[string]any{"id": graph.EncodeID(graph.KindAccount, f.account+1)}); codeOf(err) != "NOT_FOUND" {
		t.Errorf("another's account: %v", err)
	}
	if _, err := f.subscribe(member, status, map[string]any{"id": "x"}); codeOf(err) != "NOT_FOUND" {
		t.Errorf("no id: %v", err)
	}
	variables := f.id()
	variables["after"] = "x"
	if _, err := f.subscribe(f.as("mia", auth.MasterAdmin), crossings, variables); codeOf(err) != "BAD_PAGE" {
		t.Errorf("no cursor: %v", err)
	}
	support := auth.WithPrincipal(t.Context(), auth.Principal{Kind: auth.Service, Role: auth.Support, Common: auth.Support.Permissions()})
	s, err := f.subscribe(support, status, map[string]any{"id": graph.EncodeID(graph.KindAccount, f.account+1)})
	f.must(err)
	if code := s.code(t); code != "NOT_FOUND" {
		t.Errorf("no such account: %s", code)
	}
	s, err = f.subscribe(member, status, f.id())
	f.must(err)
	f.hub.Stop()
	if code := s.code(t); code != wire.ShuttingDown {
		t.Errorf("stopped: %s", code)
	}
}
