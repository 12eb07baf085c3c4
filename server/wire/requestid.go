package wire

import "context"

type requestIDKey struct{}

// WithRequestID returns a context whose answers and logs carry the id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID returns the request id of the context, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// EnsureRequestID returns a context with a request id; it calls newID only if the context has none. A nil newID leaves the context as it
// is.
func EnsureRequestID(ctx context.Context, newID func() string) context.Context {
	if newID == nil || RequestID(ctx) != "" {
		return ctx
	}
	return WithRequestID(ctx, newID())
}
