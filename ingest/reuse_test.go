package ingest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A connection on which a request was refused, or a stream broke off, serves the next request as well as a new one would, or says that it
// is closed.
func TestAConnectionAfterARefusal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	server := httptest.NewServer(f.endpoint)
	t.Cleanup(server.Close)
	bad := strings.Repeat("{}\n", 2*maxRefused)
	for name, c := range map[string]struct{ media, encoding, body, last string }{
		"a stream":              {streamType, "", f.run("a") + "\n", `"end":true`},
		"refused lines":         {streamType, "", bad, "TOO_MANY_REFUSED"},
		"refused lines, packed": {streamType, "gzip", packed(strings.Repeat("{}\n", 500_000)), "TOO_MANY_REFUSED"},
		"blank lines, packed":   {streamType, "gzip", packed(strings.Repeat("\n", 100_000)), "TOO_MANY_REFUSED"},
		"more than is buffered": {streamType, "", strings.Repeat(bad, 2_000), "TOO_MANY_REFUSED"},
		"a line without an end": {streamType, "", strings.Repeat("x", 4<<20), "BODY_TOO_LARGE"},
		"no JSON":               {batchType, "", "[", "MALFORMED"},
		"too large":             {batchType, "gzip", packed(strings.Repeat(" ", MaxBody+1)), "BODY_TOO_LARGE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, server)
			first, text := conn.send(t, c.media, c.encoding, c.body)
			if !strings.Contains(text, c.last) {
				t.Fatalf("%d %.300s", first.StatusCode, text)
			}
			if first.Close {
				return
			}
			second, text := conn.send(t, streamType, "", f.run("b "+name)+"\n")
			if second.StatusCode != http.StatusOK || !strings.Contains(text, `"stored":1`) {
				t.Errorf("the next: %d %s", second.StatusCode, text)
			}
		})
	}
}

// A client that goes on sending can read the reason to its end before the connection is closed, even if it sends in chunks.
func TestTheReasonReachesWhoGoesOnSending(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	server := httptest.NewServer(f.endpoint)
	t.Cleanup(server.Close)
	conn := dial(t, server)
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", streamType)
	go func() {
		for {
			if _, err := io.WriteString(conn, "258\r\n"+strings.Repeat("{}\n", 200)+"\r\n"); err != nil {
				return
			}
		}
	}()
	res, text := conn.read(t)
	if !res.Close || !strings.Contains(text, "TOO_MANY_REFUSED") {
		t.Errorf("%v %.300s", res.Close, text)
	}
}

type connection struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, server *httptest.Server) *connection {
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	return &connection{conn, bufio.NewReader(conn)}
}

// send sends while it reads, because the answer may come before everything is sent.
func (c *connection) send(t *testing.T, media, encoding, body string) (*http.Response, string) {
	go func() {
		_, _ = fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", media, encoding, len(body), body)
	}()
	return c.read(t)
}

func (c *connection) read(t *testing.T) (*http.Response, string) {
	t.Helper()
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%v after %.300s", err, text)
	}
	return res, string(text)
}
