package tsdb

import (
	"github.com/usagegraph/usagegraph/billing"
)

// charge charges the fresh items of each account. It returns errBehind if an account is too far behind to be brought up
// within this transaction. Accounts whose items can be posted before their hosting (deferred) are not brought up, which
// would be most of the work of a batch beside hosting; the meter does it later, and answers count what has accrued
// meanwhile.
func (s *Store) charge(run *ingestRun, changes []*change, byAccount map[int64][]*ingestItem) error {
	now := billing.SecondOf(run.now)
	var posting []*change
	for _, c := range changes {
		fresh := run.fresh(c, byAccount[c.ID])
		byAccount[c.ID] = fresh
		if len(fresh) > 0 && !deferred(c, fresh, now) {
			posting = append(posting, c)
		}
	}
	// Nothing is written yet, so the accounts can be caught up in transactions of their own, after which the batch
	// begins again.
	if s.areBehind(posting, now) {
		return errBehind
	}
	// All are brought up before any is posted to, so that what one account does never depends on another's turn.
	for _, c := range posting {
		c.BringUp(now)
	}
	for _, c := range changes {
		if fresh := byAccount[c.ID]; len(fresh) > 0 {
			run.post(c, fresh)
		}
	}
	return nil
}

// dealToAccounts groups items by account, each group in order, and first answers all of them as events of unknown accounts.
func dealToAccounts(items []*ingestItem) map[int64][]*ingestItem {
	// Counted first, so that all lists share one allocation; each is cut to its own room, and so cannot grow into the
	// next one's.
	counts := map[int64]int{}
	for _, it := range items {
		*it.result = *refusal(UnknownAccount, "there is no such account")
		counts[it.event.AccountID]++
	}
	byAccount, room := make(map[int64][]*ingestItem, len(counts)), make([]*ingestItem, len(items))
	for _, it := range items {
		id := it.event.AccountID
		if byAccount[id] == nil {
			n := counts[id]
			byAccount[id], room = room[:0:n], room[n:]
		}
		byAccount[id] = append(byAccount[id], it)
	}
	return byAccount
}

// fresh answers an account's items as far as that needs no balance, in order, and returns those that are left to be
// charged.
func (run *ingestRun) fresh(c *change, items []*ingestItem) (fresh []*ingestItem) {
	for _, it := range items {
		if run.decide(c, it) {
			fresh = append(fresh, it)
		}
	}
	return fresh
}

// deferred reports whether items can be posted before the hosting up to now; if so, it leaves the hosting to a later
// transaction. That is so only if it cannot change who pays (rules.md §3). ENFORCE never defers, because the gate looks
// at what remains now, hosting included.
func deferred(c *change, fresh []*ingestItem, now billing.Second) bool {
	var credits billing.Amount
	for _, it := range fresh {
		if it.mode == Enforce {
			return false
		}
		credits += it.credits()
	}
	if !c.CanDefer(now, credits) {
		return false
	}
	c.Defer(now)
	return true
}

// decide answers an item as far as that needs no balance, and reports whether it goes on to be charged.
func (run *ingestRun) decide(c *change, it *ingestItem) bool {
	e := it.event
	// In each attempt, because an own id may name something else by now.
	run.name(e)
	if r := run.refuseTarget(e); r != nil {
		r.Message += it.unmade
		if it.barren != nil {
			r = it.barren
		}
		*it.result = *r
		return false
	}
	charge, ok := run.price(e, run.targets[e.ResourceID])
	if !ok {
		*it.result = *refusal(QuantityTooLarge, "the charge is out of range")
		return false
	}
	it.charge = charge
	if known, found := run.find(e); found {
		*it.result = repeated(e, known)
		return false
	}
	return true
}

// find returns the event that is stored under the same identity, if the identity was looked for; otherwise the unique
// key finds it.
func (run *ingestRun) find(e *UsageEvent) (k knownEvent, found bool) {
	if len(run.known) > 0 {
		k, found = run.known[e.identity()]
	}
	return k, found
}

// repeated answers an event whose identity is taken: VOIDED if the stored event was taken back, otherwise DUPLICATE for
// the same content and CONFLICT for other content.
func repeated(e *UsageEvent, k knownEvent) UsageResult {
	charge := k.charge
	if k.kind == ToolRun {
		charge = k.runs
	}
	first := UsageResult{Status: Duplicate, Charge: billing.Amount(charge), Meter: e.meter(), History: k.history, PostedAt: k.postedAt}
	switch {
	// First, because an identity that was voided answers VOIDED whatever its content (rules.md §10).
	case k.voided:
		first.Status, first.Message = TakenBack, "this event was taken back; send what is right under another id"
	// Content is everything but identity, mode and reservation. A charge is not compared, because it follows from the
	// content and from the prices of that time.
	case k.kind != e.Kind || k.resource != e.ResourceID || k.deployment != e.DeploymentID || k.runs != e.Runs || k.tokens != e.tokens() ||
		!k.attribution.equals(&e.Attribution):
		return UsageResult{Status: UsageConflict, Message: "another event was stored under this source, id and time"}
	}
	return first
}

// credits returns the model credits that the item will draw. A run draws none; its charge is counted in runs.
func (it *ingestItem) credits() billing.Amount {
	if it.event.Kind == ToolRun {
		return 0
	}
	return it.charge
}

// refuseTarget says why the event's target cannot be charged, or returns nil. Another account's resource is answered
// like an unknown one. Deployment and status do not matter otherwise: RECORD stores use of what was undeployed or
// deleted since (rules.md §5).
func (run *ingestRun) refuseTarget(e *UsageEvent) *UsageResult {
	t := run.targets[e.ResourceID]
	switch {
	case t == nil || t.accountID != e.AccountID || (t.kind == "TOOL") != (e.Kind == ToolRun) || (t.kind != "TOOL" && t.kind != "MODEL"):
		return e.unknown()
	case t.status == "IN_DEVELOPMENT":
		return refusal(ToolInDevelopment, "the tool is in development: deploy it before its runs are counted")
	// Only deployments that events name are read, so a missing one is unknown.
	case e.DeploymentID != 0 && !t.deployments[e.DeploymentID]:
		return refusal(UnknownDeployment, "the model has no such deployment")
	}
	return nil
}

func (e *UsageEvent) unknown() *UsageResult {
	if e.Kind == ToolRun {
		return refusal(UnknownTool, "the account has no such tool")
	}
	return refusal(UnknownModel, "the account has no such model")
}

// price returns the event's charge, in micro-credits or runs, and whether it is in range. It takes the rates in force
// at the event's own time, not at that of posting (rules.md §6), so late use costs what it cost then.
func (run *ingestRun) price(e *UsageEvent, t *target) (billing.Amount, bool) {
	if e.Kind == ToolRun {
		return billing.Amount(e.Runs), true
	}
	prices := &t.prices
	prices.Cards = run.rates.cards
	charge, ok := prices.Tokens(e.Time).Charge(e.tokens())
	// The bound keeps every sum of the books far from the limits of 64 bits (engine.md).
	return charge, ok && charge <= billing.MaxCharge
}

// refuseReservation says why an event cannot settle its reservation, or returns nil. A reservation that has timed out
// can still be settled.
func (run *ingestRun) refuseReservation(e *UsageEvent) *UsageResult {
	if e.ReservationID == 0 {
		return nil
	}
	switch h := run.reservations[e.ReservationID]; {
	case h == nil || h.account != e.AccountID || h.meter != e.meter():
		return refusal(UnknownReservation, "the account has no such reservation of this meter")
	case h.status == "SETTLED" || h.status == "RELEASED":
		return refusal(ReservationIsClosed, "the reservation was settled for good or released")
	}
	return nil
}
