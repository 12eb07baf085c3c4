package httpgql

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"
)

// Endpoint is the handler of the GraphQL URL. The first transport that supports a request answers it. It replaces gqlgen's handler.Server,
// whose executor cannot be replaced by the guard.
type Endpoint struct {
	Exec       graphql.GraphExecutor
	Transports []graphql.Transport
}

// ServeHTTP passes the request to its transport.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, t := range e.Transports {
		if t.Supports(r) {
			t.Do(w, r, e.Exec)
			return
		}
	}
	http.Error(w, `{"errors":[{"message":"No transport takes this request."}]}`, http.StatusBadRequest)
}
