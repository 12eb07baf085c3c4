package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-jose/go-jose/v4"

	"github.com/usagegraph/usagegraph/auth"
)

// idp is a minimal issuer over HTTP.
type idp struct {
	url string
	key *ecdsa.PrivateKey
	up  atomic.Bool
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &idp{key: key}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !i.up.Load():
			http.Error(w, "down", http.StatusBadGateway)
		case r.URL.Path == "/keys":
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
		default:
			_ = json.NewEncoder(w).Encode(map[string]any{"issuer": i.url, "jwks_uri": i.url + "/keys", "token_endpoint": "https://tokens.issuer.example/token"})
		}
	}))
	t.Cleanup(s.Close)
	i.url = s.URL
	return i
}

// token returns an access token for a person.
func (i *idp) token(t *testing.T, person string) string {
	return i.tokenOf(t, map[string]any{"sub": person})
}

// tokenOf returns an access token with claims in addition to those that every token has.
func (i *idp) tokenOf(t *testing.T, claims map[string]any) string {
	t.Helper()
	all := map[string]any{"iss": i.url, "aud": "usagegraph", "client_id": "console", "jti": "1", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
	maps.Copy(all, claims)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: "k"}}, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(all)
	signed, err := signer.Sign(body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// socket opens a WebSocket, sends an init message and returns the first message or the close code.
func (r *running) socket(init string, header http.Header) (ws *websocket.Conn, first string, code int) {
	r.t.Helper()
	for range busyTries {
		if ws, first, code = r.socketOnce(init, header); r.impatient || code != int(websocket.StatusTryAgainLater) {
			break
		}
	}
	return ws, first, code
}

func (r *running) socketOnce(init string, header http.Header) (ws *websocket.Conn, first string, code int) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	r.t.Cleanup(cancel)
	ws, _, err := websocket.Dial(ctx, strings.Replace(r.url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: header})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = ws.CloseNow() })
	if err := ws.Write(ctx, websocket.MessageText, []byte(init)); err != nil {
		r.t.Fatal(err)
	}
	_, message, err := ws.Read(ctx)
	return ws, string(message), int(websocket.CloseStatus(err))
}

// withIssuer starts a server whose people sign in at i.
func withIssuer(t *testing.T, i *idp, change func(*config)) *running {
	t.Helper()
	return start(t, func(c *config) {
		c.OIDC.Issuer, c.OIDC.Audience, c.oidcClient = i.url, "usagegraph", "console"
		if change != nil {
			change(c)
		}
	})
}

// An issuer that is down prevents neither the start nor the use of API tokens. When it is up, people can sign in without a restart, and the
// console may call its endpoints.
func TestAnIssuerMayBeDownAtTheStart(t *testing.T) {
	t.Parallel()
	i := newIDP(t)
	r := withIssuer(t, i, nil)
	if a := r.get("/readyz"); a.status != http.StatusOK {
		t.Errorf("readyz: %d %s", a.status, a.body)
	}
	r.account(r.token(auth.Platform, 0, nil), "acme")
	r.impatient = true
	person := i.token(t, "u-acme")
	if a := r.ask(person, `{viewer{name}}`, nil); a.status != http.StatusServiceUnavailable || a.code() != "OVERLOADED" || a.header.Get("Retry-After") == "" {
		t.Errorf("while it is down: %d %s", a.status, a.body)
	}
	if _, _, code := r.socket(`{"type":"connection_init","payload":{"token":"`+person+`"}}`, nil); code != 1013 {
		t.Errorf("a socket while it is down closes with %d", code)
	}
	if m := r.get("/metrics"); !strings.Contains(m.body, "usagegraph_faults_total 0") {
		t.Error("the issuer's outage counts as a fault of ours")
	}
	i.up.Store(true)
	waitFor(t, func() bool { return r.ask(person, `{viewer{name}}`, nil).code() == "DOCUMENT_NOT_TRUSTED" })
	if got := r.get("/").header.Get("Content-Security-Policy"); !strings.Contains(got, "connect-src 'self' "+i.url+" https://tokens.issuer.example;") {
		t.Errorf("the page's policy: %s", got)
	}
	i.up.Store(false)
	if a := r.ask(person, `{viewer{name}}`, nil); a.code() != "DOCUMENT_NOT_TRUSTED" {
		t.Errorf("down again, its keys known: %s", a.body)
	}
}

// People of an issuer may send any document if the operator says so. The audit log names them by the account's address.
func TestAnyDocumentForPeople(t *testing.T) {
	t.Parallel()
	i := newIDP(t)
	i.up.Store(true)
	r := withIssuer(t, i, func(c *config) { c.AnyDocument = true })
	id := r.account(r.token(auth.Platform, 0, nil), "acme")
	person := i.token(t, "u-acme")
	a := r.ask(person, `mutation($a:ID!){setMember(input:{accountId:$a,userId:"max",email:"max@acme.example",role:"MEMBER"}){userErrors{code}} createApiToken(input:{accountId:$a,name:"first",role:"ADMIN"}){secret userErrors{code}}}`, map[string]any{"a": id})
	if a.codes("setMember") != "" || a.at("createApiToken.secret") == nil {
		t.Fatal(a.body)
	}
	if log := r.ask(person, `{account{auditLog(first:2){edges{node{actor{name kind}}}}}}`, nil); strings.Count(log.body, `{"name":"acme@example.org","kind":"USER"}`) != 2 {
		t.Errorf("the log: %s", log.body)
	}
	if a := r.ask(person, `{__schema{types{name}}}`, nil); a.code() != "INTROSPECTION_DISABLED" {
		t.Errorf("introspection: %s", a.body)
	}
}

// The forms in which clients send their credential to a socket.
func TestHowASocketSignsIn(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	good := r.token(auth.Support, 0, nil)
	bearer := http.Header{"Authorization": {"Bearer " + good}}
	for name, c := range map[string]struct {
		payload string
		upgrade http.Header
		good    bool
	}{
		"token":                      {`{"token":"` + good + `"}`, nil, true},
		"authorization":              {`{"authorization":"Bearer ` + good + `"}`, nil, true},
		"Authorization":              {`{"Authorization":"bearer ` + good + `"}`, nil, true},
		"headers":                    {`{"headers":{"Authorization":"Bearer ` + good + `"}}`, nil, true},
		"headers, lower case":        {`{"headers":{"x-other":5,"authorization":"Bearer ` + good + `"}}`, nil, true},
		"upgrade, no payload":        {``, bearer, true},
		"upgrade, null":              {`null`, bearer, true},
		"upgrade, other payload":     {`{"lang":"en","headers":{"x-other":"y"}}`, bearer, true},
		"upgrade, nothing in it":     {`{"token":"","authorization":"","headers":{"Authorization":"","authorization":null}}`, bearer, true},
		"upgrade, nulls":             {`{"token":null,"authorization":null,"headers":null}`, bearer, true},
		"token twice, the first bad": {`{"token":"bad","headers":{"Authorization":"Bearer ` + good + `"}}`, bearer, false},
		"payload before the upgrade": {`{"token":"` + good + `"}`, http.Header{"Authorization": {"Bearer bad"}}, true},
		"a bad payload, good header": {`{"authorization":"Bearer bad"}`, bearer, false},
		"Basic in the payload":       {`{"authorization":"Basic ` + good + `"}`, bearer, false},
		"a number":                   {`{"token":5}`, bearer, false},
		"headers as a list":          {`{"headers":["Authorization"]}`, bearer, false},
		"a header that is a number":  {`{"headers":{"Authorization":5}}`, bearer, false},
		"Basic in the upgrade":       {`{}`, http.Header{"Authorization": {"Basic " + good}}, false},
		"none":                       {`{}`, nil, false},
	} {
		init := `{"type":"connection_init"}`
		if c.payload != "" {
			init = `{"type":"connection_init","payload":` + c.payload + `}`
		}
		_, first, code := r.socket(init, c.upgrade)
		if c.good != strings.Contains(first, "connection_ack") || !c.good && code != 4403 {
			t.Errorf("%s: %q, closed with %d", name, first, code)
		}
	}
}

// A person whose role changes is told to come back, and does so with the same token. A person who is no longer a member finds nothing.
func TestAChangeOfRoleIsNoRevocation(t *testing.T) {
	t.Parallel()
	i := newIDP(t)
	i.up.Store(true)
	r := withIssuer(t, i, func(c *config) { c.AnyDocument = true })
	platform := r.token(auth.Platform, 0, nil)
	id := r.account(platform, "acme")
	set := func(user, role string) {
		t.Helper()
		a := r.ask(platform, `mutation($i:SetMemberInput!){setMember(input:$i){userErrors{code}}}`, map[string]any{"i": map[string]any{"accountId": id, "userId": user, "email": user + "@acme.example", "role": role}})
		if a.codes("setMember") != "" {
			t.Fatal(a.body)
		}
	}
	set("max", "MEMBER")
	person := i.token(t, "max")
	open := func(subscription, want string) *websocket.Conn {
		t.Helper()
		ws, first, code := r.socket(`{"type":"connection_init","payload":{"token":"`+person+`"}}`, nil)
		if !strings.Contains(first, "connection_ack") {
			t.Fatalf("%q, closed with %d", first, code)
		}
		if err := ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"type":"subscribe","id":"1","payload":{"query":"subscription{%s(accountId:\"%s\"){__typename}}"}}`, subscription, id)); err != nil {
			t.Fatal(err)
		}
		if _, got, err := ws.Read(t.Context()); err != nil || !strings.Contains(string(got), want) {
			t.Fatalf("%s: %v %s", subscription, err, got)
		}
		return ws
	}
	closes := func(ws *websocket.Conn) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, _, err := ws.Read(ctx)
		return err
	}
	first := open("creditStatus", "CreditStatus")
	set("max", "ADMIN")
	if err := closes(first); websocket.CloseStatus(err) != 4412 || !strings.Contains(err.Error(), "Access changed") {
		t.Errorf("another role: %v", err)
	}
	second := open("deploymentChanges", "DeploymentSnapshot")
	set("mia", "MEMBER") // somebody else
	r.ask(platform, `mutation($a:ID!){setRole(input:{accountId:$a,name:"R",permissions:[BILLING_VIEW]}){userErrors{code}}}`, map[string]any{"a": id})
	set("max", "R")
	if err := closes(second); websocket.CloseStatus(err) != 4412 {
		t.Errorf("a custom role: %v", err)
	}
	third := open("creditStatus", "CreditStatus")
	r.ask(platform, `mutation($a:ID!){setRole(input:{accountId:$a,name:"R",permissions:[USAGE_VIEW]}){userErrors{code}}}`, map[string]any{"a": id})
	if err := closes(third); websocket.CloseStatus(err) != 4412 {
		t.Errorf("a role that permits something else: %v", err)
	}
	fourth := open("creditStatus", "CreditStatus")
	members := r.ask(platform, `query($a:ID!){account(id:$a){members(search:"max",first:1){edges{node{id}}}}}`, map[string]any{"a": id})
	edges := members.at("account.members.edges").([]any)
	r.ask(platform, `mutation($m:ID!){removeMember(input:{memberId:$m}){userErrors{code}}}`, map[string]any{"m": edges[0].(map[string]any)["node"].(map[string]any)["id"]})
	if err := closes(fourth); websocket.CloseStatus(err) != 4412 {
		t.Errorf("no member any more: %v", err)
	}
	open("creditStatus", "NOT_FOUND")
}
