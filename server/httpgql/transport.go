package httpgql

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/sync/semaphore"

	"github.com/usagegraph/usagegraph/server/wire"
)

// Config sets a Transport. Every field but Now has a default.
type Config struct {
	// Now is the clock; required.
	Now func() time.Time
	// MaxBody is the largest size of a POST body in bytes; default 256 KiB.
	MaxBody int64
	// LargeBody returns the largest size of this caller's POST body, if it may exceed MaxBody; nil: no caller's may.
	LargeBody func(context.Context) int64
	// Room bounds the total bytes of concurrent bodies larger than MaxBody; default 64 MiB. A body waits for room for up to two seconds.
	Room int64
	// MaxURL is the largest size of a GET query string in bytes; default 16 KiB.
	MaxURL int
	// BodyTimeout bounds how long a body may take to arrive; default 10 s.
	BodyTimeout time.Duration
	// Timeout bounds the execution of an operation; default 30 s.
	Timeout time.Duration
	// NewID makes a request id if the context has none yet; nil: no ids are made.
	NewID func() string
	// Report receives errors that the client is not shown; may be nil.
	Report wire.Report
}

// Transport answers queries and mutations over plain HTTP. It is a graphql.Transport that supports every request, so it comes last in an
// Endpoint and answers what no other transport supports.
type Transport struct {
	cfg    Config
	room   *semaphore.Weighted
	always *headers
}

var _ graphql.Transport = (*Transport)(nil)

// New makes a Transport. It fails if the clock is missing.
func New(cfg Config) (*Transport, error) {
	if cfg.Now == nil {
		return nil, errors.New("httpgql: Config.Now is required")
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = 256 << 10
	}
	if cfg.Room <= 0 {
		cfg.Room = 64 << 20
	}
	if cfg.MaxURL <= 0 {
		cfg.MaxURL = 16 << 10
	}
	if cfg.BodyTimeout <= 0 {
		cfg.BodyTimeout = 10 * time.Second
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 30 * time.Second
	}
	return &Transport{cfg, semaphore.NewWeighted(cfg.Room), newHeaders()}, nil
}

// Supports returns true for every request.
func (t *Transport) Supports(*http.Request) bool { return true }

// Do answers one request.
func (t *Transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx := wire.EnsureRequestID(r.Context(), t.cfg.NewID)
	ctx, cancel := context.WithTimeout(graphql.StartOperationTrace(ctx), t.cfg.Timeout)
	defer cancel()
	media, ok := negotiate(r.Header.Values("Accept"))
	a := &answer{w: w, ctx: ctx, media: media, always: t.always, report: t.cfg.Report}
	defer a.recovered()
	if !ok {
		a.refuse(http.StatusNotAcceptable, wire.Fault(wire.NotAcceptable,
			"Accept must allow application/json or application/graphql-response+json."))
		return
	}
	maxBody, leave, refusal := t.enter(ctx, r)
	if refusal != nil {
		a.refuseWith(refusal)
		return
	}
	defer leave()
	ctx, params, refusal, fault := t.read(ctx, w, r, maxBody, exec)
	switch {
	case refusal != nil:
		a.refuseWith(refusal)
	case fault != nil:
		a.failed(exec.DispatchError(ctx, gqlerror.List{fault}))
	default:
		a.ctx = ctx
		t.run(a, r, params, exec)
	}
}

func (t *Transport) run(a *answer, r *http.Request, params *graphql.RawParams, exec graphql.GraphExecutor) {
	ctx := a.ctx
	op, errs := exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		a.failed(exec.DispatchError(graphql.WithOperationContext(ctx, op), errs))
		return
	}
	if refusal := wrongVerb(r, op); refusal != nil {
		a.refuseWith(refusal)
		return
	}
	responses, ctx := exec.DispatchOperation(ctx, op)
	a.executed(ctx, responses(ctx))
}
