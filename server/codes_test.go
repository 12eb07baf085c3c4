package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// topLevelCodes returns the closed list of codes of top-level errors.
func topLevelCodes() []string {
	codes := []string{string(graph.Forbidden), string(tsdb.NotFound), string(tsdb.Invalid), string(tsdb.BadRange), string(tsdb.RangeTooFine), "BAD_PAGE"}
	for _, c := range wire.Codes() {
		codes = append(codes, string(c))
	}
	slices.Sort(codes)
	return codes
}

// coded is a server with one account and callers of several kinds.
type coded struct {
	*running
	account                          int64
	member, master, support, analyst string
	trusted                          string // an analyst who sends registered documents only
}

func codedServer(t *testing.T) *coded {
	r := withExploreRole(t, func(c *Config) { c.ExploreTimeout = 5 * time.Second })
	key := r.account("acme")
	return &coded{running: r, account: key, member: r.token(auth.Member, key, nil), master: r.token(auth.MasterAdmin, key, nil),
		support: r.token(auth.Support, 0, nil), analyst: r.token(auth.Analyst, 0, nil),
		trusted: r.token(auth.Analyst, 0, func(n *access.NewToken) { n.AnyDocument = false })}
}

// body returns the answer to a request with these headers.
func (c *coded) body(method, token, contentType, accept, body string) string {
	req := c.request(method, "/graphql", token, contentType, strings.NewReader(body))
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	return string(c.send(req).body)
}

func (c *coded) query(token, query string) string {
	return string(c.ask(token, query, map[string]any{}).body)
}

const eventStream = "text/event-stream"

// The running server produces every code of the list, and the documentation has the same list.
func TestEveryCodeIsProduced(t *testing.T) {
	t.Parallel()
	c := codedServer(t)
	subscribe := `{"query":"subscription{creditStatus(accountId:\"` + accountID(c.account) + `\"){icon}}"}`
	elsewhere := strings.Replace(subscribe, accountID(c.account), accountID(999_999), 1)
	produce := map[string]func() string{
		"BAD_REQUEST":            func() string { return c.body("POST", c.member, "application/json", "", "{") },
		"BODY_TOO_LARGE":         func() string { return c.body("POST", c.member, "application/json", "", strings.Repeat(" ", 1<<20)) },
		"REQUEST_TIMEOUT":        c.neverSends,
		"METHOD_NOT_ALLOWED":     func() string { return c.body("PUT", c.member, "application/json", "", "{}") },
		"NOT_ACCEPTABLE":         func() string { return c.body("POST", c.member, "application/json", "image/png", "{}") },
		"UNSUPPORTED_MEDIA_TYPE": func() string { return c.body("POST", c.member, "text/plain", "", "{}") },
		"STREAM_REQUIRED":        func() string { return c.body("POST", c.member, "application/json", "", subscribe) },
		"UNAUTHENTICATED":        func() string { return c.query("ug_nonsense", "{viewer{name}}") },
		"FORBIDDEN":              func() string { return c.query(c.member, "{account{ledger{totalCount}}}") },
		"NOT_FOUND":              func() string { return c.body("POST", c.member, "application/json", eventStream, elsewhere) },
		"INVALID": func() string {
			return c.query(c.analyst, `{accounts(search:"`+strings.Repeat("x", 101)+`"){totalCount}}`)
		},
		"BAD_PAGE":  func() string { return c.query(c.master, "{account{ledger(first:0){totalCount}}}") },
		"BAD_RANGE": func() string { return c.query(c.master, `{account{balanceAt(time:"2999-01-01T00:00:00Z"){credits}}}`) },
		"RANGE_TOO_FINE": func() string {
			return c.query(c.master, "{account{usageTrend(range:{preset:LAST_30_DAYS},granularity:MINUTE){granularity}}}")
		},
		"TOO_MANY_SUBSCRIPTIONS":    c.subscribesOften,
		"OVERLOADED":                c.asksTooMuchAtOnce,
		"UNAVAILABLE":               func() string { return c.writesWhereNobodyMay(t) },
		"SHUTTING_DOWN":             func() string { return c.asksWhileDraining(t, subscribe) },
		"INTERNAL":                  func() string { return c.asksWithoutATable(t) },
		"GRAPHQL_PARSE_FAILED":      func() string { return c.query(c.member, "{") },
		"GRAPHQL_VALIDATION_FAILED": func() string { return c.query(c.member, "{nothing}") },
		"DOCUMENT_TOO_COMPLEX":      func() string { return c.query(c.member, "{"+strings.Repeat("viewer{name} ", 30)+"}") },
		"COST_TOO_HIGH": func() string {
			return c.query(c.analyst, "{"+numbered(20, "a%d:accounts(first:100){edges{node{id}}} ")+"}")
		},
		"THROTTLED":              func() string { return asksTooOften(t) },
		"INTROSPECTION_DISABLED": func() string { return c.query(c.member, "{__schema{queryType{name}}}") },
		"DOCUMENT_NOT_TRUSTED":   func() string { return c.query(c.trusted, "{viewer{name}}") },
		"PERSISTED_QUERY_NOT_FOUND": func() string {
			return c.body("POST", c.trusted, "application/json", "", `{"documentId":"sha256:`+strings.Repeat("0", 64)+`"}`)
		},
	}
	if made := slices.Sorted(maps.Keys(produce)); !slices.Equal(made, topLevelCodes()) {
		t.Errorf("produced %v\nthe list %v", made, topLevelCodes())
	}
	for code, body := range produce {
		got := body()
		if !strings.Contains(got, `"code":"`+code+`"`) {
			t.Errorf("%s: %.400s", code, got)
		}
		if !strings.Contains(got, `"requestId":"`) && code != "TOO_MANY_SUBSCRIPTIONS" {
			t.Errorf("%s bears no request id: %.400s", code, got)
		}
	}
}

// neverSends announces a body and does not send it.
func (c *coded) neverSends() string {
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{", c.member)
	text, _ := io.ReadAll(conn)
	return string(text)
}

// subscribesOften begins more operations on a socket than are allowed.
func (c *coded) subscribesOften() string {
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, strings.Replace(c.url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	_ = ws.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init","payload":{"token":"`+c.member+`"}}`))
	if _, ack, err := ws.Read(ctx); err != nil || !bytes.Contains(ack, []byte("connection_ack")) {
		c.t.Fatalf("%s %v", ack, err)
	}
	for i := range 101 {
		_ = ws.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"type":"subscribe","id":"%d","payload":{"query":"subscription{creditStatus(accountId:\"%s\"){icon}}"}}`, i, accountID(c.account)))
	}
	for {
		_, message, err := ws.Read(ctx)
		if err != nil || bytes.Contains(message, []byte(`"type":"error"`)) {
			return string(message)
		}
	}
}

// asksTooMuchAtOnce asks ad hoc while all other ad-hoc questions wait for the figures.
func (c *coded) asksTooMuchAtOnce() string {
	tx, err := c.pools.books.Begin(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(c.t.Context(), "LOCK TABLE usage_day, usage_quarter, usage_minute IN ACCESS EXCLUSIVE MODE"); err != nil {
		c.t.Fatal(err)
	}
	answers := make(chan string, 3)
	for range cap(answers) {
		go func() {
			a, _ := c.try(c.request(http.MethodPost, "/graphql", c.analyst, "application/json",
				bytes.NewReader(question("{usage(groupBy:[ACCOUNT],range:{preset:LAST_90_DAYS}){edges{node{credits}}}}", nil))))
			answers <- string(a.body)
		}()
	}
	return <-answers
}

func (c *coded) asksWhileDraining(t *testing.T, subscribe string) string {
	draining := codedServer(t)
	if err := draining.streams.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	return draining.body("POST", draining.member, "application/json", eventStream, subscribe)
}

// writesWhereNobodyMay changes something in a database that is read-only, as after a failover.
func (c *coded) writesWhereNobodyMay(t *testing.T) string {
	standby := codedServer(t)
	const only = `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`
	if _, err := standby.pools.books.Exec(t.Context(), only); err != nil {
		t.Fatal(err)
	}
	standby.pools.books.Reset()
	return standby.query(standby.master, `mutation{setRole(input:{accountId:"`+accountID(standby.account)+`",name:"x",permissions:[BILLING_VIEW]}){userErrors{code}}}`)
}

// asksWithoutATable asks for what the database cannot answer. The answer does not say why.
func (c *coded) asksWithoutATable(t *testing.T) string {
	broken := codedServer(t)
	if _, err := broken.pools.books.Exec(t.Context(), "ALTER TABLE plan RENAME TO plan_secret"); err != nil {
		t.Fatal(err)
	}
	got := broken.query(broken.support, "{plans{name}}")
	for _, leak := range []string{"plan_secret", "relation", "SQLSTATE", "42P01", "SELECT"} {
		if strings.Contains(got, leak) {
			t.Errorf("INTERNAL tells %q: %s", leak, got)
		}
	}
	return got
}

// asksTooOften empties a bucket. A caller who is turned away is told when to come back, in the answer and in the header.
func asksTooOften(t *testing.T) string {
	now := make(chan time.Time, 1)
	now <- time.Now()
	clock := func() time.Time { at := <-now; now <- at; return at } // it stands still, so that nothing flows in
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate, c.Clock = 100, 5, clock })
	token := r.token(auth.Member, r.account("acme"), nil)
	for {
		a := r.ask(token, "{account{creditStatus{icon}}}", nil)
		if a.Extensions["cost"] == nil {
			t.Fatalf("an answer does not tell its cost: %s", a.body)
		}
		if a.code() == "" {
			continue
		}
		throttle := a.Extensions["cost"].(map[string]any)["throttleStatus"].(map[string]any)
		if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != fmt.Sprint(a.Errors[0].Extensions["retryAfter"]) ||
			throttle["maximumAvailable"] != 100.0 || throttle["restoreRate"] != 5.0 {
			t.Errorf("%d %v %s", a.status, a.header, a.body)
		}
		at := <-now
		now <- at.Add(time.Duration(a.Errors[0].Extensions["retryAfter"].(float64)) * time.Second)
		if again := r.ask(token, "{account{creditStatus{icon}}}", nil); again.code() != "" {
			t.Errorf("who comes back when told is answered %s", again.body)
		}
		return string(a.body)
	}
}

// The user errors that depend on a particular state of the books. The tests of graph and cmd/usagegraph cover the others.
func TestUserErrorsOfTheBooks(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	key := r.account("acme")
	of := `accountId:"` + accountID(key) + `",`
	support, platform := r.token(auth.Support, 0, nil), r.token(auth.Platform, 0, nil)
	person := r.token(auth.MasterAdmin, key, func(n *access.NewToken) { n.UserID = "u-acme" })
	expect := func(code, token, mutation string) {
		t.Helper()
		if got := string(r.ask(token, "mutation{"+mutation+"{userErrors{code message refusal{code sentence}}}}", nil).body); !strings.Contains(got, `"userErrors":[{"code":"`+code+`"`) {
			t.Errorf("%s: %s", code, got)
		}
	}
	first := func(token, query string) string {
		t.Helper()
		found := regexp.MustCompile(`"id":"([^"]+)"`).FindSubmatch(r.ask(token, query, nil).body)
		if found == nil {
			t.Fatalf("%s finds nothing", query)
		}
		return string(found[1])
	}
	grant := "grantCredits(input:{" + of + `meter:TOOL_RUNS,amount:"%s",reference:"r",idempotencyKey:"k"})`
	if a := r.ask(support, "mutation{"+fmt.Sprintf(grant, "5")+"{userErrors{code}}}", nil); a.code() != "" {
		t.Fatalf("%s", a.body)
	}
	expect("CONFLICT", support, fmt.Sprintf(grant, "6"))
	free := first(support, `{account(id:"`+accountID(key)+`"){grants(filter:{meter:MODEL_CREDITS},first:1){edges{node{id}}}}}`)
	if a := r.ask(support, "mutation{adjustCredits(input:{"+of+`meter:MODEL_CREDITS,amount:"-75",grantId:"`+free+`",reference:"r",idempotencyKey:"a"}){userErrors{code message}}}`, nil); strings.Contains(string(a.body), `"code"`) {
		t.Fatalf("%s", a.body)
	}
	expect("REFUSED", platform, "deployGuardrail(input:{"+of+`name:"g",scanner:TOXICITY})`)
	tool := first(platform, "mutation{registerTool(input:{"+of+`name:"t",ownerName:"o",status:DEPLOYED}){tool{id}}}`)
	if a := r.ask(platform, "mutation{recordUsage(input:{"+of+`events:[{source:"s",id:"1",time:"`+time.Now().UTC().Format(time.RFC3339)+`",toolId:"`+tool+`",runs:10005}]}){results{status}}}`, nil); !strings.Contains(string(a.body), "STORED") {
		t.Fatalf("%s", a.body)
	}
	banner := first(person, "{account{banners{banners{id kind}}}}")
	expect("FIXED", person, "dismissBanner(input:{"+of+`bannerId:"`+banner+`"})`)
}
