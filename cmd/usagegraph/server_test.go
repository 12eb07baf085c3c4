package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

func discardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// running is a whole server with its own database.
type running struct {
	t      testing.TB
	url    string
	store  *tsdb.Store
	stop   context.CancelFunc
	ended  chan error
	config config
	// impatient takes it for an answer that credentials cannot be checked right now; else the server is asked again, as that says.
	impatient bool
}

// start starts a server; change may change its configuration beforehand.
func start(t testing.TB, change func(*config)) *running {
	t.Helper()
	c := ofTest(tsdbtest.NewURL(t))
	if change != nil {
		change(&c)
	}
	return launch(t, c)
}

// ofTest returns a configuration for a test's database, with its own port and small pools.
func ofTest(url string) config {
	c := config{}
	c.Listen, c.DatabaseURL, c.Clock, c.Random, c.Log = "127.0.0.1:0", url, time.Now, rand.Read, discardLog()
	c.PoolSize, c.ChartPoolSize = 6, 2
	return c
}

func launch(t testing.TB, c config) *running {
	t.Helper()
	whole, err := assemble(c)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.Open(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	r := serve(t, s)
	r.config = c
	return r
}

// serve lets an opened server answer until the test ends.
func serve(t testing.TB, s *server.Server) *running {
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{t: t, url: "http://" + s.Addr(), store: s.Store(), stop: cancel, ended: make(chan error, 1)}
	go func() { r.ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-r.ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
		r.ended <- nil
	})
	return r
}

// token makes a token of a role; account 0 is for roles that span accounts.
func (r *running) token(role auth.Role, account int64, change func(*access.NewToken)) string {
	r.t.Helper()
	n := access.NewToken{Role: string(role), Name: "test " + string(role), AccountID: account, AnyDocument: true}
	if change != nil {
		change(&n)
	}
	secret, _, err := makeToken(r.t.Context(), r.store, n)
	if err != nil {
		r.t.Fatal(err)
	}
	return secret
}

// answer is the answer to a request.
type answer struct {
	status int
	header http.Header
	body   string
	Data   map[string]any
	Errors []struct {
		Message    string
		Extensions map[string]any
	}
}

func (a answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	return fmt.Sprint(a.Errors[0].Extensions["code"])
}

// at returns the value at a path of the data, such as "account.creditStatus.icon".
func (a answer) at(path string) any {
	var v any = a.Data
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func (r *running) ask(token, query string, variables map[string]any) answer {
	r.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.post("/graphql", token, "application/json", body)
}

// busyTries is how often somebody is told that credentials cannot be checked, because a busy machine takes seconds to look them up, before a test takes
// it for the answer.
const busyTries = 20

func (r *running) post(path, token, contentType string, body []byte) (a answer) {
	r.t.Helper()
	for range busyTries {
		if a = r.postOnce(path, token, contentType, body); r.impatient || a.code() != "OVERLOADED" {
			break
		}
	}
	return a
}

func (r *running) postOnce(path, token, contentType string, body []byte) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(r.t.Context()), http.MethodPost, r.url+path, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return r.do(req)
}

func (r *running) get(path string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.do(req)
}

func (r *running) do(req *http.Request) answer {
	r.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(text)}
	_ = json.Unmarshal(text, &a) // not every answer is JSON; body tells
	return a
}

const createAccount = `mutation($i:CreateAccountInput!){createAccount(input:$i){account{id name} userErrors{code message field}}}`

// account makes an account over HTTP and returns its id.
func (r *running) account(token, name string) string {
	r.t.Helper()
	a := r.ask(token, createAccount, map[string]any{"i": map[string]any{"name": name, "idempotencyKey": name,
		"masterAdmin": map[string]any{"userId": "u-" + name, "email": strings.ReplaceAll(name, " ", "-") + "@example.org"}}})
	id, _ := a.at("createAccount.account.id").(string)
	if id == "" {
		r.t.Fatalf("createAccount: %s", a.body)
	}
	return id
}

// A whole life: an account, a tool, usage, and what is left.
func TestFromAccountToCreditStatus(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	platform := r.token(auth.Platform, 0, nil)
	id := r.account(platform, "acme")
	a := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id} userErrors{message}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "crawler", "ownerName": "Mia", "status": "DEPLOYED"}})
	tool := a.at("registerTool.tool.id")
	if tool == nil {
		t.Fatal(a.body)
	}
	a = r.ask(platform, `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status charge} creditStatus{runs{remaining} credits{remaining}} userErrors{message}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "events": []any{map[string]any{"source": "test", "id": "1", "time": time.Now().UTC().Format(time.RFC3339), "toolId": tool, "runs": 45}}}})
	if a.at("recordUsage.creditStatus.runs.remaining") != "9955" {
		t.Fatal(a.body)
	}
	support := r.token(auth.Support, 0, nil)
	a = r.ask(support, `query($id:ID!){account(id:$id){name creditStatus{icon runs{used usedPercent} credits{remaining}}}}`, map[string]any{"id": id})
	if a.at("account.creditStatus.runs.usedPercent") != "0.45" || a.at("account.creditStatus.credits.remaining") != "75" || a.at("account.creditStatus.icon") != "GREEN" {
		t.Fatal(a.body)
	}
	if a.header.Get("X-Request-Id") == "" || !strings.Contains(a.body, `"requestId":"`+a.header.Get("X-Request-Id")) {
		t.Errorf("the request id is missing: %v %s", a.header, a.body)
	}
}

func TestHealthReadyAndMetrics(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	if a := r.get("/healthz"); a.status != http.StatusOK || !strings.Contains(a.body, `"timescaledb":{"version":"2.`) {
		t.Errorf("healthz: %d %s", a.status, a.body)
	}
	// On a busy machine the lag may take longer than readyz waits for it.
	waitFor(t, func() bool {
		a := r.get("/readyz")
		if a.status != http.StatusOK {
			t.Fatalf("readyz: %d %s", a.status, a.body)
		}
		return strings.Contains(a.body, `"meterLagSeconds":0`)
	})
	if a := r.get("/metrics"); a.status != http.StatusOK || !strings.Contains(a.body, "usagegraph_pool_in_use") {
		t.Errorf("metrics: %d", a.status)
	}
	var out bytes.Buffer
	p := program{out: &out}
	c := r.config
	c.Listen = strings.TrimPrefix(r.url, "http://")
	if err := p.health(t.Context(), c, nil); err != nil || !strings.HasPrefix(out.String(), "ready, TimescaleDB 2.") {
		t.Errorf("usagegraph health: %v %q", err, out.String())
	}
}

// Several processes on an empty database: one migrates, the others wait, all are ready.
func TestTwoServersOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	whole, err := assemble(ofTest(tsdbtest.NewEmptyURL(t)))
	if err != nil {
		t.Fatal(err)
	}
	type opened struct {
		s   *server.Server
		err error
	}
	both := make(chan opened, 2)
	for range 2 {
		go func() {
			s, err := server.Open(context.Background(), whole)
			both <- opened{s, err}
		}()
	}
	for range 2 {
		o := <-both
		if o.err != nil {
			t.Error(o.err)
			continue
		}
		if r := serve(t, o.s); r.get("/readyz").status != http.StatusOK {
			t.Errorf("readyz: %s", r.get("/readyz").body)
		}
	}
}

// SIGTERM may come while a server starts, at any step. Ending then is not a failure.
func TestToldToEndWhileItStarts(t *testing.T) {
	t.Parallel()
	whole, err := assemble(ofTest(tsdbtest.NewURL(t)))
	if err != nil {
		t.Fatal(err)
	}
	told, tell := context.WithCancel(t.Context())
	s, err := server.Open(told, whole)
	if err != nil {
		t.Fatal(err)
	}
	tell()
	if err := s.Serve(told); err != nil {
		t.Errorf("a server that is told before it serves ends with %v", err)
	}
	if err := server.Run(told, whole); err != nil {
		t.Errorf("a server that is told before it opens ends with %v", err)
	}
}

// SIGTERM under load ends the server without an error, and everything that was acknowledged is stored.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	platform := r.token(auth.Platform, 0, nil)
	id := r.account(platform, "busy")
	a := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}})
	acknowledged := make(chan int)
	for worker := range 4 {
		go func() { acknowledged <- r.load(platform, id, fmt.Sprint(a.at("registerTool.tool.id")), worker) }()
	}
	// The load itself shows when enough has been stored; then the server is told to end.
	waitFor(t, func() bool { return r.runs(id) >= 20 })
	r.stop()
	sum := 0
	for range 4 {
		sum += <-acknowledged
	}
	if err := <-r.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	r.ended <- nil
	again := launch(t, r.config)
	if got := again.runs(id); got < sum || sum < 20 {
		t.Errorf("%d runs were acknowledged, %d are stored", sum, got)
	}
}

// load reports single runs until the server is gone, and returns how many were acknowledged.
func (r *running) load(token, account, tool string, worker int) int {
	stored := 0
	for i := 0; ; i++ {
		body, _ := json.Marshal(map[string]any{"query": `mutation($i:RecordUsageInput!){recordUsage(input:$i){results{status}}}`, "variables": map[string]any{
			"i": map[string]any{"accountId": account, "events": []any{map[string]any{"source": fmt.Sprint(worker), "id": fmt.Sprint(i), "time": time.Now().UTC().Format(time.RFC3339), "toolId": tool, "runs": 1}}}}})
		req, _ := http.NewRequest(http.MethodPost, r.url+"/graphql", bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return stored
		}
		text, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if !strings.Contains(string(text), `"STORED"`) {
			return stored
		}
		stored++
	}
}

// runs returns how many runs the books of an account show as used.
func (r *running) runs(id string) int {
	r.t.Helper()
	key, _ := accountKey(id)
	a, err := r.store.Account(context.WithoutCancel(r.t.Context()), key)
	if err != nil {
		r.t.Fatal(err)
	}
	return int(a.Runs.Used())
}

// waitFor checks again and again, for at most a minute.
func waitFor(t testing.TB, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("it did not happen in time")
		}
	}
}
