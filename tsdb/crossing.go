package tsdb

import (
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

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

const insertCrossings = `-- name: note crossings
INSERT INTO crossing (account_id, meter, step, arming, at, seq, quiet)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::boolean[])`

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
