package bench

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// gun sends something and returns how much was answered: requests or frames, and bytes.
type gun interface{ fire() (n, size int) }

func packed(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(text)
	_ = w.Close()
	return b.Bytes()
}

// caller sends one request again and again over one connection.
type caller struct {
	at      string
	request []byte
	changes int // the position of anyText, or -1
	turn    int
	conn    net.Conn
	in      *bufio.Reader
}

// anyText marks the place in a request of a text that is different each time.
const anyText = "00000000"

// requests returns four callers of an endpoint, with their own credential or the attacker's token.
func requests(path, kind, encoding string, body []byte, credential ...string) func(at, token string) []gun {
	return func(at, token string) []gun {
		if len(credential) > 0 {
			token = credential[0]
		}
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n",
			path, token, kind, encoding, len(body))
		head = strings.Replace(head, "Content-Encoding: \r\n", "", 1)
		guns := make([]gun, 4)
		for i := range guns {
			request := append([]byte(head), body...)
			guns[i] = &caller{at: at, request: request, changes: bytes.Index(request, []byte(anyText)), turn: i * 10_000_000}
		}
		return guns
	}
}

func (c *caller) fire() (n, size int) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.at)
		if err != nil {
			return 0, 0
		}
		c.conn, c.in = conn, bufio.NewReader(conn)
	}
	if c.turn++; c.changes >= 0 {
		c.request = slices.Clone(c.request)
		copy(c.request[c.changes:], fmt.Sprintf("%08d", c.turn))
	}
	go func(conn net.Conn, request []byte) { _, _ = conn.Write(request) }(c.conn, c.request) // the answer may come before all is sent
	res, err := http.ReadResponse(c.in, nil)
	if err == nil {
		var read int64
		read, err = io.Copy(io.Discard, res.Body)
		n, size = 1, int(read)
	}
	if err != nil || res.Close || len(c.request) > 32<<10 { // so long that it may not have been read to its end
		_ = c.conn.Close()
		c.conn = nil
	}
	return n, size
}

// socket sends one volley of frames again and again, and waits for the answer to the last.
type socket struct {
	at, token string
	volley    []byte
	frames    int
	pongs     int
	conn      net.Conn
	in        *bufio.Reader
}

// sockets returns two sockets of one member. A ping of the protocol follows the volley; pongs is the number of messages that are answered.
func sockets(volley []byte, frames, pongs int) func(at, token string) []gun {
	volley = append(volley, frame(0x81, `{"type":"ping"}`)...)
	return func(at, token string) []gun {
		return []gun{&socket{at: at, token: token, volley: volley, frames: frames, pongs: pongs}, &socket{at: at, token: token, volley: volley, frames: frames, pongs: pongs}}
	}
}

// frame returns a client's frame, masked with zeros; first is its first byte.
func frame(first byte, body string) []byte {
	head := []byte{first, 0x80 | byte(len(body))}
	switch {
	case len(body) > 1<<16-1:
		head = binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, uint64(len(body)))
	case len(body) > 125:
		head = binary.BigEndian.AppendUint16([]byte{first, 0x80 | 126}, uint16(len(body))) // a two-byte length
	}
	return append(append(head, 0, 0, 0, 0), body...)
}

func frames(n int, opcode byte, body string) []byte {
	return bytes.Repeat(frame(0x80|opcode, body), n)
}

// cut returns a message in n frames of one byte each, which asks for nothing.
func cut(n int) []byte {
	text := `{"type":"pong"` + strings.Repeat(" ", n-15) + "}"
	var b []byte
	for i := range n {
		first := byte(0)
		if i == 0 {
			first = 1
		}
		if i == n-1 {
			first |= 0x80
		}
		b = append(b, frame(first, text[i:i+1])...)
	}
	return b
}

func (s *socket) fire() (n, size int) {
	if s.conn == nil && !s.open() {
		time.Sleep(settling)
		return 0, 0
	}
	go func(conn net.Conn) { _, _ = conn.Write(s.volley) }(s.conn)
	for pongs := 0; pongs < s.pongs; {
		text, bytes, err := s.hear()
		size += bytes
		if err != nil {
			_ = s.conn.Close()
			s.conn = nil
			return 0, size
		}
		if strings.Contains(text, `"pong"`) {
			pongs++
		}
	}
	return s.frames, size
}

const upgrade = "GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"

func (s *socket) open() bool {
	conn, err := net.Dial("tcp", s.at)
	if err != nil {
		return false
	}
	s.in = bufio.NewReader(conn)
	_, _ = io.WriteString(conn, upgrade)
	res, err := http.ReadResponse(s.in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		_ = conn.Close()
		return false
	}
	_, _ = conn.Write(frame(0x81, `{"type":"connection_init","payload":{"authorization":"Bearer `+s.token+`"}}`))
	if text, _, err := s.hear(); err != nil || !strings.Contains(text, "connection_ack") {
		_ = conn.Close()
		return false
	}
	s.conn = conn
	return true
}

// hear reads a frame from the server.
func (s *socket) hear() (text string, size int, err error) {
	var head [2]byte
	if _, err = io.ReadFull(s.in, head[:]); err != nil {
		return "", 0, err
	}
	n := int(head[1] & 0x7f)
	if n == 126 {
		var long [2]byte
		_, err = io.ReadFull(s.in, long[:])
		n = int(binary.BigEndian.Uint16(long[:]))
	}
	body := make([]byte, n)
	if err == nil {
		_, err = io.ReadFull(s.in, body)
	}
	return string(body), 2 + n, err
}
