package httpgql_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/httpgql"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
)

func newServer(t *testing.T, cfg httpgql.Config) (*httptest.Server, *wiretest.Schema) {
	t.Helper()
	es := wiretest.New()
	return serve(t, cfg, executor.New(es)), es
}

func serve(t *testing.T, cfg httpgql.Config, exec graphql.GraphExecutor) *httptest.Server {
	t.Helper()
	var ids atomic.Int64
	cfg.Now = time.Now
	cfg.NewID = func() string { return "req-" + strconv.FormatInt(ids.Add(1), 10) }
	transport, err := httpgql.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(&httpgql.Endpoint{Exec: exec, Transports: []graphql.Transport{transport}})
	t.Cleanup(srv.Close)
	return srv
}

type reply struct {
	status int
	header http.Header
	raw    string
	body   struct {
		Data       map[string]any
		Errors     gqlerror.List
		Extensions map[string]any
	}
}

func send(t *testing.T, req *http.Request) reply {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := reply{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if err := json.Unmarshal(raw, &out.body); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return out
}

func post(t *testing.T, target, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return send(t, req)
}

const typed = "application/graphql-response+json"

func TestRequests(t *testing.T) {
	t.Parallel()
	srv, _ := newServer(t, httpgql.Config{MaxBody: 1000})
	for _, c := range []struct {
		name, body string
		headers    []string
		status     int
		code       wire.Code
	}{
		{"query", `{"query":"{hello}"}`, nil, 200, ""},
		{"typed", `{"query":"{hello}"}`, []string{"Accept", typed}, 200, ""},
		{"null entries", `{"query":"{hello}","variables":null,"operationName":null,"extensions":null}`, nil, 200, ""},
		{"no body", ``, nil, 400, wire.BadRequest},
		{"batch", `[{"query":"{hello}"}]`, nil, 400, wire.BadRequest},
		{"not an object", `"x"`, nil, 400, wire.BadRequest},
		{"malformed", `{"query":"secret-input"`, nil, 400, wire.BadRequest},
		{"two values", `{"query":"{hello}"}{}`, nil, 400, wire.BadRequest},
		{"query is a number", `{"query":1}`, nil, 400, wire.BadRequest},
		{"variables are a list", `{"query":"{hello}","variables":["secret-input"]}`, nil, 400, wire.BadRequest},
		{"no query", `{}`, nil, 400, wire.BadRequest},
		{"too large", `{"query":"` + strings.Repeat(" ", 1000) + `{hello}"}`, nil, 413, wire.BodyTooLarge},
		{"form", `query=secret-input`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, wire.UnsupportedMediaType},
		{"text", `{"query":"{hello}"}`, []string{"Content-Type", "text/plain"}, 415, wire.UnsupportedMediaType},
		{"latin1", `{"query":"{hello}"}`, []string{"Content-Type", "application/json; charset=latin1"}, 415, wire.UnsupportedMediaType},
		{"gzip", `{"query":"{hello}"}`, []string{"Content-Encoding", "gzip"}, 415, wire.UnsupportedMediaType},
		{"accept html", `{"query":"{hello}"}`, []string{"Accept", "text/html"}, 406, wire.NotAcceptable},
		{"parse, json", `{"query":"{"}`, []string{"Accept", "application/json"}, 200, wire.ParseFailed},
		{"parse, typed", `{"query":"{"}`, []string{"Accept", typed}, 400, wire.ParseFailed},
		{"subscription", `{"query":"subscription{forever}"}`, nil, 400, wire.StreamRequired},
		{"resolver fault", `{"query":"{fail}"}`, nil, 200, wire.Internal},
		{"panic", `{"query":"{crash}"}`, nil, 500, wire.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := post(t, srv.URL, c.body, c.headers...)
			if got.status != c.status {
				t.Errorf("status %d, want %d: %s", got.status, c.status, got.raw)
			}
			checkCode(t, got, c.code)
			for _, leak := range []string{"secret", "/srv/", "pq:"} {
				if strings.Contains(got.raw, leak) {
					t.Errorf("answer repeats %q: %s", leak, got.raw)
				}
			}
		})
	}
}

func checkCode(t *testing.T, got reply, want wire.Code) {
	t.Helper()
	id := got.header.Get("X-Request-Id")
	if id == "" || got.body.Extensions["requestId"] != id {
		t.Errorf("request id %q in the header, %v in the body", id, got.body.Extensions["requestId"])
	}
	if want == "" {
		if len(got.body.Errors) > 0 || got.body.Data == nil {
			t.Errorf("got %s", got.raw)
		}
		return
	}
	if len(got.body.Errors) != 1 || wire.CodeOf(got.body.Errors[0]) != want {
		t.Errorf("want code %s: %s", want, got.raw)
	}
}

// Some callers may send more than others, as long as there is room.
func TestLargeBodies(t *testing.T) {
	t.Parallel()
	const limit, large = 1000, 2000
	body := func(size int) string {
		empty := `{"query":"{hello}"}`
		return strings.Replace(empty, "{hello}", strings.Repeat(" ", size-len(empty))+"{hello}", 1)
	}
	roomy, _ := newServer(t, httpgql.Config{MaxBody: limit, LargeBody: func(context.Context) int64 { return large }, Room: large})
	full, _ := newServer(t, httpgql.Config{MaxBody: limit, LargeBody: func(context.Context) int64 { return large }, Room: 1})
	none, _ := newServer(t, httpgql.Config{MaxBody: limit, LargeBody: func(context.Context) int64 { return 0 }})
	for _, c := range []struct {
		url    string
		size   int
		status int
	}{
		{roomy.URL, large, 200}, {roomy.URL, large, 200}, {roomy.URL, large + 1, 413}, {full.URL, limit, 200}, {full.URL, limit + 1, 503}, {none.URL, limit, 200},
		{none.URL, limit + 1, 413},
	} {
		if got := post(t, c.url, body(c.size)); got.status != c.status {
			t.Errorf("%d bytes: %d, want %d: %s", c.size, got.status, c.status, got.body)
		}
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	srv, es := newServer(t, httpgql.Config{MaxURL: 500})
	for _, c := range []struct {
		query  string
		status int
		allow  string
		code   wire.Code
	}{
		{"query=" + url.QueryEscape("{hello}"), 200, "", ""},
		{"query=" + url.QueryEscape("query($a:String){echo(text:$a)}") + "&variables=" + url.QueryEscape(`{"a":"x"}`), 200, "", ""},
		{"query=" + url.QueryEscape("mutation{bump}"), 405, "POST", wire.MethodNotAllowed},
		{"query=%zz", 400, "", wire.BadRequest},
		{"query=" + url.QueryEscape("{hello}") + "&query=" + url.QueryEscape("{hello}"), 400, "", wire.BadRequest},
		{"query=" + url.QueryEscape("{hello}") + "&variables=&variables=null", 400, "", wire.BadRequest},
		{"query=" + url.QueryEscape("{hello}") + "&other=1&other=2", 200, "", ""},
		{"extensions=" + url.QueryEscape(`{"persistedQuery":null}`), 400, "", wire.BadRequest},
		{"variables=1&query=x", 400, "", wire.BadRequest},
		{"", 400, "", wire.BadRequest},
		{"query=" + strings.Repeat("x", 500), 414, "", wire.BodyTooLarge},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"?"+c.query, nil)
		got := send(t, req)
		if got.status != c.status || got.header.Get("Allow") != c.allow {
			t.Errorf("%s: %d, Allow %q: %s", c.query, got.status, got.header.Get("Allow"), got.raw)
		}
		checkCode(t, got, c.code)
	}
	if es.Bumped != 0 {
		t.Error("a mutation ran by GET")
	}
}

func TestOtherVerbs(t *testing.T) {
	t.Parallel()
	srv, _ := newServer(t, httpgql.Config{})
	for _, verb := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch} {
		req, _ := http.NewRequestWithContext(t.Context(), verb, srv.URL, nil)
		got := send(t, req)
		if got.status != 405 || got.header.Get("Allow") != "GET, POST" {
			t.Errorf("%s: %d, Allow %q", verb, got.status, got.header.Get("Allow"))
		}
	}
}

// A body that trickles in is given up after BodyTimeout and never holds a connection longer.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	srv, _ := newServer(t, httpgql.Config{BodyTimeout: 50 * time.Millisecond})
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 408 ") {
		t.Fatalf("%v: %s", err, got)
	}
}

func TestAtMostTenErrors(t *testing.T) {
	t.Parallel()
	srv, _ := newServer(t, httpgql.Config{})
	got := post(t, srv.URL, `{"query":"{`+strings.Repeat(" nothing", 200)+`}"}`)
	if len(got.body.Errors) > wire.MaxErrors {
		t.Errorf("%d errors", len(got.body.Errors))
	}
}

// An operation gets no more time than Timeout, whatever its resolvers do with the context.
func TestTimeout(t *testing.T) {
	t.Parallel()
	srv, _ := newServer(t, httpgql.Config{Timeout: 30 * time.Millisecond})
	if got := post(t, srv.URL, `{"query":"{wait}"}`); got.status != 200 {
		t.Errorf("%d: %s", got.status, got.raw)
	}
}

func TestMasksUnknownErrors(t *testing.T) {
	t.Parallel()
	heard := make(chan error, 1)
	srv, _ := newServer(t, httpgql.Config{Report: func(_ context.Context, err error) { heard <- err }})
	post(t, srv.URL, `{"query":"{fail}"}`)
	if err := <-heard; !strings.Contains(err.Error(), "relation") {
		t.Errorf("report heard %v", err)
	}
}
