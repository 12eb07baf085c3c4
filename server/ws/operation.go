package ws

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// operation is one subscribe message in progress. It is the wire.Sink of its subscription.
type operation struct {
	c      *conn
	id     string
	quoted string // id as JSON
	ctx    context.Context
	cancel context.CancelFunc

	// Under c.mu:
	done      bool // nothing more is sent
	streaming bool // known to be a subscription, or no longer counted as one-shot
	stop      func()
	ended     bool
	once      sync.Once
}

var _ wire.Sink = (*operation)(nil)

func newOperation(ctx context.Context, c *conn, id string) *operation {
	op := &operation{c: c, id: id, quoted: quote(id)}
	op.ctx, op.cancel = context.WithCancel(ctx)
	return op
}

// run executes the operation. For a subscription that is pushed it returns at once.
func (op *operation) run(params *graphql.RawParams) {
	defer op.c.recovered(func() {
		op.Error(gqlerror.List{wire.Fault(wire.Internal, "Something went wrong on our side.")})
	})
	ctx := graphql.StartOperationTrace(op.ctx)
	params.ReadTime.Start = op.c.t.cfg.Now()
	params.ReadTime.End = params.ReadTime.Start
	oc, errs := op.c.exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		op.Error(op.c.exec.DispatchError(graphql.WithOperationContext(ctx, oc), errs).Errors)
		return
	}
	if oc.Operation.Operation != ast.Subscription {
		limited, cancel := context.WithTimeout(ctx, op.c.t.cfg.Timeout)
		defer cancel()
		op.pull(limited, oc)
		return
	}
	op.stream()
	if !op.push(ctx, oc) {
		op.pull(ctx, oc)
	}
}

// stream marks the operation as a subscription, which does not hold up Drain.
func (op *operation) stream() {
	op.c.mu.Lock()
	if !op.streaming {
		op.streaming = true
		op.c.oneShots--
	}
	op.c.mu.Unlock()
	op.c.drain()
}

// push offers the subscription to the source and reports whether the source has accepted or refused it.
func (op *operation) push(ctx context.Context, oc *graphql.OperationContext) bool {
	source := op.c.t.cfg.Source
	if source == nil {
		return false
	}
	stop, handled, err := source.Subscribe(ctx, oc, op)
	if err != nil {
		op.Error(wire.AsList(err))
	}
	if stop != nil {
		op.onEnd(stop)
	}
	return handled || err != nil
}

// onEnd arranges for stop to be called when the subscription ends, or now if it has ended.
func (op *operation) onEnd(stop func()) {
	op.c.mu.Lock()
	late := op.ended
	if !late {
		op.stop = stop
	}
	op.c.mu.Unlock()
	if late {
		stop()
	}
}

// pull executes through gqlgen and sends the results until there are no more. A full queue holds it back.
func (op *operation) pull(ctx context.Context, oc *graphql.OperationContext) {
	responses, ctx := op.c.exec.DispatchOperation(ctx, oc)
	for {
		resp := responses(ctx)
		if resp == nil {
			break
		}
		if !op.sendPulled(wire.Encode(ctx, resp, op.c.t.cfg.Report)) {
			return
		}
	}
	op.awaitRoom()
	op.Complete()
}

// awaitRoom lets a slow reader catch up before the complete message, so that this message does not get it cut off.
func (op *operation) awaitRoom() {
	op.c.mu.Lock()
	defer op.c.mu.Unlock()
	for !op.done && !op.c.hasRoomLocked(0) && op.c.awaitRoomLocked(op.ctx) { // waits in the condition
	}
}

func (op *operation) sendPulled(body []byte) bool {
	c := op.c
	c.mu.Lock()
	defer c.mu.Unlock()
	for !op.done && !c.hasRoomLocked(len(body)) {
		if !c.awaitRoomLocked(op.ctx) {
			return false
		}
	}
	return !op.done && !c.closing && c.putLocked(wire.Message{Owner: op, Kind: kindNext, Body: body})
}

// Next queues a result; see wire.Sink.
func (op *operation) Next(payload []byte, key string) bool {
	c := op.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if op.done || c.closing {
		return false
	}
	if c.session.Expired(c.t.cfg.Now()) {
		c.shutLocked(CodeForbidden, "Token expired")
		return false
	}
	if !c.putLocked(wire.Message{Owner: op, Kind: kindNext, Key: key, Body: payload}) {
		c.t.cut.Add(1)
		c.shutLocked(CodeTryAgain, "Too slow")
		return false
	}
	return true
}

// Complete ends the operation after what is queued.
func (op *operation) Complete() { op.finish(wire.Message{Owner: op, Kind: kindComplete}) }

// Error ends the operation with errors.
func (op *operation) Error(errs gqlerror.List) { op.finish(op.errorMessage(errs...)) }

func (op *operation) errorMessage(errs ...*gqlerror.Error) wire.Message {
	sealed := wire.Seal(op.ctx, errs, op.c.t.cfg.Report)
	body, err := json.Marshal(withRequestID(sealed, wire.RequestID(op.c.ctx)))
	if err != nil {
		body = []byte(`[{"message":"Something went wrong on our side.","extensions":{"code":"INTERNAL"}}]`)
	}
	return wire.Message{Owner: op, Kind: kindError, Body: body}
}

// withRequestID puts the id into each error, because an error message has no other place for it.
func withRequestID(errs gqlerror.List, id string) gqlerror.List {
	if id == "" {
		return errs
	}
	out := make(gqlerror.List, len(errs))
	for i, e := range errs {
		marked := *e
		marked.Extensions = map[string]any{"requestId": id}
		for k, v := range e.Extensions {
			marked.Extensions[k] = v
		}
		out[i] = &marked
	}
	return out
}

func (op *operation) finish(last wire.Message) {
	c := op.c
	c.mu.Lock()
	if !op.done {
		c.removeLocked(op)
		if !c.closing && !c.putLocked(last) {
			c.t.cut.Add(1)
			c.shutLocked(CodeTryAgain, "Too slow")
		}
	}
	c.mu.Unlock()
	go op.end() // never inside a Sink method: the caller may hold locks that stop needs
	c.drain()
}

// end frees what the operation holds. Calling it again does nothing.
func (op *operation) end() {
	op.once.Do(func() {
		op.c.t.operations.Add(-1)
		op.cancel()
		op.c.mu.Lock()
		op.done, op.ended = true, true
		stop := op.stop
		op.stop = nil
		op.c.mu.Unlock()
		if stop != nil {
			stop()
		}
	})
}
