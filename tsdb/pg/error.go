package pg

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

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

// Refuse makes an Error; field is the argument that it is about, or "".
func Refuse(code Code, field, format string, args ...any) *Error {
	return &Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}

// outOfRange is the SQLSTATE of a number that its type does not hold.
const outOfRange = "22003"

// SumsFit turns the database's refusal of a sum that an int64 does not hold into an Error; other errors stay.
func SumsFit(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == outOfRange {
		return Refuse(TooMuch, "range", "the sum is beyond what a figure holds; ask for a shorter range, fewer accounts or more groups")
	}
	return err
}
