package push

import (
	"errors"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/server/wire"
	"github.com/usagegraph/usagegraph/tsdb"
)

// end is a transport's sink as the hub sees it.
type end struct {
	sink  wire.Sink
	state bool
	field string
}

// stateKey names the one state of a subscription: a later one takes the place of one that has not gone out yet.
const stateKey = "state"

// Next hands the shared bytes on. A client whose queue is full of events is cut by its transport, with a code that tells
// it to come back and resume.
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
	fault := &gqlerror.Error{Message: "the frame could not be made"} // without a code: masked
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
