package server

import (
	"context"
	"io"
	"math"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/server/wire"
)

// The cost of requests that come to nothing. The guard charges for documents; these charges are for what never becomes a document.
const (
	bytesAPoint   = 4 << 10 // of a body that was read: about the CPU that a point of an operation takes
	refusedAPoint = 10      // events refused at /v1/events
	oversized     = 500     // points for a body that is too large
	nobodyPoints  = 10      // points that an address pays for each refusal of a caller that is not signed in
	framePoints   = 1       // points for a message of a WebSocket, a control frame, or a further frame of a message
	socketPoints  = 5       // points for opening a WebSocket: handshake, signing in, and what is kept for it
)

// A caller whose bucket is empty is answered after a pause. That slows down a caller that waits for each answer, and one that does not wait
// holds only a connection.
const (
	nobodySize, nobodyRate = 1_000, 100 // an address's bucket, and the points that it regains per second
	pause                  = 250 * time.Millisecond
)

// rateLimit turns away callers whose bucket is empty, before their body is read, and charges the bucket for requests that come to nothing.
func rateLimit(buckets *guard.Buckets, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if state, until, ok := buckets.Reserve(r.Context(), 1); !ok {
			wait(r.Context(), pause)
			refuseThrottled(w, r, state, until)
			return
		}
		buckets.Settle(r.Context(), 1, 0)
		seen, body := &statusWriter{ResponseWriter: w}, &countedBody{ReadCloser: r.Body}
		r.Body = body
		next.ServeHTTP(seen, r)
		buckets.Settle(r.Context(), 0, pointsOfRefusal(seen.status, body.read))
	})
}

// pace is rateLimit for WebSockets. Each frame and its bytes are paid for, whatever they contain, and a caller with nothing left is read
// slowly.
func (s *Server) pace(ctx context.Context, bytes int) time.Duration {
	if s.buckets.Settle(ctx, 0, framePoints+int64(bytes)/bytesAPoint).CurrentlyAvailable < 1 {
		return pause
	}
	return 0
}

func pointsOfRefusal(status int, read int64) int64 {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return oversized
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests:
		return 1 + read/bytesAPoint
	}
	return 0
}

// refuseThrottled answers a caller whose bucket suffices only after some time.
func refuseThrottled(w http.ResponseWriter, r *http.Request, state guard.Throttle, until time.Duration) {
	fault := wire.Busy(wire.Throttled, "Too much was asked; try again later.", max(1, int64(math.Ceil(until.Seconds()))))
	wire.SetRetryAfter(w.Header(), gqlerror.List{fault})
	w.Header().Set("Cache-Control", "no-store")
	if r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write(wire.Encode(r.Context(), &graphql.Response{Errors: gqlerror.List{fault},
		Extensions: map[string]any{"cost": guard.Cost{Throttle: &state}}}, nil))
}

// countedBody counts the bytes read from a body.
type countedBody struct {
	io.ReadCloser
	read int64
}

// Read implements io.Reader.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	return n, err
}

// visitor is a request whose caller may be unknown.
type visitor struct {
	address string
	known   bool // signed in
}

type visitorKey struct{}

// visitorOf returns the visitor of a request; nil outside of slowed.
func visitorOf(ctx context.Context) *visitor {
	v, _ := ctx.Value(visitorKey{}).(*visitor)
	return v
}

// slowed delays refusals to an address that has had too many without signing in, such as one that guesses tokens. Requests with a valid
// credential are never delayed, whatever else comes from their address.
func (s *Server) slowed(next http.Handler) http.Handler {
	s.nobodies = &guard.Buckets{Now: s.cfg.Clock, Size: nobodySize, Rate: nobodyRate, Principal: func(ctx context.Context) string {
		return visitorOf(ctx).address
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visitor{address: s.address(r)}
		r = r.WithContext(context.WithValue(r.Context(), visitorKey{}, v))
		next.ServeHTTP(&lateWriter{ResponseWriter: w, refused: func(status int) {
			if v.known || status < 400 || status >= 500 {
				return
			}
			s.slowNobody(r.Context())
		}}, r)
	})
}

// slowNobody charges the address of a visitor for a refusal, and waits if the address has had too many.
func (s *Server) slowNobody(ctx context.Context) {
	if s.nobodies.Settle(ctx, 0, nobodyPoints).CurrentlyAvailable < 1 {
		wait(ctx, pause)
	}
}

// slowSocket charges for opening a WebSocket: the caller who has signed in, or the address of one who could not. Whoever has nothing left
// waits for the answer.
func (s *Server) slowSocket(ctx context.Context, session wire.Session, from upgrade) {
	if session.Context == nil {
		s.slowNobody(context.WithValue(ctx, visitorKey{}, &visitor{address: auth.OriginFrom(from.kept).Address}))
		return
	}
	if s.buckets.Settle(session.Context, 0, socketPoints).CurrentlyAvailable < 1 {
		wait(ctx, pause)
	}
}

// lateWriter calls refused with the status before it is written.
type lateWriter struct {
	http.ResponseWriter
	refused func(status int)
}

// WriteHeader implements http.ResponseWriter.
func (w *lateWriter) WriteHeader(status int) {
	w.refused(status)
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the wrapped writer.
func (w *lateWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
