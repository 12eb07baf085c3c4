package ws_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/server/wire/wiretest"
	"github.com/usagegraph/usagegraph/server/ws"
)

// states pushes two states and completes; for an account it pushes one and stays open.
type states struct{}

func (states) Subscribe(_ context.Context, op *graphql.OperationContext, sink wire.Sink) (func(), bool, error) {
	field := op.Operation.SelectionSet[0].(*ast.Field)
	if field.Name != "state" {
		return nil, false, nil
	}
	sink.Next([]byte(`{"data":{"state":1}}`), "")
	if len(field.Arguments) == 0 {
		sink.Next([]byte(`{"data":{"state":2}}`), "")
		sink.Complete()
	}
	return nil, true, nil
}

// The npm client graphql-ws works: queries, mutations, pulled and pushed subscriptions, errors, a restart, a change of permissions and a
// refusal.
func TestGraphqlWsClient(t *testing.T) {
	t.Parallel()
	var standing atomic.Int32
	fresh := func() *ws.Transport {
		s := newServer(t, ws.Config{Source: states{}, Init: func(_ context.Context, payload json.RawMessage) (wire.Session, error) {
			if !strings.Contains(string(payload), "good") {
				return wire.Session{}, errors.New("bad token")
			}
			return wire.Session{Token: "good", Still: func(context.Context) wire.Standing { return wire.Standing(standing.Load()) }}, nil
		}})
		return s.transport
	}
	var current atomic.Pointer[ws.Transport]
	current.Store(fresh())
	exec := executor.New(wiretest.New())
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", func(w http.ResponseWriter, r *http.Request) { current.Load().Do(w, r, exec) })
	mux.HandleFunc("/restart", func(_ http.ResponseWriter, r *http.Request) {
		_ = current.Swap(fresh()).Drain(r.Context())
	})
	mux.HandleFunc("/change", func(_ http.ResponseWriter, r *http.Request) {
		standing.Store(int32(wire.Changed))
		current.Load().Review(r.Context(), "good")
		standing.Store(int32(wire.Stands))
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	got := wiretest.Node(t, "clients", "graphql-ws.mjs", "ws"+strings.TrimPrefix(srv.URL, "http")+"/graphql", srv.URL)
	want := `["query",[{"hello":"hello"}]]
["variables",[{"echo":"ünï \"quoted\""}]]
["mutation",[{"bump":1}]]
["pulled",[{"count":1},{"count":2},{"count":3}]]
["pushed",[{"state":1},{"state":2}]]
["invalid",["GRAPHQL_VALIDATION_FAILED"]]
["iterated",{"count":1}]
["resumed",[1012],true]
["changed",[4412]]
["refused",4403,"Forbidden"]
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
