//go:build clients

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// The same afternoon by the TypeScript client, which scripts/test has built, for a hundred customers.
func TestAfternoonInTypeScript(t *testing.T) {
	h := newHall(t, time.Now().UTC().Truncate(24*time.Hour).Add(39*time.Hour))
	clock := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to, err := strconv.ParseInt(r.URL.Query().Get("to"), 10, 64); err == nil {
			h.turn(time.UnixMilli(to))
		}
		fmt.Fprint(w, h.now().UnixMilli())
	}))
	defer clock.Close()
	began := time.Now()
	c := exec.CommandContext(t.Context(), "node", "../../clients/typescript/dist/examples/examples/afternoon/afternoon.js")
	c.Env = append(os.Environ(), "USAGEGRAPH_URL="+h.url, "PLATFORM_TOKEN="+h.platform, "SUPPORT_TOKEN="+h.support, "CLOCK_URL="+clock.URL)
	if out, err := c.CombinedOutput(); err != nil || string(out) != "The books are equal.\n" {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("in %v", time.Since(began))
}
