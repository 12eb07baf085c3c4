//go:build clients

package clients_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// shop is an application with two counters, as Prometheus scrapes them.
type shop struct{ input, runs atomic.Int64 }

func (s *shop) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintf(w, "# TYPE llm_tokens_total counter\nllm_tokens_total{account=\"acme\",model=\"gpt-5\",type=\"input\"} %d\n"+
		"# TYPE tool_runs_total counter\ntool_runs_total{account=\"acme\",tool=\"search\"} %d\n# TYPE temperature gauge\ntemperature 21.5\n", s.input.Load(), s.runs.Load())
}

// scraper is a Prometheus of Debian's package, which scrapes a shop five times a second and writes what it saw.
type scraper struct {
	t       *testing.T
	dir     string
	address string
	log     bytes.Buffer
	child   *exec.Cmd
}

const scrapeConfig = `global: {scrape_interval: 200ms, external_labels: {prometheus_replica: %q}}
scrape_configs: [{job_name: shop, static_configs: [{targets: [%q]}]}]
remote_write:
  - url: http://%s/api/v1/write
    authorization: {credentials: %q}
    queue_config: {batch_send_deadline: 200ms, min_backoff: 50ms, max_backoff: 500ms}
    metadata_config: {send_interval: 1s}
    write_relabel_configs: [{source_labels: [__name__], regex: "llm_tokens_total|tool_runs_total|temperature|up", action: keep}]
`

func newScraper(p *platform, replica, target string) *scraper {
	p.t.Helper()
	s := &scraper{t: p.t, dir: p.t.TempDir(), address: freeAddress(p.t)}
	config := fmt.Sprintf(scrapeConfig, replica, strings.TrimPrefix(target, "http://"), p.address, p.token)
	if err := os.WriteFile(filepath.Join(s.dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(s.kill)
	s.start()
	return s
}

func (s *scraper) start() {
	s.t.Helper()
	s.child = exec.Command("prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address="+s.address, "--log.level=warn")
	s.child.Dir, s.child.Stdout, s.child.Stderr = s.dir, &s.log, &s.log
	if err := s.child.Start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scraper) kill() {
	_ = s.child.Process.Kill()
	_ = s.child.Wait()
}

// A pair of real Prometheuses scrapes an application and writes by protocol 1.0, while the server and one of the pair are killed and the application begins
// again: everything that the counters grew by counts once.
func TestPrometheus(t *testing.T) {
	p, app := newPlatform(t), &shop{}
	p.register()
	pool, read := p.books()
	exporter := httptest.NewServer(app)
	t.Cleanup(exporter.Close)
	app.input.Store(1000) // from before it was scraped: nobody knows since when
	app.runs.Store(50)
	one, two := newScraper(p, "one", exporter.URL), newScraper(p, "two", exporter.URL)
	wait := func(what string, done func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: %+v\n%s\n%s", what, read(), one.log.String(), two.log.String())
			}
		}
	}
	var want sums
	grow := func(input, runs int) {
		app.input.Add(int64(input))
		app.runs.Add(int64(runs))
		want.Input, want.Runs = want.Input+input, want.Runs+runs
	}
	counted := func() bool {
		got := read()
		got.Events = 0
		return got == want
	}
	wait("first samples", func() bool {
		var n int
		_ = pool.QueryRow(t.Context(), "SELECT count(*) FROM counter WHERE at IS NOT NULL").Scan(&n)
		return n == 2
	})
	for range 10 {
		grow(100, 1)
		time.Sleep(50 * time.Millisecond)
	}
	wait("growth", counted)
	p.kill()
	grow(300, 3)
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	wait("after the server was killed", counted)
	app.input.Store(0)
	app.runs.Store(0)
	grow(70, 7)
	wait("after the application began again", counted)
	one.kill()
	grow(30, 3)
	one.start()
	wait("after a Prometheus was killed", counted)
	time.Sleep(2 * time.Second) // ten scrapes later nothing has been added
	if !counted() {
		t.Errorf("%+v, want %+v", read(), want)
	}
	if log := one.log.String() + two.log.String(); strings.Contains(log, "status code 4") || strings.Contains(log, "non-recoverable") {
		t.Error(log)
	}
}
