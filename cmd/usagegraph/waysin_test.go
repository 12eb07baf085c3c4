package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/usagegraph/usagegraph/auth"
)

// use is one use of a model or tool, and the value of a counter of all uses up to it.
type use struct {
	id, in, out, runs          int
	time                       time.Time
	totalIn, totalOut, totRuns int
}

// hour makes uses in the order of their times, within the last hour. Quantities are even, so that the sum of their cost needs no rounding.
type hour struct {
	begin  time.Time
	random *rand.Rand
	tools  bool // every fourth use is of the tool
	all    []use
}

func newHour(seed uint64, tools bool) *hour {
	return &hour{begin: time.Now().UTC().Truncate(time.Second).Add(-time.Hour), random: rand.New(rand.NewPCG(seed, 16)), tools: tools}
}

// next makes n more uses.
func (h *hour) next(n int) []use {
	for range n {
		u := use{id: len(h.all), in: 2 * h.random.IntN(2_500), out: 2 * (1 + h.random.IntN(1_000))}
		u.time = h.begin.Add(time.Duration(u.id+1) * 50 * time.Millisecond)
		if h.tools && u.id%4 == 3 {
			u.in, u.out, u.runs = 0, 0, 1+h.random.IntN(5)
		}
		if u.id > 0 {
			last := h.all[u.id-1]
			u.totalIn, u.totalOut, u.totRuns = last.totalIn, last.totalOut, last.totRuns
		}
		u.totalIn, u.totalOut, u.totRuns = u.totalIn+u.in, u.totalOut+u.out, u.totRuns+u.runs
		h.all = append(h.all, u)
	}
	return h.all[len(h.all)-n:]
}

// want returns the sums of all uses.
func (h *hour) want() tally {
	last := h.all[len(h.all)-1]
	return tally{last.totalIn, last.totalOut, last.totRuns}
}

// tally holds sums of quantities.
type tally struct{ in, out, runs int }

// micros returns what tokens cost by rules.md §7: 0.50 and 1.50 a million.
func (y tally) micros() int { return y.in/2 + 3*y.out/2 }

// victim is what is killed and started again.
type victim interface {
	kill()
	start()
}

// child is a process of this program that is killed and restarted.
type child struct {
	t       testing.TB
	args    []string
	env     []string
	mu      sync.Mutex
	command *exec.Cmd
	said    bytes.Buffer // its log
}

func (c *child) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.command = exec.Command(os.Args[0], c.args...) // this binary
	c.command.Env = slices.Concat(os.Environ(), []string{asProgram + "=1"}, c.env)
	c.command.Stderr = &c.said
	if err := c.command.Start(); err != nil {
		c.t.Error(err)
	}
}

// kill ends the process by SIGKILL.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.command != nil {
		_ = c.command.Process.Kill()
		_ = c.command.Wait()
		c.command = nil
	}
}

// end kills it at the end of its test, and prints its log if the test failed.
func (c *child) end() {
	c.kill()
	if c.t.Failed() {
		said := c.said.String()
		c.t.Logf("%v said at last:\n%s", c.args, said[max(0, len(said)-4_000):])
	}
}

// installation is a database, a server, both brokers and their consumers, each in a separate process.
type installation struct {
	*process
	server                  *child
	url                     string // of the database
	at                      string // of the server
	account, model, tool    string
	key                     int64
	platform                string
	js                      jetstream.JetStream
	stream                  *kgo.Client
	natsServer, kafkaServer string
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	p := startProcess(t, "USAGEGRAPH_OTLP_METRICS=true", "USAGEGRAPH_REMOTE_WRITE_TOKENS=llm_tokens_total", "USAGEGRAPH_REMOTE_WRITE_RUNS=tool_runs_total", "USAGEGRAPH_BUCKET_SIZE=100000000",
		"USAGEGRAPH_BUCKET_RATE=100000000")
	s := &installation{process: p, at: strings.TrimPrefix(p.url, "http://"), url: p.pool.Config().ConnString(), platform: p.token(auth.Platform, 0, nil)}
	s.server = &child{t: t, args: []string{"serve", "--listen", s.at, "--pool-size", "6", "--chart-pool-size", "2"}, env: p.command.Env, command: p.command}
	t.Cleanup(s.server.end)
	made := p.ask(s.platform, `mutation{upsertAccount(input:{externalId:"acme",name:"Acme"}){account{id}}}`, nil)
	s.account = fmt.Sprint(made.at("upsertAccount.account.id"))
	s.key, _ = accountKey(s.account)
	made = p.ask(s.platform, `mutation{upsertModel(input:{accountId:"external:account:acme",externalId:"gpt-5",name:"GPT"}){model{id}}
upsertTool(input:{accountId:"external:account:acme",externalId:"search",name:"Search",ownerName:"Mia",status:DEPLOYED}){tool{id}}}`, nil)
	s.model, s.tool = fmt.Sprint(made.at("upsertModel.model.id")), fmt.Sprint(made.at("upsertTool.tool.id"))
	return s
}

// openNATS runs NATS's own server: the program that NATS_SERVER names, or else one inside the test.
func (s *installation) openNATS() {
	s.t.Helper()
	if program := os.Getenv("NATS_SERVER"); program != "" {
		s.startNATS(program)
	} else {
		server, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: s.t.TempDir(), NoLog: true, NoSigs: true})
		s.must(err)
		server.Start()
		s.t.Cleanup(server.Shutdown)
		s.natsServer = server.ClientURL()
	}
	conn, err := nats.Connect(s.natsServer, nats.RetryOnFailedConnect(true))
	s.must(err)
	s.t.Cleanup(conn.Close)
	s.js, err = jetstream.New(conn)
	s.must(err)
	for _, name := range []string{"usage", "dead"} {
		_, err := s.js.CreateStream(s.t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{name}, Storage: jetstream.MemoryStorage})
		s.must(err)
	}
}

// startNATS runs a server in a separate process, and waits until it listens.
func (s *installation) startNATS(program string) {
	s.t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	address := free.Addr().String()
	_, port, _ := strings.Cut(address, ":")
	s.must(free.Close())
	server := exec.Command(program, "--jetstream", "--addr", "127.0.0.1", "--port", port, "--store_dir", s.t.TempDir())
	s.must(server.Start())
	s.t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	waitFor(s.t, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	s.natsServer = "nats://" + address
}

// openKafka runs franz-go's broker, which speaks Kafka's protocol.
func (s *installation) openKafka() {
	s.t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "usage"), kfake.SeedTopics(1, "dead"), kfake.GroupMinSessionTimeout(time.Second))
	s.must(err)
	s.t.Cleanup(cluster.Close)
	s.kafkaServer = strings.Join(cluster.ListenAddrs(), ",")
	s.stream, err = kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	s.must(err)
	s.t.Cleanup(s.stream.Close)
}

// consumer is `usagegraph consume`.
func (s *installation) consumer(args ...string) *child {
	c := &child{t: s.t, args: append([]string{"consume"}, append(args, "--takeover", "1s", "--batch", "20")...), env: []string{"DATABASE_URL=" + s.url}}
	s.t.Cleanup(c.end)
	c.start()
	return c
}

func (s *installation) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// stored returns the sums of what came in by each way, which each use names as its user.
func (s *installation) stored() map[string]tally {
	s.t.Helper()
	rows, err := s.pool.Query(s.t.Context(), `SELECT coalesce(user_id, ''), sum(input_tokens)::bigint, sum(output_tokens)::bigint, sum(runs)::bigint FROM usage_event GROUP BY 1`)
	s.must(err)
	defer rows.Close()
	by := map[string]tally{}
	for rows.Next() {
		var name string
		var y tally
		s.must(rows.Scan(&name, &y.in, &y.out, &y.runs))
		by[name] = y
	}
	s.must(rows.Err())
	return by
}

// settle waits until what is stored is what was sent, and then checks the books.
func (s *installation) settle(want map[string]tally) {
	s.t.Helper()
	const patience = 90 * time.Second // while nothing more is stored
	last, moved := s.stored(), time.Now()
	for !maps.Equal(last, want) {
		if time.Since(moved) > patience {
			s.t.Errorf("stored %v\nwant   %v", last, want)
			return
		}
		time.Sleep(50 * time.Millisecond)
		if now := s.stored(); !maps.Equal(now, last) {
			last, moved = now, time.Now()
		}
	}
	var all tally
	for _, y := range want {
		all = tally{all.in + y.in, all.out + y.out, all.runs + y.runs}
	}
	a, err := s.store.Account(s.t.Context(), s.key)
	s.must(err)
	if int(a.Credits.Used()) != all.micros() || int(a.Runs.Used()) != all.runs {
		s.t.Errorf("charged %v µ and %v runs, want %d and %d", a.Credits.Used(), a.Runs.Used(), all.micros(), all.runs)
	}
	found, err := s.store.Reconcile(s.t.Context(), s.key)
	s.must(err)
	if len(found.Detail) > 0 {
		s.t.Errorf("the books differ from the facts: %+v", found.Detail)
	}
}

// ways returns all ways, each with the seed of its hour.
func ways() []way {
	return append(clientWays(), []way{
		{name: "events", tools: true, open: (*installation).byEvents},
		{name: "stream", tools: true, open: (*installation).byStream},
		{name: "recordUsage", tools: true, open: (*installation).byRecordUsage},
		{name: "traces", tools: true, open: (*installation).byTraces},
		{name: "delta metrics", open: func(s *installation, name string) (deliver, victim) { return s.byMetrics(name, 1) }},
		{name: "cumulative metrics", open: func(s *installation, name string) (deliver, victim) { return s.byMetrics(name, 2) }},
		{name: "remote write 1.0", tools: true, open: func(s *installation, name string) (deliver, victim) { return s.byRemoteWrite(name, 1) }},
		{name: "remote write 2.0", tools: true, open: func(s *installation, name string) (deliver, victim) { return s.byRemoteWrite(name, 2) }},
		{name: "NATS", tools: true, open: (*installation).byNATS},
		{name: "Kafka", tools: true, open: (*installation).byKafka},
		{name: "files", tools: true, open: (*installation).byFiles},
		{name: "mapped files", tools: true, open: (*installation).byMappedFiles},
	}...)
}

// way is a way by which usage comes in.
type way struct {
	name  string
	tools bool
	open  func(s *installation, name string) (deliver, victim)
}

// deliver brings uses in, with as many attempts as needed. What it brings in may be stored a little later.
type deliver func(ctx context.Context, uses []use) error

// The same hour's usage, a part of it by each way, all at once, and all of it twice. The result is one state, which equals the independent
// sum.
func TestTheSameHourByEveryWayIn(t *testing.T) {
	t.Parallel()
	s := newInstallation(t)
	want := map[string]tally{}
	delivers, hours := map[string]deliver{}, map[string]*hour{}
	for i, w := range ways() {
		hours[w.name] = newHour(uint64(i), w.tools)
		hours[w.name].next(120)
		want[w.name] = hours[w.name].want()
		delivers[w.name], _ = w.open(s, w.name)
	}
	for range 2 {
		var all sync.WaitGroup
		for name, h := range hours {
			all.Go(func() {
				for part := range slices.Chunk(h.all, 40) {
					if err := delivers[name](t.Context(), part); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
		all.Wait()
		s.settle(want)
	}
}

// kills returns how often each way in is killed: KILLS, or else a few times.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("KILLS")); err == nil {
		return n
	}
	return 2
}

// In each way, the server, or whatever else takes the usage in, is killed by SIGKILL at random and started again. Nothing is lost, and
// nothing counts twice.
func TestEachWayInIsKilled(t *testing.T) {
	t.Parallel()
	for i, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			s := newInstallation(t)
			h := newHour(uint64(i), w.tools)
			send, victim := w.open(s, w.name)
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				for ctx.Err() == nil {
					if err := send(t.Context(), h.next(20)); err != nil {
						t.Error(err)
						return
					}
					time.Sleep(50 * time.Millisecond) // a broker takes more than those who consume can store here
				}
			}()
			random := rand.New(rand.NewPCG(uint64(i), 9))
			last := 0
			for range kills() {
				waitFor(t, func() bool { return s.stored()[w.name].out > last }) // it works
				time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
				victim.kill()
				last = s.stored()[w.name].out
				victim.start()
			}
			waitFor(t, func() bool { return s.stored()[w.name].out > last })
			stop()
			<-done
			want := map[string]tally{w.name: h.want()}
			s.settle(want)
			for part := range slices.Chunk(h.all, 1000) { // all of it again
				if err := send(t.Context(), part); err != nil {
					t.Error(err)
				}
			}
			s.settle(want)
			t.Logf("killed %d times, %d uses, each sent twice or more", kills(), len(h.all))
		})
	}
}

// written writes a file into the test's folder.
func (s *installation) written(name, text string) string {
	s.t.Helper()
	at := filepath.Join(s.t.TempDir(), name)
	s.must(os.WriteFile(at, []byte(text), 0o600))
	return at
}
