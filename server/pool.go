package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"go.opentelemetry.io/otel/trace"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/server/guard"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// executorPools sends each operation to one of two executors. Ad-hoc questions of ANALYST and SUPPORT have their own pool, with read-only
// connections, a short time limit and few operations at a time, so that they cannot starve the others.
type executorPools struct {
	*guard.Executor
	explore *guard.Executor
	trusted *documents
	metrics *metrics
	tracer  trace.Tracer
}

var _ graphql.GraphExecutor = (*executorPools)(nil)

// poolKey is the key under which an operation keeps its executor.
const poolKey = "usagegraph.pool"

// adHoc reports whether a request is an unregistered document from a caller who may send such documents.
func (e *executorPools) adHoc(ctx context.Context, params *graphql.RawParams) bool {
	p, _ := auth.FromContext(ctx)
	if p.Role != auth.Analyst && p.Role != auth.Support || params.Query == "" {
		return false
	}
	return !e.trusted.knows(params.Query)
}

// CreateOperationContext passes a request through the guard of its pool and counts refusals.
func (e *executorPools) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	op, errs := e.choose(ctx, params)
	e.metrics.count(errs)
	refusedAlone(ctx, e.tracer, errs)
	return op, errs
}

// Admit weighs a body, for both pools, and counts refusals.
func (e *executorPools) Admit(ctx context.Context, w wire.Weight) (context.Context, *gqlerror.Error) {
	ctx, fault := e.Executor.Admit(ctx, w)
	if fault != nil {
		e.metrics.count(gqlerror.List{fault})
		refusedAlone(ctx, e.tracer, gqlerror.List{fault})
	}
	return ctx, fault
}

// choose chooses the pool. Mutations and subscriptions use the first one. So do questions for the state of an account: they need no
// snapshot and so never wait.
func (e *executorPools) choose(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	if !e.adHoc(ctx, params) {
		return e.Executor.CreateOperationContext(ctx, params)
	}
	op, errs := e.explore.CreateOperationContext(ctx, params)
	if len(errs) == 0 && op.Operation.Operation == ast.Query && !graph.AsksStateOnly(op) {
		op.Stats.SetExtension(poolKey, e.explore)
	}
	return op, errs
}

// DispatchOperation executes an operation in its pool.
func (e *executorPools) DispatchOperation(ctx context.Context, op *graphql.OperationContext) (graphql.ResponseHandler, context.Context) {
	if pool, ok := op.Stats.GetExtension(poolKey).(*guard.Executor); ok {
		return pool.DispatchOperation(ctx, op)
	}
	return e.Executor.DispatchOperation(ctx, op)
}

// limited lets few operations run at once, in turn with those of other callers. A caller who waits longer than patience is told to come
// back.
type limited struct {
	places   *pg.Turns
	patience time.Duration
}

var _ interface {
	graphql.HandlerExtension
	graphql.ResponseInterceptor
} = limited{}

// ExtensionName names the extension.
func (limited) ExtensionName() string { return "Few" }

// Validate has nothing to check.
func (limited) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse holds a place while the response is computed.
func (f limited) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	leave, busy := f.enter(ctx)
	if busy != nil {
		return &graphql.Response{Errors: gqlerror.List{busy}}
	}
	defer leave()
	resp := next(ctx)
	if resp != nil {
		tellTimeouts(resp.Errors)
	}
	return resp
}

// enter takes a place, or returns an error that tells a caller who waited too long to come back.
func (f limited) enter(ctx context.Context) (leave func(), busy *gqlerror.Error) {
	waiting, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	leave, err := f.places.Enter(waiting)
	if err != nil {
		return nil, wire.Busy(wire.Overloaded, "Too many ad-hoc questions are being answered; try again.", int64(f.patience/time.Second)+1)
	}
	return leave, nil
}

// queryCanceled is the SQLSTATE of a statement that exceeded its time limit.
const queryCanceled = "57014"

// tellTimeouts tells the caller that too much was asked at once, which is not a fault of ours. Whatever was asked of the same snapshot
// afterwards fails too.
func tellTimeouts(errs gqlerror.List) {
	if !slices.ContainsFunc(errs, isTimeout) {
		return
	}
	for i, err := range errs {
		if isTimeout(err) || pg.FollowsFailure(err) {
			errs[i] = wire.Fault(wire.CostTooHigh, "The answer took longer to find than an ad-hoc question may; ask for less at once.")
			errs[i].Path = err.Path
		}
	}
}

func isTimeout(err *gqlerror.Error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == queryCanceled
}
