package server

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/usagegraph/usagegraph/auth"
)

const allowed, evil = "https://app.example.com", "https://evil.example"

// Every answer tells browsers to be careful. Pages loosen the policy no more than they need, which their own tests check.
func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) {
		c.Parts.Console = func(func() []string) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("page")) })
		}
	})
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/graphql", "/v1/events", "/graphiql/", "/graphiql/assets/none.js", "/", "/any/page"} {
		h := r.send(r.request(http.MethodGet, path, "", "", nil)).header
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if h.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", path)
		}
	}
	refused := r.request(http.MethodPost, "/graphql", "", "application/json", strings.NewReader("{}"))
	refused.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := r.send(refused); a.status != http.StatusForbidden || a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Content-Security-Policy") == "" {
		t.Errorf("a refused origin: %d %v", a.status, a.header)
	}
	if a := r.send(r.request(http.MethodGet, "/graphql", "", "", nil)); a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("an answer of the API may be kept: %q", a.header.Get("Cache-Control"))
	}
}

// Browsers at the listed origins are let in, and no others: not by CORS, forms or WebSocket.
func TestOrigins(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config) { c.Origins = []string{allowed} })
	token := r.token(auth.Member, r.account("acme"), nil)
	ask := func(method, origin, site, wanted string) reply {
		req := r.request(method, "/graphql", token, "application/json", bytes.NewReader(question("{viewer{name}}", nil)))
		req.Header.Set("Origin", origin)
		if site != "" {
			req.Header.Set("Sec-Fetch-Site", site)
		}
		if wanted != "" {
			req.Header.Set("Access-Control-Request-Method", wanted)
		}
		return r.send(req)
	}
	if a := ask(http.MethodPost, allowed, "cross-site", ""); a.status != http.StatusOK || a.header.Get("Access-Control-Allow-Origin") != allowed ||
		a.header.Get("Access-Control-Allow-Credentials") != "" || a.header.Get("Vary") == "" {
		t.Errorf("a listed origin: %d %v", a.status, a.header)
	}
	if a := ask(http.MethodPost, evil, "cross-site", ""); a.status != http.StatusForbidden || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: %d %v", a.status, a.header)
	}
	if a := ask(http.MethodOptions, allowed, "", "POST"); a.status != http.StatusNoContent || !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("a listed origin's preflight: %d %v", a.status, a.header)
	}
	if a := ask(http.MethodOptions, evil, "", "POST"); a.status < 400 || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin's preflight: %d %v", a.status, a.header)
	}
	for origin, ok := range map[string]bool{allowed: true, evil: false, "null": false, r.url: true, "": true} {
		if err := r.dial(t, origin); (err == nil) != ok {
			t.Errorf("WebSocket from %q: %v", origin, err)
		}
	}
}

// dial opens a WebSocket as a page of an origin would.
func (r *running) dial(t *testing.T, origin string) error {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	head := http.Header{}
	if origin != "" {
		head.Set("Origin", origin)
	}
	ws, _, err := websocket.Dial(ctx, strings.Replace(r.url, "http", "ws", 1)+"/graphql",
		&websocket.DialOptions{HTTPHeader: head, Subprotocols: []string{"graphql-transport-ws"}})
	if err == nil {
		_ = ws.CloseNow()
	}
	return err
}
