package sse

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// Config sets a Transport. Every field but Now has a default.
type Config struct {
	// Now is the clock; required.
	Now func() time.Time
	// Session returns the session of a request, usually from what a middleware left in its context; nil lets everybody in without expiry.
	// An error refuses the request: a GraphQL error by its code, any other as UNAUTHENTICATED.
	Session func(r *http.Request) (wire.Session, error)
	// Source pushes results of subscriptions; nil: all are pulled through gqlgen.
	Source wire.Source
	// NewID makes a request id if the context has none; nil: no ids.
	NewID func() string
	// Report receives errors that clients are not shown; may be nil.
	Report wire.Report

	// Tally limits the connections of one principal; it may be shared with other transports. nil: unlimited.
	Tally *wire.Tally
	// MaxConnections is the number of connections above which newcomers get 503; default 10,000.
	MaxConnections int
	// MaxBody and MaxURL bound the request in bytes; defaults 256 KiB and 16 KiB.
	MaxBody int64
	MaxURL  int
	// MaxQueue bounds the bytes queued for a client that reads slowly; default 256 KiB.
	MaxQueue int

	// BodyTimeout bounds the arrival of the body; default 10 s.
	BodyTimeout time.Duration
	// WriteTimeout is how long a client may accept no bytes before it is cut off; default 10 s.
	WriteTimeout time.Duration
	// Heartbeat is how often a comment is sent on a silent stream; default 15 s.
	Heartbeat time.Duration
	// Timeout bounds a query or mutation; default 30 s.
	Timeout time.Duration
}

func (c Config) withDefaults() (Config, error) {
	if c.Now == nil {
		return c, errors.New("sse: Config.Now is required")
	}
	count := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	count(&c.MaxConnections, 10_000)
	count(&c.MaxURL, 16<<10)
	count(&c.MaxQueue, 256<<10)
	if c.MaxBody <= 0 {
		c.MaxBody = 256 << 10
	}
	span := func(field *time.Duration, value time.Duration) {
		if *field <= 0 {
			*field = value
		}
	}
	span(&c.BodyTimeout, 10*time.Second)
	span(&c.WriteTimeout, 10*time.Second)
	span(&c.Heartbeat, 15*time.Second)
	span(&c.Timeout, 30*time.Second)
	return c, nil
}

// Transport is a graphql.Transport for event streams.
type Transport struct {
	cfg Config
	cut atomic.Int64

	mu       sync.Mutex
	streams  map[*stream]struct{}
	draining bool
	emptied  chan struct{}
}

var _ graphql.Transport = (*Transport)(nil)

// New makes a Transport. It fails if the clock is missing.
func New(cfg Config) (*Transport, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Transport{cfg: cfg, streams: make(map[*stream]struct{})}, nil
}

// Supports reports whether a request accepts an event stream.
func (t *Transport) Supports(r *http.Request) bool {
	if r.Header.Get("Upgrade") != "" {
		return false
	}
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			media, params, err := mime.ParseMediaType(part)
			if err == nil && media == "text/event-stream" && params["q"] != "0" {
				return true
			}
		}
	}
	return false
}

// Do answers one request, for as long as its stream lasts.
func (t *Transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx, cancel := context.WithCancel(graphql.StartOperationTrace(wire.EnsureRequestID(r.Context(), t.cfg.NewID)))
	defer cancel()
	r = r.WithContext(ctx)
	session, refusal := t.session(r)
	if refusal != nil {
		writeRefusal(w, r, refusal)
		return
	}
	var params *graphql.RawParams
	if ctx, params, refusal = t.read(w, r, exec); refusal != nil {
		writeRefusal(w, r, refusal)
		return
	}
	if !t.cfg.Tally.Enter(session.Principal) {
		writeRefusal(w, r, wire.Refuse(http.StatusTooManyRequests, wire.TooManySubscriptions, "Too many connections."))
		return
	}
	defer t.cfg.Tally.Leave(session.Principal)
	s := newStream(t, ctx, session)
	if refusal := t.enter(s); refusal != nil {
		writeRefusal(w, r, refusal)
		return
	}
	defer t.leave(s)
	// Review can find the stream only from now on, and the body may have taken long to arrive.
	if refusal := refusalOf(session.Standing(ctx)); refusal != nil {
		writeRefusal(w, r, refusal)
		return
	}
	t.serve(w, r, s, exec, params)
}

func (t *Transport) session(r *http.Request) (wire.Session, *wire.Refusal) {
	if t.cfg.Session == nil {
		return wire.Session{}, nil
	}
	session, err := t.cfg.Session(r)
	if err == nil && session.Expired(t.cfg.Now()) {
		err = errors.New("token expired")
	}
	if err == nil {
		return session, nil
	}
	errs := wire.AsList(err)
	if len(errs) == 0 || wire.CodeOf(errs[0]) == "" {
		return session, wire.Refuse(http.StatusUnauthorized, wire.Unauthenticated, "A valid token is needed.")
	}
	return session, &wire.Refusal{Status: wire.StatusOf(errs), Fault: errs[0]}
}

func (t *Transport) read(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) (context.Context, *graphql.RawParams, *wire.Refusal) {
	ctx, started := r.Context(), t.cfg.Now()
	var p *graphql.RawParams
	var no *wire.Refusal
	switch r.Method {
	case http.MethodGet:
		p, no = wire.ReadGet(r, t.cfg.MaxURL)
	case http.MethodPost:
		var body []byte
		if body, no = wire.ReadPost(w, r, t.cfg.MaxBody, started.Add(t.cfg.BodyTimeout)); no != nil {
			break
		}
		var fault *gqlerror.Error
		if ctx, fault = wire.Admit(ctx, exec, body); fault != nil {
			return ctx, nil, &wire.Refusal{Status: wire.StatusOf(gqlerror.List{fault}), Fault: fault}
		}
		p, no = wire.ParsePost(body)
	default:
		no = wire.Refuse(http.StatusMethodNotAllowed, wire.MethodNotAllowed, "Use GET or POST.")
		no.Allow = "GET, POST"
	}
	if no != nil {
		return ctx, nil, no
	}
	p.Headers = r.Header
	p.ReadTime = graphql.TraceTiming{Start: started, End: t.cfg.Now()}
	return ctx, p, nil
}

func (t *Transport) enter(s *stream) *wire.Refusal {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.draining:
		return wire.Restarting()
	case len(t.streams) >= t.cfg.MaxConnections:
		return wire.TooBusy("Too many connections; come back later.")
	}
	t.streams[s] = struct{}{}
	return nil
}

func (t *Transport) leave(s *stream) {
	s.end()
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.streams, s)
	if t.draining && len(t.streams) == 0 {
		close(t.emptied)
	}
}

// Stats are a Transport's counts, for metrics.
type Stats struct {
	Connections int   // open now
	Cut         int64 // clients cut off since the start because they read too slowly or not at all
}

// Stats returns the present counts.
func (t *Transport) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Stats{Connections: len(t.streams), Cut: t.cut.Load()}
}

// refusalOf returns why a stream may not begin; nil if it may. If permissions changed while the body was arriving, they were checked for
// the caller's old permissions, so the caller must ask again.
func refusalOf(now wire.Standing) *wire.Refusal {
	switch now {
	case wire.Changed:
		return wire.Refuse(http.StatusServiceUnavailable, wire.Overloaded, "What you may do has just changed; ask again.")
	case wire.Ended:
		return wire.Refuse(http.StatusUnauthorized, wire.Unauthenticated, "The token was revoked.")
	case wire.Stands:
	}
	return nil
}

// Review ends the streams whose session does not stand any more: those of the token with this name, or all for "". If the credential has
// ended, the stream ends with UNAUTHENTICATED; if it permits something else now, the stream ends without complete, so that the client
// reconnects.
func (t *Transport) Review(ctx context.Context, token string) {
	for _, s := range t.all() {
		if token != "" && s.session.Token != token {
			continue
		}
		switch s.session.Standing(ctx) {
		case wire.Stands:
		case wire.Changed:
			s.quit()
		case wire.Ended:
			s.forbid("The token was revoked.")
		}
	}
}

// Drain refuses newcomers and ends the streams of subscriptions without complete, so that clients reconnect to another process; queries and
// mutations end by themselves. It returns when all streams have ended. If the context ends first, it cuts off the rest and returns the
// context's error.
func (t *Transport) Drain(ctx context.Context) error {
	t.mu.Lock()
	if !t.draining {
		t.draining = true
		t.emptied = make(chan struct{})
		if len(t.streams) == 0 {
			close(t.emptied)
		}
	}
	emptied := t.emptied
	t.mu.Unlock()
	for _, s := range t.all() {
		s.drain()
	}
	select {
	case <-emptied:
		return nil
	case <-ctx.Done():
		for _, s := range t.all() {
			s.quit()
		}
		return ctx.Err()
	}
}

func (t *Transport) all() []*stream {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]*stream, 0, len(t.streams))
	for s := range t.streams {
		out = append(out, s)
	}
	return out
}

// writeRefusal answers, before a stream begins, as JSON with an HTTP status.
func writeRefusal(w http.ResponseWriter, r *http.Request, no *wire.Refusal) {
	h := w.Header()
	if no.Allow != "" {
		h.Set("Allow", no.Allow)
	}
	wire.SetRetryAfter(h, gqlerror.List{no.Fault})
	if no.Status == http.StatusRequestTimeout || no.Status == http.StatusRequestEntityTooLarge {
		h.Set("Connection", "close")
	}
	body := wire.EncodeErrors(r.Context(), no.Fault)
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	if id := wire.RequestID(r.Context()); id != "" {
		h.Set("X-Request-Id", id)
	}
	w.WriteHeader(no.Status)
	_, _ = w.Write(body)
}
