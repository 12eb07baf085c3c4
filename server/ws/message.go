package ws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// message is the envelope of graphql-transport-ws.
type message struct {
	Type    string          `json:"type"`
	ID      *string         `json:"id"`
	Payload json.RawMessage `json:"payload"`
}

// maxID bounds the bytes of an operation's id, which the server keeps and sends back.
const maxID = 128

// handle acts on a message. If it returns a Close error, the connection is closed with it.
func (c *conn) handle(raw []byte) error {
	c.mu.Lock()
	closing := c.closing
	c.mu.Unlock()
	if closing {
		return nil
	}
	var m message
	if err := json.Unmarshal(wire.WithoutMark(raw), &m); err != nil {
		return Close{CodeBadRequest, "Invalid message"}
	}
	switch m.Type {
	case "connection_init":
		return c.handleInit(m)
	case "ping":
		if !objectOrNone(m.Payload) {
			return Close{CodeBadRequest, "Invalid ping message"}
		}
		c.putPatiently(wire.Message{Kind: kindText, Body: []byte(`{"type":"pong"}`)})
		return nil
	case "pong":
		return nil
	case "subscribe":
		return c.handleSubscribe(m)
	case "complete":
		return c.handleComplete(m)
	}
	return Close{CodeBadRequest, "Invalid message type"}
}

func objectOrNone(raw json.RawMessage) bool {
	return len(raw) == 0 || raw[0] == '{' || string(raw) == "null"
}

func (c *conn) handleInit(m message) error {
	if !objectOrNone(m.Payload) {
		return Close{CodeBadRequest, "Invalid connection_init message"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != fresh {
		return Close{CodeTooManyRequests, "Too many initialisation requests"}
	}
	c.state = initialising
	go c.initialise(m.Payload)
	return nil
}

// initialise calls Init. The reader goes on meanwhile, so that a breach of the protocol is noticed.
func (c *conn) initialise(payload json.RawMessage) {
	defer c.recovered(func() { c.shut(CodeForbidden, "Forbidden") })
	session, err := c.authenticate(payload)
	if err != nil {
		refusal := Close{CodeForbidden, "Forbidden"}
		if !errors.As(err, &refusal) && c.t.cfg.Report != nil {
			c.t.cfg.Report(c.ctx, err)
		}
		c.shut(refusal.Code, refusal.Reason)
		return
	}
	if session.Expired(c.t.cfg.Now()) {
		c.shut(CodeForbidden, "Token expired")
		return
	}
	if !c.t.cfg.Tally.Enter(session.Principal) {
		c.shut(CodeTooManyRequests, "Too many connections")
		return
	}
	c.acknowledge(session)
	// Review can find the connection only from now on. Still bounds its own time; see authenticate.
	c.judge(session.Standing(context.WithoutCancel(c.ctx)))
}

func (c *conn) authenticate(payload json.RawMessage) (wire.Session, error) {
	if c.t.cfg.Init == nil {
		return wire.Session{}, nil
	}
	// Not a child of c.ctx, which would keep a channel and a map, 350 bytes, for the children that it once had.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), c.t.cfg.InitTimeout)
	defer c.halting(cancel)()
	if string(payload) == "null" {
		payload = nil
	}
	session, err := c.t.cfg.Init(ctx, payload)
	if refusal := (Close{}); err != nil && !errors.As(err, &refusal) && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = Close{CodeTryAgain, uncheckedReason} // the client has done its part in time
	}
	return session, err
}

// halting makes the end of the connection cancel Init, until done is called, which also cancels.
func (c *conn) halting(cancel context.CancelFunc) (done func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.halt = cancel; c.closing || c.readerEnd {
		cancel()
	}
	return func() {
		c.mu.Lock()
		c.halt = nil
		c.mu.Unlock()
		cancel()
	}
}

// uncheckedReason is the reason for closing a connection that waited for something beyond its control.
const uncheckedReason = "Credentials cannot be checked right now"

// acknowledge admits the connection, unless it has ended meanwhile.
func (c *conn) acknowledge(session wire.Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing || c.readerEnd {
		c.t.cfg.Tally.Leave(session.Principal)
		return
	}
	c.state, c.session = ready, session
	c.putLocked(wire.Message{Kind: kindText, Body: ack(wire.RequestID(c.ctx))})
	if session.Context != nil && session.Context.Done() != nil {
		c.unwatch = context.AfterFunc(session.Context, func() { c.shut(CodeForbidden, "Token revoked") })
	}
}

func ack(requestID string) []byte {
	if requestID == "" {
		return []byte(`{"type":"connection_ack"}`)
	}
	return fmt.Appendf(nil, `{"type":"connection_ack","payload":{"requestId":%s}}`, quote(requestID))
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return strconv.Quote(s)
	}
	return string(b)
}

func (c *conn) handleSubscribe(m message) error {
	if m.ID == nil || *m.ID == "" || len(*m.ID) > maxID {
		return Close{CodeBadRequest, "Invalid subscribe message: id"}
	}
	ctx, fault := c.admit(m.Payload)
	var params *graphql.RawParams
	if fault == nil {
		var bad *gqlerror.Error
		if params, bad = wire.ParseRequest(m.Payload); bad != nil {
			return Close{CodeBadRequest, "Invalid subscribe message: " + bad.Message}
		}
	}
	refused, fault, err := c.register(ctx, *m.ID, params, fault)
	if refused != nil {
		refused.cancel()
		c.putPatiently(refused.errorMessage(fault))
	}
	return err
}

// admit has the executor weigh a request before it is parsed. A client that is not signed in sends little and is not admitted anyway.
func (c *conn) admit(payload []byte) (context.Context, *gqlerror.Error) {
	session, ready := c.admitted()
	ctx := session.Context
	if ctx == nil {
		ctx = c.ctx
	}
	if !ready {
		return ctx, nil
	}
	return wire.Admit(ctx, c.exec, payload)
}

// register begins an operation, unless there already is a fault. If the operation does not begin, it is returned as refused, together with
// the fault.
func (c *conn) register(ctx context.Context, id string, params *graphql.RawParams, fault *gqlerror.Error) (*operation, *gqlerror.Error, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return nil, nil, nil
	}
	switch {
	case c.state != ready:
		return nil, nil, Close{CodeUnauthorized, "Unauthorized"}
	case c.session.Expired(c.t.cfg.Now()):
		return nil, nil, Close{CodeForbidden, "Token expired"}
	case c.operation(id) != nil:
		return nil, nil, Close{CodeDuplicate, "Subscriber for " + id + " already exists"}
	}
	if fault == nil && len(c.ops) >= c.t.cfg.MaxOperations {
		fault = wire.Fault(wire.TooManySubscriptions, "Too many operations on this connection.")
	}
	op := newOperation(ctx, c, id)
	if fault != nil {
		op.done = true
		return op, fault, nil
	}
	c.ops = append(c.ops, op)
	c.oneShots++
	c.t.operations.Add(1)
	go op.run(params)
	return nil, nil, nil
}

func (c *conn) handleComplete(m message) error {
	if m.ID == nil || *m.ID == "" {
		return Close{CodeBadRequest, "Invalid complete message: id"}
	}
	c.mu.Lock()
	op := c.operation(*m.ID)
	if op != nil {
		c.removeLocked(op)
		c.out.Drop(op)
	}
	c.mu.Unlock()
	if op != nil {
		go op.end() // a hook may take long, and the reader must not
		c.drain()
	}
	return nil
}

// operation returns the operation in progress with an id; nil if there is none. The lock is held. A socket has one or two operations,
// seldom up to MaxOperations, so they are a list: a map would cost each socket 280 bytes.
func (c *conn) operation(id string) *operation {
	if i := slices.IndexFunc(c.ops, func(op *operation) bool { return op.id == id }); i >= 0 {
		return c.ops[i]
	}
	return nil
}

// removeLocked removes an operation from the connection and frees its id.
func (c *conn) removeLocked(op *operation) {
	op.done = true
	if i := slices.Index(c.ops, op); i >= 0 {
		c.ops = slices.Delete(c.ops, i, i+1)
	}
	if !op.streaming {
		op.streaming = true
		c.oneShots--
	}
}

// recovered reports a panic of a hook or resolver and continues with then.
func (c *conn) recovered(then func()) {
	if p := recover(); p != nil {
		if c.t.cfg.Report != nil {
			c.t.cfg.Report(c.ctx, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		then()
	}
}
