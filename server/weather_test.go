package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// statusDocument is what the subscribers below watch.
const statusDocument = `subscription Status($id: ID!) { creditStatus(accountId: $id) { revision icon runs { used } } }`

// subscriber is a WebSocket connected to the whole server.
type subscriber struct {
	*websocket.Conn
	t   *testing.T
	ctx context.Context
}

// socket opens a WebSocket and signs in; the caller reads the answer.
func (r *running) socket(t *testing.T, token string) subscriber {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	conn, _, err := websocket.Dial(ctx, strings.Replace(r.url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	s := subscriber{conn, t, ctx}
	s.say(map[string]any{"type": "connection_init", "payload": map[string]any{"token": token}})
	return s
}

// watcher returns a socket that watches the status of an account and has received its first frame.
func (r *running) watcher(t *testing.T, token string, account int64) subscriber {
	t.Helper()
	s := r.socket(t, token)
	s.hears("connection_ack")
	s.subscribe("s", statusDocument, accountID(account))
	s.hears(`"next"`)
	return s
}

func (s subscriber) say(message any) {
	s.t.Helper()
	text, err := json.Marshal(message)
	if err == nil {
		err = s.Write(s.ctx, websocket.MessageText, text)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s subscriber) subscribe(id, document, account string) {
	s.t.Helper()
	s.say(map[string]any{"type": "subscribe", "id": id, "payload": map[string]any{"query": document, "variables": map[string]any{"id": account}}})
}

// hears reads messages until one contains all of the words.
func (s subscriber) hears(words ...string) {
	s.t.Helper()
	for {
		_, text, err := s.Read(s.ctx)
		if err != nil {
			s.t.Fatalf("waiting for %q: %v", words, err)
		}
		missing := false
		for _, word := range words {
			missing = missing || !bytes.Contains(text, []byte(word))
		}
		if !missing {
			return
		}
	}
}

// ends reads until the close frame.
func (s subscriber) ends(code int, reason string) {
	s.t.Helper()
	for {
		_, _, err := s.Read(s.ctx)
		if err == nil {
			continue
		}
		var closed websocket.CloseError
		if !errors.As(err, &closed) || int(closed.Code) != code || closed.Reason != reason {
			s.t.Errorf("want close %d %q: %v", code, reason, err)
		}
		return
	}
}

// An account that does not exist or belongs to another caller, and a role without the permission, end a subscription with the error of
// their code. The socket and its other subscriptions go on.
func TestSubscriptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	own, other := r.account("own"), r.account("other")
	member := r.watcher(t, r.token(auth.Member, own, nil), own)
	support := r.socket(t, r.token(auth.Support, 0, nil))
	support.hears("connection_ack")
	none := accountID(999_999)
	for i, c := range []struct {
		who                     subscriber
		document, account, code string
	}{
		{member, `subscription($id:ID!){creditStatus(accountId:$id){icon}}`, accountID(other), "NOT_FOUND"},
		{member, `subscription($id:ID!){banners(accountId:$id){revision}}`, none, "NOT_FOUND"},
		{member, `subscription($id:ID!){creditStatus(accountId:$id){icon}}`, "nonsense", "NOT_FOUND"},
		{member, `subscription($id:ID!){thresholdCrossings(accountId:$id){__typename}}`, accountID(own), "FORBIDDEN"},
		{member, `subscription($id:ID!){deploymentChanges(accountId:$id){... on DeploymentSnapshot{deployed{... on Guardrail{panel{total}}}}}}`, accountID(own), "FORBIDDEN"},
		{support, `subscription($id:ID!){creditStatus(accountId:$id){icon}}`, none, "NOT_FOUND"},
		{support, `subscription($id:ID!){banners(accountId:$id){revision}}`, none, "NOT_FOUND"},
		{support, `subscription($id:ID!){thresholdCrossings(accountId:$id){__typename}}`, none, "NOT_FOUND"},
		{support, `subscription($id:ID!){deploymentChanges(accountId:$id){__typename}}`, none, "NOT_FOUND"},
		{support, `subscription($id:ID!){thresholdCrossings(accountId:$id,after:"x"){__typename}}`, accountID(own), "BAD_PAGE"},
		{support, `subscription($id:ID!){thresholdCrossings(accountId:$id,after:"KzU"){__typename}}`, accountID(own), "BAD_PAGE"}, // +5
	} {
		id := fmt.Sprint("refused ", i)
		c.who.subscribe(id, c.document, c.account)
		c.who.hears(`"`+id+`"`, `"type":"error"`, `"`+c.code+`"`)
	}
	r.useRuns(own, 5_000)
	member.hears(`"id":"s"`, `"used":"5000"`)
}

// useRuns reports runs of a tool of the account.
func (r *running) useRuns(account, runs int64) {
	r.t.Helper()
	tool, err := r.store.RegisterTool(r.t.Context(), tsdb.NewTool{AccountID: account, Name: fmt.Sprint("tool of ", runs), OwnerName: "Mia", Status: tsdb.Deployed})
	if err == nil {
		_, err = r.store.Ingest(r.t.Context(), []tsdb.UsageEvent{{AccountID: account, Source: "test", ID: fmt.Sprint(runs), Time: time.Now(), Kind: tsdb.ToolRun,
			ResourceID: tool.ID, Runs: runs}}, tsdb.Record)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// The end of a credential or of a permission ends the subscriptions that were made with it, over WebSocket and SSE, and no others.
func TestRightsThatEndDuringASubscription(t *testing.T) {
	t.Parallel()
	issuer := newProvider(t)
	r := run(t, func(c *Config) {
		c.OIDC.Issuer, c.OIDC.Audience, c.OIDC.Leeway, c.Documents = issuer.url, "usagegraph", -1, []string{statusDocument}
	})
	account := r.account("acme")
	for _, user := range []string{"removed", "demoted"} {
		email := user + "@acme.example"
		if _, err := r.store.Access.SetMember(t.Context(), access.MemberChange{AccountID: account, UserID: user, Email: &email, Role: access.RoleAdmin}); err != nil {
			t.Fatal(err)
		}
	}
	jwt := func(user string, life time.Duration) func() string {
		return func() string {
			return issuer.sign(t, func(c map[string]any) { c["sub"], c["exp"] = user, time.Now().Add(life).Unix() })
		}
	}
	stays := r.watcher(t, jwt("u-acme", time.Hour)(), account)
	const life = 10 * time.Second // in which a busy machine opens a socket and a stream
	for name, c := range map[string]struct {
		token  func() string
		end    func() error
		code   int
		reason string
	}{
		"a JWT that expires": {jwt("u-acme", life), nil, 4403, "Token expired"},
		"an API token that expires": {func() string {
			return r.token(auth.Member, account, func(n *access.NewToken) { n.ExpiresAt = time.Now().Add(life) })
		}, nil, 4403, "Token expired"},
		"a member who is removed": {jwt("removed", time.Hour), func() error {
			return r.store.Access.RemoveMember(context.WithoutCancel(t.Context()), access.MemberChange{AccountID: account, UserID: "removed"})
		}, 4412, "Access changed"},
		"a member whose role changes": {jwt("demoted", time.Hour), func() error {
			_, err := r.store.Access.SetMember(context.WithoutCancel(t.Context()), access.MemberChange{AccountID: account, UserID: "demoted", Role: access.RoleMember})
			return err
		}, 4412, "Access changed"},
	} {
		t.Run(name, func(t *testing.T) { // they share a server, and the bystander outlives them
			token := c.token()
			s, stream := r.watcher(t, token, account), r.stream(t, token, account)
			if c.end != nil {
				if err := c.end(); err != nil {
					t.Fatal(err)
				}
			}
			s.ends(c.code, c.reason)
			rest, err := io.ReadAll(stream)
			if err != nil || bytes.Contains(rest, []byte("UNAUTHENTICATED")) != (c.code == 4403) || bytes.Contains(rest, []byte("complete")) != (c.code == 4403) {
				t.Errorf("the stream ended with %v: %s", err, rest)
			}
		})
	}
	r.useRuns(account, 5_000)
	stays.hears(`"used":"5000"`)
}

// stream watches the status of an account over SSE and has received its first frame.
func (r *running) stream(t *testing.T, token string, account int64) *bufio.Reader {
	t.Helper()
	body := question(statusDocument, map[string]any{"id": accountID(account)})
	req := r.request(http.MethodPost, "/graphql", token, "application/json", bytes.NewReader(body))
	req.Header.Set("Accept", "text/event-stream")
	res, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	in := bufio.NewReader(res.Body)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("%d: %v", res.StatusCode, err)
		}
		if strings.HasPrefix(line, "data: ") {
			return in
		}
	}
}

// If credentials cannot be checked because the database does not answer as it should, a socket is told to come back, and is let in when the
// database does.
func TestSocketsWhoseCredentialCannotBeChecked(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	token := r.token(auth.Support, 0, nil)
	rename := func(from, to string) {
		t.Helper()
		if _, err := r.pools.books.Exec(t.Context(), `ALTER TABLE `+from+` RENAME TO `+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("api_token", "away")
	r.socket(t, token).ends(1013, "Credentials cannot be checked right now")
	rename("away", "api_token")
	r.socket(t, token).hears("connection_ack")
}

// A revocation that nobody was notified of, while even the database could not be queried for a moment, still ends its session.
func TestRevocationThatCannotBeLookedUpAtOnce(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account := r.account("acme")
	gone, stays := r.watcher(t, r.token(auth.Member, account, nil), account), r.watcher(t, r.token(auth.MasterAdmin, account, nil), account)
	do := func(statement string) {
		t.Helper()
		if _, err := r.pools.books.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	const listeners = `FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN usagegraph_access'`
	r.until("it listens", func() bool {
		var n int
		return r.pools.books.QueryRow(t.Context(), `SELECT count(*) `+listeners).Scan(&n) == nil && n > 0
	})
	do(`UPDATE api_token SET revoked_at = now() WHERE role = 'MEMBER'`) // without a NOTIFY
	do(`ALTER TABLE api_token RENAME TO away`)
	do(`SELECT pg_terminate_backend(pid) ` + listeners)
	r.until("a session could not be reviewed", r.unsure.Load)
	do(`ALTER TABLE away RENAME TO api_token`)
	gone.ends(4403, "Token revoked")
	r.useRuns(account, 5_000)
	stays.hears(`"used":"5000"`)
}

// Development tokens that are dropped end their sessions like revoked ones.
func TestDroppedDevelopmentTokensEndTheirSessions(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.Development = true })
	account := r.account("acme")
	gone := r.watcher(t, r.token(auth.Member, account, func(n *access.NewToken) { n.Development = true }), account)
	if err := r.store.Access.DropDevelopmentTokens(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	gone.ends(4403, "Token revoked")
}
