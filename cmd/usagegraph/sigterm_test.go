package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// asProgram turns this test binary into the program itself, so that a test can run it as a process.
const asProgram = "USAGEGRAPH_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// process is `usagegraph serve` in a separate process.
type process struct {
	running
	command *exec.Cmd
	pool    *pgxpool.Pool
	log     *bytes.Buffer
	logged  chan struct{}
}

// startProcess starts it with its own database and more environment variables, and waits until it listens.
func startProcess(t *testing.T, environment ...string) *process {
	t.Helper()
	return startProcessOn(t, tsdbtest.NewURL(t), environment...)
}

// startProcessOn is startProcess with a database that others may use too.
func startProcessOn(t *testing.T, url string, environment ...string) *process {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := tsdb.New(tsdb.Config{Pool: pool, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	p := &process{running: running{t: t, store: store}, pool: pool, log: &bytes.Buffer{}, logged: make(chan struct{})}
	p.command = exec.Command(os.Args[0], "serve", "--listen", "127.0.0.1:0", "--pool-size", "6", "--chart-pool-size", "2") // this binary
	p.command.Env = slices.Concat(os.Environ(), []string{asProgram + "=1", "DATABASE_URL=" + url}, environment)
	out, err := p.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.command.Process.Kill() })
	p.url = p.listening(out)
	return p
}

// listening reads the log up to the line with the address, and goes on reading after it.
func (p *process) listening(out io.Reader) string {
	p.t.Helper()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" {
			go func() {
				defer close(p.logged)
				for lines.Scan() {
					fmt.Fprintln(p.log, lines.Text())
				}
			}()
			return "http://" + line.Address
		}
		fmt.Fprintln(p.log, lines.Text())
	}
	p.t.Fatalf("it does not listen:\n%s", p.log)
	return ""
}

// told collects what clients were told is stored.
type told struct {
	mu  sync.Mutex
	ids []string
}

func (a *told) add(ids ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = append(a.ids, ids...)
}

func (a *told) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.ids)
}

// cloudEvent returns a run of a tool as a CloudEvent.
func cloudEvent(account, tool, id string) string {
	return fmt.Sprintf(`{"specversion":"1.0","type":"usagegraph.tool.run","source":"load","id":%q,"time":%q,"subject":%q,"account":%q,"data":{"runs":1}}`,
		id, time.Now().UTC().Format(time.RFC3339), tool, account)
}

// results reads one result or an array of results and records what is stored.
func (a *told) results(text []byte) {
	var answer struct {
		ID, Status string
		Results    []struct{ ID, Status string }
	}
	_ = json.Unmarshal(text, &answer)
	for _, r := range append(answer.Results, struct{ ID, Status string }{answer.ID, answer.Status}) {
		if r.Status == "STORED" {
			a.add(r.ID)
		}
	}
}

// post sends batches of events until the server is gone.
func (p *process) post(token, account, tool string, worker int, acked *told) {
	for i := 0; ; i++ {
		var events []string
		for n := range 5 {
			events = append(events, cloudEvent(account, tool, fmt.Sprintf("post %d %d %d", worker, i, n)))
		}
		res, err := http.DefaultClient.Do(p.request(token, "application/cloudevents-batch+json", strings.NewReader("["+strings.Join(events, ",")+"]")))
		if err != nil {
			return
		}
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		acked.results(text)
		if err != nil || res.StatusCode != http.StatusOK {
			return
		}
	}
}

func (p *process) request(token, contentType string, body io.Reader) *http.Request {
	r, err := http.NewRequest(http.MethodPost, p.url+"/v1/events", body)
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", contentType)
	return r
}

// stream sends events in one request without end and returns the last line of the answer. At most unanswered of them are on their way,
// because a client that keeps sending regardless of the answer may have its connection reset before it has read the end.
func (p *process) stream(token, account, tool string, acked *told) string {
	const unanswered = 300
	in, out := io.Pipe()
	defer func() { _ = in.Close() }()
	under, over := make(chan struct{}, unanswered), make(chan struct{})
	defer close(over)
	go func() {
		for i := 0; ; i++ {
			select {
			case under <- struct{}{}:
			case <-over:
				return
			}
			if _, err := fmt.Fprintln(out, cloudEvent(account, tool, fmt.Sprint("stream ", i))); err != nil {
				return
			}
		}
	}()
	res, err := http.DefaultClient.Do(p.request(token, "application/x-ndjson", in))
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	lines, last := bufio.NewScanner(res.Body), ""
	for lines.Scan() {
		last = lines.Text()
		acked.results(lines.Bytes())
		select {
		case <-under:
		default: // the last line answers no event
		}
	}
	return last
}

// socket subscribes, calls ready, and returns the status with which the server closes.
func (p *process) socket(ctx context.Context, token, account string, ready func()) (websocket.StatusCode, error) {
	defer ready()
	ws, _, err := websocket.Dial(ctx, strings.Replace(p.url, "http", "ws", 1)+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return 0, err
	}
	defer func() { _ = ws.CloseNow() }()
	for _, text := range []string{
		`{"type":"connection_init","payload":{"authorization":"Bearer ` + token + `"}}`,
		`{"type":"subscribe","id":"1","payload":{"query":"subscription{creditStatus(accountId:\"` + account + `\"){icon runs{used}}}"}}`,
	} {
		if err := ws.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			return 0, err
		}
		if _, _, err := ws.Read(ctx); err != nil {
			return 0, err
		}
	}
	ready()
	for {
		if _, _, err := ws.Read(ctx); err != nil {
			return websocket.CloseStatus(err), nil
		}
	}
}

// A real SIGTERM to a real process under load: it ends within the 20 s, without an error. Sockets are closed with 1012, an endless stream
// is told why it ends, and everything that any client was told is stored really is.
func TestSigtermUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	p := startProcess(t)
	platform := p.token(auth.Platform, 0, nil)
	id := p.account(platform, "busy")
	tool := fmt.Sprint(p.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var acked told
	var clients sync.WaitGroup
	var status websocket.StatusCode
	var socketErr error
	var last string
	ready := make(chan struct{})
	clients.Go(func() {
		status, socketErr = p.socket(ctx, p.token(auth.Support, 0, nil), id, sync.OnceFunc(func() { close(ready) }))
	})
	<-ready
	for worker := range 3 {
		clients.Go(func() { p.post(platform, id, tool, worker, &acked) })
	}
	clients.Go(func() { last = p.stream(platform, id, tool, &acked) })
	waitFor(t, func() bool { return acked.count() > 2000 })

	told := time.Now()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	clients.Wait()
	<-p.logged
	err := p.command.Wait()
	took := time.Since(told)
	if err != nil || took > 20*time.Second {
		t.Errorf("it ended after %s with %v:\n%s", took, err, p.log)
	}
	if status != 1012 || socketErr != nil {
		t.Errorf("the socket was closed with %d, %v", status, socketErr)
	}
	if !strings.Contains(last, "SHUTTING_DOWN") {
		t.Errorf("the stream ended with %s:\n%s", last, p.log)
	}
	p.checkStored(id, acked.ids)
	t.Logf("%d events were acknowledged, the process ended %s after SIGTERM", acked.count(), took.Round(time.Millisecond))
}

// A database that hangs does not hold up a shutdown: what waits for it is cut off in time, and its caller is told to send it again.
func TestSigtermWhileTheDatabaseHangs(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "USAGEGRAPH_DRAIN_TIMEOUT=4s")
	platform := p.token(auth.Platform, 0, nil)
	id := p.account(platform, "stuck")
	tool := fmt.Sprint(p.ask(platform, `mutation($i:RegisterToolInput!){registerTool(input:$i){tool{id}}}`,
		map[string]any{"i": map[string]any{"accountId": id, "name": "t", "ownerName": "o", "status": "DEPLOYED"}}).at("registerTool.tool.id"))
	tx, err := p.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), `SELECT FROM balance FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	answered := make(chan answer, 1)
	go func() {
		var a answer
		defer func() { answered <- a }() // also where there was none
		a = p.running.post("/v1/events", platform, "application/cloudevents+json", []byte(cloudEvent(id, tool, "waits")))
	}()
	waitFor(t, func() (waits bool) {
		err := p.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits)
		return waits || err != nil
	})
	began := time.Now()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if a := <-answered; a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, "UNAVAILABLE") {
		t.Errorf("the caller was told %d %s", a.status, a.body)
	}
	<-p.logged
	_ = p.command.Wait() // it says that not all could be finished
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it ended after %s, a statement's time-out", took)
	}
}

// checkStored looks for every acknowledged event, and checks that the books count what is stored.
func (p *process) checkStored(account string, ids []string) {
	p.t.Helper()
	key, _ := accountKey(account)
	var found, all int
	err := p.pool.QueryRow(p.t.Context(), `SELECT count(*) FILTER (WHERE event_id = ANY($2::text[])), count(*) FROM usage_event WHERE account_id = $1`, key, ids).Scan(&found, &all)
	if err != nil || found != len(ids) {
		p.t.Errorf("%d events were acknowledged, %d of them are stored: %v", len(ids), found, err)
	}
	if used := p.runs(account); used != all {
		p.t.Errorf("%d events of one run each are stored, the books say %d", all, used)
	}
	if r, err := p.store.Reconcile(p.t.Context(), key); err != nil || r.Difference != 0 {
		p.t.Errorf("reconciliation: %+v, %v", r, errors.Unwrap(err))
	}
}
