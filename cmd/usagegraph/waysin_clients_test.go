//go:build clients

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// clientWays returns the ways by the clients: for each, a program that spools to disk.
func clientWays() []way {
	return []way{
		{name: "client for Go", tools: true, open: func(s *installation, name string) (deliver, victim) {
			program := filepath.Join(s.t.TempDir(), "pipe")
			build := exec.Command("go", "build", "-o", program, "./examples/pipe")
			build.Dir = "../../clients/go"
			if out, err := build.CombinedOutput(); err != nil {
				s.t.Fatalf("%v\n%s", err, out)
			}
			return s.byClient(name, program)
		}},
		{name: "client for TypeScript", tools: true, open: func(s *installation, name string) (deliver, victim) {
			return s.byClient(name, "node", "../../clients/typescript/dist/examples/pipe.js")
		}},
	}
}

// pipe is a program of a client that reports what it reads, and the server to which it reports. They are killed in turn.
type pipe struct {
	s       *installation
	program []string
	kills   int

	mu      sync.Mutex
	command *exec.Cmd
	in      io.Writer
	out     *bufio.Reader
}

func (p *pipe) start() {
	if p.kills%2 == 0 && p.kills > 0 {
		p.s.server.start()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.command = exec.Command(p.program[0], p.program[1:]...)
	p.command.Env, p.command.Stderr = append(os.Environ(), "USAGEGRAPH_URL=http://"+p.s.at, "USAGEGRAPH_TOKEN="+p.s.platform), os.Stderr
	in, inErr := p.command.StdinPipe()
	out, outErr := p.command.StdoutPipe()
	if err := errors.Join(inErr, outErr, p.command.Start()); err != nil {
		p.s.t.Error(err)
	}
	p.in, p.out = in, bufio.NewReader(out)
}

func (p *pipe) kill() {
	if p.kills++; p.kills%2 == 0 {
		p.s.server.kill()
		return
	}
	p.end()
}

func (p *pipe) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// hand gives lines to the program that is running, and waits until it says that they are saved.
func (p *pipe) hand(lines string) error {
	p.mu.Lock()
	in, out := p.in, p.out
	p.mu.Unlock()
	if _, err := io.WriteString(in, lines+"\n\n"); err != nil {
		return err
	}
	if said, err := out.ReadString('\n'); err != nil || said != "saved\n" {
		return fmt.Errorf("%q, %w", said, err)
	}
	return nil
}

// byClient gives the next program what the last one did not say was saved. What was saved is not given again.
func (s *installation) byClient(name string, program ...string) (deliver, victim) {
	p := &pipe{s: s, program: append(program, name, s.t.TempDir())}
	p.start()
	s.t.Cleanup(p.end)
	write := func(u use) string {
		of := fmt.Sprintf(`"model":"external:model:gpt-5","inputTokens":%d,"outputTokens":%d`, u.in, u.out)
		if u.runs > 0 {
			of = fmt.Sprintf(`"tool":"external:tool:search","runs":%d`, u.runs)
		}
		return fmt.Sprintf(`{"account":"external:account:acme","id":"%d","time":%q,"user":%q,%s}`, u.id, u.at(), name, of)
	}
	return func(_ context.Context, uses []use) (err error) {
		lines := strings.Join(each(uses, write), "\n")
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if err = p.hand(lines); err == nil {
				return nil
			}
		}
		return err
	}, p
}
