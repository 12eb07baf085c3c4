package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
)

// A caller without a credential, at whatever endpoint, causes no alarm, because it is not a fault of ours.
func TestGuessesAreNoFaults(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	for _, payload := range []string{``, `,"payload":{"token":"ug_aaaaaaaa_` + strings.Repeat("x", 43) + `"}`, `,"payload":{"token":7}`, `,"payload":{"authorization":"Basic x"}`, `,"payload":{}`} {
		ws, _, err := websocket.Dial(t.Context(), r.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"connection_init"`+payload+`}`))
		if _, _, err = ws.Read(t.Context()); websocket.CloseStatus(err) != 4403 {
			t.Errorf("%s: %v", payload, err)
		}
		_ = ws.CloseNow()
	}
	r.ask("ug_aaaaaaaa_"+strings.Repeat("x", 43), "{viewer{name}}", nil)
	if metrics := r.send(r.request(http.MethodGet, "/metrics", "", "", nil)).body; !bytes.Contains(metrics, []byte("usagegraph_faults_total 0")) {
		t.Errorf("%s", regexp.MustCompile(`.*faults_total.*`).FindAll(metrics, -1))
	}
}

// Invented ids and cursors, with the largest numbers or with bytes that are not text, are refused or name nothing. They are not a fault of
// ours, which would wake somebody.
func TestMadeUpIdsAndCursors(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 1<<30, 1<<30 })
	key := r.account("acme")
	master := r.token(auth.MasterAdmin, key, nil)
	encode := base64.RawURLEncoding.EncodeToString
	ask := func(query string, v string) {
		t.Helper()
		a := r.ask(master, query, map[string]any{"v": v})
		if a.status != http.StatusOK || a.code() == "INTERNAL" {
			t.Errorf("%s of %q: %d %s", query, v, a.status, a.body)
		}
	}
	for _, list := range []string{"ledger", "grants", "emails", "statements", "auditLog", "apiTokens", "reservations", "fineTuningJobs", "tools", "models", "guardrails", "scripts", "members"} {
		for _, cursor := range []string{"0", "-1", "2147483648", "9223372036854775807", "-9223372036854775808", "1.2", "9223372036854775807.9223372036854775807",
			"x", "a\x00b", "\xff\x00x", "a\x00\xfe", "", `["x","1"]`, `["\u0000",1]`, "[9223372036854775807,\"\xff\"]"} {
			ask("query($v:Cursor){account{"+list+"(first:2,after:$v){pageInfo{endCursor}}}}", encode([]byte(cursor)))
			ask("query($v:Cursor){account{"+list+"(last:2,before:$v){pageInfo{endCursor}}}}", encode([]byte(cursor)))
		}
	}
	for _, kind := range []graph.Kind{graph.KindAccount, graph.KindAPIToken, graph.KindAuditEntry, graph.KindDeployment, graph.KindEmail, graph.KindFineTuningJob,
		graph.KindGrant, graph.KindGuardrail, graph.KindMember, graph.KindModel, graph.KindPlan, graph.KindReservation, graph.KindScript, graph.KindStatement, graph.KindTool} {
		for _, rest := range []string{"9223372036854775807", "1:2147483647", "1:2147483648", "1:-2147483648", "1:a\x00b", "1:\xff\xfe", fmt.Sprint(key, ":2147483647"),
			fmt.Sprint(key, ":-2147483648"), fmt.Sprint(key, ":a\x00b"), fmt.Sprint(key, ":\xff\xfe"), fmt.Sprint(key, ":1:1")} {
			id := encode([]byte(string(kind) + ":" + rest))
			ask("query($v:ID!){node(id:$v){id}}", id)
			ask("mutation($v:ID!){removeMember(input:{memberId:$v}){userErrors{code}}}", id)
			ask("mutation($v:ID!){revokeApiToken(input:{apiTokenId:$v}){userErrors{code}}}", id)
		}
	}
	for _, query := range []string{
		`query($v:String){account{members(first:2,search:$v){totalCount}}}`, `query($v:String){account{auditLog(first:2,filter:{actor:$v}){totalCount}}}`,
		`mutation($v:String!){removeRole(input:{accountId:"` + accountID(key) + `",name:$v}){userErrors{code}}}`,
	} {
		for _, text := range []string{"a\x00b", "\xff", "%", `\`, "'", string(make([]byte, 200))} {
			ask(query, text)
		}
	}
}

// The address in the audit log is the proxy's last entry. What callers say themselves does not count, in whichever header line.
func TestTheCallersAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trust bool
		lines []string
		want  string
	}{
		"no proxy":                  {false, []string{"6.6.6.6"}, "192.0.2.1"},
		"a line of the proxy":       {true, []string{"198.51.100.7"}, "198.51.100.7"},
		"added to the caller's":     {true, []string{"6.6.6.6, 198.51.100.7"}, "198.51.100.7"},
		"a line after the caller's": {true, []string{"6.6.6.6", "198.51.100.7"}, "198.51.100.7"},
		"nonsense":                  {true, []string{"secret"}, "192.0.2.1"},
		"none":                      {true, nil, "192.0.2.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil) // from 192.0.2.1
		r.Header["X-Forwarded-For"] = c.lines
		if got := (&Server{cfg: Config{TrustProxy: c.trust}}).address(r); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A caller who has used up an allowance is read slowly over a WebSocket too, before anything is done with the message.
func TestAnEmptyBucketSlowsASocketDown(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.BucketSize, c.BucketRate = 100, 1 })
	token := r.token(auth.MasterAdmin, r.account("acme"), nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, r.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	send := func(text string) {
		t.Helper()
		if err := ws.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, got, err := ws.Read(ctx); err != nil {
			t.Fatalf("%v %s", err, got)
		}
	}
	send(`{"type":"connection_init","payload":{"token":"` + token + `"}}`)
	started := time.Now()
	const messages, free = 12, 4 // 100 KB are 25 points, and the document's preparation costs too
	for i := range messages {
		send(fmt.Sprintf(`{"type":"subscribe","id":"%d","payload":{"query":"{secret%d}","variables":{"x":%q}}}`, i, i, strings.Repeat("x", 100_000)))
	}
	if took := time.Since(started); took < (messages-free)*pause {
		t.Errorf("%d messages took %v", messages, took)
	}
}
