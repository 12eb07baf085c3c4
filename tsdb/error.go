package tsdb

import "fmt"

// Code names what an operation refused, for a program; Error.Message says it for a person. The list is closed.
type Code string

// The codes that operations of this package refuse with. Gate refusals carry billing.RefusalCode instead.
const (
	NotFound       Code = "NOT_FOUND"
	Conflict       Code = "CONFLICT"        // same idempotency key, other content
	Invalid        Code = "INVALID"         // an argument is out of its bounds
	WrongStatus    Code = "WRONG_STATUS"    // the resource is not in a status that allows it
	TimeRequired   Code = "TIME_REQUIRED"   // events need their time
	TimeAhead      Code = "TIME_AHEAD"      // more than the allowed minutes ahead
	TimeTooOld     Code = "TIME_TOO_OLD"    // older than the event retention
	TimeOutOfRange Code = "TIME_OUT_OF_RANGE"
	UnknownTarget  Code = "UNKNOWN_TARGET"  // no such tool, model or deployment in the account
	InDevelopment  Code = "IN_DEVELOPMENT"  // the tool is in development
	TooLarge       Code = "TOO_LARGE"       // a quantity is over its bound
	Refused        Code = "REFUSED"         // a gate said no; Error.Decision says why
	RangeTooFine   Code = "RANGE_TOO_FINE"
)

// Error is an expected refusal: nothing was changed. Anything else that an operation returns is a fault.
type Error struct {
	Code    Code
	Field   string // the argument that it is about, if one
	Message string
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func refuse(code Code, field, format string, args ...any) *Error {
	return &Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}
