package server

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"go.opentelemetry.io/otel/trace"

	"github.com/usagegraph/usagegraph/server/wire"
)

// observed is the gqlgen extension that measures operations and counts the errors in their answers.
type observed struct {
	metrics *metrics
	clock   func() time.Time
	trusted *documents
	tracer  trace.Tracer
}

var _ interface {
	graphql.HandlerExtension
	graphql.ResponseInterceptor
} = observed{}

// ExtensionName names the extension.
func (observed) ExtensionName() string { return "Observed" }

// Validate has nothing to check.
func (observed) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse measures an answer. Operations of unregistered documents share one name, because callers choose names freely.
func (o observed) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !graphql.HasOperationContext(ctx) || graphql.GetOperationContext(ctx).Operation == nil {
		return next(ctx)
	}
	op := graphql.GetOperationContext(ctx)
	name, started := o.nameOf(op), o.clock()
	ctx, end := o.spanned(ctx, op, name)
	resp := next(ctx)
	observe(ctx, o.metrics.operations.WithLabelValues(name, string(op.Operation.Operation)), o.clock().Sub(started))
	end(resp)
	if resp != nil {
		o.metrics.count(resp.Errors)
	}
	return resp
}

// nameOf returns the name of a registered operation; "other" for all others.
func (o observed) nameOf(op *graphql.OperationContext) string {
	if op.Operation.Name != "" && o.trusted.knows(op.RawQuery) {
		return op.Operation.Name
	}
	return "other"
}

// count counts the errors in an answer by the codes that callers are shown.
func (m *metrics) count(errs gqlerror.List) {
	for _, err := range wire.Coded(errs, nil) {
		code := string(wire.CodeOf(err))
		if len(code) > 40 {
			code = string(wire.Internal)
		}
		m.errors.WithLabelValues(code).Inc()
	}
}
