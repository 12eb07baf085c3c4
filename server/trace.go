package server

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/usagegraph/usagegraph/server/wire"
)

// scopeName is who makes the spans.
const scopeName = "github.com/usagegraph/usagegraph/server"

// tracer makes the spans of operations; it does nothing where no provider is set.
func (s *Server) tracer() trace.Tracer { return s.cfg.Tracing.Tracer(scopeName) }

// spanned begins a span for an operation; end ends it with what came of it.
func (o observed) spanned(ctx context.Context, op *graphql.OperationContext, name string) (_ context.Context, end func(*graphql.Response)) {
	ctx, span := o.tracer.Start(ctx, string(op.Operation.Operation)+" "+name, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("graphql.operation.type", string(op.Operation.Operation)),
		attribute.String("graphql.operation.name", name),
		attribute.String("usagegraph.request_id", wire.RequestID(ctx)),
	))
	return ctx, func(resp *graphql.Response) {
		if resp != nil && len(resp.Errors) > 0 {
			span.SetStatus(codes.Error, string(wire.CodeOf(resp.Errors[0])))
		}
		span.End()
	}
}
