package bench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/auth"
)

const (
	graphClients = 16
	graphSpan    = 2 * time.Second
	graphTools   = 200 // of the account asked about
)

const (
	askTools   = `query Tools($id:ID!,$from:DateTime!,$to:DateTime!){account(id:$id){tools(range:{from:$from,to:$to},first:25,sort:{field:RUNS,direction:DESC}){edges{runs node{id name}}}}}`
	askBalance = `query Balance($id:ID!){account(id:$id){creditStatus{credits{remaining used}runs{remaining}}}}`
)

// The questions that both answer, by name: ours, and PostGraphile's, which takes the account's key.
var graphQuestions = map[string]struct{ ours, theirs string }{
	"trend":   {askYear, `query($a:BigInt!,$from:Datetime!,$to:Datetime!){trend(account:$a,since:$from,until:$to){nodes{start credits runs}}}`},
	"tools":   {askTools, `query($a:BigInt!,$from:Datetime!){tools(account:$a,since:$from){nodes{toolId name runs}}}`},
	"balance": {askBalance, `query($a:BigInt!){balance(account:$a){credits runs used}}`},
}

// besidePostGraphile makes 16 clients ask us and PostGraphile in turn.
func (t *trial) besidePostGraphile(name string) {
	d := openEndpoint(t.B, 1)
	d.year(d.accounts[0], d.models[0], 40)
	d.exec(`INSERT INTO resource (account_id, kind, name, status, type, created_at, ever_deployed)
SELECT $1, 'TOOL', 'tool ' || i, 'DEPLOYED', '', now(), true FROM generate_series(1, $2::int) i`, d.accounts[0], graphTools)
	d.exec(`INSERT INTO usage_day (account_id, bucket, resource_id, kind, category, runs, events)
SELECT account_id, date_trunc('day', now(), 'UTC') - day * interval '1 day', resource_id, 'TOOL_RUN', 'TOOLS', 1 + resource_id % 100, 1
FROM resource, generate_series(1, 366) day WHERE kind = 'TOOL'`)
	d.addUpAccounts()
	at := d.postGraphile()
	d.token = d.newToken(auth.Support)
	ours, theirs := d.graphBodies(name)
	d.mustAnswer(d.post("/graphql", "application/json", ours[0]), `"data"`)
	d.mustAnswer(d.postTo(at, "application/json", theirs[0]), `"data"`)
	if t.Failed() {
		return
	}
	both := func() (x, y float64) {
		return d.rateOf(graphClients, graphSpan, at, theirs), d.rateOf(graphClients, graphSpan, d.at+"/graphql", ours)
	}
	both()
	for range t.rounds {
		x, y := both()
		t.add(y / x)
	}
}

func (d *endpoint) graphBodies(name string) (ours, theirs [][]byte) {
	q, midnight := graphQuestions[name], time.Now().UTC().Truncate(24*time.Hour)
	from, to := midnight.AddDate(-1, 0, 0).Format(time.RFC3339), midnight.Format(time.RFC3339)
	mine := map[string]any{"id": accountID(d.accounts[0])}
	other := map[string]any{"a": fmt.Sprint(d.accounts[0])}
	if name != "balance" {
		mine["from"], mine["to"], other["from"] = from, to, from
	}
	if name == "trend" {
		mine["zone"], other["to"] = "UTC", to
	}
	return [][]byte{question(q.ours, mine)}, [][]byte{question(q.theirs, other)}
}

// postGraphile starts PostGraphile on the database and returns its address. It installs PostGraphile if it is not installed yet.
func (d *endpoint) postGraphile() string {
	functions, err := os.ReadFile("postgraphile/functions.sql")
	d.must(err)
	d.exec(string(functions))
	folder, err := filepath.Abs("../.local/postgraphile")
	d.must(err)
	out, err := exec.CommandContext(d.b.Context(), "postgraphile/install", folder).Output()
	if err != nil {
		d.b.Fatalf("PostGraphile cannot be had: %v", err)
	}
	port := freePort(d)
	cmd := exec.Command("node", strings.TrimSpace(string(out)), "-c", d.url, "-s", "bench_api", "-p", port, "-n", "127.0.0.1",
		"--disable-query-log", "--disable-graphiql", "--no-setof-functions-contain-nulls", "--cors", "--max-pool-size", "16")
	cmd.Env, cmd.Stderr = append(os.Environ(), "NODE_ENV=production"), os.Stderr
	d.must(cmd.Start())
	d.b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	at := "http://127.0.0.1:" + port + "/graphql"
	for range 300 {
		request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, at, strings.NewReader(`{"query":"{__typename}"}`))
		d.must(err)
		request.Header.Set("Content-Type", "application/json")
		if answer, err := d.client.Do(request); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return at
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	d.b.Fatal("PostGraphile does not answer")
	return ""
}

func freePort(d *endpoint) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	d.must(err)
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	d.must(err)
	return port
}
