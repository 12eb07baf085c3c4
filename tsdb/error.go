package tsdb

import (
	"errors"
	"github.com/usagegraph/usagegraph/tsdb/access"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Names of packages pg and access that callers of a Store need have aliases here, so that few callers need those
// packages.
type (
	// Actor says who makes a change, for the audit log.
	Actor = access.Actor
	// Error is an expected refusal: nothing was changed.
	Error = pg.Error
	// Code is the reason of a refusal.
	Code = pg.Code
	// Page says which page of a list to read.
	Page = pg.Page
	// Paged is a page that was read.
	Paged[T any] = pg.Paged[T]
)

// The codes of package pg.
const (
	NotFound        = pg.NotFound
	Invalid         = pg.Invalid
	Conflict        = pg.Conflict
	NameTaken       = pg.NameTaken
	WrongState      = pg.WrongState
	Refused         = pg.Refused
	TimeOutOfRange  = pg.TimeOutOfRange
	UnknownHardware = pg.UnknownHardware
	Unsupported     = pg.Unsupported
	Fixed           = pg.Fixed
	LastMasterAdmin = pg.LastMasterAdmin
	InUse           = pg.InUse
	TooMuch         = pg.TooMuch
	BadRange        = pg.BadRange
	RangeTooFine    = pg.RangeTooFine
)

// refuse is pg.Refuse.
func refuse(code Code, field, format string, args ...any) *Error {
	return pg.Refuse(code, field, format, args...)
}

// inside makes a refusal name its argument by where it stands, such as masterAdmin.email.
func inside(place string, err error) error {
	var refused *Error
	if errors.As(err, &refused) {
		moved := *refused
		moved.Field = place + "." + moved.Field
		return &moved
	}
	return err
}
