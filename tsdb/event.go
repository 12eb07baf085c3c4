package tsdb

import (
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// Bounds of one event. Quantities beyond them are refused as TOO_LARGE: no real run comes near.
const (
	MaxRuns      = 1_000_000
	MaxTokens    = 1_000_000_000
	MaxSourceLen = 200
	MaxIDLen     = 200
)

// UsageKind is what an event reports.
type UsageKind string

// The kinds of usage event.
const (
	ToolRun   UsageKind = kindToolRun
	Inference UsageKind = kindInference
)

// UsageMode says whether what no longer fits is stored (rules.md §5).
type UsageMode string

// RECORD stores in every zone; ENFORCE only what fits what is available.
const (
	Record  UsageMode = "RECORD"
	Enforce UsageMode = "ENFORCE"
)

// UsageEvent is one report of usage. Its identity is (AccountID, Source, ID, Time to the microsecond): rules.md §10.
type UsageEvent struct {
	AccountID    int64
	Source       string
	ID           string
	Time         time.Time
	Kind         UsageKind
	ResourceID   int64 // the tool or model
	DeploymentID int64 // of the model; 0: none
	Runs         int64 // TOOL_RUN: at least 1
	InputTokens  int64 // INFERENCE
	OutputTokens int64
}

// UsageStatus is what became of an event.
type UsageStatus string

// The answers to an event: rules.md §§5, 10.
const (
	Stored     UsageStatus = "STORED"
	Duplicate  UsageStatus = "DUPLICATE"
	Conflicted UsageStatus = "CONFLICT"
	Rejected   UsageStatus = "REFUSED"
)

// UsageResult answers one event. A DUPLICATE carries the first result's charge.
type UsageResult struct {
	Status   UsageStatus
	Code     Code                // of REFUSED
	Message  string              // of CONFLICT and REFUSED
	Decision *billing.Decision   // where a gate refused
	Charge   billing.Amount      // in the meter's smallest unit
	Meter    billing.Meter
	History  bool // dated before booksFrom: it drew nothing
	PostedAt time.Time
}

// refusal is a result that refuses for a reason of its own.
func refusal(code Code, message string) UsageResult {
	return UsageResult{Status: Rejected, Code: code, Message: message}
}

// meter is the balance that the event spends.
func (e *UsageEvent) meter() billing.Meter {
	if e.Kind == ToolRun {
		return billing.ToolRuns
	}
	return billing.ModelCredits
}

// category is the slice that the event belongs to.
func (e *UsageEvent) category() billing.Category {
	if e.Kind == ToolRun {
		return billing.Tools
	}
	return billing.Models
}

// Validate checks what needs no database: identity, time and quantities. It returns nil where the event is sound. It also
// brings the time to its microsecond, which is the precision of the identity.
func (s *Store) Validate(e *UsageEvent) *UsageResult {
	now := s.Now()
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	var r UsageResult
	switch {
	case e.AccountID <= 0:
		r = refusal(UnknownTarget, "there is no such account")
	case e.Source == "" || len(e.Source) > MaxSourceLen || !plainText(e.Source):
		r = refusal(Invalid, "source must be 1 to 200 bytes of text without control characters")
	case e.ID == "" || len(e.ID) > MaxIDLen || !plainText(e.ID):
		r = refusal(Invalid, "id must be 1 to 200 bytes of text without control characters")
	case e.Time.IsZero():
		r = refusal(TimeRequired, "an event needs its time: it is part of its identity")
	case e.Time.After(now.Add(s.settings.MaxAhead)):
		r = refusal(TimeAhead, "the time lies more than "+s.settings.MaxAhead.String()+" ahead of the server's clock")
	case e.Time.Before(now.Add(-s.settings.EventRetention)):
		r = refusal(TimeTooOld, "the time lies before what is kept: a repeat could not be recognised any more")
	default:
		return e.validateQuantities()
	}
	return &r
}

// validateQuantities checks the numbers of the event's kind.
func (e *UsageEvent) validateQuantities() *UsageResult {
	var r UsageResult
	switch {
	case e.Kind == ToolRun && (e.InputTokens != 0 || e.OutputTokens != 0):
		r = refusal(Invalid, "a tool run has no tokens")
	case e.Kind == ToolRun && e.Runs < 1:
		r = refusal(Invalid, "runs must be at least 1")
	case e.Kind == ToolRun && e.Runs > MaxRuns:
		r = refusal(TooLarge, "runs must be at most 1,000,000")
	case e.Kind == Inference && e.Runs != 0:
		r = refusal(Invalid, "inference has tokens, not runs")
	case e.Kind == Inference && (e.InputTokens < 0 || e.OutputTokens < 0):
		r = refusal(Invalid, "tokens must not be negative")
	case e.Kind == Inference && (e.InputTokens > MaxTokens || e.OutputTokens > MaxTokens):
		r = refusal(TooLarge, "tokens must be at most 1,000,000,000 an event")
	case e.Kind != ToolRun && e.Kind != Inference:
		r = refusal(Invalid, "the kind must be TOOL_RUN or INFERENCE")
	default:
		return nil
	}
	return &r
}

// plainText tells whether a text has no control characters and is valid UTF-8, as PostgreSQL wants it.
func plainText(s string) bool {
	for _, r := range s {
		if r < 0x20 || r == 0x7f || r == '\uFFFD' {
			return false
		}
	}
	return true
}
