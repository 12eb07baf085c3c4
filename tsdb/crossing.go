package tsdb

import (
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// Crossing is the payload of EventCrossing: a threshold was reached, or re-armed.
type Crossing struct {
	Meter      billing.Meter     `json:"meter"`
	Threshold  billing.Threshold `json:"step"`
	Rearmed    bool              `json:"rearmed"`
	Arming     int64             `json:"arming"`
	Used       billing.Amount    `json:"used"`
	Allocation billing.Amount    `json:"allocation"`
	Balance    billing.Amount    `json:"balance"`
}

// thresholdStateOf reads one meter's thresholds out of the balance row.
// A new account has no armings yet; those that are missing are 0.
func thresholdStateOf(mask int64, armings []int64, i int) billing.ThresholdState {
	s := billing.ThresholdState{Mask: uint64(mask)}
	if from := i * billing.ThresholdCount; len(armings) >= from+billing.ThresholdCount {
		copy(s.Armings[:], armings[from:])
	}
	return s
}

// thresholdColumns returns both meters' thresholds as the balance row holds them.
func thresholdColumns(thresholds [2]billing.ThresholdState) (reached, armings []int64) {
	for _, s := range thresholds {
		reached = append(reached, int64(s.Mask))
		armings = append(armings, s.Armings[:]...)
	}
	return reached, armings
}

// meterState returns a meter as thresholds and banners see it.
func meterState(a *billing.Account, m billing.Meter, thresholds billing.ThresholdState) billing.MeterState {
	b := a.Book(m)
	return billing.MeterState{Meter: m, Used: b.Used(), Allocation: b.Allocation(), FreeExpired: b.FreeExpired, HadGrant: b.HadGrant, Thresholds: thresholds}
}

// MeterStates returns the account's meters as thresholds and banners see them: amounts as of the account's instant,
// thresholds as posted.
func (a *Account) MeterStates() []billing.MeterState {
	return []billing.MeterState{
		meterState(a.Account, billing.ModelCredits, a.Thresholds[0]), meterState(a.Account, billing.ToolRuns, a.Thresholds[1]),
	}
}

// announce compares the state before the transaction with the state after it, never one in between (rules.md §3). It
// takes a seq for each event and then one for the change of balance, so that whoever has seen the revision of the
// change has seen everything that came of it.
func (c *change) announce(now time.Time) {
	banners := false
	for i, m := range billing.Meters() {
		state := meterState(c.Account, m, c.Thresholds[i])
		next, reached, rearmed := state.Cross(c.Limits)
		// Also if no threshold moves, because expired free credits have a banner of their own.
		banners = banners || len(reached)+len(rearmed) > 0 || c.before.Book(m).FreeExpired != state.FreeExpired
		c.Thresholds[i], state.Thresholds = next, next
		for _, threshold := range reached {
			c.addEvent(EventCrossing, now, crossingOf(state, threshold, false))
		}
		for _, threshold := range rearmed {
			c.addEvent(EventCrossing, now, crossingOf(state, threshold, true))
		}
		c.mailThresholds(m, state, reached)
	}
	c.announceStops(now)
	c.mailExpired()
	c.mailShort()
	if banners {
		c.addEvent(EventBanner, now, struct{}{})
	}
	c.Seq++ // the change of balance itself
}

func crossingOf(m billing.MeterState, threshold billing.Threshold, rearmed bool) Crossing {
	return Crossing{Meter: m.Meter, Threshold: threshold, Rearmed: rearmed, Arming: m.Thresholds.Arming(threshold), Used: m.Used, Allocation: m.Allocation, Balance: m.Balance()}
}

const insertCrossings = `-- name: note crossings
INSERT INTO crossing (account_id, meter, step, arming, at, seq, quiet)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::boolean[])`

// isQuiet reports whether a percent threshold was reached through expiry, retirement or correction and not by use: then
// it is marked without an e-mail (rules.md §8).
func (c *change) isQuiet(m billing.Meter, threshold billing.Threshold) bool {
	percent := threshold.Percent()
	return percent != 0 && !c.reachedByUse(m, percent) && !c.reachedWithoutLoss(m, percent)
}

// reachedByUse reports whether use alone would have reached a percentage: with what was granted, but without what was
// taken out.
func (c *change) reachedByUse(m billing.Meter, percent int64) bool {
	before := c.before.Book(m)
	used, allocation := before.Used(), before.Allocation()
	for i := range c.Journal.Entries {
		e := &c.Journal.Entries[i]
		switch {
		// A rollover moves debt from cycle to cycle by adjustments, which nobody has used or been given.
		case e.Meter != m || e.Cause == billing.CauseCycle:
		case e.Kind == billing.EntryCharge || e.Kind == billing.EntryRefund:
			used -= e.Amount
		case e.Amount > 0:
			allocation += e.Amount
		}
	}
	return billing.PercentReached(used, allocation, percent)
}

// reachedWithoutLoss reports whether a percentage is reached although nothing was lost in the end: if a new cycle's
// grant takes the place of the old one's and is used in the same transaction, what expired does not count.
func (c *change) reachedWithoutLoss(m billing.Meter, percent int64) bool {
	after := c.Book(m)
	return billing.PercentReached(after.Used(), max(after.Allocation(), c.before.Book(m).Allocation()), percent)
}
