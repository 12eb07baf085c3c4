package ws

import (
	"bufio"
	"context"
	"crypto/sha1" // #nosec G505 -- RFC 6455 section 1.3 prescribes it; nothing is protected by it
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// Subprotocol is the only subprotocol supported.
const Subprotocol = "graphql-transport-ws"

const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" // RFC 6455 section 1.3

// Supports reports whether a request is a WebSocket upgrade.
func (t *Transport) Supports(r *http.Request) bool {
	return hasToken(r.Header.Values("Upgrade"), "websocket")
}

// Do takes over the connection and returns at once. The connection lives until it is closed.
func (t *Transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx := wire.EnsureRequestID(context.WithoutCancel(r.Context()), t.cfg.NewID)
	if status, reason := t.refusal(r); status != 0 {
		if status == http.StatusUpgradeRequired {
			w.Header().Set("Sec-WebSocket-Version", "13")
		}
		writeRefusal(ctx, w, status, reason)
		return
	}
	nc, early, ok := hijack(w)
	if !ok {
		writeRefusal(ctx, w, http.StatusNotImplemented, "This server cannot upgrade the connection.")
		return
	}
	spoken := hasToken(r.Header.Values("Sec-WebSocket-Protocol"), Subprotocol)
	if err := respond(nc, r, spoken, t.cfg.Now().Add(t.cfg.WriteTimeout)); err != nil {
		_ = nc.Close()
		return
	}
	c := t.open(ctx, nc, early, exec)
	switch {
	case t.draining.Load():
		c.shut(CodeRestart, "Service restart")
	case t.crowded():
		c.shut(CodeTryAgain, "Too many connections")
	case !spoken:
		c.shut(CodeNotAcceptable, "Subprotocol not acceptable")
	}
	go c.serve() // once, for what has already arrived
}

// refusal returns why a request is turned away before the upgrade; status 0 lets it pass.
func (t *Transport) refusal(r *http.Request) (status int, reason string) {
	key, err := base64.StdEncoding.DecodeString(r.Header.Get("Sec-WebSocket-Key"))
	switch {
	case r.Method != http.MethodGet || !hasToken(r.Header.Values("Connection"), "upgrade"):
		return http.StatusBadRequest, "This is not a WebSocket handshake."
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		return http.StatusUpgradeRequired, "WebSocket version 13 is needed."
	case err != nil || len(key) != 16:
		return http.StatusBadRequest, "Sec-WebSocket-Key is not valid."
	case !t.originAllowed(r):
		return http.StatusForbidden, "This origin may not connect."
	case t.flooded():
		return http.StatusServiceUnavailable, "Too many connections."
	}
	return 0, ""
}

func writeRefusal(ctx context.Context, w http.ResponseWriter, status int, reason string) {
	fault := wire.Fault(wire.BadRequest, reason)
	if status == http.StatusServiceUnavailable {
		fault = wire.Overload(reason)
	}
	wire.SetRetryAfter(w.Header(), gqlerror.List{fault})
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(wire.EncodeErrors(ctx, fault))
}

func (t *Transport) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(t.cfg.Origins, origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// hijack takes over the connection from net/http and lets go of its buffers. early is what net/http had already read; nil: nothing.
func hijack(w http.ResponseWriter) (nc net.Conn, early *strings.Reader, ok bool) {
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, false
	}
	n := rw.Reader.Buffered()
	if n == 0 {
		return nc, nil, true
	}
	read, _ := rw.Reader.Peek(n)
	return nc, strings.NewReader(string(read)), true
}

func respond(nc net.Conn, r *http.Request, spoken bool, deadline time.Time) error {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + acceptGUID)) // #nosec G401 -- see the import
	head := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n"
	if spoken {
		head += "Sec-WebSocket-Protocol: " + Subprotocol + "\r\n"
	}
	_ = nc.SetDeadline(time.Time{}) // net/http's own timeouts end here
	_ = nc.SetWriteDeadline(deadline)
	if _, err := io.WriteString(nc, head+"\r\n"); err != nil {
		return err
	}
	return nc.SetWriteDeadline(time.Time{})
}

// hasToken reports whether comma-separated header values contain a token, ignoring case.
func hasToken(values []string, token string) bool {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// readers lends small readers, because payloads bypass them. Connections that wait hold none.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 256) }} // a pool is shared by nature

func takeReader(src io.Reader) *bufio.Reader {
	br := readers.Get().(*bufio.Reader)
	br.Reset(src)
	return br
}

func giveReader(br *bufio.Reader) {
	if br == nil {
		return
	}
	br.Reset(nil)
	readers.Put(br)
}
