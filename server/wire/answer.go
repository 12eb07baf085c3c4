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

// MaxErrors is the largest number of errors in one answer (issue: hostile input gets at most ten).
const MaxErrors = 10

// Report receives every error that a caller is not shown. The context carries the request id.
type Report func(ctx context.Context, err error)

// Seal makes errors fit for callers: it keeps at most MaxErrors of them and masks those without a code, which nobody has vouched for.
// report (may be nil) receives the originals. Errors are copied before they are changed.
func Seal(ctx context.Context, errs gqlerror.List, report Report) gqlerror.List {
	errs = Coded(errs, func(cause error) {
		if report != nil {
			report(ctx, cause)
		}
	})
	return errs[:min(len(errs), MaxErrors)]
}

// Encode writes the ExecutionResult of a response as one line of JSON, with errors sealed and the context's request id in
// extensions.requestId. As the GraphQL specification demands, a response that failed before execution has no data entry.
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

// NoteRefusal notes on the request's span the code with which it was refused.
func NoteRefusal(ctx context.Context, code Code) {
	trace.SpanFromContext(ctx).SetAttributes(attribute.String("error.type", string(code)))
}

// AsList returns the GraphQL errors that err is or wraps. Any other error is returned without a code, so that Seal masks it.
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
	// An extension that cannot be written as JSON must not cost the client its answer.
	return []byte(`[{"message":"Something went wrong on our side.","extensions":{"code":"INTERNAL"}}]`)
}

// Appender is an extension that writes itself exactly as json.Marshal would write it.
type Appender interface{ AppendJSON([]byte) []byte }

// writeExtensions writes the entries and the request id, sorted by name. Most answers have one extension, which writes itself.
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

// plainText reports whether a text needs no escaping in JSON.
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
