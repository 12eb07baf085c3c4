package server

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// lockedBuffer is a buffer that several goroutines write to.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// A handler that panics is a fault like any other: it is answered, counted and logged. An answer that has begun is broken off.
func TestAHandlerThatPanics(t *testing.T) {
	t.Parallel()
	log := &lockedBuffer{}
	r := run(t, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(log, nil))
		c.Parts.Console = func(func() []string) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/begun" {
					_, _ = w.Write([]byte("a part"))
					_ = http.NewResponseController(w).Flush()
				}
				panic("secret-")
			})
		}
	})
	a := r.send(r.request(http.MethodGet, "/", "", "", nil))
	id := a.header.Get("X-Request-Id")
	if a.status != http.StatusInternalServerError || a.code() != "INTERNAL" || strings.Contains(string(a.body), "secret-") || id == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if told := log.String(); !strings.Contains(told, "level=ERROR") || !strings.Contains(told, id) || !strings.Contains(told, "panic: secret-") {
		t.Errorf("the log: %s", told)
	}
	if got, err := r.client.Do(r.request(http.MethodGet, "/begun", "", "", nil)); err == nil {
		var whole bytes.Buffer
		if _, err = whole.ReadFrom(got.Body); err == nil {
			t.Errorf("a part was taken for the whole: %s", whole.String())
		}
		_ = got.Body.Close()
	}
	if m := r.send(r.request(http.MethodGet, "/metrics", "", "", nil)); !strings.Contains(string(m.body), "usagegraph_faults_total 2") {
		t.Errorf("faults are not counted")
	}
}
