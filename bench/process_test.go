package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/console"
	"github.com/usagegraph/usagegraph/ingest/remote"
	"github.com/usagegraph/usagegraph/server"
)

// Environment variables that turn this binary into a separate process, so that its CPU time can be measured: a server on a database with a
// size and a rate of buckets, or an attacker of an address with an attack and a token.
const (
	serverOn, serverSize, serverRate = "USAGEGRAPH_BENCH_SERVER", "USAGEGRAPH_BENCH_SIZE", "USAGEGRAPH_BENCH_RATE"
	attackerOf, attackerBy, withWhat = "USAGEGRAPH_BENCH_ATTACK_AT", "USAGEGRAPH_BENCH_ATTACK", "USAGEGRAPH_BENCH_TOKEN"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(serverOn) != "":
		serveAlone()
	case os.Getenv(attackerOf) != "":
		attackAlone()
	case os.Getenv(tableTo) != "":
		os.Exit(runTable(os.Getenv(tableTo), os.Getenv(smokeOnly) != ""))
	default:
		os.Exit(m.Run())
	}
}

// serveAlone prints its address and, for each line that it reads, the CPU time that it has used.
func serveAlone() {
	size, err1 := strconv.ParseInt(os.Getenv(serverSize), 10, 64)
	rate, err2 := strconv.ParseInt(os.Getenv(serverRate), 10, 64)
	s, err3 := server.Open(context.Background(), server.Config{Listen: "127.0.0.1:0", DatabaseURL: os.Getenv(serverOn), BucketSize: size, BucketRate: rate, PaceCollector: true,
		TelemetryMetrics: true, RemoteWrite: remote.Mapping{Tokens: []string{"llm_tokens_total"}}, OIDC: auth.OIDCConfig{Issuer: "http://127.0.0.1:9", Audience: "usagegraph"}, // nobody answers there
		Parts: server.Parts{Console: func(connect func() []string) http.Handler { return console.Handler(console.Options{Connect: connect}) }},
		Clock: time.Now, Random: rand.Read, Log: slog.New(slog.DiscardHandler)})
	if err := errors.Join(err1, err2, err3); err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	fmt.Println(s.Addr())
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var used syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
		fmt.Println(used.Utime.Nano() + used.Stime.Nano())
	}
	stop()
	<-ended
}

// attackAlone attacks between "begin" and "end", and answers each with what was answered since the last: requests and bytes.
func attackAlone() {
	var going atomic.Bool
	var requests, bytes atomic.Int64
	for _, g := range attacks()[os.Getenv(attackerBy)].guns(os.Getenv(attackerOf), os.Getenv(withWhat)) {
		go func() {
			idle := time.NewTicker(time.Millisecond)
			for {
				if !going.Load() {
					<-idle.C
					continue
				}
				n, size := g.fire()
				requests.Add(int64(n))
				bytes.Add(int64(size))
			}
		}()
	}
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		going.Store(in.Text() == "begin")
		if in.Text() == "end" {
			time.Sleep(settling) // requests in progress are answered in this time, unless they are held back
		}
		fmt.Println(requests.Swap(0), bytes.Swap(0))
	}
}

const settling = 100 * time.Millisecond

// child is such a process.
type child struct {
	b   *testing.B
	pid int
	in  io.WriteCloser
	out *bufio.Reader
}

// spawn starts such a process and returns its first line. The process ends when its input does.
func spawn(b *testing.B, nice int, environment ...string) (*child, string) {
	b.Helper()
	cmd := exec.Command(os.Args[0]) // this binary
	cmd.Env, cmd.Stderr = append(os.Environ(), environment...), os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	// By process group, because on Linux the priority of a process is that of its first thread.
	if err := syscall.Setpriority(syscall.PRIO_PGRP, cmd.Process.Pid, nice); err != nil {
		b.Fatal(err)
	}
	c := &child{b, cmd.Process.Pid, in, bufio.NewReader(out)}
	return c, c.line()
}

func (c *child) line() string {
	c.b.Helper()
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.b.Fatalf("a process ended: %v %s", err, line)
	}
	return strings.TrimSpace(line)
}

// say sends a line and reads the numbers in the answer.
func (c *child) say(word string) (numbers []int64) {
	c.b.Helper()
	if _, err := fmt.Fprintln(c.in, word); err != nil {
		c.b.Fatal(err)
	}
	for _, text := range strings.Fields(c.line()) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			c.b.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// cpu returns the CPU time that a server has used since it began.
func (c *child) cpu() time.Duration { return time.Duration(c.say("cpu")[0]) }

// memory returns how many bytes a server holds.
func (c *child) memory() int64 {
	n, err := resident(c.pid)
	if err != nil {
		c.b.Fatal(err)
	}
	return n
}
