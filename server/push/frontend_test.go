package push_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server/httpgql"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
	"github.com/usagegraph/usagegraph/server/ws"
)

// frontend serves a fixture over HTTP and WebSocket to whoever has the token "mia", and lets programs trigger events.
type frontend struct {
	*fixture
	sockets atomic.Pointer[ws.Transport]
	plain   *httpgql.Transport
}

func newFrontend(t *testing.T) (*frontend, *httptest.Server) {
	t.Helper()
	f := &frontend{fixture: newFixture(t)}
	var err error
	f.plain, err = httpgql.New(httpgql.Config{Now: time.Now})
	f.must(err)
	f.sockets.Store(f.transport())
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", f.graphql)
	mux.HandleFunc("/use", func(_ http.ResponseWriter, r *http.Request) {
		runs, _ := strconv.ParseInt(r.FormValue("runs"), 10, 64)
		f.use(runs)
	})
	mux.HandleFunc("/restart", func(_ http.ResponseWriter, r *http.Request) { _ = f.sockets.Swap(f.transport()).Drain(r.Context()) })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return f, srv
}

func (f *frontend) transport() *ws.Transport {
	f.t.Helper()
	sockets, err := ws.New(ws.Config{Now: time.Now, Source: f.source, Init: func(_ context.Context, payload json.RawMessage) (wire.Session, error) {
		if !strings.Contains(string(payload), `"token":"mia"`) {
			return wire.Session{}, auth.ErrUnauthenticated
		}
		return wire.Session{Context: f.as("mia", auth.MasterAdmin)}, nil
	}})
	f.must(err)
	return sockets
}

func (f *frontend) graphql(w http.ResponseWriter, r *http.Request) {
	var transport graphql.Transport = f.sockets.Load()
	if !transport.Supports(r) {
		transport = f.plain
		if r.Header.Get("Authorization") == "Bearer mia" {
			principal, _ := auth.FromContext(f.as("mia", auth.MasterAdmin))
			r = r.WithContext(auth.WithPrincipal(r.Context(), principal))
		}
	}
	transport.Do(w, r, f.exec)
}

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/live.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// operations returns the operations in the document, by name.
func operations(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	name := regexp.MustCompile(`(?:query|subscription) (\w+)`)
	for _, block := range regexp.MustCompile("(?s)```graphql\n(.*?)```").FindAllStringSubmatch(document(t), -1) {
		found[name.FindStringSubmatch(block[1])[1]] = block[1]
	}
	return found
}

// The examples of docs/live.md, run with the npm clients that they are for, do what the document says.
func TestFrontends(t *testing.T) { // the packages are installed once, before the programs run side by side
	texts, err := json.Marshal(operations(t))
	if err != nil {
		t.Fatal(err)
	}
	wiretest.Node(t, "clients", "--version")
	for script, want := range map[string]string{
		"graphql-ws.mjs": `["frame","10000","0"]
["frame","5000","50"]
["event","snapshot",""]
["event",70,"REACHED"]
["event",80,"REACHED"]
["event",90,"REACHED"]
`,
		"urql.mjs": `["query","10000","GREEN"]
["frame","10000","GREEN"]
["frame","9999","GREEN"]
`,
		"apollo.mjs": `["page","10000","GREEN"]
["page","9999","GREEN"]
`,
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			f, srv := newFrontend(t)
			if got := string(wiretest.Node(t, "clients", script, srv.URL+"/graphql", "mia", f.accounts, srv.URL, string(texts))); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// What the document shows is what TestFrontends runs.
func TestExamplesAreThoseThatRun(t *testing.T) {
	t.Parallel()
	doc := document(t)
	for _, script := range []string{"graphql-ws.mjs", "urql.mjs", "apollo.mjs"} {
		text, err := os.ReadFile("clients/" + script)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range regexp.MustCompile("(?s)// ---\n(.*?)// ---\n").FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(doc, "```js\n"+strings.Trim(part[1], "\n")+"\n```") {
				t.Errorf("docs/live.md lacks this part of %s:\n%s", script, part[1])
			}
		}
	}
}
