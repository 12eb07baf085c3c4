package tsdb

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// EventKind is the kind of an outbox event (account_event.kind).
type EventKind string

// The kinds of outbox event. A change of the balance takes a seq but writes no row: readers of balances read the state.
const (
	EventCrossing   EventKind = "CROSSING"
	EventBanner     EventKind = "BANNER"
	EventDeployment EventKind = "DEPLOYMENT"
)

// outboxEvent is an event to write.
type outboxEvent struct {
	seq     int64
	kind    EventKind
	at      time.Time
	payload any
}

// Crossing is the payload of EventCrossing: a step reached, or armed again.
type Crossing struct {
	Meter      billing.Meter  `json:"meter"`
	Step       billing.Step   `json:"step"`
	Rearmed    bool           `json:"rearmed"`
	Arming     int64          `json:"arming"`
	Used       billing.Amount `json:"used"`
	Allocation billing.Amount `json:"allocation"`
	Balance    billing.Amount `json:"balance"`
}

// stepStateOf reads one meter's steps out of the balance row.
func stepStateOf(mask int64, armings []int64, i int) billing.StepState {
	s := billing.StepState{Mask: uint64(mask)}
	if from := i * billing.StepCount; len(armings) >= from+billing.StepCount {
		copy(s.Armings[:], armings[from:])
	}
	return s
}

// stepColumns are both meters' steps as the balance row holds them.
func stepColumns(steps [2]billing.StepState) (reached, armings []int64) {
	for _, s := range steps {
		reached = append(reached, int64(s.Mask))
		armings = append(armings, s.Armings[:]...)
	}
	return reached, armings
}

// meterState is a meter as steps and banners see it.
func meterState(a *billing.Account, m billing.Meter, steps billing.StepState) billing.MeterState {
	b := a.Book(m)
	return billing.MeterState{Meter: m, Used: b.Used(), Allocation: b.Allocation(), FreeExpired: b.FreeExpired, HadGrant: b.HadGrant, Steps: steps}
}

// MeterStates are the account's meters as steps and banners see them, as posted or as of the account's instant.
func (a *Account) MeterStates() []billing.MeterState {
	return []billing.MeterState{
		meterState(a.Account, billing.ModelCredits, a.Steps[0]), meterState(a.Account, billing.ToolRuns, a.Steps[1]),
	}
}

// announce compares the state before the transaction with the state after it, never what lies inside (rules.md §3), and
// takes a seq for the change of balance and for each event.
func (c *change) announce(now time.Time) {
	banners := false
	for i, m := range billing.Meters() {
		state := meterState(c.Account, m, c.Steps[i])
		next, reached, rearmed := state.Step(c.Thresholds)
		banners = banners || len(reached)+len(rearmed) > 0 || c.before.Book(m).FreeExpired != state.FreeExpired
		c.Steps[i], state.Steps = next, next
		for _, step := range reached {
			c.addEvent(EventCrossing, now, crossingOf(state, step, false))
		}
		for _, step := range rearmed {
			c.addEvent(EventCrossing, now, crossingOf(state, step, true))
		}
		c.mailSteps(m, state, reached)
	}
	c.announceStops(now)
	c.mailExpired()
	c.mailShort()
	if banners {
		c.addEvent(EventBanner, now, struct{}{})
	}
	c.Seq++ // the change of balance itself
}

func crossingOf(m billing.MeterState, step billing.Step, rearmed bool) Crossing {
	return Crossing{Meter: m.Meter, Step: step, Rearmed: rearmed, Arming: m.Steps.Arming(step), Used: m.Used, Allocation: m.Allocation, Balance: m.Balance()}
}

// addEvent takes the next seq for an event.
func (c *change) addEvent(kind EventKind, at time.Time, payload any) {
	c.Seq++
	c.events = append(c.events, outboxEvent{c.Seq, kind, at, payload})
}

const insertOutbox = `-- name: write outbox events
INSERT INTO account_event (account_id, seq, at, kind, payload)
SELECT account_id, seq, at, kind, payload::jsonb FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[]) AS u (account_id, seq, at, kind, payload)`

const insertCrossings = `-- name: note crossings
INSERT INTO crossing (account_id, meter, step, arming, at, seq, quiet)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::boolean[])`

// queueEvents writes outbox events, and each step reached once an arming.
func queueEvents(b *pgx.Batch, changes []*change) error {
	events, crossings := newColumns(5), newColumns(7)
	for _, c := range changes {
		for _, e := range c.events {
			payload, err := json.Marshal(e.payload)
			if err != nil {
				return fmt.Errorf("encode outbox event: %w", err)
			}
			events.add(c.ID, e.seq, e.at, string(e.kind), string(payload))
			if x, ok := e.payload.(Crossing); ok && !x.Rearmed {
				crossings.add(c.ID, string(x.Meter), string(x.Step), x.Arming, e.at, e.seq, c.isQuiet(x.Meter, x.Step))
			}
		}
	}
	if len(events[0]) > 0 {
		b.Queue(insertOutbox, events.args()...)
	}
	if len(crossings[0]) > 0 {
		b.Queue(insertCrossings, crossings.args()...)
	}
	return nil
}

// isQuiet reports that a percent step was reached through expiry, retirement or correction and not by use: it is marked
// without a mail (rules.md §8).
func (c *change) isQuiet(m billing.Meter, step billing.Step) bool {
	percent := step.Percent()
	return percent != 0 && !c.reachedByUse(m, percent) && !c.reachedWithoutLoss(m, percent)
}

// reachedByUse reports that use alone would have reached a percentage: with what was granted, but without what was taken out.
func (c *change) reachedByUse(m billing.Meter, percent int64) bool {
	before := c.before.Book(m)
	used, allocation := before.Used(), before.Allocation()
	for i := range c.Journal.Entries {
		e := &c.Journal.Entries[i]
		switch {
		case e.Meter != m || e.Cause == billing.CauseCycle:
		case e.Kind == billing.EntryCharge || e.Kind == billing.EntryRefund:
			used -= e.Amount
		case e.Amount > 0:
			allocation += e.Amount
		}
	}
	return billing.StepReached(used, allocation, percent)
}

// reachedWithoutLoss reports that a percentage is reached although nothing was lost in the end: where a new cycle's grant takes
// the place of the old one's and is used in the same transaction, what expired does not count.
func (c *change) reachedWithoutLoss(m billing.Meter, percent int64) bool {
	after := c.Book(m)
	return billing.StepReached(after.Used(), max(after.Allocation(), c.before.Book(m).Allocation()), percent)
}

// mailSteps writes the mails of the steps that a transaction reached on a meter: the highest percent step that was reached
// by use, and the gravest limit.
func (c *change) mailSteps(m billing.Meter, state billing.MeterState, reached []billing.Step) {
	loud := slices.DeleteFunc(slices.Clone(reached), func(s billing.Step) bool { return c.isQuiet(m, s) })
	if step, ok := billing.StepMail(loud); ok {
		c.addStepMail("STEP", state, step)
	}
	step, ok := billing.LimitMail(reached)
	switch {
	case !ok && !c.beginsToHostBelowLow(m, state):
	case !ok:
		c.addStepMail("LOW_LIMIT", state, billing.StepLow)
	case step == billing.StepZero:
		c.addStepMail("ZERO", state, step)
	case step == billing.StepNegative:
		c.addStepMail("NEGATIVE_LIMIT", state, step)
	case c.hostsGuardrailsOrScripts():
		c.addStepMail("LOW_LIMIT", state, step)
	}
}

// hostsGuardrailsOrScripts reports whether the low limit concerns anybody (rules.md §8).
func (c *change) hostsGuardrailsOrScripts() bool {
	return slices.ContainsFunc(c.Running, isGuardrailOrScript)
}

func isGuardrailOrScript(s billing.Segment) bool { return s.Category != billing.Models }

// beginsToHostBelowLow reports that the low limit, reached before, concerns somebody only from now on: what was pending runs.
func (c *change) beginsToHostBelowLow(m billing.Meter, state billing.MeterState) bool {
	return m == billing.ModelCredits && state.Steps.Reached(billing.StepLow) && !state.Steps.Reached(billing.StepZero) &&
		c.hostsGuardrailsOrScripts() && !slices.ContainsFunc(c.before.Running, isGuardrailOrScript)
}

// mailExpired writes a mail for each grant that ended with something left. A PLAN grant that another one follows at once has
// been renewed, and nobody is told of that every month.
func (c *change) mailExpired() {
	common := map[billing.Meter]MailFacts{} // what all of a meter's have in common
	for i := range c.Journal.Entries {
		e := &c.Journal.Entries[i]
		if e.Kind != billing.EntryExpiry || c.isRenewed(e) {
			continue
		}
		f, known := common[e.Meter]
		if !known {
			f = c.facts(meterState(c.Account, e.Meter, c.Steps[meterIndex(e.Meter)]), "")
			common[e.Meter] = f
		}
		f.Amount, f.GrantNo = -e.Amount, int32(e.CauseID)
		f.GrantKind = string(c.grantKind(e.Meter, f.GrantNo))
		f.At = e.Effective.Time()
		c.addMail("GRANT_EXPIRED", "expired/"+strconv.FormatInt(e.CauseID, 10), f)
	}
}

// isRenewed reports whether an expiry is of a PLAN grant and a PLAN grant of the meter arrived at that very instant.
func (c *change) isRenewed(expiry *billing.Entry) bool {
	return c.grantKind(expiry.Meter, int32(expiry.CauseID)) == billing.PlanGrant &&
		slices.ContainsFunc(c.Journal.Entries, func(e billing.Entry) bool {
			return e.Kind == billing.EntryGrant && e.Meter == expiry.Meter && e.Effective == expiry.Effective &&
				c.grantKind(e.Meter, int32(e.CauseID)) == billing.PlanGrant
		})
}

// grantKind is the kind of a grant that is live, or was when the transaction began, or came and went within it.
func (c *change) grantKind(m billing.Meter, no int32) billing.GrantKind {
	for _, b := range []*billing.Book{c.Book(m), c.before.Book(m)} {
		if g := b.Grant(no); g != nil {
			return g.Kind
		}
	}
	i := slices.IndexFunc(c.Journal.Retired, func(g billing.Grant) bool { return g.Meter == m && g.No == no })
	if i < 0 {
		return ""
	}
	return c.Journal.Retired[i].Kind
}
