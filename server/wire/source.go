package wire

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Source answers subscriptions by pushing results that are already encoded, so that many watchers of one thing share the work and the
// bytes, and none of them costs a goroutine.
type Source interface {
	// Subscribe begins to push results of op into sink and returns at once. If handled is false, the transport must pull the operation
	// through gqlgen instead. err refuses the operation: a *gqlerror.Error or gqlerror.List with codes is shown, any other error is
	// INTERNAL. cancel (may be nil) is called once when the subscription ends for any reason, even after Complete or Error, and never from
	// inside a Sink method. ctx ends no later than that.
	Subscribe(ctx context.Context, op *graphql.OperationContext, sink Sink) (cancel func(), handled bool, err error)
}

// Sink receives the results of one subscription. Its methods never block, may be called from any goroutine and with the caller's locks
// held, and do nothing once the subscription has ended.
type Sink interface {
	// Next queues an ExecutionResult: one line of JSON, which nobody modifies afterwards. With a key, the payload is a full state: it
	// replaces a payload with the same key that this subscription has not sent yet, so states in between may be dropped but the last one
	// never is. With key "" it is an event and never dropped: a client whose queue is full is cut off (WebSocket 1013) and resumes with its
	// cursor. Next returns false if the subscription is over.
	Next(payload []byte, key string) bool
	// Complete ends the subscription after everything queued was sent.
	Complete()
	// Error ends the subscription with errors.
	Error(errs gqlerror.List)
}
