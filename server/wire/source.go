package wire

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Source answers subscriptions by pushing results that are already encoded, so that many watchers
// of one thing share the work and the bytes, and none of them costs a goroutine.
type Source interface {
	// Subscribe begins to push results of op into sink and returns at once. handled false
	// means that the transport shall pull the operation through gqlgen instead. err refuses the
	// operation; a *gqlerror.Error or gqlerror.List with codes is shown, all else is INTERNAL.
	// cancel (may be nil) is called once when the subscription ends for whatever reason, also
	// after Complete or Error, and never from inside a Sink method. ctx ends no later than that.
	Subscribe(ctx context.Context, op *graphql.OperationContext, sink Sink) (cancel func(), handled bool, err error)
}

// Sink is one subscription's way out. Its methods never block, may be called from any goroutine and
// with the caller's locks held, and do nothing once the subscription has ended.
type Sink interface {
	// Next queues an ExecutionResult: one line of JSON, not modified by anyone afterwards.
	// With a key the payload is full state: it replaces a payload of the same key that this
	// subscription has not yet sent, so in-between states may be dropped and the last never is.
	// With key "" it is an event and is never dropped: a client whose queue is full is cut
	// (WebSocket 1013) and resumes by its cursor. false means that the subscription is over.
	Next(payload []byte, key string) bool
	// Complete ends the subscription after everything queued has gone out.
	Complete()
	// Error ends the subscription with errors.
	Error(errs gqlerror.List)
}
