package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// A user has time-outs of its own where a pooler stands between. They bind the server's questions, and neither a command that reads everything nor a
// migration, each of which may take longer. In pg_stat_activity a command has a name.
func TestCommandsTakeTheirTime(t *testing.T) {
	t.Parallel()
	to := tsdbtest.NewURL(t)
	setOfUser(t, to, "CURRENT_USER", "statement_timeout = '200ms'", "idle_in_transaction_session_timeout = '200ms'")
	c := ofTest(to)
	store, done, err := (program{args: []string{"reconcile"}, clock: time.Now}).openStore(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var statement, idle, name string
	if err := store.Pool().QueryRow(t.Context(), `SELECT current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'), current_setting('application_name')`).
		Scan(&statement, &idle, &name); err != nil || statement != "0" || idle != "0" || name != "usagegraph reconcile" {
		t.Errorf("%s, %s, %s, %v", statement, idle, name, err)
	}
}

// setOfUser sets settings of a user in the database at a URL.
func setOfUser(t *testing.T, url, user string, set ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, s := range set {
		if _, err := conn.Exec(t.Context(), `ALTER ROLE `+user+` IN DATABASE `+pgx.Identifier{conn.Config().Database}.Sanitize()+` SET `+s); err != nil {
			t.Fatal(err)
		}
	}
}

// A command that meets another database than it was made for, or acts in another role, says what to do.
func TestCommandsSayWhatTheDatabaseLacks(t *testing.T) {
	t.Parallel()
	run := func(to string, args ...string) string {
		var errs bytes.Buffer
		p := program{args: append(args, "--database-url", to), getenv: environment(nil), out: io.Discard, errs: &errs, clock: time.Now}
		err := p.run(t.Context())
		if err == nil {
			return ""
		}
		return err.Error()
	}
	empty, other := tsdbtest.NewEmptyURL(t), tsdbtest.NewURL(t)
	setOfUser(t, other, "CURRENT_USER", "role = 'usagegraph_explore'")
	for _, args := range [][]string{{"status"}, {"token", "list"}, {"reconcile"}, {"rates", "show"}} {
		if got := run(empty, args...); !strings.Contains(got, "usagegraph migrate") {
			t.Errorf("%v of an empty database: %s", args, got)
		}
	}
	for _, args := range [][]string{{"status"}, {"token", "list"}} {
		if got := run(other, args...); !strings.Contains(got, "deploy/role.sql") {
			t.Errorf("%v as another role: %s", args, got)
		}
	}
	began := time.Now()
	if got := run("postgres://u:s3cret@127.0.0.1:1/d", "status"); got == "" || strings.Contains(got, "s3cret") || time.Since(began) > 20*time.Second {
		t.Errorf("without a database: %s", got)
	}
}

// frozen leads to a database until it is stopped; then it accepts what it is sent, and says nothing, like a host that hangs.
type frozen struct {
	mu      sync.Mutex
	stopped bool
}

func (f *frozen) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
}

func (f *frozen) hangs() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stopped
}

// freezable returns the address of a way to the database at a URL.
func freezable(t *testing.T, to string) (f *frozen, address string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f = &frozen{}
	var ways sync.WaitGroup
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(func() {
		end()
		_ = at.Close()
		ways.Wait()
	})
	carry := func(to, from net.Conn) {
		defer context.AfterFunc(ctx, func() { _, _ = from.Close(), to.Close() })()
		defer func() { _ = to.Close() }()
		data := make([]byte, 32<<10)
		for {
			n, err := from.Read(data)
			if err != nil {
				return
			}
			if f.hangs() {
				continue
			}
			if _, err := to.Write(data[:n]); err != nil {
				return
			}
		}
	}
	ways.Go(func() {
		for {
			near, err := at.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", u.Host)
			if err != nil {
				_ = near.Close()
				continue
			}
			ways.Go(func() { carry(near, far) })
			ways.Go(func() { carry(far, near) })
		}
	})
	return f, at.Addr().String()
}

// While a consumer runs, the first of its database's hosts begins to hang. It goes on by the second.
func TestConsumeGoesOnWhenAHostHangs(t *testing.T) {
	t.Parallel()
	direct := tsdbtest.NewURL(t)
	store, done, err := (program{clock: time.Now}).openStore(t.Context(), ofTest(direct))
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	id, err := store.CreateAccount(t.Context(), tsdb.NewAccount{Own: tsdb.Own{ExternalID: "acme"}, Name: "Acme", IdempotencyKey: "acme"}, tsdb.Actor{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.RegisterTool(t.Context(), tsdb.NewTool{Own: tsdb.Own{ExternalID: "search"}, AccountID: id, Name: "Search", OwnerName: "Mia", Status: tsdb.Deployed}); err != nil {
		t.Fatal(err)
	}
	used := func() int {
		a, err := store.Account(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return int(a.Runs.Used())
	}
	first, address := freezable(t, direct)
	u, _ := url.Parse(direct)
	u.Host = address + "," + u.Host
	query := u.Query()
	query.Set("connect_timeout", "1")
	u.RawQuery = query.Encode()
	broker, publish := brokerOf(t)
	event := func(id string) string {
		return strings.NewReplacer(`"subject":"search"`, `"toolexternalid":"search"`, `"account":"acme"`, `"accountexternalid":"acme"`).Replace(cloudEvent("acme", "search", id))
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		p := program{args: []string{"consume", "nats", "--database-url", u.String(), "--stream", "usage", "--durable", "d", "--dead-letter", "dead", "--server", broker},
			getenv: environment(nil), out: io.Discard, errs: io.Discard, clock: time.Now}
		ended <- p.run(ctx)
	}()
	publish(event("a"))
	waitFor(t, func() bool { return used() == 1 })
	first.stop()
	publish(event("b"))
	waitFor(t, func() bool { return used() == 2 })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// brokerOf starts NATS with the streams usage and dead, until the test ends. It returns its address, and what publishes an event.
func brokerOf(t *testing.T) (address string, publish func(event string)) {
	t.Helper()
	broker, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	broker.Start()
	t.Cleanup(broker.Shutdown)
	conn, err := nats.Connect(broker.ClientURL(), nats.RetryOnFailedConnect(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, _ := jetstream.New(conn)
	for _, name := range []string{"usage", "dead"} {
		if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{name}, Storage: jetstream.MemoryStorage}); err != nil {
			t.Fatal(err)
		}
	}
	return broker.ClientURL(), func(event string) {
		if _, err := js.Publish(t.Context(), "usage", []byte(event)); err != nil {
			t.Fatal(err)
		}
	}
}
