package wire

import (
	"errors"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Seconds after which a client may come back.
const (
	retrySoon  = 1 // something was full or busy
	retryLater = 5 // the database is away
)

// Busy makes a fault that passes by itself. It says after how many seconds to come back.
func Busy(code Code, message string, seconds int64) *gqlerror.Error {
	fault := Fault(code, message)
	fault.Extensions["retryAfter"] = seconds
	return fault
}

// Overload returns a Busy that sheds load.
func Overload(message string) *gqlerror.Error { return Busy(Overloaded, message, retrySoon) }

// Restart tells clients that come while the process is shutting down to go to another one.
func Restart() *gqlerror.Error {
	return Busy(ShuttingDown, "This server is restarting; come back at once.", retrySoon)
}

// Unchecked answers callers whose credential cannot be checked at present.
func Unchecked() *gqlerror.Error {
	return Busy(Overloaded, "Credentials cannot be checked right now; try again.", retryLater)
}

// Masked returns what callers are shown of an error that nobody has vouched for: the database cannot be reached, the process is shutting
// down, or the fault is ours.
func Masked(err error) *gqlerror.Error {
	switch {
	case errors.Is(err, tsdb.ErrStopped):
		return Restart()
	case pg.Unavailable(err):
		return Busy(Unavailable, "The database cannot be asked right now. Send the same again: what became of a change is not known, and the same idempotency key makes it once.", retryLater)
	}
	return Fault(Internal, "Something went wrong on our side. Quote the request id to Support.")
}

// Coded gives each error without a code that of its mask, and finds its cause: if an error only says that another one came before it in the
// same transaction, that other error is the cause. Errors are copied before they are changed; hidden receives the causes.
func Coded(errs gqlerror.List, hidden func(cause error)) gqlerror.List {
	first, out := firstFailure(errs), errs
	for i, err := range errs {
		if CodeOf(err) != "" {
			continue
		}
		cause := error(err)
		if first != nil && pg.FollowsFailure(err) {
			cause = first
		} else if hidden != nil {
			hidden(err)
		}
		masked := Masked(cause)
		masked.Path, masked.Locations = err.Path, err.Locations
		if &out[0] == &errs[0] {
			out = append(gqlerror.List(nil), errs...)
		}
		out[i] = masked
	}
	return out
}

// firstFailure returns the error that made later ones fail; nil if there is none.
func firstFailure(errs gqlerror.List) error {
	for _, err := range errs {
		if CodeOf(err) == "" && !pg.FollowsFailure(err) {
			return err
		}
	}
	return nil
}
