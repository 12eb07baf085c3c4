package server

import (
	"bufio"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/ingest"
	"github.com/usagegraph/usagegraph/server/wire"
)

// newID makes a request id: 128 random bits in hexadecimal.
func (s *Server) newID() string {
	raw := make([]byte, 16)
	if _, err := s.cfg.Random(raw); err != nil {
		return "" // an answer without an id is better than no answer
	}
	return hex.EncodeToString(raw)
}

// requestID gives each request its id and notes its origin.
func (s *Server) requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := wire.EnsureRequestID(r.Context(), s.newID)
		id := wire.RequestID(ctx)
		w.Header().Set("X-Request-Id", id)
		ctx = auth.WithOrigin(ctx, auth.Origin{Address: s.address(r), RequestID: id})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// accessLog measures each request, and writes a line for it at debug level. Faults are logged where they are reported.
func (s *Server) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.cfg.Clock()
		seen := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		took := s.cfg.Clock().Sub(started)
		s.metrics.request(r, seen.status, took)
		if !s.log.Enabled(r.Context(), slog.LevelDebug) {
			return
		}
		s.log.DebugContext(r.Context(), "request", "requestId", wire.RequestID(r.Context()), "address", s.address(r), "method", r.Method, "path", r.URL.Path, "status", seen.status,
			"milliseconds", float64(took)/float64(time.Millisecond))
	})
}

// statusWriter remembers the status of an answer. Unwrap keeps flushing, deadlines and hijacking working.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Hijack takes over the connection, which only happens in an upgrade.
func (w *statusWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.status = http.StatusSwitchingProtocols
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap lets http.ResponseController reach the wrapped writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recovered answers a request whose handler panicked as a fault of ours; an answer that was sent in part is broken off. net/http would
// close the connection in both cases, and log it where nobody looks.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &statusWriter{ResponseWriter: w}
		defer func() {
			switch what := recover(); what {
			case nil:
			case http.ErrAbortHandler:
				panic(what)
			default:
				err := panicked(r.Context(), what)
				s.report(r.Context(), err)
				if seen.status != 0 {
					panic(http.ErrAbortHandler)
				}
				refuse(seen, r, http.StatusInternalServerError, wire.Masked(err))
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

// refuse answers a request that goes no further. It does not wait for a body that was not read.
func refuse(w http.ResponseWriter, r *http.Request, status int, fault *gqlerror.Error) {
	if r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
	}
	wire.SetRetryAfter(w.Header(), gqlerror.List{fault})
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(wire.EncodeErrors(r.Context(), fault))
}

// maxContentLength refuses a body that declares more bytes than anybody may send, before it is known who sends it.
func maxContentLength(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > ingest.MaxBody {
			w.Header().Set("Cache-Control", "no-store")
			no := wire.TooLarge(ingest.MaxBody)
			refuse(w, r, no.Status, no.Fault)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// bodyTimeout bounds how long a handler waits for a body. Handlers that read the whole body lift the bound.
func (s *Server) bodyTimeout(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout)) // always possible over TCP
		}
		next.ServeHTTP(w, r)
	})
}

// securityHeaders sets the headers that make browsers careful. Pages that need more loosen the policy themselves. All answers share the
// slices of values, which have no spare capacity, so that appending to one copies it.
func securityHeaders(next http.Handler) http.Handler {
	noSniff, deny, noReferrer, sameOrigin, policy := []string{"nosniff"}, []string{"DENY"}, []string{"no-referrer"}, []string{"same-origin"}, []string{"default-src 'none'; frame-ancestors 'none'"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = noSniff
		h["X-Frame-Options"] = deny
		h["Referrer-Policy"] = noReferrer
		h["Cross-Origin-Opener-Policy"] = sameOrigin
		h["Content-Security-Policy"] = policy
		next.ServeHTTP(w, r)
	})
}

// cors answers browsers at the listed origins (CORS). To others it says nothing, and the browser refuses.
func (s *Server) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if len(s.cfg.Origins) > 0 {
			w.Header().Add("Vary", "Origin")
		}
		if origin != "" && slices.Contains(s.cfg.Origins, origin) {
			h := w.Header()
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After, traceparent")
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				h.Set("Access-Control-Allow-Methods", "GET, POST")
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, traceparent, tracestate")
				h.Set("Access-Control-Max-Age", "600")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// crossOriginProtection refuses requests by which a page of another site would change something in its visitor's name.
func (s *Server) crossOriginProtection(next http.Handler) (http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	for _, o := range s.cfg.Origins {
		if err := protection.AddTrustedOrigin(o); err != nil {
			return nil, err
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, wire.Fault(wire.BadRequest, "Requests from this origin are not let in."))
	}))
	return protection.Handler(next), nil
}
