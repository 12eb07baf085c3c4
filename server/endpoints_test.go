package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// endpoints returns functions that send an operation, one for each way in. Each returns the first answer.
func (r *running) endpoints() map[string]func(token, query, variables string) string {
	streamed := func(req *http.Request) string {
		req.Header.Set("Accept", eventStream)
		return string(r.send(req).body)
	}
	body := func(query, variables string) *bytes.Reader {
		return bytes.NewReader(fmt.Appendf(nil, `{"query":%q,"variables":%s}`, query, variables))
	}
	get := func(token, query, variables string) *http.Request {
		return r.request("GET", "/graphql?query="+url.QueryEscape(query)+"&variables="+url.QueryEscape(variables), token, "", nil)
	}
	return map[string]func(token, query, variables string) string{
		"POST": func(token, query, variables string) string {
			return string(r.send(r.request("POST", "/graphql", token, "application/json", body(query, variables))).body)
		},
		"GET": func(token, query, variables string) string { return string(r.send(get(token, query, variables)).body) },
		"SSE by POST": func(token, query, variables string) string {
			return streamed(r.request("POST", "/graphql", token, "application/json", body(query, variables)))
		},
		"SSE by GET": func(token, query, variables string) string { return streamed(get(token, query, variables)) },
		"WebSocket":  r.overWebSocket,
	}
}

// overWebSocket sends an operation on a new connection.
func (r *running) overWebSocket(token, query, variables string) string {
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, strings.Replace(r.url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return err.Error()
	}
	defer func() { _ = ws.CloseNow() }()
	_ = ws.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"type":"connection_init","payload":{"token":%q}}`, token))
	if _, ack, err := ws.Read(ctx); err != nil || !bytes.Contains(ack, []byte("connection_ack")) {
		return fmt.Sprint(string(ack), err)
	}
	_ = ws.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"type":"subscribe","id":"1","payload":{"query":%q,"variables":%s}}`, query, variables))
	_, message, err := ws.Read(ctx)
	return fmt.Sprint(string(message), err)
}

// What one endpoint refuses, all refuse.
func TestEveryEndpointHasTheSameGuard(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.Documents = []string{widget}; c.BucketSize, c.BucketRate = 1<<40, 1<<40 })
	key := r.account("acme")
	member := r.token(auth.Member, key, nil)
	bound := r.token(auth.Support, 0, func(n *access.NewToken) { n.AnyDocument = false })
	billing := `query($no:Boolean=false $yes:Boolean=true){account{name ...F @include(if:$yes) ...F @skip(if:$no)}} fragment F on Account{ledger @include(if:$yes){totalCount}}`
	for _, c := range []struct{ name, token, query, variables, want string }{
		{"a document that is not registered", bound, "{viewer{name}}", "{}", "DOCUMENT_NOT_TRUSTED"},
		{"a registered one with a space more", bound, widget + " ", "{}", "DOCUMENT_NOT_TRUSTED"},
		{"introspection", member, "{__schema{queryType{name}}}", "{}", "INTROSPECTION_DISABLED"},
		{"introspection beside", member, `{viewer{name} x:__type(name:"Account"){name}}`, "{}", "INTROSPECTION_DISABLED"},
		{"introspection in a fragment", member, `{...A} fragment A on Query{...B} fragment B on Query{...on Query{x:__type(name:"Account"){fields{name}}}}`, "{}", "INTROSPECTION_DISABLED"},
		{"introspection that variables include", member, `query($x:Boolean=false){viewer{name} __schema @include(if:$x){queryType{name}}}`, `{"x":true}`, "INTROSPECTION_DISABLED"},
		{"a field by default", member, billing, `{}`, "FORBIDDEN"},
		{"a field that variables include", member, billing, `{"yes":true,"no":true}`, "FORBIDDEN"},
		{"a field that null may include", member, billing, `{"yes":null}`, "GRAPHQL_VALIDATION_FAILED"},
		{"directives that contradict each other", member, `{account{ledger @include(if:false) @include(if:true){totalCount}}}`, "{}", "GRAPHQL_VALIDATION_FAILED"},
		{"include null", member, `query($x:Boolean=true){viewer{name @include(if:$x)}}`, `{"x":null}`, "GRAPHQL_VALIDATION_FAILED"},
		{"skip null at the root", member, `query($x:Boolean=true){viewer @skip(if:$x){name}}`, `{"x":null}`, "GRAPHQL_VALIDATION_FAILED"},
		{"another operation of the document", member, `query A{viewer{name}} query B{account{ledger{totalCount}}}`, `{}`, "GRAPHQL_VALIDATION_FAILED"},
		{"a number that nothing holds", member, `{account{access(action:TOOL_RUN,amount:1e999999999){allowed}}}`, `{}`, "GRAPHQL_VALIDATION_FAILED"},
		{"the same as a variable", member, `query($a:Decimal){account{access(action:TOOL_RUN,amount:$a){allowed}}}`, `{"a":1e999999999}`, "GRAPHQL_VALIDATION_FAILED"},
		{"a whole number that nothing holds", member, `query($a:Int){account{tools(first:$a){edges{cursor}}}}`, `{"a":99999999999999999999999}`, "GRAPHQL_VALIDATION_FAILED"},
		{"variables of the wrong kind", member, `query($a:ID!){node(id:$a){id}}`, `{"a":{"b":[1,{"c":null}]}}`, "GRAPHQL_VALIDATION_FAILED"},
		{"an interface of what may not be seen", member, `query($a:ID!){node(id:$a){id ...on Node{__typename}}}`, `{"a":"R3JhbnQ6MTox"}`, "FORBIDDEN"},
		{"aliased twice", member, `query($a:ID!){x:node(id:"bm9uZQ"){id} y:node(id:$a){...on Node{...on Grant{amount}}}}`, `{"a":"R3JhbnQ6MTox"}`, "FORBIDDEN"},
	} {
		for endpoint, ask := range r.endpoints() {
			if got := ask(c.token, c.query, c.variables); !strings.Contains(got, `"`+c.want+`"`) {
				t.Errorf("%s over %s: want %s: %.400s", c.name, endpoint, c.want, got)
			}
		}
	}
	for endpoint, ask := range r.endpoints() {
		if endpoint == "POST" {
			continue
		}
		got := ask(r.token(auth.MasterAdmin, key, nil), `mutation{setRole(input:{accountId:"`+accountID(key)+`",name:"`+endpoint+`",permissions:[BILLING_VIEW]}){userErrors{code}}}`, "{}")
		if strings.Contains(endpoint, "GET") && !strings.Contains(got, "METHOD_NOT_ALLOWED") {
			t.Errorf("a mutation by %s: %s", endpoint, got)
		}
	}
}

// Behind a trusted proxy, the caller's address is what the proxy saw, whatever the caller's own header says. Without a trusted proxy no
// header is believed.
func TestTheAddressIsNotTheCallersToChoose(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted bool
		headers []string
		want    string
	}{
		"no proxy":             {false, []string{"203.0.113.9"}, "192.0.2.1"},
		"no header":            {true, nil, "192.0.2.1"},
		"the proxy's":          {true, []string{"198.51.100.7"}, "198.51.100.7"},
		"the proxy's is last":  {true, []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		"a header of its own":  {true, []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
		"with spaces":          {true, []string{"203.0.113.9 ,  2001:db8::1 "}, "2001:db8::1"},
		"no address":           {true, []string{"203.0.113.9, <script>"}, "192.0.2.1"},
		"an empty last header": {true, []string{"203.0.113.9", ""}, "192.0.2.1"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.RemoteAddr = "192.0.2.1:4711"
		for _, h := range c.headers {
			req.Header.Add("X-Forwarded-For", h)
		}
		s := &Server{cfg: Config{TrustProxy: c.trusted}}
		if got := s.address(req); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A person with two accounts has in each of them the role held there: the master admin of one account, who is a member of the other,
// changes nothing in the other, by whatever id.
func TestAMasterAdminElsewhereIsAMemberHere(t *testing.T) {
	t.Parallel()
	issuer := newProvider(t)
	r := run(t, func(c *Config) {
		c.OIDC.Issuer, c.OIDC.Audience = issuer.url, "usagegraph"
		c.BucketSize, c.BucketRate = 1<<30, 1<<30
	})
	own, _ := furnish(r, "own")
	other, theirs := furnish(r, "other")
	const ledgers, logs = `{viewer{accounts{account{ledger{totalCount}}}}}`, `{viewer{accounts{account{...on Node{...on Account{auditLog{totalCount}}}}}}}`
	grants := `{nodes(ids:["` + accountID(own) + `","` + accountID(other) + `"]){...on Account{grants{totalCount}}}}`
	for account, role := range map[int64]auth.Role{own: auth.MasterAdmin, other: auth.Member} {
		token := r.token(auth.MasterAdmin, account, nil)
		if a := r.ask(token, `mutation{setMember(input:{accountId:"`+accountID(account)+`",userId:"u-both",name:"B",email:"b@both.example",role:"`+string(role)+`"}){userErrors{code message}}}`, nil); !strings.Contains(string(a.body), `"userErrors":[]`) {
			t.Fatalf("%s", a.body)
		}
	}
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	list := operations(gqlparser.MustLoadSchema(&ast.Source{Input: string(text)}), theirs, "")
	list = slices.DeleteFunc(list, func(o string) bool { return strings.Contains(o, "setMailPreferences") }) // a member may choose its own e-mails
	both := issuer.sign(t, func(c map[string]any) { c["sub"] = "u-both" })
	r.trusts(append(list, `{viewer{accounts{role{name}}}}`, ledgers, logs, grants)...)
	if a := r.ask(both, `{viewer{accounts{role{name}}}}`, nil); strings.Count(string(a.body), "name") != 2 {
		t.Fatalf("%s", a.body)
	}
	before := state(r, theirs["accountId"])
	for _, operation := range list {
		a := r.ask(both, operation, nil)
		// A member may dismiss banners and see that there is the account; ids of other kinds are no account's.
		free := strings.Contains(operation, "dismissBanner") || strings.Contains(operation, `{account(id:`) || strings.Contains(operation, `{node(id:"`+theirs["accountId"]+`"`) ||
			strings.Contains(operation, `{nodes(ids:["`+theirs["accountId"]+`"`)
		unsaid := strings.HasPrefix(operation, "{account{") // which of the two is meant
		if a.code() != "FORBIDDEN" && !free && !unsaid {
			t.Errorf("%.200s\n%.300s", operation, a.body)
		}
	}
	for _, query := range []string{ledgers, logs, grants} {
		if a := r.ask(both, query, nil); a.code() != "FORBIDDEN" {
			t.Errorf("%s\n%s", query, a.body)
		}
	}
	if after := state(r, theirs["accountId"]); after != before {
		t.Errorf("the other account was\n%s\nand is\n%s", before, after)
	}
}

// trusts registers documents, which are then all that people may send.
func (r *running) trusts(texts ...string) {
	r.t.Helper()
	list := make([]access.TrustedDocument, len(texts))
	for i, text := range texts {
		list[i] = access.TrustedDocument{Text: text, Name: fmt.Sprint(i)}
	}
	if _, err := r.store.Access.AddDocuments(r.t.Context(), list); err != nil {
		r.t.Fatal(err)
	}
	if err := r.loadDocuments(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}
