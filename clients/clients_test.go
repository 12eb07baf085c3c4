//go:build clients

package clients_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/ingest/remote"
	"github.com/usagegraph/usagegraph/server"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// A test binary that is told an address is the server, so that it can be killed as a process is.
const asServer, onDatabase, withOrigin = "CLIENTS_TEST_LISTEN", "CLIENTS_TEST_DATABASE", "CLIENTS_TEST_ORIGIN"

func TestMain(m *testing.M) {
	address := os.Getenv(asServer)
	if address == "" {
		os.Exit(m.Run())
	}
	s, err := server.Open(context.Background(), server.Config{Listen: address, DatabaseURL: os.Getenv(onDatabase), PoolSize: 6, ChartPoolSize: 2, Origins: []string{os.Getenv(withOrigin)},
		TelemetryMetrics: true, RemoteWrite: remote.Mapping{Tokens: []string{"llm_tokens_total"}, Runs: []string{"tool_runs_total"}}, Clock: time.Now, Random: rand.Read, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err == nil {
		err = s.Serve(context.Background())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// platform is a server in a process of its own, and what a client needs to use, kill and restart it.
type platform struct {
	t        *testing.T
	database string
	address  string
	token    string       // of role PLATFORM
	support  string       // of role SUPPORT, which sees balances
	site     net.Listener // of pages that may ask the server
	control  string       // a POST to /kill kills the server, one to /start starts it and waits for it

	mu    sync.Mutex
	child *exec.Cmd
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{t: t, database: tsdbtest.NewURL(t), address: freeAddress(t)}
	pool, err := pgxpool.New(t.Context(), p.database)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	p.token, p.support = newToken(t, access.New(pool, nil, time.Now), auth.Platform), newToken(t, access.New(pool, nil, time.Now), auth.Support)
	if p.site, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	control := httptest.NewServer(http.HandlerFunc(p.serveControl))
	t.Cleanup(func() {
		_ = p.site.Close()
		control.Close()
		p.kill()
	})
	p.control = control.URL
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func newToken(t *testing.T, store *access.Store, role auth.Role) string {
	t.Helper()
	secret, prefix, err := auth.NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	n := access.NewToken{Role: string(role), Name: string(role), AnyDocument: true, Prefix: prefix, Hash: auth.Hash(secret)}
	if _, err := store.CreateToken(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	return secret
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func (p *platform) serveControl(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/kill":
		p.kill()
	case "/start":
		if err := p.start(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}

func (p *platform) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.child != nil {
		_ = p.child.Process.Kill()
		_ = p.child.Wait()
		p.child = nil
	}
}

func (p *platform) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p.child = exec.Command(self)
	p.child.Env = append(os.Environ(), asServer+"="+p.address, onDatabase+"="+p.database, withOrigin+"=http://"+p.site.Addr().String())
	p.child.Stderr = os.Stderr
	if err := p.child.Start(); err != nil {
		return err
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		res, err := http.Get("http://" + p.address + "/readyz")
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return nil
		}
	}
	return fmt.Errorf("the server does not answer")
}

// run runs a program of a client against the server, in a folder of the clients.
func (p *platform) run(dir, name string, args ...string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-trimpath", "USAGEGRAPH_URL=http://"+p.address, "USAGEGRAPH_TOKEN="+p.token, "SUPPORT_TOKEN="+p.support, "CONTROL_URL="+p.control, "SPOOL="+filepath.Join(p.t.TempDir(), "spool"))
	if out, err := c.CombinedOutput(); err != nil {
		p.t.Errorf("%s: %v\n%s", name, err, out)
	}
}

// The Go client reports, reserves and settles while the server is killed again and again; nothing is lost, and nothing counts twice.
func TestGoClient(t *testing.T) {
	newPlatform(t).run("go", "go", "test", "-count=1", "-tags", "real", "-run", "Real", "./...")
}

// So does the TypeScript client.
func TestTypeScriptClient(t *testing.T) {
	newPlatform(t).run("typescript", "node", "--test", "dist/real/")
}

// The caches of Relay, Apollo Client and urql's Graphcache take frames of subscriptions by their ids; and readers that are not ours read what is exported.
func TestOtherLibraries(t *testing.T) {
	newPlatform(t).run("others", "npm", "test", "--silent")
}
