package push

import (
	"errors"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb"
)

// end is the hub's view of a transport's sink.
type end struct {
	sink  wire.Sink
	state bool
	field string
}

// stateKey is the key of a subscription's state: a later state replaces one that has not been sent yet.
const stateKey = "state"

// Next passes on the shared bytes. A client whose queue is full of events is cut off by its transport, with a code that tells it to
// reconnect and resume.
func (e *end) Next(_ live.Frame, payload []byte) live.Taken {
	key := ""
	if e.state {
		key = stateKey
	}
	if !e.sink.Next(payload, key) {
		return live.Gone
	}
	return live.Took
}

// End ends the subscription with an error that says why.
func (e *end) End(err error) { e.sink.Error(gqlerror.List{e.fault(err)}) }

func (e *end) fault(err error) *gqlerror.Error {
	fault := &gqlerror.Error{Message: "the frame could not be made"} // has no code, so it is masked
	var refused *tsdb.Error
	switch {
	case errors.Is(err, live.ErrStopped):
		fault = wire.Restart()
	case errors.As(err, &refused):
		fault = wire.Fault(wire.Code(refused.Code), "There is no such object in your reach.")
	case err != nil:
		fault.Err, fault.Message = err, err.Error()
	}
	fault.Path = ast.Path{ast.PathName(e.field)}
	return fault
}
