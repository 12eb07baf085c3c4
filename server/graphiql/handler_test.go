package graphiql

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

func get(h http.Handler, method, path, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://example.com"+path, nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHandler(t *testing.T) {
	t.Parallel()
	h := handler(fstest.MapFS{
		"index.html":      {Data: []byte(`<meta content="__NONCE__">`)},
		"assets/a.js":     {Data: []byte("plain")},
		"assets/a.js.gz":  {Data: []byte("zipped")},
		"assets/b.css":    {Data: []byte("css")},
		"secret/c.config": {Data: []byte("no")},
	}, true, rand.Read)
	for _, c := range []struct {
		name, method, path, accept string
		status                     int
		body                       string
	}{
		{"asset", "GET", "/graphiql/assets/a.js", "", 200, "plain"},
		{"asset zipped", "GET", "/graphiql/assets/a.js", "br, gzip", 200, "zipped"},
		{"asset without its zip", "GET", "/graphiql/assets/b.css", "gzip", 200, "css"},
		{"no such file", "GET", "/graphiql/assets/x.js", "", 404, "404 page not found\n"},
		{"not an asset", "GET", "/graphiql/secret/c.config", "", 404, "404 page not found\n"},
		{"out of the folder", "GET", "/graphiql/assets/../../embed.go", "", 404, "404 page not found\n"},
		{"verb", "POST", "/graphiql/", "", 405, "method not allowed\n"},
	} {
		if w := get(h, c.method, c.path, c.accept); w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("%s: %d %q", c.name, w.Code, w.Body)
		}
	}
}

// Each page has its own nonce, the same in the page and in the policy, and the policy permits nothing else.
func TestPolicy(t *testing.T) {
	t.Parallel()
	h := handler(fstest.MapFS{"index.html": {Data: []byte(`<meta content="__NONCE__">`)}}, true, rand.Read)
	seen := map[string]bool{}
	for range 3 {
		w := get(h, "GET", "/graphiql/", "")
		nonce := regexp.MustCompile(`content="([^"]+)"`).FindStringSubmatch(w.Body.String())[1]
		policy := w.Header().Get("Content-Security-Policy")
		if seen[nonce] || policy != Policy(nonce) || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%q %q", nonce, policy)
		}
		for _, wide := range []string{"unsafe", "*", "http:", "https:", "blob:"} {
			if strings.Contains(policy, wide) {
				t.Errorf("%q allows %q", policy, wide)
			}
		}
		seen[nonce] = true
	}
}

func TestNotBuilt(t *testing.T) {
	t.Parallel()
	w := get(handler(nil, false, rand.Read), "GET", "/graphiql/", "")
	if w.Code != 404 || !strings.Contains(w.Body.String(), "GraphiQL is not built") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// No file of the page comes from another host.
func TestNothingComesFromElsewhere(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("index.html")
	if err != nil {
		t.Fatal(err)
	}
	if files, ok := Files(); ok {
		f, err := files.Open("index.html")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		more := make([]byte, 1<<16)
		n, _ := f.Read(more)
		page = append(page, more[:n]...)
	}
	if strings.Contains(string(page), "//") && regexp.MustCompile(`(src|href)="(https?:)?//`).Match(page) {
		t.Errorf("%s", page)
	}
}

// Every example is a valid document that says what it does.
func TestExamples(t *testing.T) {
	t.Parallel()
	contract, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(contract)})
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("examples/*.graphql")
	if err != nil || len(names) < 5 {
		t.Fatalf("%v %v", names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, errs := gqlparser.LoadQueryWithRules(schema, string(text), rules.NewDefaultRules()); len(errs) > 0 {
			t.Errorf("%s: %v", name, errs)
		}
		if !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s does not say what it does", name)
		}
	}
}
