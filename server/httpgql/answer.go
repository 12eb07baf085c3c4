package httpgql

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// answer writes the response to a request.
type answer struct {
	w       http.ResponseWriter
	ctx     context.Context
	media   string
	always  *headers
	report  wire.Report
	written bool
}

// headers are values that never change. All answers share the slices, which have no spare capacity, so that appending to one copies it.
type headers struct{ json, typed, noStore, noSniff []string }

func newHeaders() *headers {
	return &headers{json: []string{jsonMedia + "; charset=utf-8"}, typed: []string{graphqlMedia + "; charset=utf-8"}, noStore: []string{"no-store"}, noSniff: []string{"nosniff"}}
}

func (h *headers) contentType(media string) []string {
	if media == graphqlMedia {
		return h.typed
	}
	return h.json
}

// refuse answers a request that is not executed.
func (a *answer) refuse(status int, fault *gqlerror.Error) {
	a.write(a.ctx, status, &graphql.Response{Errors: gqlerror.List{fault}})
}

func (a *answer) refuseWith(no *wire.Refusal) {
	if no.Allow != "" {
		a.w.Header().Set("Allow", no.Allow)
	}
	if no.Status == http.StatusRequestTimeout || no.Status == http.StatusRequestEntityTooLarge {
		a.w.Header().Set("Connection", "close") // the rest of the body is not worth reading
	}
	a.refuse(no.Status, no.Fault)
}

// failed answers a GraphQL request that failed before execution. With application/json the status is 200, as the specification says,
// because old clients read the body only then. Throttling and overload keep their HTTP status, because proxies and clients act on it.
func (a *answer) failed(resp *graphql.Response) {
	resp.Errors = wire.Seal(a.ctx, resp.Errors, a.report)
	status := wire.StatusOf(resp.Errors)
	if status < http.StatusInternalServerError && status != http.StatusTooManyRequests &&
		status != http.StatusUnauthorized && a.media == jsonMedia {
		status = http.StatusOK
	}
	a.write(a.ctx, status, resp)
}

// executed answers a request that was executed. An answer without data, because the database is away, must not look like a success to
// proxies and clients that look only at the status.
func (a *answer) executed(ctx context.Context, resp *graphql.Response) {
	if resp != nil {
		resp.Errors = wire.Seal(ctx, resp.Errors, a.report)
	}
	switch {
	case resp == nil:
		a.failed(&graphql.Response{Errors: gqlerror.List{wire.Masked(context.DeadlineExceeded)}})
	case len(resp.Data) == 0, string(resp.Data) == "null" && wire.StatusOf(resp.Errors) == http.StatusServiceUnavailable:
		a.failed(resp)
	default:
		a.write(ctx, http.StatusOK, resp)
	}
}

func (a *answer) write(ctx context.Context, status int, resp *graphql.Response) {
	a.written = true
	body := wire.Encode(ctx, resp, a.report)
	h := a.w.Header()
	h["Content-Type"] = a.always.contentType(a.media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h["Cache-Control"] = a.always.noStore
	h["X-Content-Type-Options"] = a.always.noSniff
	h.Add("Vary", "Accept")
	if id := wire.RequestID(ctx); id != "" && h.Get("X-Request-Id") != id {
		h.Set("X-Request-Id", id)
	}
	if status >= http.StatusBadRequest {
		wire.SetRetryAfter(h, resp.Errors)
	}
	a.w.WriteHeader(status)
	_, _ = a.w.Write(body)
}

// recovered turns a panic into INTERNAL. Only report learns its value.
func (a *answer) recovered() {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler || a.written {
		panic(http.ErrAbortHandler)
	}
	if a.report != nil {
		a.report(a.ctx, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}
	a.refuse(http.StatusInternalServerError, wire.Fault(wire.Internal, "Something went wrong on our side."))
}
