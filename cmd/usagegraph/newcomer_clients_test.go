//go:build clients

package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// A program made of the page's lines in TypeScript compiles, and sends by the client.
func TestBringYourUsageInByTypeScript(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	client, err := filepath.Abs("../../clients/typescript")
	if err != nil {
		t.Fatal(err)
	}
	n.installs(client)
	n.write("send.mts", n.says("## I write Go or TypeScript", "ts"), 0o600)
	n.types(filepath.Join(client, "node_modules", ".bin", "tsc") + " --strict --target es2023 --module nodenext --types node send.mts\nnode send.mjs")
	n.stored(1, 374, 0)
}

// installs installs the client as npm does, from the package made from a fresh checkout in which nothing is built yet.
func (n *newcomer) installs(client string) {
	n.t.Helper()
	checkout := n.t.TempDir()
	script := fmt.Sprintf(`cd %[1]q && cp -r src test real examples package.json tsconfig*.json README.md %[2]q && ln -s %[1]q/node_modules %[2]q/node_modules
cd %[2]q && PATH=$PATH:node_modules/.bin npm pack --silent >&2
mkdir -p %[3]q/node_modules/usagegraph-client && tar -xzf *.tgz --strip-components 1 -C %[3]q/node_modules/usagegraph-client && ln -s %[1]q/node_modules/@types %[3]q/node_modules/@types`, client, checkout, n.dir)
	if out, err := exec.CommandContext(n.t.Context(), "bash", "-euo", "pipefail", "-c", script).CombinedOutput(); err != nil {
		n.t.Fatalf("%v\n%s", err, out)
	}
}

// What the page says about Prometheus is added to the configuration of a real one that scrapes an application, and the growth of its
// counters is stored.
func TestBringYourUsageInByPrometheus(t *testing.T) {
	t.Parallel()
	n := newNewcomer(t)
	var input, runs atomic.Int64
	application := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprintf(w, "# TYPE llm_tokens_total counter\nllm_tokens_total{account=\"acme\",model=\"gpt-5\",type=\"input\"} %d\n"+
			"# TYPE tool_runs_total counter\ntool_runs_total{account=\"acme\",tool=\"search\"} %d\n", input.Load(), runs.Load())
	}))
	t.Cleanup(application.Close)
	n.write("prometheus.yml", fmt.Sprintf("global: {scrape_interval: 200ms}\nscrape_configs: [{job_name: application, static_configs: [{targets: [%q]}]}]\n", strings.TrimPrefix(application.URL, "http://")), 0o600)
	at, own := freeListener(t), freeListener(t)
	says := strings.ReplaceAll(n.says("## I have Prometheus", "sh"), strings.TrimPrefix(n.url, "http://"), at)
	n.types(strings.ReplaceAll(says, "usagegraph serve", "usagegraph serve --listen "+at))
	c := exec.Command("prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address="+own, "--log.level=warn")
	c.Dir, c.Stderr = n.dir, os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	waitFor(t, func() bool { // the first samples count nothing
		var seen int
		return n.pool.QueryRow(t.Context(), "SELECT count(*) FROM counter WHERE at IS NOT NULL").Scan(&seen) == nil && seen == 2
	})
	input.Add(374)
	runs.Add(3)
	n.stored(2, 374, 3)
}

// freeListener returns an address at which nobody listens.
func freeListener(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
