package tsdb

import (
	"slices"

	"github.com/usagegraph/usagegraph/billing"
)

// post charges the fresh items of an account, in order, as at most one entry per meter, and collects their rows. In
// order, because in ENFORCE each item finds what those before it have left. One entry per meter and not per event: its
// lines say what each tool or model cost, and a batch of thousands of events of an account writes two rows of the
// ledger.
func (run *ingestRun) post(c *change, items []*ingestItem) {
	run.expireReservations(c)
	open := newAvailable(c)
	var lines [len(billing.Slices{})]lineSum // by category
	var accepted []*ingestItem
	for _, it := range items {
		c.unlike = c.unlike || it.event.ReservationID != 0
		// accept notes what it takes under its identity, so an item finds those before it in the batch too.
		if known, found := run.find(it.event); found { // twice in one batch
			*it.result = repeated(it.event, known)
			continue
		}
		// Only now, because a reservation is not part of the content: a repeat is a duplicate whatever reservation it
		// names.
		if r := run.refuseReservation(it.event); r != nil {
			*it.result, run.gated = *r, true
			continue
		}
		// History draws nothing and passes no gate, whatever the mode: it is stored, priced and charted (rules.md §2).
		history := c.IsHistory(billing.SecondOf(it.event.Time))
		if !history && !open.staysInRange(it.event.meter(), it.charge) {
			*it.result, run.gated = *refusal(QuantityTooLarge, "the account's debt would be out of range"), true
			continue
		}
		if it.mode == Enforce && !history {
			if d := open.with(run.reservations[it.event.ReservationID]).fit(it.event.meter(), it.charge); !d.Allowed {
				// The refused event may be a repeat, which would have been a DUPLICATE: unless all repeats were looked for,
				// ingest begins again and looks for them.
				run.gated = true
				*it.result = UsageResult{Status: UsageRefused, Code: UsageCode(d.Code), Message: d.Sentence, Decision: &d, Meter: it.event.meter()}
				continue
			}
		}
		run.accept(c, it, history)
		accepted = append(accepted, it)
		if !history {
			// What is available and what the reservation sets aside change together, so the next item sees what this one
			// has left.
			open.take(it.event.meter(), it.charge)
			open.free(run.reservations[it.event.ReservationID], it.charge)
			lines[it.event.category().Index()].add(it)
		}
	}
	var entries [len(lines)]int64
	for i, category := range billing.Categories() {
		if l := &lines[i]; len(l.lines) > 0 {
			entries[i] = c.ChargeEvents(category, l.lines, run.batch)
		}
	}
	// An event points to the entry that charges it, whose number is known only now; history has 0, because no entry
	// charges it.
	for _, it := range accepted {
		if it.entry = 0; !it.result.History {
			it.entry = entries[it.event.category().Index()]
		}
	}
	run.stored = append(run.stored, accepted...)
}

// accept notes an item as stored. It runs again if the transaction does, so it sets everything that an earlier attempt
// may have left.
func (run *ingestRun) accept(c *change, it *ingestItem, history bool) {
	e := it.event
	*it.result = UsageResult{Status: Stored, Charge: it.charge, Meter: e.meter(), History: history, PostedAt: c.Now.Time()}
	// Only if repeats are looked for: a map of all identities of a large batch costs more than the unique key, which
	// finds the others.
	if run.looked || run.watched[it.hash] {
		run.known[e.identity()] = knownEvent{kind: e.Kind, resource: e.ResourceID, deployment: e.DeploymentID, runs: e.Runs, tokens: e.tokens(),
			charge: int64(it.credits()), history: history, postedAt: c.Now.Time(), attribution: e.Attribution}
	}
	// An event with an attribution is charted later, when its combination has a number.
	if it.attribution = 0; e.Attribution.IsZero() {
		c.chart(it)
	} else {
		run.attributed = append(run.attributed, attributedItem{c, it})
	}
	if e.Kind == ToolRun && e.Time.After(run.active[e.ResourceID]) {
		run.active[e.ResourceID] = e.Time
	}
}

// lineSum adds up the lines of one entry by resource, in the order in which resources first appear.
// The order of lines is that of the events, so a repeated transaction writes the same entry.
type lineSum struct {
	lines []billing.Line
	at    map[int64]int // the places of lines, once they are many
}

// fewLines is the number of lines up to which looking through them is faster than a map.
const fewLines = 8

func (l *lineSum) add(it *ingestItem) {
	i := l.find(it.event.ResourceID)
	if i < 0 {
		i = len(l.lines)
		l.lines = append(l.lines, billing.Line{ResourceID: it.event.ResourceID})
		if l.at != nil {
			l.at[it.event.ResourceID] = i
		}
	}
	l.lines[i].Amount += it.charge
}

// find returns the place of a resource's line, or −1.
func (l *lineSum) find(resource int64) int {
	if len(l.lines) <= fewLines {
		return slices.IndexFunc(l.lines, func(line billing.Line) bool { return line.ResourceID == resource })
	}
	if l.at == nil {
		l.at = map[int64]int{}
		for i, line := range l.lines {
			l.at[line.ResourceID] = i
		}
	}
	if i, found := l.at[resource]; found {
		return i
	}
	return -1
}

// expireReservations notes which of an account's reservations have timed out by the second that its gates look at. The
// account's second may be later than the clock: after a stop, or if another process's clock is ahead.
func (run *ingestRun) expireReservations(c *change) {
	for _, h := range run.reservations {
		if h.account == c.ID {
			h.expired = h.expires <= c.Now
		}
	}
}

// open returns what the reservation still sets aside of its meter. Settling above what was reserved leaves nothing,
// never less than nothing. A reservation that has timed out sets nothing aside but can still be settled (rules.md §5).
func (h *reservationRow) open() billing.Amount {
	if h == nil || h.expired || h.status != "OPEN" {
		return 0
	}
	return max(0, h.reserved-h.settled)
}

// with returns what is available to an event that settles h, whose own reservation does not stand in its way. It is a
// copy, for one item: other items must not see the reservation freed.
func (v *available) with(h *reservationRow) *available {
	if h.open() == 0 {
		return v
	}
	own := *v
	own.release(h.meter, h.open())
	return &own
}

// free notes that a charge settles h: what the charge covers is no longer reserved.
func (v *available) free(h *reservationRow, charge billing.Amount) {
	if h == nil {
		return
	}
	before := h.open()
	h.settled += charge
	h.changed = true
	v.release(h.meter, before-h.open())
}

func (v *available) release(m billing.Meter, amount billing.Amount) {
	if m == billing.ToolRuns {
		v.in.ReservedRuns -= amount
		return
	}
	v.in.ReservedCredits -= amount
}
