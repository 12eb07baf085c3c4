package server

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// held is a token with what is needed to end it.
type held struct {
	secret string
	id     int64
}

func (r *running) heldToken(role auth.Role, account int64) (h held) {
	r.t.Helper()
	var prefix string
	h.secret = r.token(role, account, func(n *access.NewToken) { prefix = n.Prefix })
	if err := r.pools.books.QueryRow(r.t.Context(), "SELECT token_id FROM api_token WHERE prefix = $1", prefix).Scan(&h.id); err != nil {
		r.t.Fatal(err)
	}
	return h
}

// revoke ends a token and waits until the server refuses it.
func (r *running) revoke(account int64, h held) {
	r.t.Helper()
	if _, err := r.store.Access.RevokeToken(r.t.Context(), account, h.id, "", tsdb.Actor{Name: "test"}); err != nil {
		r.t.Fatal(err)
	}
	r.until("the token is refused", func() bool { return r.ask(h.secret, "{viewer{kind}}", nil).status == http.StatusUnauthorized })
}

// until asks repeatedly until done, for a minute at most.
func (r *running) until(what string, done func() bool) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); !done(); {
		if time.Now().After(end) {
			r.t.Fatalf("not within a minute: %s", what)
		}
	}
}

// watching opens the event stream of a subscription and returns its lines once the first event has arrived.
func (r *running) watching(token string, account int64) *bufio.Scanner {
	r.t.Helper()
	req := r.request(http.MethodPost, "/graphql", token, "application/json", bytes.NewReader(question(
		`subscription($id:ID!){creditStatus(accountId:$id){icon}}`, map[string]any{"id": accountID(account)})))
	req.Header.Set("Accept", "text/event-stream")
	res, err := r.client.Do(soon(r, req))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "GREEN") {
			return lines
		}
	}
	r.t.Fatalf("no event came: %v", lines.Err())
	return nil
}

// soon sets a time limit for a request whose answer has no end of its own.
func soon(r *running, req *http.Request) *http.Request {
	ctx, cancel := context.WithTimeout(req.Context(), 20*time.Second)
	r.t.Cleanup(cancel)
	return req.WithContext(ctx)
}

// A request whose body comes slowly is checked again once the body has come: a token that was revoked meanwhile watches nothing.
func TestARevokedTokenBeginsNoStream(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account := r.account("acme")
	token := r.heldToken(auth.MasterAdmin, account)
	body := question(`subscription($id:ID!){creditStatus(accountId:$id){icon}}`, map[string]any{"id": accountID(account)})
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	answers := bufio.NewReader(conn)
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n"+
		"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n", token.secret, len(body))
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") { // the caller is known, the body is waited for
		t.Fatalf("%q %v", line, err)
	}
	_, _ = answers.ReadString('\n')
	r.revoke(account, token)
	if _, err := conn.Write(body); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("answered %d", res.StatusCode)
	}
}

// What was revoked while nobody was listening is found out as soon as somebody listens again.
func TestRevocationsThatWereMissed(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account := r.account("acme")
	ended, other := r.heldToken(auth.MasterAdmin, account), r.heldToken(auth.MasterAdmin, account)
	lines, stays := r.watching(ended.secret, account), r.watching(other.secret, account)
	// No NOTIFY tells of this one, as if it had come while the connection was down.
	if _, err := r.pools.books.Exec(t.Context(), "UPDATE api_token SET revoked_at = now() WHERE token_id = $1", ended.id); err != nil {
		t.Fatal(err)
	}
	if _, err := r.pools.books.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND query = 'LISTEN usagegraph_access'`); err != nil {
		t.Fatal(err)
	}
	seen := ""
	for lines.Scan() {
		seen += lines.Text()
	}
	if !strings.Contains(seen, "UNAUTHENTICATED") {
		t.Errorf("the stream of a revoked token ended with %q (%v)", seen, lines.Err())
	}
	r.account("neighbour") // something happens
	if n := r.streams.Stats().Connections; n != 1 {
		t.Errorf("%d streams go on, want that of the other token", n)
	}
	_ = stays
}

// An incoming stream of events ends when its token does.
func TestRevocationEndsStreamsOfEvents(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	account := r.account("acme")
	token := r.heldToken(auth.Platform, account)
	in, out := io.Pipe()
	req := r.request(http.MethodPost, "/v1/events", token.secret, "application/x-ndjson", in)
	answered := make(chan *bufio.Scanner, 1)
	go func() {
		res, err := r.client.Do(soon(r, req))
		if err != nil {
			answered <- nil
			return
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		answered <- bufio.NewScanner(res.Body)
	}()
	if _, err := io.WriteString(out, "{}\n"); err != nil {
		t.Fatal(err)
	}
	lines := <-answered
	if lines == nil || !lines.Scan() || !strings.Contains(lines.Text(), `"line":1`) {
		t.Fatal("the first line has no answer")
	}
	r.revoke(account, token)
	_, _ = io.WriteString(out, "{}\n") // refused, or not even read
	seen := ""
	for lines.Scan() {
		seen += lines.Text() + "\n"
	}
	_ = out.Close()
	if strings.Contains(seen, `"line":2`) || !strings.Contains(seen, "UNAUTHENTICATED") {
		t.Errorf("after the token was revoked: %s", seen)
	}
}
