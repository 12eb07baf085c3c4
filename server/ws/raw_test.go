package ws_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/server/ws"
)

// rawClient writes frames by hand, to do what a well-behaved client cannot.
type rawClient struct {
	net.Conn
	t  testing.TB
	br *bufio.Reader
}

func (s server) raw(t testing.TB) *rawClient {
	t.Helper()
	nc, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second))
	c := &rawClient{Conn: nc, t: t}
	c.begin("")
	return c
}

// begin upgrades the connection, with more bytes in the same packet.
func (c *rawClient) begin(more string) {
	c.t.Helper()
	c.br = bufio.NewReaderSize(c, 512)
	c.bytes("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n" + more)
	res, err := http.ReadResponse(c.br, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		c.t.Fatal(err, res)
	}
}

func (c *rawClient) bytes(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		c.t.Fatal(err)
	}
}

// frame encodes a masked frame; the mask is zero.
func frame(first byte, payload string) string {
	b := []byte{first, 0x80}
	switch n := len(payload); {
	case n < 126:
		b[1] |= byte(n)
	default:
		b[1] |= 126
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return string(append(b, 0, 0, 0, 0)) + payload
}

func text(payload string) string { return frame(0x81, payload) }

// read returns the opcode and the payload of the next frame.
func (c *rawClient) read() (op byte, payload string) {
	c.t.Helper()
	var h [2]byte
	if _, err := io.ReadFull(c.br, h[:]); err != nil {
		c.t.Fatal(err)
	}
	n := uint64(h[1])
	if n >= 126 {
		ext := make([]byte, map[uint64]int{126: 2, 127: 8}[n])
		if _, err := io.ReadFull(c.br, ext); err != nil {
			c.t.Fatal(err)
		}
		n = 0
		for _, b := range ext {
			n = n<<8 | uint64(b)
		}
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(c.br, body); err != nil {
		c.t.Fatal(err)
	}
	return h[0] & 0x0f, string(body)
}

func (c *rawClient) closeCode() int {
	c.t.Helper()
	for {
		if op, body := c.read(); op == 0x8 {
			return int(binary.BigEndian.Uint16([]byte(body)))
		}
	}
}

// init signs in. On a busy machine a ping may come first.
func (c *rawClient) init() {
	c.t.Helper()
	c.bytes(text(`{"type":"connection_init"}`))
	op, got := c.read()
	for op == 0x9 {
		op, got = c.read()
	}
	if !strings.Contains(got, "connection_ack") {
		c.t.Fatal(got)
	}
}

// gone waits for the end of the connection and returns how long that took.
func (c *rawClient) gone() time.Duration {
	start := time.Now()
	_, _ = io.Copy(io.Discard, c.br)
	return time.Since(start)
}

func TestFrames(t *testing.T) {
	t.Parallel()
	h := newHub()
	s := newServer(t, ws.Config{Source: h})
	undisturbed := s.bystander(t, h)
	t.Cleanup(undisturbed)
	for _, c := range []struct {
		name, send string
		code       int
	}{
		{"unmasked", "\x81\x02hi", 1002},
		{"reserved bit", frame(0xc1, "x"), 1002},
		{"unknown opcode", frame(0x83, "x"), 1002},
		{"binary", frame(0x82, "x"), 1003},
		{"stray continuation", frame(0x80, "x"), 1002},
		{"text within text", frame(0x01, "{") + frame(0x81, "}"), 1002},
		{"every reserved bit", frame(0xf1, "x"), 1002},
		{"unknown control opcode", frame(0x8b, ""), 1002},
		{"fragments in sum too big", strings.Repeat(frame(0x01, strings.Repeat(" ", 16<<10)), 1) + frame(0x00, "x"), 1009},
		{"fragmented ping", frame(0x09, "x"), 1002},
		{"long ping", frame(0x89, strings.Repeat("x", 126)), 1002},
		{"not UTF-8", text("\xff\xfe"), 1007},
		{"huge length", "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", 1009},
		{"big length", "\x81\xff\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00", 1009},
		{"polite close", frame(0x88, "\x03\xe8bye"), 1000},
		{"close without a code", frame(0x88, ""), 1000},
		{"close with half a code", frame(0x88, "\x03"), 1002},
		{"close with a forbidden code", frame(0x88, "\x03\xed"), 1002},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			conn := s.raw(t)
			conn.bytes(c.send)
			if code := conn.closeCode(); code != c.code {
				t.Errorf("close code %d, want %d", code, c.code)
			}
		})
	}
}

func TestFragmentsAndPings(t *testing.T) {
	t.Parallel()
	c := newServer(t, ws.Config{}).raw(t)
	c.bytes(frame(0x01, `{"type":`) + frame(0x89, "hi") + frame(0x00, `"connection`) + frame(0x80, `_init"}`))
	if op, body := c.read(); op != 0xA || body != "hi" {
		t.Errorf("%x %q", op, body)
	}
	if _, body := c.read(); body != `{"type":"connection_ack"}` {
		t.Error(body)
	}
}

// A frame that never ends is cut off after ReadTimeout, however its bytes trickle in.
func TestUnfinishedMessage(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{ReadTimeout: 50 * time.Millisecond})
	for _, begin := range []string{"\x81\xfe\x10\x00\x00\x00\x00\x00{", frame(0x01, "{")} {
		c := s.raw(t)
		c.bytes(begin)
		if took := c.gone(); took > 5*time.Second {
			t.Errorf("cut after %v", took)
		}
	}
}

// A ping finds out a peer that vanished without a word; a peer that answers stays.
func TestKeepalive(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{PingInterval: 30 * time.Millisecond, PongTimeout: 6 * time.Second})
	dead := s.raw(t)
	dead.init()
	if op, _ := dead.read(); op != 0x9 {
		t.Errorf("opcode %x, want a ping", op)
	}
	alive := s.raw(t)
	alive.init()
	for range 5 {
		if op, _ := alive.read(); op != 0x9 {
			t.Errorf("opcode %x, want a ping", op)
		}
		alive.bytes(frame(0x8a, ""))
	}
	if took := dead.gone(); took > 30*time.Second {
		t.Errorf("cut after %v", took)
	}
	if s.transport.Stats().Cut != 1 {
		t.Errorf("%+v", s.transport.Stats())
	}
}

// A client that pulls without reading is cut off within the write timeout, and no more than its queue is held for it.
func TestStalledPuller(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{WriteTimeout: 50 * time.Millisecond, MaxQueue: 64 << 10})
	s.schema.Payload = []byte(`{"forever":"` + strings.Repeat("x", 10_000) + `"}`)
	c := s.raw(t)
	c.init()
	c.bytes(text(`{"id":"1","type":"subscribe","payload":{"query":"subscription{forever}"}}`))
	eventually(t, "the stalled client is cut", func() bool { return s.transport.Stats() == ws.Stats{Cut: 1} })
}

// A client that asks for pongs without reading them is cut off too.
func TestStalledPinger(t *testing.T) {
	t.Parallel()
	s := newServer(t, ws.Config{WriteTimeout: 50 * time.Millisecond, MaxQueue: 16 << 10})
	c := s.raw(t)
	ping := strings.Repeat(frame(0x89, strings.Repeat("x", 125)), 100)
	for range 10_000 {
		if _, err := io.WriteString(c, ping); err != nil {
			break
		}
	}
	eventually(t, "the pinger is cut", func() bool { return s.transport.Stats().Connections == 0 })
}

// A client that subscribes ten thousand times and reads nothing is held up and then cut off, and nothing of it remains.
func TestFloodOfSubscriptionsUnread(t *testing.T) {
	t.Parallel()
	h := newHub()
	s := newServer(t, ws.Config{Source: h, WriteTimeout: 200 * time.Millisecond, MaxQueue: 16 << 10})
	undisturbed := s.bystander(t, h)
	flood := s.raw(t)
	flood.init()
	id := strings.Repeat("i", 120) // so that the answers outgrow the socket's buffers
	for i := range 100_000 {
		message := text(`{"id":"` + id + strconv.Itoa(i) + `","type":"subscribe","payload":{"query":"subscription{state}"}}`)
		if _, err := io.WriteString(flood, message); err != nil {
			break
		}
	}
	eventually(t, "the flood is cut", func() bool { return s.transport.Stats() == ws.Stats{Connections: 1, Operations: 1, Cut: 1} })
	undisturbed()
	eventually(t, "its hundred subscriptions are stopped", func() bool { return h.stops() == 100 })
}
