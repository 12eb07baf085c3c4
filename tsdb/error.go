package tsdb

import (
	"fmt"

	"github.com/usagegraph/usagegraph/billing"
)

// Code names what an operation refused, for a program; Error.Message says it for a person. The list is closed.
type Code string

// The codes of operations: those of UserErrorCode in the contract, and two that are faults of a question.
const (
	NotFound        Code = "NOT_FOUND"
	Invalid         Code = "INVALID"  // an argument is out of its bounds
	Conflict        Code = "CONFLICT" // same idempotency key, other content
	NameTaken       Code = "NAME_TAKEN"
	WrongState      Code = "WRONG_STATE" // the object is not in a state that permits it
	Refused         Code = "REFUSED"     // a gate said no; Error.Decision says why
	TimeOutOfRange  Code = "TIME_OUT_OF_RANGE"
	UnknownHardware Code = "UNKNOWN_HARDWARE"
	Unsupported     Code = "UNSUPPORTED"
	Fixed           Code = "FIXED" // a fixed banner cannot be dismissed
	LastMasterAdmin Code = "LAST_MASTER_ADMIN"
	InUse           Code = "IN_USE"
	TooMuch         Code = "TOO_MUCH"
	BadRange        Code = "BAD_RANGE"
	RangeTooFine    Code = "RANGE_TOO_FINE"
)

// Error is an expected refusal: nothing was changed. Anything else that an operation returns is a fault.
type Error struct {
	Code    Code
	Field   string // the argument that it is about, if one
	Message string
	// Decision is the gate's answer, with Refused.
	Decision *billing.Decision
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func refuse(code Code, field, format string, args ...any) *Error {
	return &Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}
