package bench

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

const (
	lagSockets = 2_000 // this process opens three files for each of them
	lagEvery   = 20 * time.Millisecond
	lagChanges = 20 // accounts that one transaction changes
	lagSpan    = 5 * time.Second
)

// echoes are sockets that wait to hear of a change.
type echoes struct {
	*fleet
	since []atomic.Int64 // when the change was sent that each socket still waits for, in ns; 0: none
	mu    sync.Mutex
	took  []time.Duration
	text  string // of the last frame
}

func echoesOf(f *fleet, n int) *echoes { return &echoes{fleet: f, since: make([]atomic.Int64, n)} }

// listen reads a socket to its end, and answers each ping.
func (e *echoes) listen(i int, conn net.Conn, in *bufio.Reader) {
	for s := (socket{in: in}); ; {
		text, _, err := s.hear()
		if err != nil {
			return
		}
		if !strings.Contains(text, `"next"`) {
			_, _ = conn.Write(frame(0x8a, ""))
			continue
		}
		if began := e.since[i].Swap(0); began > 0 {
			e.mu.Lock()
			e.took, e.text = append(e.took, time.Duration(time.Now().UnixNano()-began)), text
			e.mu.Unlock()
		}
	}
}

// change changes 1,000 accounts per second, if it can, and returns the p99 of the time from a change, including ingest, to each frame.
// after is called with the sockets of the accounts that a transaction has changed.
func (e *echoes) change(after func(sockets []int)) time.Duration {
	e.took = nil
	began := time.Now()
	for turn := 0; time.Since(began) < lagSpan; turn++ {
		time.Sleep(time.Until(began.Add(time.Duration(turn) * lagEvery)))
		var sockets []int
		for i := range lagChanges * socketsEach {
			account := (e.sent + 1 + i/socketsEach) % len(e.accounts) // as events distributes them
			sockets = append(sockets, account*socketsEach+i%socketsEach)
		}
		events, now := e.events(lagChanges), time.Now().UnixNano()
		for _, i := range sockets {
			e.since[i].CompareAndSwap(0, now)
		}
		_, err := e.store.Ingest(e.b.Context(), events, tsdb.Record)
		e.must(err)
		after(sockets)
	}
	for until := time.Now().Add(30 * time.Second); e.waits(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			e.b.Fatal("changes without a frame")
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return p99(e.took)
}

func (e *echoes) waits() bool {
	for i := range e.since {
		if e.since[i].Load() > 0 {
			return true
		}
	}
	return false
}

// broadcast opens sockets and returns a function that writes a text to some of them, one after another, with nothing in between.
func (e *echoes) broadcast() func(sockets []int, text string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	e.must(err)
	e.b.Cleanup(func() { _ = listener.Close() })
	conns := make([]net.Conn, len(e.since))
	for i := range conns {
		out, err := net.Dial("tcp", listener.Addr().String())
		e.must(err)
		conns[i], err = listener.Accept()
		e.must(err)
		e.b.Cleanup(func() { _, _ = out.Close(), conns[i].Close() })
		go e.listen(i, out, bufio.NewReaderSize(out, 512))
	}
	return func(sockets []int, text string) {
		head := binary.BigEndian.AppendUint16([]byte{0x81, 126}, uint16(len(text)))
		for _, i := range sockets {
			_, err := conns[i].Write(append(head, text...))
			e.must(err)
		}
	}
}

// socketLag compares the p99 from a change to its frames with a broadcast of the same bytes by the process that stored the change, in a
// separate database.
func (t *trial) socketLag() {
	n := t.size(lagSockets, 500)
	w, _ := t.watch(n)
	bareFleet := newFleet(t.B, 1)
	bareFleet.clone(n/socketsEach - 1)
	ours, bare := echoesOf(w.fleet, n), echoesOf(bareFleet, n)
	for i, in := range w.ins {
		go ours.listen(i, w.conns[i], in)
	}
	send := bare.broadcast()
	var lags []string
	for round := range t.rounds + 1 { // the first round warms up
		x := ours.change(func([]int) {})
		y := bare.change(func(sockets []int) { send(sockets, ours.text) })
		if round > 0 {
			t.add(float64(x) / float64(y))
			lags = append(lags, fmt.Sprintf("%d beside %d", x.Milliseconds(), y.Milliseconds()))
		}
	}
	w.close()
	t.note = "2,000 sockets here; in ms: " + strings.Join(lags, ", ")
}
