package server

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/ws"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// bearer returns the credential in an Authorization header; "" if there is none.
func bearer(header string) string {
	scheme, credential, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(credential)
}

type sessionKey struct{}

// sessionOf returns the session that requireSignIn stored in the context.
func sessionOf(r *http.Request) (wire.Session, error) {
	s, ok := r.Context().Value(sessionKey{}).(wire.Session)
	if !ok {
		return wire.Session{}, auth.ErrUnauthenticated
	}
	return s, nil
}

// session signs in a credential. The session keeps the context kept, with the principal in it.
func (s *Server) session(ctx context.Context, credential string, kept context.Context) (wire.Session, error) {
	if credential == "" {
		return wire.Session{}, auth.ErrUnauthenticated
	}
	p, name, err := s.auth.Authenticate(ctx, credential)
	if err != nil {
		return wire.Session{}, err
	}
	kept = pg.ForCaller(auth.WithPrincipal(kept, p), sharer(p))
	return wire.Session{Context: kept, Principal: name, Token: name, Expiry: p.ExpiresAt, Still: s.still(credential, kept)}, nil
}

// still returns a function that says what has become of the credential of the principal in a context. A fault of ours ends no session.
func (s *Server) still(credential string, of context.Context) func(context.Context) wire.Standing {
	return func(ctx context.Context) wire.Standing {
		before, _ := auth.FromContext(of)
		now, _, err := s.auth.Authenticate(ctx, credential)
		switch {
		case errors.Is(err, auth.ErrUnauthenticated):
			return wire.Ended
		case err != nil:
			s.reportUnchecked(ctx, err)
			s.unsure.Store(true)
			return wire.Stands
		case !now.SameRights(before):
			return wire.Changed
		}
		return wire.Stands
	}
}

// reportUnchecked reports why a credential could not be checked, unless the issuer did not answer: that is logged already, and anybody can
// make us ask the issuer.
func (s *Server) reportUnchecked(ctx context.Context, err error) {
	if !errors.Is(err, auth.ErrIssuer) {
		s.report(ctx, err)
	}
}

// requireSignIn passes requests with a valid credential to next. It answers others with 401, or with 503 if the credential cannot be
// checked.
func (s *Server) requireSignIn(next http.Handler) http.Handler {
	return s.requireSignInOr(next, refuseUnchecked)
}

// requireSignInOr is requireSignIn for an endpoint with its own form of saying that credentials cannot be checked.
func (s *Server) requireSignInOr(next http.Handler, unchecked http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := s.session(r.Context(), bearer(r.Header.Get("Authorization")), r.Context())
		if err != nil {
			w.Header().Set("Cache-Control", "no-store")
			if errors.Is(err, auth.ErrUnauthenticated) {
				refuseCredential(w, r)
				return
			}
			s.reportUnchecked(r.Context(), err)
			unchecked(w, r)
			return
		}
		if v := visitorOf(r.Context()); v != nil {
			v.known = true
		}
		ctx := session.Context
		session.Context = nil // a stream would take the context's end for a revocation
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, sessionKey{}, session)))
	})
}

func refuseCredential(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="usagegraph"`)
	refuse(w, r, http.StatusUnauthorized, wire.Fault(wire.Unauthenticated, "A valid token is needed: Authorization: Bearer <token>."))
}

func refuseUnchecked(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, http.StatusServiceUnavailable, wire.Unchecked())
}

type upgradeKey struct{}

// upgrade is what is kept of a request that became a socket.
type upgrade struct {
	header string // Authorization
	kept   context.Context
}

// withUpgrade keeps what signInSocket needs of a WebSocket's upgrade request, and nothing that the socket does not need.
func withUpgrade(r *http.Request) *http.Request {
	kept := detached(r.Context())
	return r.WithContext(context.WithValue(kept, upgradeKey{}, upgrade{r.Header.Get("Authorization"), kept}))
}

// detached returns a context that never ends, with the values that operations read: request id, origin and span. net/http's own contexts,
// and expired timeouts, would cost each socket 1 KB for as long as it is open.
func detached(ctx context.Context) context.Context {
	kept := auth.WithOrigin(wire.WithRequestID(context.Background(), wire.RequestID(ctx)), auth.OriginFrom(ctx))
	if span := trace.SpanFromContext(ctx); span.SpanContext().IsValid() {
		kept = trace.ContextWithSpan(kept, span)
	}
	return kept
}

// socketCredential returns the credential in the payload of connection_init, in the form of one of the common clients: {"token": "…"},
// {"authorization": "Bearer …"} or {"headers": {"Authorization": "Bearer …"}}. If the payload has none, or an empty one, it returns that of
// the upgrade, which a page cannot set but a program can.
func socketCredential(payload json.RawMessage, upgrade string) string {
	var init struct {
		Token, Authorization *string
		Headers              map[string]json.RawMessage
	}
	if len(payload) > 0 && json.Unmarshal(payload, &init) != nil {
		return ""
	}
	if init.Token != nil && *init.Token != "" {
		return *init.Token
	}
	if init.Authorization != nil && *init.Authorization != "" {
		return bearer(*init.Authorization)
	}
	for name, value := range init.Headers {
		if strings.EqualFold(name, "Authorization") && !slices.Contains([]string{`""`, "null"}, string(value)) {
			var header string
			_ = json.Unmarshal(value, &header) // what is not a string names nobody
			return bearer(header)
		}
	}
	return bearer(upgrade)
}

// signInSocket signs in a WebSocket by the payload of connection_init or by its upgrade request.
func (s *Server) signInSocket(ctx context.Context, payload json.RawMessage) (wire.Session, error) {
	from, _ := ctx.Value(upgradeKey{}).(upgrade)
	session, err := s.session(ctx, socketCredential(payload, from.header), from.kept)
	if err == nil || errors.Is(err, auth.ErrUnauthenticated) {
		s.slowSocket(ctx, session, from)
	}
	if errors.Is(err, auth.ErrUnauthenticated) {
		return wire.Session{}, ws.Close{Code: ws.CodeForbidden, Reason: "Forbidden"} // not a fault of ours, which would be reported
	}
	if err != nil { // a client retries after this error, but takes 4403 as final
		s.reportUnchecked(ctx, err)
		return wire.Session{}, ws.Close{Code: ws.CodeTryAgain, Reason: "Credentials cannot be checked right now"}
	}
	return session, nil
}

// sharer names whom places are shared with: all of an account together, because an account may have a thousand tokens; otherwise a person or
// a token.
func sharer(p auth.Principal) string {
	if account, ok := p.Only(); ok {
		return "account " + strconv.FormatInt(account, 10)
	}
	if p.TokenID != 0 {
		return p.TokenPrefix
	}
	return p.UserID
}

// payer returns the key of the bucket that pays for an operation.
func payer(ctx context.Context) string {
	p, ok := auth.FromContext(ctx)
	switch {
	case !ok:
		return ""
	case p.TokenID != 0:
		return p.TokenPrefix
	}
	return p.UserID
}

// address returns the address that a request comes from. Behind a trusted proxy it is the proxy's last entry.
func (s *Server) address(r *http.Request) string {
	// A proxy may add its own header after the one that the caller sent.
	if forwarded := r.Header.Values("X-Forwarded-For"); s.cfg.TrustProxy && len(forwarded) > 0 {
		parts := strings.Split(forwarded[len(forwarded)-1], ",")
		if ip := net.ParseIP(strings.TrimSpace(parts[len(parts)-1])); ip != nil {
			return ip.String()
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// watchAccess ends the sessions whose permissions changed, and makes the next use of every credential look it up again. It reconnects by
// itself; until then, TokenTTL bounds how long an ended credential is accepted.
func (s *Server) watchAccess(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.store.Access.ListenAccess(ctx, func(what string) { s.accessChanged(ctx, what) })
		if ctx.Err() == nil {
			s.log.Warn("listening for changes of access broke off", "error", err)
		}
		wait(ctx, time.Second)
	}
}

// accessChanged is told what changed: a session's permissions, the trusted documents, or "" for anything that may have been missed.
func (s *Server) accessChanged(ctx context.Context, session string) {
	if session == "" || session == access.DocumentsChanged {
		if err := s.loadDocuments(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("trusted documents cannot be read", "error", err)
		}
	}
	if session == access.DocumentsChanged {
		return
	}
	s.auth.Forget()
	s.reviewSessions(ctx, session)
}

// reviewSessions reviews the live sessions of a name, or all for "", when news of changed permissions may have been missed. If some could
// not be reviewed, it tries again a second later.
func (s *Server) reviewSessions(ctx context.Context, session string) {
	s.unsure.Store(false)
	s.sockets.Review(ctx, session)
	s.streams.Review(ctx, session)
	if s.unsure.Load() {
		s.loops.Go(func() {
			if wait(ctx, time.Second) {
				s.reviewSessions(ctx, session)
			}
		})
	}
}

// flushUse records twice a minute when tokens were last used.
func (s *Server) flushUse(ctx context.Context) {
	for wait(ctx, 30*time.Second) {
		if err := s.auth.Flush(ctx); err != nil {
			s.log.Warn("use of tokens was not noted", "error", err)
		}
	}
}

// wait waits for d and reports whether ctx is still alive.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
