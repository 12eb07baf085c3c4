package sse

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/server/wire"
)

// serve validates the operation, begins the stream, starts what feeds it, and writes it until it ends.
func (t *Transport) serve(w http.ResponseWriter, r *http.Request, s *stream, exec graphql.GraphExecutor, params *graphql.RawParams) {
	op, errs := exec.CreateOperationContext(s.ctx, params)
	if len(errs) == 0 && op.Operation.Operation == ast.Mutation && r.Method != http.MethodPost {
		no := wire.Refuse(http.StatusMethodNotAllowed, wire.MethodNotAllowed, "Mutations need POST.")
		no.Allow = "POST"
		writeRefusal(w, r, no)
		return
	}
	if len(errs) > 0 {
		wire.NoteRefusal(s.ctx, wire.CodeOf(errs[0])) // the request's span ends when the stream begins
	}
	out := &output{w: w, rc: http.NewResponseController(w), cfg: &t.cfg}
	out.begin(wire.RequestID(s.ctx))
	if len(errs) > 0 {
		// The protocol wants these in the stream, because a browser's EventSource cannot read the body of a refusal.
		s.Error(exec.DispatchError(graphql.WithOperationContext(s.ctx, op), errs).Errors)
	} else {
		s.feed(op, exec)
	}
	stop := s.watchSession()
	defer stop()
	s.write(out)
}

// feed starts pushing or pulling results into the stream.
func (s *stream) feed(op *graphql.OperationContext, exec graphql.GraphExecutor) {
	if op.Operation.Operation != ast.Subscription {
		go s.pull(op, exec, s.t.cfg.Timeout)
		return
	}
	s.streaming()
	if s.push(op) {
		return
	}
	go s.pull(op, exec, 0)
}

func (s *stream) push(op *graphql.OperationContext) bool {
	if s.t.cfg.Source == nil {
		return false
	}
	stop, handled, err := s.t.cfg.Source.Subscribe(s.ctx, op, s)
	if err != nil {
		s.Error(wire.AsList(err))
	}
	if stop != nil {
		s.onEnd(stop)
	}
	return handled || err != nil
}

func (s *stream) pull(op *graphql.OperationContext, exec graphql.GraphExecutor, limit time.Duration) {
	defer s.recovered()
	ctx := s.ctx
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	responses, ctx := exec.DispatchOperation(ctx, op)
	for {
		resp := responses(ctx)
		if resp == nil {
			break
		}
		if !s.sendPulled(wire.Encode(ctx, resp, s.t.cfg.Report)) {
			return
		}
	}
	s.Complete()
}

// watchSession ends the stream if the session ends first.
func (s *stream) watchSession() (stop func()) {
	var stops []func() bool
	if ctx := s.session.Context; ctx != nil {
		stops = append(stops, context.AfterFunc(ctx, func() { s.forbid("The token was revoked.") }))
	}
	if !s.session.Expiry.IsZero() {
		left := s.session.Expiry.Sub(s.t.cfg.Now())
		stops = append(stops, time.AfterFunc(left, func() { s.forbid("The token has expired.") }).Stop)
	}
	return func() {
		for _, f := range stops {
			f()
		}
	}
}

// write sends what is queued until the stream ends or the client stops reading.
func (s *stream) write(out *output) {
	beat := time.NewTicker(s.t.cfg.Heartbeat)
	defer beat.Stop()
	for {
		f, ok, over := s.take()
		if ok {
			if !out.message(f) {
				s.cutOff(out.err)
				return
			}
			beat.Reset(s.t.cfg.Heartbeat)
			continue
		}
		if over || !out.flush() {
			return
		}
		select {
		case <-s.wake:
		case <-beat.C:
			if !out.send(":\n\n") {
				s.cutOff(out.err)
				return
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// output writes events, each with a deadline.
type output struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	cfg *Config
	err error // of the first write that failed
}

func (o *output) begin(requestID string) {
	h := o.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	h.Set("X-Content-Type-Options", "nosniff")
	if requestID != "" {
		h.Set("X-Request-Id", requestID)
	}
	_ = o.rc.SetReadDeadline(time.Time{})
	o.w.WriteHeader(http.StatusOK)
	o.send(":\n\n")
}

func (o *output) deadline() { _ = o.rc.SetWriteDeadline(o.cfg.Now().Add(o.cfg.WriteTimeout)) }

func (o *output) send(s string) bool {
	return o.write([]byte(s)) && o.flush()
}

func (o *output) flush() bool {
	o.deadline()
	o.err = o.rc.Flush()
	return o.err == nil
}

func (o *output) write(b []byte) bool {
	o.deadline()
	_, o.err = o.w.Write(b)
	return o.err == nil
}

func (o *output) message(f wire.Message) bool {
	if f.Kind == kindComplete {
		return o.send("event: complete\ndata:\n\n")
	}
	body := f.Body
	if bytes.IndexByte(body, '\n') >= 0 {
		body = bytes.ReplaceAll(body, []byte("\n"), []byte("\ndata: "))
	}
	return o.write([]byte("event: next\ndata: ")) && o.write(body) && o.write([]byte("\n\n"))
}

// errorResult returns the ExecutionResult of a stream that fails before execution.
func errorResult(ctx context.Context, errs gqlerror.List, report wire.Report) []byte {
	return wire.Encode(ctx, &graphql.Response{Errors: errs}, report)
}
