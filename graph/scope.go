package graph

import (
	"context"
	"errors"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// scope is what the fields of one operation share: one snapshot of the database at one instant, and who asks.
type scope struct {
	reader    *charts.Reader
	principal auth.Principal
}

type scopeKey struct{}

// errNoScope is a fault of the wiring: an operation ran outside of Scope.
var errNoScope = errors.New("graph: operation without scope")

// Scope is the gqlgen extension that gives each query and mutation its scope, and gives the snapshot back afterwards.
// Mutations answer from a snapshot taken after their commit, subscriptions take one per frame.
type Scope struct{ Store *tsdb.Store }

var _ interface {
	graphql.HandlerExtension
	graphql.ResponseInterceptor
	graphql.RootFieldInterceptor
} = Scope{}

// ExtensionName names the extension.
func (Scope) ExtensionName() string { return "Scope" }

// Validate has nothing to check in a schema.
func (Scope) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse opens the scope before the response is computed and closes it after.
func (s Scope) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	principal, _ := auth.FromContext(ctx)
	sc := &scope{reader: charts.Read(s.Store), principal: principal}
	defer sc.reader.Close(ctx)
	return next(context.WithValue(ctx, scopeKey{}, sc))
}

// InterceptRootField lets each mutation of an operation answer from a snapshot of its own, taken after its commit.
func (Scope) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if sc, err := scopeOf(ctx); err == nil && graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		sc.reader.Renew(ctx)
	}
	return next(ctx)
}

// scopeOf is the scope of the operation.
func scopeOf(ctx context.Context) (*scope, error) {
	if sc, ok := ctx.Value(scopeKey{}).(*scope); ok {
		return sc, nil
	}
	return nil, errNoScope
}

// readerOf is the snapshot that the operation reads from.
func readerOf(ctx context.Context) (*charts.Reader, error) {
	sc, err := scopeOf(ctx)
	if err != nil {
		return nil, err
	}
	return sc.reader, nil
}

// principalOf is who asks; the zero Principal may nothing.
func principalOf(ctx context.Context) auth.Principal {
	principal, _ := auth.FromContext(ctx)
	return principal
}

// timePtr is nil for the zero time.
func timePtr(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// textPtr is nil for "".
func textPtr(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// accountKey is the key of an account that the caller reaches. Malformed ids, unknown accounts and other people's accounts
// are all not ok and answered alike (rules.md §11); whether a reachable account exists, the database tells.
func accountKey(ctx context.Context, opaque string) (key int64, ok bool) {
	key, ok = KeyOf(KindAccount, opaque)
	return key, ok && principalOf(ctx).Reaches(key)
}
