package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/usagegraph/usagegraph/server/wire"
)

// scopeName is the instrumentation scope of the spans.
const scopeName = "github.com/usagegraph/usagegraph/server"

// tracer makes the spans of operations. It does nothing if no provider is set.
func (s *Server) tracer() trace.Tracer { return s.cfg.Tracing.Tracer(scopeName) }

// traces reports whether a tracer makes spans. If none are made, as by default, they need not be described either.
func traces(t trace.Tracer) bool {
	_, none := t.(noop.Tracer)
	return !none
}

// spanned begins a span for an operation; end ends it with the outcome.
func (o observed) spanned(ctx context.Context, op *graphql.OperationContext, name string) (_ context.Context, end func(*graphql.Response)) {
	if !traces(o.tracer) {
		return ctx, func(*graphql.Response) {}
	}
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

// trace gives each request at an endpoint a span, as a child of the caller's if the caller sends a traceparent, and answers with the span's
// own. Requests that only monitor are left out. The span of a WebSocket ends with its upgrade, and that of a stream of events when the
// stream begins, because both last long; the spans of their operations are children of it.
func (s *Server) trace(next http.Handler) http.Handler {
	tracer, carried := s.tracer(), propagation.TraceContext{}
	traced := traces(tracer)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !traced && r.Header["Traceparent"] == nil { // otherwise the answer continues the caller's trace, although no span is made here
			next.ServeHTTP(w, r)
			return
		}
		ctx := carried.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		route := endpointOf(r.URL.Path)
		if route == "" {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		ctx, span := tracer.Start(ctx, methodOf(r)+" "+route, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("http.request.method", methodOf(r)), attribute.String("usagegraph.request_id", wire.RequestID(ctx))))
		defer span.End()
		span.SetAttributes(attribute.String("http.route", route))
		carried.Inject(ctx, propagation.HeaderCarrier(w.Header()))
		seen := &statusWriter{ResponseWriter: w}
		r = r.WithContext(ctx)
		if streams(r) {
			next.ServeHTTP(&begun{ResponseWriter: seen, span: span}, r)
			return
		}
		next.ServeHTTP(seen, r)
		status(span, seen.status)
	})
}

// status records the status of the answer.
func status(span trace.Span, code int) {
	span.SetAttributes(attribute.Int("http.response.status_code", code))
	if code >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, http.StatusText(code))
	}
}

// begun ends a span when the answer begins, if the answer is a stream.
type begun struct {
	http.ResponseWriter
	span trace.Span
}

// WriteHeader implements http.ResponseWriter.
func (w *begun) WriteHeader(code int) {
	status(w.span, code)
	if code == http.StatusOK {
		w.span.End()
	}
	w.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the wrapped writer.
func (w *begun) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// refusedAlone gives a refusal of the guard its own span if its parent span has ended, which is so on an open socket or stream.
func refusedAlone(ctx context.Context, tracer trace.Tracer, errs gqlerror.List) {
	if len(errs) == 0 || trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	code := string(wire.CodeOf(errs[0]))
	_, span := tracer.Start(ctx, "refused", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("error.type", code), attribute.String("usagegraph.request_id", wire.RequestID(ctx))))
	span.SetStatus(codes.Error, code)
	span.End()
}

// endpointOf returns the endpoint of a path, or "". Spans contain only its name, never what a caller made up. /v1/traces has no spans: if
// our own were exported through it, each would make the next one.
func endpointOf(path string) string {
	switch {
	case path == "/graphql" || path == "/v1/events" || path == "/v1/usage" || path == "/v1/metrics" || path == "/api/v1/write":
		return path
	case strings.HasPrefix(path, "/v1/export/"):
		return "/v1/export/{table}"
	}
	return ""
}

// methodOf returns the request's method if endpoints use it; "OTHER" for anything else.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodOptions, http.MethodHead:
		return r.Method
	}
	return "OTHER"
}

// streams reports whether a request asks for a stream of events.
func streams(r *http.Request) bool {
	return strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "text/event-stream")
}

// recordFault records an error that callers are not shown on the span in which it occurred.
func recordFault(ctx context.Context, err error) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() { // it has ended, or nothing is traced
		_, span = span.TracerProvider().Tracer(scopeName).Start(ctx, "fault")
		defer span.End()
	}
	span.RecordError(err)
	span.SetStatus(codes.Error, "INTERNAL")
}
