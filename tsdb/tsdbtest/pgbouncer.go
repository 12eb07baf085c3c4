//go:build pgbouncer

package tsdbtest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const nobody = 65534

// PgBouncer runs Debian's PgBouncer in a mode, session or transaction, before the database at direct until t ends, and returns the URL that
// leads through it. Whoever comes is who the URL names, without a password.
func PgBouncer(t testing.TB, direct, mode string) string {
	t.Helper()
	cfg, err := pgx.ParseConfig(direct)
	if err != nil {
		t.Fatal(err)
	}
	dir, port := t.TempDir(), freePort(t)
	users := fmt.Sprintf("%q %q\n%q %q\n", cfg.User, cfg.Password, PooledReader, PooledReader)
	write(t, filepath.Join(dir, "users.txt"), users)
	write(t, filepath.Join(dir, "pgbouncer.ini"), fmt.Sprintf(`[databases]
* = host=%s port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = trust
auth_file = %s
pool_mode = %s
default_pool_size = 40
max_client_conn = 200
`, cfg.Host, cfg.Port, port, filepath.Join(dir, "users.txt"), mode))
	pooler := exec.Command("pgbouncer", "-q", filepath.Join(dir, "pgbouncer.ini")) // of this test
	pooler.Stderr = os.Stderr
	if os.Geteuid() == 0 { // as which it refuses to run
		open(t, dir)
		pooler.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := pooler.Start(); err != nil {
		t.Fatalf("tsdbtest: PgBouncer does not start: %v", err)
	}
	t.Cleanup(func() {
		_ = pooler.Process.Kill()
		_ = pooler.Wait()
	})
	await(t, port)
	through, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	through.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return through.String()
}

// PooledReader is a user whom PgBouncer lets in beside the URL's own. Whoever wants it makes it.
const PooledReader = "usagegraph_pooled_reader"

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil { // another user reads it
		t.Fatal(err)
	}
}

// open lets everybody into the folder of a test.
func open(t testing.TB, dir string) {
	t.Helper()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil { // another user reads it
			t.Fatal(err)
		}
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// await waits until somebody listens.
func await(t testing.TB, port int) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatalf("tsdbtest: PgBouncer does not listen: %v", err)
		}
		<-time.After(10 * time.Millisecond)
	}
}
