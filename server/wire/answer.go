package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// MaxErrors is the most errors that one answer carries (issue: hostile input gets at most ten).
const MaxErrors = 10

// Report hears of every error that a caller is not shown. The context carries the request id.
type Report func(ctx context.Context, err error)

// Seal makes errors fit to leave: at most MaxErrors of them, and any error without a code, which nobody has vouched for, masked while
// report (may be nil) hears the original. Errors that are changed are copied first.
func Seal(ctx context.Context, errs gqlerror.List, report Report) gqlerror.List {
	errs = Coded(errs, func(cause error) {
		if report != nil {
			report(ctx, cause)
		}
	})
	return errs[:min(len(errs), MaxErrors)]
}

// Encode writes the ExecutionResult of a response as one line of JSON, with errors sealed and the
// context's request id in extensions.requestId. A response without data that failed before
// execution has no data entry, as the GraphQL specification demands.
func Encode(ctx context.Context, resp *graphql.Response, report Report) []byte {
	var b bytes.Buffer
	b.Grow(len(resp.Data) + 320) // extensions take some 250
	b.WriteByte('{')
	if len(resp.Errors) > 0 {
		b.WriteString(`"errors":`)
		errs := Seal(ctx, resp.Errors, report)
		b.Write(encodeErrors(errs))
		b.WriteByte(',')
		if len(resp.Data) == 0 {
			NoteRefusal(ctx, CodeOf(errs[0]))
		}
	}
	if len(resp.Data) > 0 {
		b.WriteString(`"data":`)
		b.Write(resp.Data)
		b.WriteByte(',')
	}
	b.WriteString(`"extensions":`)
	writeExtensions(&b, resp.Extensions, RequestID(ctx))
	b.WriteByte('}')
	return b.Bytes()
}

// EncodeErrors is Encode for a request that was refused before execution.
func EncodeErrors(ctx context.Context, errs ...*gqlerror.Error) []byte {
	return Encode(ctx, &graphql.Response{Errors: errs}, nil)
}

// NoteRefusal notes on the request's span with which code it was refused.
func NoteRefusal(ctx context.Context, code Code) {
	trace.SpanFromContext(ctx).SetAttributes(attribute.String("error.type", string(code)))
}

// AsList returns the GraphQL errors that err is or wraps; any other error comes without a code, so
// that Seal masks it.
func AsList(err error) gqlerror.List {
	var list gqlerror.List
	var one *gqlerror.Error
	switch {
	case errors.As(err, &list):
		return list
	case errors.As(err, &one):
		return gqlerror.List{one}
	}
	return gqlerror.List{{Err: err, Message: err.Error()}}
}

func encodeErrors(errs gqlerror.List) []byte {
	if b, err := json.Marshal(errs); err == nil {
		return b
	}
	// An extension that JSON cannot hold must not cost the client its answer.
	return []byte(`[{"message":"Something went wrong on our side.","extensions":{"code":"INTERNAL"}}]`)
}

// Appender is an extension that writes itself, as json.Marshal writes it.
type Appender interface{ AppendJSON([]byte) []byte }

// writeExtensions writes the entries and the request id in the order of their names. An answer mostly has one, which writes itself.
func writeExtensions(b *bytes.Buffer, extensions map[string]any, requestID string) {
	cost, one := extensions["cost"].(Appender)
	if !one || len(extensions) > 1 || !plainText(requestID) {
		b.Write(encodeExtensions(extensions, requestID))
		return
	}
	b.WriteString(`{"cost":`)
	b.Write(cost.AppendJSON(b.AvailableBuffer()))
	if requestID != "" {
		b.WriteString(`,"requestId":"`)
		b.WriteString(requestID)
		b.WriteByte('"')
	}
	b.WriteByte('}')
}

// plainText reports whether a text stands in JSON as it is.
func plainText(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return true
}

func encodeExtensions(extensions map[string]any, requestID string) []byte {
	out := make(map[string]any, len(extensions)+1)
	for k, v := range extensions {
		out[k] = v
	}
	if requestID != "" {
		out["requestId"] = requestID
	}
	b, err := json.Marshal(out)
	if err != nil {
		return []byte(`{}`)
	}
	return b
}
