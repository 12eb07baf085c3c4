package tsdb

import (
	"cmp"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Bounds of one event: characters, runs, tokens. No real event comes near them.
const (
	MaxRuns      = 1_000_000_000
	MaxTokens    = 1_000_000_000_000
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

// UsageMode says whether usage that does not fit is stored (rules.md §5).
type UsageMode string

// RECORD stores in every zone; ENFORCE stores only what fits what is available.
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
	// The classes are parts of input (cache) and output (reasoning); 0: none, or not reported.
	CacheReadTokens, CacheWriteTokens, ReasoningTokens int64
	// ResourceExternal and DeploymentExternal are the platform's own ids of the tool or model and of the deployment, if
	// ResourceID or DeploymentID is 0. They are looked up in the transaction that stores the event. "": none.
	ResourceExternal   string
	DeploymentExternal string
	// ReservationID is the reservation that the event settles in part; 0: none. It is not part of the identity.
	ReservationID int64
	// Attribution is who and what the event was for. It is part of the content, not of the identity.
	Attribution
}

// UsageStatus says what became of an event.
type UsageStatus string

// The answers to an event: rules.md §§5, 10.
const (
	Stored        UsageStatus = "STORED"
	Duplicate     UsageStatus = "DUPLICATE"
	UsageConflict UsageStatus = "CONFLICT"
	UsageRefused  UsageStatus = "REFUSED"
	TakenBack     UsageStatus = "VOIDED" // it was stored and taken back: its identity stays taken
)

// UsageCode says why an event was refused; the list is UsageRefusal in the contract. Refusals of a gate carry its code.
type UsageCode string

// The codes of refused events.
const (
	TimeRequired        UsageCode = "TIME_REQUIRED"
	SourceRequired      UsageCode = "SOURCE_REQUIRED"
	IDRequired          UsageCode = "ID_REQUIRED"
	BadIdentity         UsageCode = "BAD_IDENTITY"
	TimeAhead           UsageCode = "TIME_AHEAD"
	TimeTooOld          UsageCode = "TIME_TOO_OLD"
	BadTarget           UsageCode = "BAD_TARGET"
	QuantityNegative    UsageCode = "QUANTITY_NEGATIVE"
	QuantityTooLarge    UsageCode = "QUANTITY_TOO_LARGE"
	UnknownAccount      UsageCode = "UNKNOWN_ACCOUNT"
	UnknownTool         UsageCode = "UNKNOWN_TOOL"
	UnknownModel        UsageCode = "UNKNOWN_MODEL"
	UnknownDeployment   UsageCode = "UNKNOWN_DEPLOYMENT"
	ToolInDevelopment   UsageCode = "TOOL_IN_DEVELOPMENT"
	UnknownReservation  UsageCode = "UNKNOWN_RESERVATION"
	ReservationIsClosed UsageCode = "RESERVATION_CLOSED"
)

// UsageResult answers one event. A DUPLICATE carries the first result's charge.
type UsageResult struct {
	Status   UsageStatus
	Code     UsageCode         // of REFUSED
	Message  string            // of CONFLICT and REFUSED
	Decision *billing.Decision // if a gate refused
	Charge   billing.Amount    // in the meter's smallest unit
	Meter    billing.Meter
	History  bool // dated before booksFrom: it drew nothing
	PostedAt time.Time
}

// refusal returns a result that refuses an event. message is a sentence for whoever reads the answer.
func refusal(code UsageCode, message string) *UsageResult {
	return &UsageResult{Status: UsageRefused, Code: code, Message: message}
}

// tokens returns the event's tokens by class. Classes are parts of input and output and are not added to them.
func (e *UsageEvent) tokens() billing.Tokens {
	return billing.Tokens{Input: e.InputTokens, Output: e.OutputTokens, CacheRead: e.CacheReadTokens, CacheWrite: e.CacheWriteTokens, Reasoning: e.ReasoningTokens}
}

// meter returns the meter that the event draws from.
func (e *UsageEvent) meter() billing.Meter {
	if e.Kind == ToolRun {
		return billing.ToolRuns
	}
	return billing.ModelCredits
}

// category returns the category that the event belongs to.
func (e *UsageEvent) category() billing.Category {
	if e.Kind == ToolRun {
		return billing.Tools
	}
	return billing.Models
}

// validate checks what needs no database: identity, time and quantities. It returns nil if the event is sound. It also
// truncates the time to its microsecond, which is the precision of the identity.
func (s *Store) validate(e *UsageEvent, now time.Time) *UsageResult {
	// First of all, because the key in the database has microseconds: two times within one are the same event.
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	if e.AccountID <= 0 {
		return refusal(UnknownAccount, "there is no such account")
	}
	if fault := e.identityFault(); fault != nil {
		return fault
	}
	switch {
	case e.Time.IsZero():
		return refusal(TimeRequired, "an event needs its time: it is part of its identity")
	case e.Time.After(now.Add(s.settings.MaxAhead)):
		return refusal(TimeAhead, "the time lies more than "+s.settings.MaxAhead.String()+" ahead of the server's clock")
	// Its identity may have been dropped with its day, and a repeat would be charged again (rules.md §10).
	case e.Time.Before(now.Add(-s.settings.EventRetention)):
		return refusal(TimeTooOld, "the time lies before what is kept: a repeat could not be recognised any more")
	}
	return e.contentFault()
}

// Fault says why an event would be refused whatever the clock and the database say; nil if only they can tell.
func (e *UsageEvent) Fault() *UsageResult { return cmp.Or(e.identityFault(), e.contentFault()) }

func (e *UsageEvent) identityFault() *UsageResult {
	switch {
	case e.Source == "":
		return refusal(SourceRequired, "an event needs its source: it is part of its identity")
	case e.ID == "":
		return refusal(IDRequired, "an event needs its id: it is part of its identity")
	}
	for _, part := range []struct{ name, value string }{{"source", e.Source}, {"id", e.ID}} {
		if fault := text.Fault(part.value, 1, MaxIDLen); fault != "" {
			return refusal(BadIdentity, "source and id have at most 200 characters each, none of them a control character: "+part.name+" "+fault)
		}
	}
	return nil
}

func (e *UsageEvent) contentFault() *UsageResult {
	if !text.Plain(e.ResourceExternal, MaxExternalID) || !text.Plain(e.DeploymentExternal, MaxExternalID) {
		// Not out of bounds but unknown: nothing can have such an id.
		return e.unknown()
	}
	if fault := e.Attribution.fault(); fault != "" {
		return refusal(BadAttribution, fault)
	}
	return e.validateQuantities()
}

// validateQuantities checks the numbers of the event's kind.
func (e *UsageEvent) validateQuantities() *UsageResult {
	switch {
	case e.Kind != ToolRun && e.Kind != Inference:
		return refusal(BadTarget, "an event names a tool or a model, not both")
	case e.Kind == ToolRun && (e.tokens() != billing.Tokens{} || e.DeploymentID != 0 || e.DeploymentExternal != ""):
		return refusal(BadTarget, "a tool run has neither tokens nor a deployment")
	case e.Kind == Inference && e.Runs != 0:
		return refusal(BadTarget, "inference has tokens, not runs")
	case e.Kind == ToolRun && e.Runs < 1:
		return refusal(QuantityNegative, "runs must be at least 1")
	case e.Runs > MaxRuns:
		return refusal(QuantityTooLarge, "runs: an event has at most 1,000,000,000 of them")
	}
	return e.validateTokens()
}

// validateTokens checks each class by itself and against the number that it is part of. Each by itself first: two huge
// numbers would add up to a negative sum, which is below any bound.
func (e *UsageEvent) validateTokens() *UsageResult {
	for _, class := range []struct {
		name string
		n    int64
	}{{"inputTokens", e.InputTokens}, {"outputTokens", e.OutputTokens}, {"cacheReadTokens", e.CacheReadTokens}, {"cacheWriteTokens", e.CacheWriteTokens},
		{"reasoningTokens", e.ReasoningTokens}} {
		switch {
		case class.n < 0:
			return refusal(QuantityNegative, class.name+" must not be negative")
		case class.n > MaxTokens:
			return refusal(QuantityTooLarge, class.name+": an event has at most 1,000,000,000,000 of them")
		}
	}
	switch {
	case e.CacheReadTokens+e.CacheWriteTokens > e.InputTokens:
		return refusal(QuantityTooLarge, "cacheReadTokens and cacheWriteTokens are parts of inputTokens, together at most as many")
	case e.ReasoningTokens > e.OutputTokens:
		return refusal(QuantityTooLarge, "reasoningTokens are part of outputTokens, at most as many")
	}
	return nil
}
