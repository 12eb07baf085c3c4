package httpgql

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// roomPatience is how long a large body waits for room.
const roomPatience = 2 * time.Second

// enter returns how large the request's body may be, and waits for room if the body may be larger than MaxBody. leave gives the room back.
func (t *Transport) enter(ctx context.Context, r *http.Request) (maxBody int64, leave func(), no *wire.Refusal) {
	maxBody, leave = t.cfg.MaxBody, func() {}
	if r.Method != http.MethodPost || t.cfg.LargeBody == nil || r.ContentLength >= 0 && r.ContentLength <= maxBody {
		return maxBody, leave, nil
	}
	maxBody = max(maxBody, t.cfg.LargeBody(ctx))
	if maxBody == t.cfg.MaxBody || r.ContentLength > maxBody {
		return maxBody, leave, nil
	}
	size := r.ContentLength
	if size < 0 {
		size = maxBody
	}
	waiting, cancel := context.WithTimeout(ctx, roomPatience)
	defer cancel()
	if t.room.Acquire(waiting, size) != nil {
		return 0, nil, wire.TooBusy("Too much is coming in at once. Nothing was done; try again.")
	}
	return maxBody, func() { t.room.Release(size) }, nil
}

// read reads the request's body, if it has one, and has the executor weigh it before it is parsed. If the executor refuses it, read returns
// a fault.
func (t *Transport) read(ctx context.Context, w http.ResponseWriter, r *http.Request, maxBody int64, exec graphql.GraphExecutor) (_ context.Context, p *graphql.RawParams, no *wire.Refusal, fault *gqlerror.Error) {
	started := t.cfg.Now()
	switch r.Method {
	case http.MethodGet:
		p, no = wire.ReadGet(r, t.cfg.MaxURL)
	case http.MethodPost:
		var body []byte
		if body, no = wire.ReadPost(w, r, maxBody, started.Add(t.cfg.BodyTimeout)); no != nil {
			break
		}
		if ctx, fault = wire.Admit(ctx, exec, body); fault != nil {
			return ctx, nil, nil, fault
		}
		p, no = wire.ParsePost(body)
	default:
		no = wire.Refuse(http.StatusMethodNotAllowed, wire.MethodNotAllowed, "Use GET or POST.")
		no.Allow = "GET, POST"
	}
	if no != nil {
		return ctx, nil, no, nil
	}
	p.Headers = r.Header
	p.ReadTime = graphql.TraceTiming{Start: started, End: t.cfg.Now()}
	return ctx, p, nil, nil
}

// wrongVerb refuses an operation that is valid GraphQL but not with this HTTP method: nothing may change by GET, and a subscription needs a
// stream.
func wrongVerb(r *http.Request, op *graphql.OperationContext) *wire.Refusal {
	switch {
	case op.Operation.Operation == ast.Subscription:
		return wire.Refuse(http.StatusBadRequest, wire.StreamRequired,
			"Subscriptions need a stream: WebSocket (graphql-transport-ws) or Accept: text/event-stream.")
	case op.Operation.Operation == ast.Mutation && r.Method != http.MethodPost:
		no := wire.Refuse(http.StatusMethodNotAllowed, wire.MethodNotAllowed, "Mutations need POST.")
		no.Allow = "POST"
		return no
	}
	return nil
}
