package httpgql

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/server/wire"
)

// read parses the request by its verb.
func (t *Transport) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *wire.Refusal) {
	started := t.cfg.Now()
	var p *graphql.RawParams
	var no *wire.Refusal
	switch r.Method {
	case http.MethodGet:
		p, no = wire.ReadGet(r, t.cfg.MaxURL)
	case http.MethodPost:
		p, no = wire.ReadPost(w, r, t.cfg.MaxBody, started.Add(t.cfg.BodyTimeout))
	default:
		no = wire.Refuse(http.StatusMethodNotAllowed, wire.MethodNotAllowed, "Use GET or POST.")
		no.Allow = "GET, POST"
	}
	if no != nil {
		return nil, no
	}
	p.Headers = r.Header
	p.ReadTime = graphql.TraceTiming{Start: started, End: t.cfg.Now()}
	return p, nil
}

// wrongVerb refuses what is valid GraphQL but not over this verb: nothing may change by GET, and
// a subscription needs a stream.
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
