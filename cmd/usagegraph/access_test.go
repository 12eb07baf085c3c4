package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

func accountKey(id string) (int64, bool) { return graph.KeyOf(graph.KindAccount, id) }

func TestOnlyValidTokensEnter(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	good := r.token(auth.Support, 0, nil)
	short := r.token(auth.Support, 0, func(n *access.NewToken) { n.ExpiresAt = time.Now().Add(300 * time.Millisecond) })
	forged := good[:len(good)-1] + string(good[len(good)-1]^1)
	development := r.token(auth.Support, 0, func(n *access.NewToken) { n.Development = true })
	waitFor(t, func() bool { return r.ask(short, `{viewer{name}}`, nil).status == http.StatusUnauthorized })
	for name, token := range map[string]string{"none": "", "forged": forged, "expired": short, "a development token": development,
		"garbage": "ug_x", "a JWT": "a.b.c", "long": strings.Repeat("x", 10_000)} {
		a := r.ask(token, `{viewer{name}}`, nil)
		if a.status != http.StatusUnauthorized || a.code() != "UNAUTHENTICATED" || len(a.body) > 400 || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := r.ask(good, `{viewer{name kind role tokenPrefix}}`, nil); a.at("viewer.role") != "SUPPORT" || a.at("viewer.kind") != "SERVICE" {
		t.Errorf("a good one: %s", a.body)
	}
}

// An account of somebody else is answered as if it did not exist: the same bytes except for the request's id.
func TestOtherAccountsDoNotExist(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	platform := r.token(auth.Platform, 0, nil)
	own, other := r.account(platform, "own"), r.account(platform, "other")
	key, _ := accountKey(own)
	otherKey, _ := accountKey(other)
	master := r.token(auth.MasterAdmin, key, nil)
	tool := r.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": other, "name": "t", "ownerName": "o"}}).at("registerTool.tool.id").(string)
	for name, c := range map[string]struct{ query, theirs, none string }{
		"account":      {`query($id:ID!){account(id:$id){name creditStatus{icon}}}`, other, graph.EncodeID(graph.KindAccount, 999_999)},
		"node":         {`query($id:ID!){node(id:$id){id}}`, tool, graph.EncodeID(graph.KindTool, 999_999)},
		"node account": {`query($id:ID!){node(id:$id){id}}`, other, graph.EncodeID(graph.KindAccount, 999_999)},
		"member":       {`query($id:ID!){node(id:$id){id}}`, graph.ID{Kind: graph.KindMember, Key: otherKey, Part: "u-other"}.String(), graph.ID{Kind: graph.KindMember, Key: otherKey, Part: "nobody"}.String()},
		"removeMember": {`mutation($id:ID!){removeMember(input:{memberId:$id}){userErrors{code message}}}`, graph.ID{Kind: graph.KindMember, Key: otherKey, Part: "u-other"}.String(), graph.ID{Kind: graph.KindMember, Key: 999_999, Part: "u-other"}.String()},
		"setRole":      {`mutation($id:ID!){setRole(input:{accountId:$id,name:"x",permissions:[BILLING_VIEW]}){userErrors{code message}}}`, other, graph.EncodeID(graph.KindAccount, 999_999)},
		"grantCredits": {`mutation($id:ID!){grantCredits(input:{accountId:$id,meter:TOOL_RUNS,amount:"1",reference:"x",idempotencyKey:"k"}){userErrors{code message}}}`, other, graph.EncodeID(graph.KindAccount, 999_999)},
		"token":        {`mutation($id:ID!){createApiToken(input:{accountId:$id,name:"x",role:"MEMBER"}){userErrors{code message}}}`, other, graph.EncodeID(graph.KindAccount, 999_999)},
	} {
		theirs, none := r.ask(master, c.query, map[string]any{"id": c.theirs}), r.ask(master, c.query, map[string]any{"id": c.none})
		if withoutID(theirs) != withoutID(none) || theirs.status != none.status {
			t.Errorf("%s: somebody else's answers\n%s\none that does not exist\n%s", name, theirs.body, none.body)
		}
	}
	if got := r.members(platform, master, own); got != 1 {
		t.Errorf("own account: %d members", got)
	}
}

func withoutID(a answer) string {
	var v map[string]any
	_ = json.Unmarshal([]byte(a.body), &v)
	delete(v, "extensions")
	text, _ := json.Marshal(v)
	return string(text)
}

func (r *running) members(_, master, id string) int {
	a := r.ask(master, `query($id:ID!){account(id:$id){members{totalCount}}}`, map[string]any{"id": id})
	n, _ := a.at("account.members.totalCount").(float64)
	return int(n)
}

// What a master admin does with people, roles and tokens, the refusals, and the audit log of all that.
func TestMembersRolesAndTokens(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	id := r.account(r.token(auth.Platform, 0, nil), "acme")
	key, _ := accountKey(id)
	master := r.token(auth.MasterAdmin, key, nil)
	refused := func(a answer, field, code string) {
		t.Helper()
		errs, _ := a.at(field + ".userErrors").([]any)
		if code == "" && len(errs) == 0 && len(a.Errors) == 0 {
			return
		}
		if len(errs) != 1 || errs[0].(map[string]any)["code"] != code {
			t.Errorf("%s: want %q, got %s", field, code, a.body)
		}
	}
	setMember := func(token, user, role string) answer {
		return r.ask(token, `mutation($i:SetMemberInput!){setMember(input:$i){member{id role{name permissions}} userErrors{code message}}}`,
			map[string]any{"i": map[string]any{"accountId": id, "userId": user, "email": user + "@acme.example", "role": role}})
	}
	setRole := func(token, name string, permissions ...string) answer {
		return r.ask(token, `mutation($i:SetRoleInput!){setRole(input:$i){role{name builtIn permissions} userErrors{code message}}}`,
			map[string]any{"i": map[string]any{"accountId": id, "name": name, "permissions": permissions}})
	}
	refused(setMember(master, "u-acme", "MEMBER"), "setMember", "LAST_MASTER_ADMIN")
	refused(setMember(master, "max", "Nothing"), "setMember", "INVALID")
	refused(setMember(master, "max", "PLATFORM"), "setMember", "INVALID")
	refused(setRole(master, "People", "MEMBERS_MANAGE", "TOKENS_MANAGE"), "setRole", "")
	refused(setRole(master, "SUPPORT", "BILLING_VIEW"), "setRole", "NAME_TAKEN")
	refused(setRole(master, "Bank", "GRANT_CREDITS"), "setRole", "INVALID")
	refused(setMember(master, "max", "People"), "setMember", "")

	createToken := func(token, role string, more map[string]any) answer {
		input := map[string]any{"accountId": id, "name": "t", "role": role, "documents": "ANY"}
		for k, v := range more {
			input[k] = v
		}
		return r.ask(token, `mutation($i:CreateApiTokenInput!){createApiToken(input:$i){apiToken{id prefix role{name} permissions} secret userErrors{code message}}}`, map[string]any{"i": input})
	}
	max := graph.ID{Kind: graph.KindMember, Key: key, Part: "max"}.String()
	people := createToken(master, "People", map[string]any{"memberId": max})
	refused(people, "createApiToken", "")
	secret := people.at("createApiToken.secret").(string)
	refused(setMember(secret, "eve", "MASTER_ADMIN"), "setMember", "TOO_MUCH")
	refused(setMember(secret, "u-acme", "MEMBER"), "setMember", "TOO_MUCH")
	refused(setRole(secret, "Mine", "BILLING_VIEW"), "setRole", "TOO_MUCH")
	refused(createToken(secret, "MASTER_ADMIN", nil), "createApiToken", "TOO_MUCH")
	boss := graph.ID{Kind: graph.KindMember, Key: key, Part: "u-acme"}.String()
	refused(createToken(secret, "MEMBER", map[string]any{"memberId": boss}), "createApiToken", "TOO_MUCH") // it would speak in another's name
	refused(createToken(secret, "PLATFORM", nil), "createApiToken", "INVALID")
	refused(setMember(secret, "eve", "MEMBER"), "setMember", "")
	removeRole := `mutation($id:ID!){removeRole(input:{accountId:$id,name:"People"}){removedRole userErrors{code message}}}`
	refused(r.ask(master, removeRole, map[string]any{"id": id}), "removeRole", "IN_USE")

	narrow := createToken(master, "MASTER_ADMIN", map[string]any{"scopes": []string{"USAGE_VIEW"}})
	if a := r.ask(narrow.at("createApiToken.secret").(string), `{account{id members{totalCount}}}`, nil); a.code() != "FORBIDDEN" {
		t.Errorf("beyond its scopes: %s", a.body)
	}
	if a := r.ask(secret, `{viewer{kind name email}}`, nil); a.at("viewer.kind") != "USER" || a.at("viewer.email") != "max@acme.example" {
		t.Errorf("a token that speaks for a member: %s", a.body)
	}
	// Removing the member revokes the member's token.
	a := r.ask(master, `mutation($id:ID!){removeMember(input:{memberId:$id}){removedMemberId userErrors{code}}}`, map[string]any{"id": max})
	refused(a, "removeMember", "")
	waitFor(t, func() bool { return r.ask(secret, `{viewer{name}}`, nil).status == http.StatusUnauthorized })
	refused(r.ask(master, removeRole, map[string]any{"id": id}), "removeRole", "")

	log := r.ask(master, `{account{auditLog(first:100){totalCount edges{node{action actor{name kind role} target address requestId before after}}}}}`, nil)
	for _, action := range []string{"ACCOUNT_CREATED", "MEMBER_SET", "MEMBER_REMOVED", "ROLE_SET", "ROLE_REMOVED", "TOKEN_CREATED"} {
		if !strings.Contains(log.body, `"action":"`+action+`"`) {
			t.Errorf("the audit log lacks %s", action)
		}
	}
	if !strings.Contains(log.body, `"address":"127.0.0.1"`) || strings.Contains(log.body, secret) {
		t.Errorf("the audit log: %s", log.body)
	}
}

// Revoking a token ends the subscriptions made with it, and refuses the next request.
func TestRevocationEndsLiveSubscriptions(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	id := r.account(r.token(auth.Platform, 0, nil), "acme")
	key, _ := accountKey(id)
	master := r.token(auth.MasterAdmin, key, nil)
	made := r.ask(master, `mutation($i:CreateApiTokenInput!){createApiToken(input:$i){apiToken{id} secret}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "live", "role": "MEMBER", "documents": "ANY"}})
	secret := made.at("createApiToken.secret").(string)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, strings.Replace(r.url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	exchange := func(send, want string) {
		t.Helper()
		if err := ws.Write(ctx, websocket.MessageText, []byte(send)); err != nil {
			t.Fatal(err)
		}
		_, got, err := ws.Read(ctx)
		if err != nil || !strings.Contains(string(got), want) {
			t.Fatalf("%s: %v %s", send, err, got)
		}
	}
	exchange(`{"type":"connection_init","payload":{"authorization":"Bearer `+secret+`"}}`, `"connection_ack"`)
	exchange(`{"type":"subscribe","id":"1","payload":{"query":"subscription{creditStatus(accountId:\"`+id+`\"){icon}}"}}`, `"GREEN"`)

	r.ask(master, `mutation($id:ID!){revokeApiToken(input:{apiTokenId:$id}){apiToken{revokedAt}}}`, map[string]any{"id": made.at("createApiToken.apiToken.id")})
	_, _, err = ws.Read(ctx)
	if got := websocket.CloseStatus(err); got != 4403 {
		t.Errorf("the socket ended with %v (%v)", got, err)
	}
	waitFor(t, func() bool { return r.ask(secret, `{viewer{name}}`, nil).status == http.StatusUnauthorized })
}

// A production token may only send registered documents, as text or by hash.
func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	const known = `query Known { viewer { kind } }`
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "known.graphql"), []byte(known), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, func(c *config) { c.documents = folder })
	token := r.token(auth.Analyst, 0, func(n *access.NewToken) { n.AnyDocument = false })
	if a := r.ask(token, `{viewer{name}}`, nil); a.code() != "DOCUMENT_NOT_TRUSTED" {
		t.Errorf("an unknown document: %s", a.body)
	}
	if a := r.ask(token, known, nil); a.at("viewer.kind") != "SERVICE" {
		t.Errorf("a known one: %s", a.body)
	}
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(known)))
	if a := r.post("/graphql", token, "application/json", []byte(`{"documentId":"sha256:`+hash+`"}`)); a.at("viewer.kind") != "SERVICE" {
		t.Errorf("by its hash: %s", a.body)
	}
}
