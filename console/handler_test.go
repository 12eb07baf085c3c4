package console

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestHandler(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"index.html":        {Data: []byte("<!doctype html>page")},
		"assets/a-1.js":     {Data: []byte("plain")},
		"assets/a-1.js.gz":  {Data: []byte("zipped")},
		"favicon.svg":       {Data: []byte("<svg/>")},
		"assets/b-2.css":    {Data: []byte("css")},
		"assets/b-2.css.br": {Data: []byte("brotli")},
	}
	for _, c := range []struct {
		name, method, path, accept string
		status                     int
		body, coding, cache        string
	}{
		{"page", "GET", "/", "", 200, "<!doctype html>page", "", "no-cache"},
		{"deep link", "GET", "/accounts/x/billing/usage/tools", "", 200, "<!doctype html>page", "", "no-cache"},
		{"index by name", "GET", "/index.html", "", 200, "<!doctype html>page", "", "no-cache"},
		{"asset", "GET", "/assets/a-1.js", "", 200, "plain", "", "public, max-age=31536000, immutable"},
		{"asset zipped", "GET", "/assets/a-1.js", "gzip, br", 200, "zipped", "gzip", "public, max-age=31536000, immutable"},
		{"asset refused zipped", "GET", "/assets/a-1.js", "gzip;q=0", 200, "plain", "", "public, max-age=31536000, immutable"},
		{"asset brotli", "GET", "/assets/b-2.css", "gzip, br", 200, "brotli", "br", "public, max-age=31536000, immutable"},
		{"no such asset", "GET", "/assets/c.js", "", 404, "404 page not found\n", "", ""},
		{"other file", "GET", "/favicon.svg", "", 200, "<svg/>", "", "public, max-age=3600"},
		{"out of the folder", "GET", "/../embed.go", "", 200, "<!doctype html>page", "", "no-cache"},
		{"config", "GET", "/console-config.json", "", 200, "{\"oidc\":null}\n", "", "no-cache"},
		{"verb", "POST", "/", "", 405, "method not allowed\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, "http://example.com"+c.path, nil)
			r.Header.Set("Accept-Encoding", c.accept)
			w := httptest.NewRecorder()
			handler(files, true, Options{}).ServeHTTP(w, r)
			if w.Code != c.status || w.Body.String() != c.body {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, c.status, c.body)
			}
			if got := w.Header().Get("Content-Encoding"); got != c.coding {
				t.Errorf("Content-Encoding %q, want %q", got, c.coding)
			}
			if got := w.Header().Get("Cache-Control"); got != c.cache {
				t.Errorf("Cache-Control %q, want %q", got, c.cache)
			}
		})
	}
}

func TestNotBuilt(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	handler(nil, false, Options{}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 404 || !strings.Contains(w.Body.String(), "The console is not built") {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	told := Options{OIDC: &OIDC{Issuer: "https://login.example.com/realm"}, Connect: func() []string { return []string{"https://login.example.com", "https://token.example.com"} }}
	if got := told.Policy(); !strings.Contains(got, "connect-src 'self' https://login.example.com https://token.example.com;") {
		t.Errorf("the issuer's endpoints are missing in %q", got)
	}
	policy := Options{OIDC: &OIDC{Issuer: "https://login.example.com/realm"}}.Policy()
	if !strings.Contains(policy, "connect-src 'self' https://login.example.com;") {
		t.Errorf("issuer missing in %q", policy)
	}
	for _, forbidden := range []string{"script-src 'self' ", "unsafe-eval", "style-src 'self' ", "*"} {
		if strings.Contains(policy, forbidden) {
			t.Errorf("%q allows %q", policy, forbidden)
		}
	}
}

// The hash of a trusted document is that of its text, so that nothing else can stand under it.
func TestDocuments(t *testing.T) {
	t.Parallel()
	texts, err := Documents()
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) == 0 {
		t.Fatal("no documents")
	}
	for hash, text := range texts {
		sum := sha256.Sum256([]byte(text))
		if hex.EncodeToString(sum[:]) != hash {
			t.Errorf("%s is not the hash of %q", hash, text)
		}
	}
}
