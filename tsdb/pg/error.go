package pg

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/usagegraph/usagegraph/billing"
)

// Code is the reason of a refusal, for a program; Error.Message gives it to a person. The list is closed.
type Code string

// The codes of operations: those of UserErrorCode in the contract, and BadRange and RangeTooFine, which are faults of a
// query.
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

// Error is an expected refusal: nothing was changed. Any other error that an operation returns is a failure.
type Error struct {
	Code    Code
	Field   string // the argument at fault; "": none
	Message string
	// Decision is the gate's answer if Code is Refused.
	Decision *billing.Decision
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Refuse makes an Error; field is the argument at fault, or "".
func Refuse(code Code, field, format string, args ...any) *Error {
	return &Error{Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}

// outOfRange is the SQLSTATE of a number that does not fit its type.
const outOfRange = "22003"

// SumsFit turns the database's refusal of a sum that does not fit an int64 into an Error; it returns other errors as
// they are.
func SumsFit(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == outOfRange {
		return Refuse(TooMuch, "range", "the sum is beyond what a figure holds; ask for a shorter range, fewer accounts or more groups")
	}
	return err
}
