package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// Five hundred people of a platform sign in, none of whom was made a member by hand. Once a claim is gone, so are the permissions, and with
// them the open sockets with an older token.
func TestPeopleBecomeMembersBySigningIn(t *testing.T) {
	t.Parallel()
	i := newIDP(t)
	i.up.Store(true)
	r := withIssuer(t, i, func(c *config) {
		c.AnyDocument = true
		c.OIDC.Claims = auth.Claims{Roles: "groups", Accounts: "tenant", Map: []auth.RoleOfValue{{Value: "admins", Role: "ADMIN"}, {Value: "people", Role: "MEMBER"}}}
	})
	platform := r.token(auth.Platform, 0, nil)
	account := r.account(platform, "acme")
	if a := r.ask(platform, `mutation($a:ID!){updateAccount(input:{accountId:$a,externalId:"tenant-1"}){userErrors{code}}}`, map[string]any{"a": account}); a.codes("updateAccount") != "" {
		t.Fatal(a.body)
	}
	began := time.Now().Add(-30 * time.Second).Unix()
	signed := func(person, group string, issued int64) string {
		return i.tokenOf(t, map[string]any{"sub": person, "email": person + "@acme.example", "groups": []string{group}, "tenant": "tenant-1", "iat": issued})
	}
	var all sync.WaitGroup
	var wrong atomic.Int64
	for n := range 8 {
		all.Go(func() {
			for m := range 500 / 8 {
				if a := r.ask(signed(fmt.Sprintf("p-%d-%d", n, m), "people", began), `{viewer{name}account{id}}`, nil); a.at("account.id") != account {
					wrong.Add(1)
				}
			}
		})
	}
	all.Wait()
	if wrong.Load() > 0 {
		t.Errorf("%d people did not get in", wrong.Load())
	}
	members := r.ask(platform, `query($a:ID!){account(id:$a){members(search:"p-7-61",first:1){totalCount edges{node{userId email followsClaim role{name}}}}}}`, map[string]any{"a": account})
	if !strings.Contains(members.body, `{"node":{"userId":"p-7-61","email":"p-7-61@acme.example","followsClaim":true,"role":{"name":"MEMBER"}}}`) {
		t.Errorf("members: %s", members.body)
	}

	person := signed("p-0-0", "people", began)
	ws, first, code := r.socket(`{"type":"connection_init","payload":{"token":"`+person+`"}}`, nil)
	if !strings.Contains(first, "connection_ack") {
		t.Fatalf("%q, closed with %d", first, code)
	}
	if err := ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"type":"subscribe","id":"1","payload":{"query":"subscription{creditStatus(accountId:\"%s\"){__typename}}"}}`, account)); err != nil {
		t.Fatal(err)
	}
	if _, got, err := ws.Read(t.Context()); err != nil || !strings.Contains(string(got), "CreditStatus") {
		t.Fatalf("%v %s", err, got)
	}
	if a := r.ask(signed("p-0-0", "gone", began+1), `{viewer{name}}`, nil); a.status != http.StatusOK {
		t.Errorf("signed in without the claim: %s", a.body)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, _, err := ws.Read(ctx); websocket.CloseStatus(err) != 4412 {
		t.Errorf("the open socket: %v", err)
	}
	if a := r.ask(person, `{account{id}}`, nil); a.at("account.id") != nil {
		t.Errorf("the token from before still gets in: %s", a.body)
	}
	log := r.ask(r.token(auth.Support, 0, nil), `query($a:ID!){account(id:$a){auditLog(first:1){edges{node{action actor{kind name}}}}}}`, map[string]any{"a": account})
	if !strings.Contains(log.body, `{"action":"MEMBER_REMOVED","actor":{"kind":"SYSTEM","name":"claim groups of the issuer"}}`) {
		t.Errorf("the log: %s", log.body)
	}
}

// The secret of a rotated token is valid for the overlap and no longer, even over a socket that was opened before. The new secret is valid
// at once.
func TestRotationOverHTTP(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	account := r.account(r.token(auth.Platform, 0, nil), "acme")
	key, _ := accountKey(account)
	master := r.token(auth.MasterAdmin, key, nil)
	secret := r.token(auth.Admin, key, func(n *access.NewToken) { n.Name = "build" })
	ws, first, code := r.socket(`{"type":"connection_init","payload":{"token":"`+secret+`"}}`, nil)
	if !strings.Contains(first, "connection_ack") {
		t.Fatalf("%q, closed with %d", first, code)
	}
	const rotate = `mutation($t:ID!,$for:Int!){rotateApiToken(input:{apiTokenId:$t,overlapSeconds:$for}){secret apiToken{id name} previous{successorId} userErrors{code message}}}`
	tokens := r.ask(master, `query($a:ID!){account(id:$a){apiTokens(first:1){edges{node{id name}}}}}`, map[string]any{"a": account})
	id := tokens.at("account.apiTokens.edges").([]any)[0].(map[string]any)["node"].(map[string]any)["id"]
	done := r.ask(master, rotate, map[string]any{"t": id, "for": 600})
	next, _ := done.at("rotateApiToken.secret").(string)
	if next == "" || done.at("rotateApiToken.previous.successorId") != done.at("rotateApiToken.apiToken.id") {
		t.Fatal(done.body)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, _, err := ws.Read(ctx); websocket.CloseStatus(err) != 4412 {
		t.Errorf("the socket is not told of the new end: %v", err)
	}
	for _, s := range []string{secret, next} {
		if a := r.ask(s, `{viewer{name}}`, nil); a.at("viewer.name") != "build" {
			t.Errorf("within the overlap: %s", a.body)
		}
	}
	id = done.at("rotateApiToken.apiToken.id")
	last, _ := r.ask(master, rotate, map[string]any{"t": id, "for": 1}).at("rotateApiToken.secret").(string)
	waitFor(t, func() bool { return r.ask(next, `{viewer{name}}`, nil).status == http.StatusUnauthorized })
	if a := r.ask(last, `{viewer{name}}`, nil); a.at("viewer.name") != "build" {
		t.Errorf("after the overlap: %s", a.body)
	}
	if a := r.ask(last, rotate, map[string]any{"t": id, "for": 1}); a.code() != "FORBIDDEN" {
		t.Errorf("ADMIN rotates: %s", a.body)
	}
	if a := r.ask(master, rotate, map[string]any{"t": id, "for": 1}); !strings.Contains(a.body, "ended") {
		t.Errorf("a token that has ended: %s", a.body)
	}
}
