package bench

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

const (
	socketsEach    = 10  // of an account
	socketsOfToken = 900 // a principal may have at most 1,000
)

// watchers are sockets of a server in a separate process, each with a subscription that has sent its first frame.
type watchers struct {
	*fleet
	server *child
	conns  []net.Conn
	ins    []*bufio.Reader
}

// watch opens the sockets, some dozens at a time.
func (t *trial) watch(n int) (w *watchers, each float64) {
	w = &watchers{fleet: newFleet(t.B, 1)}
	w.clone(n/socketsEach - 1)
	var tokens []string
	for i := range 1 + n/socketsOfToken {
		tokens = append(tokens, w.newTokenOf(access.NewToken{Role: string(auth.Support), Name: fmt.Sprint("bench ", i), AnyDocument: true}))
	}
	var at string
	w.server, at = spawn(t.B, 0, serverOn+"="+w.url, serverSize+"=1000000000000", serverRate+"=1000000000000")
	warm := w.open(at, tokens[0], 0) // what the first one sets up is not part of the cost of the others
	_ = warm.conn.Close()
	before := w.server.memory()
	all := make([]*watcher, n)
	atOnce(50, func(caller int) {
		for i := caller; i < n; i += 50 {
			all[i] = w.open(at, tokens[i/socketsOfToken], w.accounts[i/socketsEach])
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	each = float64(w.server.memory()-before) / float64(n) / 1024
	for _, x := range all {
		w.conns, w.ins = append(w.conns, x.conn), append(w.ins, x.in)
	}
	t.Cleanup(func() {
		for _, conn := range w.conns {
			_ = conn.Close()
		}
	})
	return w, each
}

type watcher struct {
	conn net.Conn
	in   *bufio.Reader
}

// open upgrades a connection, signs in and subscribes; account 0 stands for the first one.
func (w *watchers) open(at, token string, account int64) *watcher {
	if account == 0 {
		account = w.accounts[0]
	}
	conn, err := net.Dial("tcp", at)
	if err != nil {
		w.b.Error(err)
		return &watcher{}
	}
	in := bufio.NewReaderSize(conn, 512)
	fmt.Fprintf(conn, "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n")
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		w.b.Errorf("no socket: %v %v", res, err)
		return &watcher{conn, in}
	}
	_, _ = conn.Write(frame(0x81, `{"type":"connection_init","payload":{"authorization":"Bearer `+token+`"}}`))
	w.hear(in, "connection_ack")
	_, _ = conn.Write(frame(0x81, fmt.Sprintf(`{"type":"subscribe","id":"1","payload":{"query":"subscription($id:ID!){creditStatus(accountId:$id){asOf icon credits{remaining usedPercent} runs{remaining}}}","variables":{"id":%q}}}`, accountID(account))))
	w.hear(in, `"next"`)
	return &watcher{conn, in}
}

func (w *watchers) hear(in *bufio.Reader, text string) bool {
	s := socket{in: in}
	for range 3 { // a ping may come in between
		got, _, err := s.hear()
		if err != nil {
			w.b.Error(err)
			return false
		}
		if strings.Contains(got, text) {
			return true
		}
	}
	w.b.Errorf("no %s", text)
	return false
}

// socketMemory measures the memory of a socket.
func (t *trial) socketMemory() {
	for range min(t.rounds, 3) {
		w, each := t.watch(t.size(8_000, 500))
		t.add(each)
		w.close()
	}
	t.note = "8,000 sockets here, for each takes two of the 20,000 files that a process may open by default"
}

func (w *watchers) close() {
	for _, conn := range w.conns {
		_ = conn.Close()
	}
	_ = w.server.in.Close()
}

// socketFrames measures the CPU time of a frame: every account changes once, in one transaction after another, and each of its sockets gets
// a frame.
func (t *trial) socketFrames() {
	n := t.size(8_000, 500)
	w, _ := t.watch(n)
	var frames atomic.Int64
	var all sync.WaitGroup
	for i := range w.conns {
		all.Go(func() {
			s := socket{in: w.ins[i]}
			for {
				text, _, err := s.hear()
				if err != nil {
					return
				}
				if strings.Contains(text, `"next"`) {
					frames.Add(1)
				}
			}
		})
	}
	for range t.rounds + 1 {
		frames.Store(0)
		before := w.server.cpu()
		for i, events := 0, w.fleet.events(n/socketsEach); i < len(events); i += 100 {
			_, err := w.store.Ingest(t.Context(), events[i:min(i+100, len(events))], tsdb.Record)
			w.must(err)
			time.Sleep(20 * time.Millisecond)
		}
		for began := time.Now(); frames.Load() < int64(n); time.Sleep(10 * time.Millisecond) {
			if time.Since(began) > 30*time.Second {
				t.Fatalf("%d frames of %d came", frames.Load(), n)
			}
		}
		t.add(float64((w.server.cpu() - before).Microseconds()) / float64(frames.Load()))
	}
	t.values = t.values[1:] // the first round warms up
	w.close()
	all.Wait()
	t.note = "8,000 sockets here"
}
