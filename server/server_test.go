package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// running is a server with its own database.
type running struct {
	*Server
	t      testing.TB
	url    string
	client *http.Client
}

// run starts a server that ends with the test; change may change its configuration beforehand.
func run(t testing.TB, change func(*Config)) *running {
	t.Helper()
	c := Config{Listen: "127.0.0.1:0", DatabaseURL: tsdbtest.NewURL(t), PoolSize: 6, ChartPoolSize: 2,
		Clock: time.Now, Random: rand.Read, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&c)
	}
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, DisableCompression: true}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return &running{s, t, "http://" + s.Addr(), client}
}

// account makes an account with a master admin and returns its key.
func (r *running) account(name string) int64 {
	r.t.Helper()
	key, err := r.store.CreateAccount(r.t.Context(), tsdb.NewAccount{Name: name, IdempotencyKey: name, Members: []access.Member{
		{UserID: "u-" + name, Name: "Mia", Email: "mia@" + name + ".example", Role: access.RoleMasterAdmin}}}, tsdb.Actor{Name: "test"})
	if err != nil {
		r.t.Fatal(err)
	}
	return key
}

func accountID(key int64) string { return graph.EncodeID(graph.KindAccount, key) }

// token makes a token of a role; account 0 is for roles that span accounts.
func (r *running) token(role auth.Role, account int64, change func(*access.NewToken)) string {
	r.t.Helper()
	secret, prefix, err := auth.NewSecret(rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	n := access.NewToken{Role: string(role), Name: "test " + string(role), AccountID: account, AnyDocument: true, Prefix: prefix, Hash: auth.Hash(secret)}
	if change != nil {
		change(&n)
	}
	if _, err := r.store.Access.CreateToken(r.t.Context(), n); err != nil {
		r.t.Fatal(err)
	}
	return secret
}

// reply is the answer to a request.
type reply struct {
	status int
	header http.Header
	body   []byte
	Data   map[string]any
	Errors []struct {
		Message    string
		Extensions map[string]any
	}
	Extensions map[string]any
}

// code returns the code of the first error; "" if there is none.
func (a reply) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

// question returns the body of a GraphQL request.
func question(query string, variables map[string]any) []byte {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err)
	}
	return body
}

func (r *running) ask(token, query string, variables map[string]any) reply {
	r.t.Helper()
	return r.send(r.request(http.MethodPost, "/graphql", token, "application/json", bytes.NewReader(question(query, variables))))
}

func (r *running) request(method, path, token, contentType string, body io.Reader) *http.Request {
	r.t.Helper()
	req, err := http.NewRequestWithContext(context.WithoutCancel(r.t.Context()), method, r.url+path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req
}

func (r *running) send(req *http.Request) reply {
	r.t.Helper()
	a, err := r.try(req)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *running) try(req *http.Request) (reply, error) {
	res, err := r.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	a := reply{status: res.StatusCode, header: res.Header, body: text}
	_ = json.Unmarshal(text, &a) // not every answer is JSON; body tells
	return a, err
}
