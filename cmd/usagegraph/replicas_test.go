package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/graph/generated"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

const (
	randomChanges = 1000
	tenantCount   = 4
	writerCount   = 4
)

// replicas are two processes of the server on one database, with their callers.
type replicas struct {
	t                 *testing.T
	ctx               context.Context
	at                [2]*process
	platform, support string
	tenants           []*tenant
	keys              atomic.Int64
	readers           sync.WaitGroup
}

// tenant is an account that changes at random, with what its watchers on each process received.
type tenant struct {
	id, token              string
	key, began             int64 // began: the last seq when the watches began
	tool, model, guardrail string
	watched                [2]map[string]*frames // by subscription
	roamed                 frames                // of a watcher that goes from process to process
}

func startReplicas(t *testing.T) *replicas {
	t.Helper()
	url := tsdbtest.NewURL(t)
	ctx, cancel := context.WithCancel(t.Context())
	r := &replicas{t: t, ctx: ctx}
	t.Cleanup(func() {
		cancel()
		r.readers.Wait()
	})
	for i := range r.at {
		r.at[i] = startProcessOn(t, url, "USAGEGRAPH_BUCKET_SIZE=100000000", "USAGEGRAPH_BUCKET_RATE=100000000")
	}
	r.platform, r.support = r.at[0].token(auth.Platform, 0, nil), r.at[0].token(auth.Support, 0, nil)
	for i := range tenantCount {
		r.tenants = append(r.tenants, r.tenant(fmt.Sprint("tenant", i)))
	}
	return r
}

func (r *replicas) tenant(name string) *tenant {
	p := r.at[0]
	tn := &tenant{id: p.account(r.platform, name)}
	tn.key, _ = accountKey(tn.id)
	tn.token = p.token(auth.MasterAdmin, tn.key, func(n *access.NewToken) { n.UserID = "u-" + name })
	made := p.ask(r.platform, `mutation($id:ID!){registerTool(input:{accountId:$id,name:"t",ownerName:"o",status:DEPLOYED}){tool{id}}
registerModel(input:{accountId:$id,name:"m"}){model{id}} deployGuardrail(input:{accountId:$id,name:"g",scanner:RELEVANCE}){guardrail{id}}}`, map[string]any{"id": tn.id})
	tn.tool, tn.model = fmt.Sprint(made.at("registerTool.tool.id")), fmt.Sprint(made.at("registerModel.model.id"))
	tn.guardrail = fmt.Sprint(made.at("deployGuardrail.guardrail.id"))
	return tn
}

// watch begins all watches of a tenant and waits for the first frame of each.
func (r *replicas) watch(tn *tenant) {
	r.t.Helper()
	revisions, err := r.at[0].store.Revisions(r.ctx, []int64{tn.key})
	if err != nil {
		r.t.Fatal(err)
	}
	tn.began = revisions[tn.key]
	for i, p := range r.at {
		tn.watched[i] = map[string]*frames{"status": {}, "banners": {}, "crossings": {}, "deployments": {}, "sse": {}}
		r.socket(p, tn, tn.watched[i])
		r.stream(p, tn, tn.watched[i]["sse"])
		for _, f := range tn.watched[i] {
			waitFor(r.t, func() bool { list, err := f.all(); return len(list) > 0 || err != nil })
		}
	}
	first, _ := tn.watched[0]["crossings"].all()
	r.readers.Go(func() { r.roam(tn, first[0].Cursor) })
}

// socket watches everything over one WebSocket.
func (r *replicas) socket(p *process, tn *tenant, into map[string]*frames) {
	r.t.Helper()
	s, err := p.open(r.ctx, tn.token)
	if err != nil {
		r.t.Fatal(err)
	}
	for id, document := range map[string]string{"status": statusDocument, "banners": bannersDocument, "crossings": crossingsDocument, "deployments": deploymentDocument} {
		if err := s.subscribe(r.ctx, id, document, map[string]any{"id": tn.id}); err != nil {
			r.t.Fatal(err)
		}
	}
	r.readers.Go(func() {
		defer func() { _ = s.CloseNow() }()
		for {
			id, f, err := s.next(r.ctx)
			if err != nil {
				for _, f := range into {
					f.fail(err)
				}
				return
			}
			into[id].add(f)
		}
	})
}

// stream watches the crossings over SSE.
func (r *replicas) stream(p *process, tn *tenant, into *frames) {
	r.t.Helper()
	body, _ := json.Marshal(map[string]any{"query": crossingsDocument, "variables": map[string]any{"id": tn.id}})
	req, err := http.NewRequestWithContext(r.ctx, http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "Authorization": {"Bearer " + tn.token}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.readers.Go(func() {
		defer func() { _ = res.Body.Close() }()
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			data, isData := strings.CutPrefix(lines.Text(), "data: ")
			if !isData {
				continue
			}
			f, err := frameOf([]byte(data))
			if err != nil {
				into.fail(err)
				return
			}
			into.add(f)
		}
		into.fail(lines.Err())
	})
}

// roam reads crossings two at a time, each time from the other process, and resumes with the cursor of the last.
func (r *replicas) roam(tn *tenant, after string) {
	for hop := 0; r.ctx.Err() == nil; hop++ {
		s, err := r.at[hop%2].open(r.ctx, tn.token)
		if err == nil {
			err = s.subscribe(r.ctx, "1", crossingsDocument, map[string]any{"id": tn.id, "after": after})
		}
		for n := 0; n < 2 && err == nil; n++ {
			var f frame
			if _, f, err = s.next(r.ctx); err == nil {
				after = f.Cursor
				tn.roamed.add(f)
			}
		}
		if err != nil {
			tn.roamed.fail(err)
			return
		}
		_ = s.CloseNow()
	}
}

// change does something to one tenant through one process. What its state forbids is refused as data.
func (r *replicas) change(p *process, random *rand.Rand) error {
	tn := r.tenants[random.IntN(len(r.tenants))]
	key := fmt.Sprint("change ", r.keys.Add(1))
	usage := func(event map[string]any) error {
		event["source"], event["id"], event["time"] = "random", key, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")
		return p.mutate(r.platform, "recordUsage", "RecordUsageInput", map[string]any{"accountId": tn.id, "events": []any{event}})
	}
	grant := func(meter string, amount int) error {
		return p.mutate(r.support, "grantCredits", "GrantCreditsInput", map[string]any{"accountId": tn.id, "meter": meter, "amount": fmt.Sprint(amount), "reference": "order", "idempotencyKey": key})
	}
	switch random.IntN(10) {
	case 0:
		return grant("TOOL_RUNS", 1+random.IntN(20_000))
	case 1:
		return grant("MODEL_CREDITS", 1+random.IntN(150))
	case 2:
		return p.mutate(r.platform, "undeployGuardrail", "UndeployGuardrailInput", map[string]any{"guardrailId": tn.guardrail})
	case 3:
		return p.mutate(r.platform, "redeployGuardrail", "RedeployGuardrailInput", map[string]any{"guardrailId": tn.guardrail})
	case 4:
		return p.mutate(r.platform, "reserveUsage", "ReserveUsageInput", map[string]any{"accountId": tn.id, "meter": "TOOL_RUNS", "mode": "CAP", "amount": "5", "idempotencyKey": key})
	case 5:
		return r.dismiss(p, tn)
	case 6, 7:
		return usage(map[string]any{"modelId": tn.model, "inputTokens": 1 + random.IntN(60_000_000)})
	}
	return usage(map[string]any{"toolId": tn.tool, "runs": 1 + random.IntN(3_000)})
}

// dismiss dismisses, as the person, the first banner that the process shows.
func (r *replicas) dismiss(p *process, tn *tenant) error {
	var got struct {
		Data struct {
			Account struct {
				Banners struct{ Banners []struct{ ID string } }
			}
		}
	}
	if err := p.call(tn.token, `query($id:ID!){account(id:$id){banners{banners{id}}}}`, map[string]any{"id": tn.id}, &got); err != nil || len(got.Data.Account.Banners.Banners) == 0 {
		return err
	}
	return p.mutate(tn.token, "dismissBanner", "DismissBannerInput", map[string]any{"accountId": tn.id, "bannerId": got.Data.Account.Banners.Banners[0].ID})
}

func (p *process) mutate(token, name, input string, value map[string]any) error {
	var got struct{ Errors json.RawMessage }
	document := fmt.Sprintf(`mutation($in:%s!){%s(input:$in){userErrors{code}}}`, input, name)
	if err := p.call(token, document, map[string]any{"in": value}, &got); err != nil {
		return err
	}
	if got.Errors != nil {
		return fmt.Errorf("%s: %s", name, got.Errors)
	}
	return nil
}

// call sends a request over HTTP, from any goroutine.
func (p *process) call(token, query string, variables map[string]any, into any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	return err
}

// cut ends the LISTEN connections of both processes, or of one, and returns how many it ended.
func (r *replicas) cut(most int) (cut int) {
	err := r.at[0].pool.QueryRow(r.ctx, `SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%LISTEN usagegraph_account%' AND pid <> pg_backend_pid() ORDER BY random() LIMIT $1) l`, most).Scan(&cut)
	if err != nil {
		r.t.Error(err)
	}
	return cut
}

// Two processes of the server, with watchers on both over WebSocket and SSE, while 1,000 random changes are made through both and LISTEN
// connections are cut. Every last state equals a query at the frame's asOf, and every stream of events is without gaps, even for a client
// that goes from one process to the other.
func TestTwoProcessesMissNothing(t *testing.T) {
	t.Parallel()
	r := startReplicas(t)
	for _, tn := range r.tenants {
		r.watch(tn)
	}
	var writers sync.WaitGroup
	cuts := 0
	for n := range writerCount {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(uint64(n), 4)) // a fixed seed
			for i := range randomChanges / writerCount {
				if err := r.change(r.at[(n+i)%2], random); err != nil {
					t.Error(err)
				}
				if n == 0 && i%15 == 14 {
					cuts += r.cut(1 + i%2)
				}
			}
		})
	}
	writers.Wait()
	if cuts == 0 {
		t.Error("no connection was cut")
	}
	events := 0
	for _, tn := range r.tenants {
		events += r.compare(tn)
	}
	t.Logf("%d connections were cut, %d events told to each watcher", cuts, events)
}

// compare waits until everything that a tenant's watchers received is right, and returns the number of events.
func (r *replicas) compare(tn *tenant) int {
	r.t.Helper()
	for i, w := range tn.watched {
		r.settled(fmt.Sprintf("the last state on process %d", i), w["status"], func(list []frame) (got, want any) { return r.stateAt(tn, list, "creditStatus", statusFields) })
		r.settled(fmt.Sprintf("the last banners on process %d", i), w["banners"], func(list []frame) (got, want any) {
			got, want = r.stateAt(tn, list, "banners", bannerFields)
			return listed(got), listed(want)
		})
		for name, kind := range map[string]tsdb.EventKind{"crossings": tsdb.EventCrossing, "deployments": tsdb.EventDeployment, "sse": tsdb.EventCrossing} {
			r.settled(fmt.Sprintf("the %s on process %d", name, i), w[name], func(list []frame) (got, want any) { return revisions(list), r.outbox(tn, kind) })
		}
	}
	r.settled("the crossings of the roaming client", &tn.roamed, func(list []frame) (got, want any) {
		// It reads two at a time, so its list is complete as far as it goes.
		return revisions(list), r.outbox(tn, tsdb.EventCrossing)
	})
	return len(r.outbox(tn, tsdb.EventCrossing)) + len(r.outbox(tn, tsdb.EventDeployment))
}

// listed returns a banner list without its revision and instant, which alone are not news.
func listed(v any) any {
	m, _ := v.(map[string]any)
	return m["banners"]
}

// settled waits, for at most a minute, until what was received is what it should be; after a failure it waits only a second.
func (r *replicas) settled(what string, f *frames, compare func([]frame) (got, want any)) {
	r.t.Helper()
	patience := time.Minute
	if r.t.Failed() {
		patience = time.Second
	}
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := f.all()
		got, want := compare(list)
		if err != nil {
			r.t.Errorf("%s: ended with %v", what, err)
			return
		}
		if reflect.DeepEqual(got, want) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			r.t.Errorf("%s:\n%v\nwant\n%v", what, got, want)
			return
		}
	}
}

// outbox returns the seqs of the events of a kind since the watches began.
func (r *replicas) outbox(tn *tenant, kind tsdb.EventKind) []int64 {
	r.t.Helper()
	asked := tsdb.EventsOf{Account: tn.key, After: tn.began}
	found, err := r.at[0].store.Events(r.ctx, []tsdb.EventsOf{asked}, 1_000_000)
	if err != nil {
		r.t.Fatal(err)
	}
	seqs := []int64{}
	for _, e := range found.Events[asked] {
		if e.Kind == kind {
			seqs = append(seqs, e.Revision)
		}
	}
	return seqs
}

// stateAt returns the last frame, and the answer of a query at its instant.
func (r *replicas) stateAt(tn *tenant, list []frame, field, fields string) (got, want any) {
	r.t.Helper()
	last := list[len(list)-1]
	if !slices.IsSortedFunc(list, func(a, b frame) int { return int(a.Revision - b.Revision) }) {
		r.t.Errorf("revisions of %s went back: %v", field, revisions(list))
	}
	store, err := tsdb.New(tsdb.Config{Pool: r.at[0].pool, Clock: func() time.Time { return last.AsOf }})
	if err != nil {
		r.t.Fatal(err)
	}
	exec := executor.New(generated.NewExecutableSchema(generated.Config{Resolvers: &graph.Resolver{Store: store}}))
	exec.Use(graph.Snapshot{Store: store})
	role := auth.MasterAdmin
	p := auth.Principal{Kind: auth.User, UserID: "u-" + r.name(tn), Common: auth.SetOf(auth.Authenticated), Seats: []auth.Seat{{Account: tn.key, Role: role, Permissions: role.Permissions()}}}
	ctx := graphql.StartOperationTrace(auth.WithPrincipal(r.ctx, p))
	op, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: `query($id: ID!) { account(id: $id) { ` + field + ` ` + fields + ` } }`, Variables: map[string]any{"id": tn.id}})
	if len(errs) > 0 {
		r.t.Fatal(errs)
	}
	next, ctx := exec.DispatchOperation(ctx, op)
	var answer struct{ Account map[string]any }
	if res := next(ctx); json.Unmarshal(res.Data, &answer) != nil || len(res.Errors) > 0 || json.Unmarshal(last.raw, &got) != nil {
		r.t.Fatalf("%s %v", res.Data, res.Errors)
	}
	return got, answer.Account[field]
}

func (r *replicas) name(tn *tenant) string { return fmt.Sprint("tenant", slices.Index(r.tenants, tn)) }
