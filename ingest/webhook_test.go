package ingest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWebHookHandshake(t *testing.T) {
	t.Parallel()
	handed := 0
	endpoint := WebHook(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { handed++ }))
	for name, c := range map[string]struct {
		headers []string
		status  int
		allowed string
	}{
		"asked":              {[]string{"WebHook-Request-Origin", "eventemitter.example.com"}, 200, "eventemitter.example.com"},
		"with rate":          {[]string{"WebHook-Request-Origin", "eventemitter.example.com", "WebHook-Request-Rate", "120"}, 200, "eventemitter.example.com"},
		"with callback":      {[]string{"WebHook-Request-Origin", "a.example", "WebHook-Request-Callback", "https://a.example/confirm?id=1"}, 200, "a.example"},
		"no handshake":       {nil, 200, ""},
		"no name":            {[]string{"WebHook-Request-Origin", "a b\"c"}, 400, ""},
		"too long a name":    {[]string{"WebHook-Request-Origin", strings.Repeat("a", 254)}, 400, ""},
		"a rate of none":     {[]string{"WebHook-Request-Origin", "a.example", "WebHook-Request-Rate", "0"}, 400, ""},
		"a rate that is not": {[]string{"WebHook-Request-Origin", "a.example", "WebHook-Request-Rate", "fast"}, 400, ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodOptions, "/v1/events", nil)
		for i := 0; i < len(c.headers); i += 2 {
			r.Header.Set(c.headers[i], c.headers[i+1])
		}
		w := httptest.NewRecorder()
		endpoint.ServeHTTP(w, r)
		rate := map[bool]string{true: "*"}[c.allowed != ""]
		if h := w.Header(); w.Code != c.status || h.Get("Allow") != "POST" || h.Get("WebHook-Allowed-Origin") != c.allowed || h.Get("WebHook-Allowed-Rate") != rate {
			t.Errorf("%s: %d %v", name, w.Code, h)
		}
	}
	if endpoint.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/events", nil)); handed != 1 {
		t.Error("a delivery is not handed on")
	}
}
