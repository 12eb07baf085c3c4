package httpgql

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"
)

// Endpoint is the GraphQL URL: the first transport that supports a request answers it. It stands in the
// place of gqlgen's handler.Server, whose executor cannot be replaced by the document guard.
type Endpoint struct {
	Exec       graphql.GraphExecutor
	Transports []graphql.Transport
}

// ServeHTTP hands the request to its transport.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, t := range e.Transports {
		if t.Supports(r) {
			t.Do(w, r, e.Exec)
			return
		}
	}
	http.Error(w, `{"errors":[{"message":"No transport takes this request."}]}`, http.StatusBadRequest)
}
