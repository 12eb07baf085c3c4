package bench

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// program is a running usagegraph, as operators start it.
type program struct {
	t     *trial
	cmd   *exec.Cmd
	at    string
	ready time.Duration // from its start until it said so
}

// program starts it on a database and waits until it is ready.
func (t *trial) program(f *fleet) *program {
	binary := os.Getenv(binaryAt)
	if binary == "" {
		t.Fatal(binaryAt + " does not say where usagegraph is; `make bench` builds it")
	}
	p := &program{t: t, at: "127.0.0.1:" + freePort(&endpoint{fleet: f})}
	p.cmd = exec.Command(binary, "serve")
	p.cmd.Env = append(os.Environ(), "DATABASE_URL="+f.url, "USAGEGRAPH_LISTEN="+p.at)
	began := time.Now()
	f.must(p.cmd.Start())
	t.Cleanup(p.end)
	for time.Since(began) < time.Minute {
		if p.isReady() {
			p.ready = time.Since(began)
			return p
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatal("usagegraph does not become ready")
	return nil
}

func (p *program) isReady() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.at+"/readyz", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// end stops it and lets it drain.
func (p *program) end() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
	p.cmd = nil
}

func (p *program) resident() int64 {
	n, err := resident(p.cmd.Process.Pid)
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// resident returns how many bytes of memory a process holds.
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kilobytes << 10, err
}
