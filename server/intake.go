package server

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb"
)

// intake holds the incoming streams of events. They have no end of their own, so a shutdown stops reading them. What was read by then is
// stored and answered, and the last line of the answer says that the server is shutting down.
type intake struct {
	mu      sync.Mutex
	stopped bool
	streams map[*incoming]struct{}
}

// incoming is the body of one stream.
type incoming struct {
	io.ReadCloser
	of      *intake
	control *http.ResponseController
	signed  func() bool // reports whether the caller's credential is still valid
}

// streamed is the media type of streams.
const streamed = "application/x-ndjson"

// ending lets stop end a stream of events.
func (in *intake) ending(clock func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != streamed {
			next.ServeHTTP(w, r)
			return
		}
		session, _ := sessionOf(r)
		body := &incoming{r.Body, in, http.NewResponseController(w), func() bool { return session.Standing(r.Context()) == wire.Stands }}
		in.note(body, true)
		defer in.note(body, false)
		r.Body = body
		next.ServeHTTP(w, r)
		if in.hasStopped() {
			// A connection that is closed with unread bytes is reset, and the client would lose the end of its answer. So net/http may read
			// on for a moment, until the client has seen the answer.
			_ = body.control.SetReadDeadline(clock().Add(lastWords))
		}
	})
}

// lastWords is how long a client that is still sending has to read the end of its answer.
const lastWords = time.Second

func (in *intake) note(body *incoming, open bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.streams == nil {
		in.streams = map[*incoming]struct{}{}
	}
	if open {
		in.streams[body] = struct{}{}
	} else {
		delete(in.streams, body)
	}
}

// stop ends the reading of all streams, including those that wait for more.
func (in *intake) stop() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stopped = true
	for body := range in.streams {
		_ = body.control.SetReadDeadline(time.Unix(1, 0))
	}
}

func (in *intake) hasStopped() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.stopped
}

// Read reads until the server shuts down, when it fails with tsdb.ErrStopped, which tells the client to send the rest elsewhere; or until
// the caller's credential ends, when it fails with ingest.ErrSignedOut. It checks first, because the reader may have set its own deadline
// after stop.
func (b *incoming) Read(p []byte) (int, error) {
	if b.of.hasStopped() {
		return 0, tsdb.ErrStopped
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && b.of.hasStopped() {
		return n, tsdb.ErrStopped
	}
	if !b.signed() { // checked after reading, because the data may have taken long to arrive
		return 0, ingest.ErrSignedOut
	}
	return n, err
}
