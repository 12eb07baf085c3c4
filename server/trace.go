package server

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
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
			code := string(wire.CodeOf(resp.Errors[0]))
			span.SetAttributes(attribute.String("error.type", code))
			span.SetStatus(codes.Error, code)
		}
		span.End()
	}
}

// traced gives each request at a door a span, under the caller's where it sends a traceparent, and answers with its own. It leaves out what
// only watches, and streams that last. The span of a WebSocket ends with its upgrade; those of its operations stand under it.
func (s *Server) trace(next http.Handler) http.Handler {
	tracer, carried := s.tracer(), propagation.TraceContext{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := carried.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		if streams(r) || !isDoor(r.URL.Path) {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		ctx, span := tracer.Start(ctx, methodOf(r)+" "+r.URL.Path, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("http.request.method", methodOf(r)), attribute.String("usagegraph.request_id", wire.RequestID(ctx))))
		defer span.End()
		carried.Inject(ctx, propagation.HeaderCarrier(w.Header()))
		seen := &statusWriter{ResponseWriter: w}
		r = r.WithContext(ctx)
		next.ServeHTTP(seen, r)
		span.SetAttributes(attribute.String("http.route", r.URL.Path), attribute.Int("http.response.status_code", seen.status))
		if seen.status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, http.StatusText(seen.status))
		}
	})
}

// isDoor reports whether a path is one of the doors. Only their names stand in spans, never what a caller made up.
func isDoor(path string) bool {
	return path == "/graphql" || path == "/v1/events" || path == "/v1/usage"
}

// methodOf is a method that is asked of doors; "OTHER" for what a caller made up.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodOptions, http.MethodHead:
		return r.Method
	}
	return "OTHER"
}

// streams reports whether a request asks for a stream of events.
func streams(r *http.Request) bool { return r.Header.Get("Accept") == "text/event-stream" }

// recordFault notes an error that callers are not shown on the span in which it came up.
func recordFault(ctx context.Context, err error) {
	span := trace.SpanFromContext(ctx)
	span.RecordError(err)
	span.SetStatus(codes.Error, "INTERNAL")
}
