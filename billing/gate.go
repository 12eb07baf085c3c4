package billing

import (
	"errors"
	"fmt"
	"math"
)

// Action is something that an account may or may not do, depending on what it has left (rules.md §5).
type Action string

// The gated actions. Everything else is always allowed as far as credits go.
const (
	ToolRun         Action = "TOOL_RUN"
	Inference       Action = "INFERENCE"
	DeployModel     Action = "DEPLOY_MODEL"
	DeployGuardrail Action = "DEPLOY_GUARDRAIL"
	DeployScript    Action = "DEPLOY_SCRIPT"
	ScaleUp         Action = "SCALE_UP"
	FineTune        Action = "FINE_TUNE"
	ImportProject   Action = "IMPORT_PROJECT"
)

// Actions lists all gated actions.
func Actions() []Action {
	return []Action{ToolRun, Inference, DeployModel, DeployGuardrail, DeployScript, ScaleUp, FineTune, ImportProject}
}

// Meter returns the meter whose balance decides about the action: tool runs for TOOL_RUN, model credits for all others.
func (a Action) Meter() Meter {
	if a == ToolRun {
		return ToolRuns
	}
	return ModelCredits
}

// Zone says how much an account may still do. For tool runs it is only ZoneOpen or ZoneExhausted.
type Zone string

// The zones, from best to worst (rows of the table in rules.md §5).
const (
	ZoneOpen         Zone = "OPEN"           // above the fine-tuning limit: everything
	ZoneNoFineTuning Zone = "NO_FINE_TUNING" // everything but fine-tuning
	ZoneLow          Zone = "LOW"            // below the low-credit limit: no new deployments either
	ZoneExhausted    Zone = "EXHAUSTED"      // 0 or less: only what runs keeps running
	ZoneStopped      Zone = "STOPPED"        // at or below the negative limit: hosting stopped
)

// Limits are the limits of an account's credits (settings; rules.md §5). Low ≥ 0 ≥ Negative.
type Limits struct {
	FineTune Amount // a fine-tuning job needs more than this
	Low      Amount // a new deployment needs at least this
	Negative Amount // at or below this, hosting stops
}

// DefaultLimits are 25, 5 and −25 credits.
func DefaultLimits() Limits {
	return Limits{FineTune: 25 * MicroPerCredit, Low: 5 * MicroPerCredit, Negative: -25 * MicroPerCredit}
}

// ErrLimits means that limits are on the wrong side of 0 or out of range.
var ErrLimits = errors.New("limits: the low-credit and fine-tuning limits must not be below 0, the negative limit not above 0")

// Validate checks the signs and bounds every limit at ±1e12 credits; it returns ErrLimits.
func (t Limits) Validate() error {
	const most = 1_000_000_000_000 * MicroPerCredit
	if t.FineTune < 0 || t.FineTune > most || t.Low < 0 || t.Low > most || t.Negative > 0 || t.Negative < -most {
		return ErrLimits
	}
	return nil
}

// Zone returns the zone of a balance of credits.
func (t Limits) Zone(balance Amount) Zone {
	switch {
	case balance <= t.Negative:
		return ZoneStopped
	case balance <= 0:
		return ZoneExhausted
	case balance < t.Low:
		return ZoneLow
	case balance <= t.FineTune:
		return ZoneNoFineTuning
	}
	return ZoneOpen
}

// RefusalCode says why something is refused.
type RefusalCode string

// The reasons for which a gate refuses (rules.md §5).
const (
	FreeCreditsExpired   RefusalCode = "FREE_CREDITS_EXPIRED"
	RunsExhausted        RefusalCode = "RUNS_EXHAUSTED"
	NegativeLimitReached RefusalCode = "NEGATIVE_LIMIT_REACHED"
	CreditsExhausted     RefusalCode = "CREDITS_EXHAUSTED"
	InsufficientCredits  RefusalCode = "INSUFFICIENT_CREDITS"
)

// GateInput is everything that a gate's answer depends on.
type GateInput struct {
	Action             Action
	Credits            Amount // what remains of each meter
	Runs               Amount
	ReservedCredits    Amount // open reservations, not yet deducted from Credits and Runs
	ReservedRuns       Amount
	Limits             Limits
	CreditsFreeExpired bool // rules.md §8
	RunsFreeExpired    bool
	Amount             *Amount // if given, it must fit as well
	FreeOfCharge       bool    // a guardrail that costs nothing: never gated
}

// Decision is a gate's answer. All amounts are of Meter.
type Decision struct {
	Allowed bool
	Zone    Zone
	Meter   Meter
	// Code and Sentence say why the action is refused; "" if it is allowed.
	Code     RefusalCode
	Sentence string
	// Balance is what remains, and Reserved the part of it that is reserved. Gates look at Balance − Reserved.
	Balance  Amount
	Reserved Amount
	// Limit is the limit that Code names: the negative limit, 0, or what the action requires. If the action is allowed, it is what it
	// requires.
	Limit Amount
	// Missing is what must be added before the action is allowed; 0 if it is.
	Missing Amount
	// For ImportProject, DraftsOnly says that a project is imported as drafts, and DeployingDisabled that deploying is disabled.
	DraftsOnly        bool
	DeployingDisabled bool
}

// Decide decides whether an action is allowed with what is available, which is what remains less open reservations (rules.md §5).
func Decide(in GateInput) Decision {
	g := newGate(in)
	d := Decision{Allowed: true, Zone: g.zone, Meter: g.meter, Balance: g.balance, Reserved: g.reserved, Limit: g.limit()}
	switch {
	case in.FreeOfCharge:
		d.Limit = 0
	// Always allowed: without credits it imports drafts, which cost nothing.
	case in.Action == ImportProject:
		d.DraftsOnly = g.available <= 0
		d.DeployingDisabled = g.available < g.need()
	case g.available < g.need():
		g.refuse(&d)
	}
	return d
}

// gate is an input with the figures of its action's meter.
type gate struct {
	GateInput
	meter                        Meter
	balance, reserved, available Amount
	freeExpired                  bool
	zone                         Zone
}

func newGate(in GateInput) gate {
	g := gate{GateInput: in, meter: in.Action.Meter()}
	g.balance, g.reserved, g.freeExpired = in.Credits, in.ReservedCredits, in.CreditsFreeExpired
	if g.meter == ToolRuns {
		g.balance, g.reserved, g.freeExpired = in.Runs, in.ReservedRuns, in.RunsFreeExpired
	}
	g.available = minus(g.balance, g.reserved)
	g.zone = g.zoneNow()
	return g
}

// zoneNow returns the zone of what is available. Only STOPPED looks at the balance itself: reservations never stop hosting, so they must
// not make it look stopped.
func (g *gate) zoneNow() Zone {
	if g.meter == ToolRuns {
		return runsZone(g.available)
	}
	zone := g.Limits.Zone(g.available)
	if zone == ZoneStopped && g.balance > g.Limits.Negative {
		return ZoneExhausted
	}
	return zone
}

// runsZone returns the zone of a number of runs.
func runsZone(runs Amount) Zone {
	if runs > 0 {
		return ZoneOpen
	}
	return ZoneExhausted
}

// limit returns what the action requires: more than the fine-tuning limit, at least the low limit, or more than 0.
func (g *gate) limit() Amount {
	switch g.Action {
	case FineTune:
		return g.Limits.FineTune
	case DeployModel, DeployGuardrail, DeployScript, ScaleUp, ImportProject:
		return g.Limits.Low
	}
	return 0
}

// need returns the least amount that must be available for the zone to permit the action and for the amount to fit.
func (g *gate) need() Amount {
	// Amounts are whole, so "more than 0" is "at least 1".
	need := max(g.limit(), 1)
	if g.Action == FineTune {
		// Fine-tuning is refused below the low limit too, if that limit is the higher one.
		need = max(g.Limits.FineTune+1, g.Limits.Low)
	}
	if g.Amount != nil && g.Action != ImportProject {
		need = max(need, *g.Amount)
	}
	return need
}

// refuse fills in the first code that applies, its limit, the missing amount and the sentence.
func (g *gate) refuse(d *Decision) {
	d.Allowed = false
	d.Missing = minus(g.need(), g.available)
	d.Code = g.code()
	switch d.Code {
	case NegativeLimitReached:
		d.Limit = g.Limits.Negative
	case FreeCreditsExpired, CreditsExhausted, RunsExhausted:
		d.Limit = 0
	case InsufficientCredits:
		d.Limit = g.limit()
	}
	d.Sentence = g.sentence(d)
}

// code returns the first refusal that applies, in the order of rules.md §5.
func (g *gate) code() RefusalCode {
	switch {
	case g.meter == ToolRuns && (g.available > 0 || !g.freeExpired):
		return RunsExhausted
	case g.meter == ToolRuns:
		return FreeCreditsExpired
	case g.zone == ZoneStopped:
		return NegativeLimitReached
	case g.available <= 0 && g.freeExpired:
		return FreeCreditsExpired
	case g.available <= 0:
		return CreditsExhausted
	}
	return InsufficientCredits
}

// minus returns a − b, clamped to the range instead of overflowing.
func minus(a, b Amount) Amount {
	// The sign reveals an overflow: the difference is on the wrong side of a.
	switch diff := a - b; {
	case b > 0 && diff > a:
		return math.MinInt64
	case b < 0 && diff < a:
		return math.MaxInt64
	default:
		return diff
	}
}

// NegativeLimitSentence is the page's own sentence, verbatim: why hosting stopped, and why nothing can be deployed now.
const NegativeLimitSentence = "You’ve used all your available credits. Please add more credits to your account to continue."

// sentence explains the refusal to the person who sees it.
func (g *gate) sentence(d *Decision) string {
	switch {
	case d.Code == NegativeLimitReached:
		return NegativeLimitSentence
	case d.Code == FreeCreditsExpired && g.meter == ToolRuns:
		return "Your free tool runs have expired. Please upgrade your plan to continue."
	case d.Code == FreeCreditsExpired:
		return "Your free credits have expired. Please upgrade your plan to continue."
	// This person has credits, so a sentence that denied it would look like a fault.
	case g.available <= 0 && g.balance > 0:
		return fmt.Sprintf("What is left (%s) is reserved for work in progress. Please add more, or wait until it is released.", g.show(g.balance))
	case d.Code == CreditsExhausted:
		return "You have no credits left. Please add credits to your account to continue."
	case d.Code == RunsExhausted && g.available <= 0:
		return "You have no tool runs left. Please add tool runs to your account to continue."
	}
	return fmt.Sprintf("%s needs %s and %s. Please add at least %s to continue.", g.doing(), g.asked(), g.has(), g.show(d.Missing))
}

// doing names the action at the beginning of a sentence.
func (g *gate) doing() string {
	switch g.Action {
	case ToolRun:
		return "Running tools"
	case Inference:
		return "This inference"
	case DeployModel:
		return "Deploying a model"
	case DeployGuardrail:
		return "Deploying a guardrail"
	case DeployScript:
		return "Deploying a script"
	case ScaleUp:
		return "Scaling up"
	case FineTune:
		return "Fine-tuning"
	}
	return "This"
}

// asked says how much would be enough.
func (g *gate) asked() string {
	if g.Action == FineTune && g.need() == g.Limits.FineTune+1 {
		return "more than " + g.show(g.Limits.FineTune)
	}
	if g.Amount != nil && g.need() == *g.Amount {
		return g.show(g.need())
	}
	return "at least " + g.show(g.need())
}

// has says how much there is.
func (g *gate) has() string {
	text := g.show(g.available) + " available"
	if g.reserved > 0 {
		return fmt.Sprintf("you have %s, another %s reserved for work in progress", text, g.show(g.reserved))
	}
	return "you have " + text
}

// show prints an amount with its unit.
func (g *gate) show(a Amount) string {
	unit := "credits"
	switch {
	case g.meter == ToolRuns && a == 1:
		unit = "tool run"
	case g.meter == ToolRuns:
		unit = "tool runs"
	case a == MicroPerCredit:
		unit = "credit"
	}
	return g.meter.Format(a) + " " + unit
}
