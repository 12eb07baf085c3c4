package tsdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Ingest stores a batch of events in one transaction and answers each in order, after the commit. Events that do not validate, or of
// unknown accounts and targets, are refused; nothing is lost because of them. Most callers go through a Batcher, which makes large
// batches of small ones.
func (s *Store) Ingest(ctx context.Context, events []UsageEvent, mode UsageMode) ([]UsageResult, error) {
	results := make([]UsageResult, len(events))
	if err := s.ingest(ctx, s.itemsOf(events, mode, results)); err != nil {
		return nil, err
	}
	return results, nil
}

// ingestItem is an event on its way through the transaction. It answers into its caller's results, which count after the commit.
type ingestItem struct {
	event  *UsageEvent
	mode   UsageMode
	charge billing.Amount
	entry  int64 // the ledger entry that charges it; 0: none, it is history
	result *UsageResult
}

// itemsOf makes items of the events that validate and answers the others.
func (s *Store) itemsOf(events []UsageEvent, mode UsageMode, results []UsageResult) []*ingestItem {
	now := s.Now()
	room, items := make([]ingestItem, len(events)), make([]*ingestItem, 0, len(events))
	for i := range events {
		if refused := s.validate(&events[i], now); refused != nil {
			results[i] = *refused
			continue
		}
		room[i] = ingestItem{event: &events[i], mode: mode, result: &results[i]}
		items = append(items, &room[i])
	}
	return items
}

// waryBatches is for how many batches after the last repeated event each batch looks for repeats before it writes.
const waryBatches = 64

// ingest runs the transaction; it fills every item's result. Looking for events that are there already costs a third of
// the database's time, and mostly there are none: so while no repeats come, events are written unseen, and the unique key
// tells when that was wrong. Then nothing of the transaction stands, and it runs again and looks. So it does where an event is
// refused that may be a repeat: a DUPLICATE is answered as such even where nothing fits any more (rules.md §5).
func (s *Store) ingest(ctx context.Context, items []*ingestItem) error {
	look := s.wary.Load() > 0
	if look {
		s.wary.Add(-1)
	}
	rates, err := s.RateCards(ctx)
	if err == nil {
		err = s.ingestOnce(ctx, items, rates, look)
	}
	if !look && (hasState(err, "23505") || errors.Is(err, errUnseen)) {
		s.wary.Store(waryBatches)
		err = s.ingestOnce(ctx, items, rates, true)
	}
	if err != nil {
		return fmt.Errorf("ingest %d events: %w", len(items), err)
	}
	return nil
}

// errUnseen says that an answer depends on events that were not looked for.
var errUnseen = errors.New("repeats must be looked for")

func (s *Store) ingestOnce(ctx context.Context, items []*ingestItem, rates billing.RateCards, look bool) error {
	ids := make([]int64, 0, len(items))
	for _, it := range items {
		ids = append(ids, it.event.AccountID)
	}
	in := &ingesting{items: items, rates: rates, look: look}
	return s.changeAccounts(ctx, ids, changeOptions{noBring: true, ask: in.ask}, func(ctx context.Context, tx pgx.Tx, changes []*change) error {
		return s.ingestInto(ctx, tx, changes, in)
	})
}

// ingesting is items on their way into a transaction, which may be repeated. The rates are read before it: whoever holds a connection must
// not wait for another, or all of them may wait for each other.
type ingesting struct {
	items []*ingestItem
	rates billing.RateCards
	look  bool       // for events that are there already; else that is left to the unique key, which fails the transaction
	run   *ingestRun // of the present attempt
}

// ask asks for what the items refer to: targets, their deployments, reservations, and events that are there already. The accounts are
// locked, so what is not there now cannot come in between.
func (in *ingesting) ask(b *pgx.Batch) {
	in.run = &ingestRun{rates: in.rates, active: map[int64]time.Time{}, stored: make([]*ingestItem, 0, len(in.items))}
	if len(in.items) == 0 {
		return
	}
	in.run.queueTargets(b, in.items)
	in.run.queueHolds(b, in.items)
	if in.look {
		in.run.queueKnown(b, in.items)
	}
}

// ingestInto stores items on accounts that the transaction holds, after what they ask was answered.
func (s *Store) ingestInto(ctx context.Context, tx pgx.Tx, changes []*change, in *ingesting) error {
	if len(in.items) == 0 {
		return nil
	}
	byAccount := dealToAccounts(in.items)
	if len(changes) == 0 {
		return nil
	}
	run := in.run
	run.now, run.batch = changes[0].asOf, changes[0].asOf.UnixMicro()
	if len(run.known) > 0 {
		s.wary.Store(waryBatches)
	}
	if err := s.charge(run, changes, byAccount); err != nil {
		return err
	}
	if run.gated && !in.look {
		return errUnseen
	}
	return run.store(ctx, tx, changes[0].last)
}

// charge charges what is fresh of each account's items. errBehind where an account must be brought up for that from too far behind.
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
	if s.areBehind(posting, now) {
		return errBehind
	}
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

// dealToAccounts groups items by account, each in order, and answers them all as those of unknown accounts to begin with.
func dealToAccounts(items []*ingestItem) map[int64][]*ingestItem {
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

// ingestRun is what one ingest transaction knows of its items.
type ingestRun struct {
	now     time.Time
	batch   int64
	targets map[int64]*target
	rates   billing.RateCards
	looked  bool                    // known tells what is there already; otherwise the unique key does
	known   map[identity]knownEvent // what is there already, and the items before in this batch
	active  map[int64]time.Time     // latest run of each tool
	holds   map[int64]*holdRow      // reservations that items settle
	stored  []*ingestItem
	gated   bool // a gate or a reservation refused an event
}

// identity is what makes an event the same event; time in microseconds.
type identity struct {
	account int64
	source  string
	id      string
	micros  int64
}

func (e *UsageEvent) identity() identity {
	return identity{e.AccountID, e.Source, e.ID, e.Time.UnixMicro()}
}

// knownEvent is what stands under an identity already.
type knownEvent struct {
	kind                                              UsageKind
	resource, deployment, runs, input, output, charge int64
	history                                           bool
	postedAt                                          time.Time
}

// Constant bounds on time keep the other chunks out of the plan. It is planned for each call: a generic plan, which PostgreSQL would make
// to compare, takes a third of a second over 400 chunks and locks them all.
const selectKnown = `-- name: read events that are there already
SELECT e.account_id, e.source, e.event_id, e.time, e.kind, e.resource_id, e.deployment_id, e.runs, e.input_tokens, e.output_tokens, e.charge,
  e.history, e.posted_at
FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[]) AS i (account_id, time, source, event_id)
JOIN usage_event e ON e.account_id = i.account_id AND e.time = i.time AND e.source = i.source AND e.event_id = i.event_id
WHERE e.time >= $5 AND e.time <= $6`

func (run *ingestRun) queueKnown(b *pgx.Batch, items []*ingestItem) {
	n := len(items)
	run.looked, run.known = true, make(map[identity]knownEvent, n)
	accounts, times, sources, ids := make([]int64, n), make([]time.Time, n), make([]string, n), make([]string, n)
	for i, it := range items {
		e := it.event
		accounts[i], times[i], sources[i], ids[i] = e.AccountID, e.Time, e.Source, e.ID
	}
	first, last := slices.MinFunc(times, time.Time.Compare), slices.MaxFunc(times, time.Time.Compare)
	b.Queue(planEach)
	b.Queue(selectKnown, accounts, times, sources, ids, first, last).Query(run.readKnown)
	b.Queue(keepPlan)
}

func (run *ingestRun) readKnown(rows pgx.Rows) error {
	var k identity
	var at time.Time
	var e knownEvent
	_, err := pgx.ForEachRow(rows, []any{&k.account, &k.source, &k.id, &at, &e.kind, &e.resource, &e.deployment, &e.runs, &e.input, &e.output, &e.charge,
		&e.history, &e.postedAt}, func() error {
		k.micros = at.UnixMicro()
		run.known[k] = e
		return nil
	})
	if err != nil {
		return fmt.Errorf("read known events: %w", err)
	}
	return nil
}

// fresh answers an account's items as far as no balance is needed, in order, and returns those that are left to be charged.
func (run *ingestRun) fresh(c *change, items []*ingestItem) (fresh []*ingestItem) {
	for _, it := range items {
		if run.decide(c, it) {
			fresh = append(fresh, it)
		}
	}
	return fresh
}

// deferred reports that items can be posted before the hosting up to now, and leaves that to a later transaction.
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

// decide answers an item as far as no balance is needed, and reports whether it goes on to be charged.
func (run *ingestRun) decide(c *change, it *ingestItem) bool {
	e := it.event
	if r := run.refuseTarget(e); r != nil {
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
	if r := run.refuseHold(e); r != nil {
		*it.result, run.gated = *r, true
		return false
	}
	return true
}

// find is what stands under the event's identity, as far as it was looked for.
func (run *ingestRun) find(e *UsageEvent) (k knownEvent, found bool) {
	if run.looked {
		k, found = run.known[e.identity()]
	}
	return k, found
}

// repeated answers an event whose identity is taken: the same content is a duplicate, other content a conflict.
func repeated(e *UsageEvent, k knownEvent) UsageResult {
	if k.kind != e.Kind || k.resource != e.ResourceID || k.deployment != e.DeploymentID || k.runs != e.Runs || k.input != e.InputTokens || k.output != e.OutputTokens {
		return UsageResult{Status: Conflicted, Message: "another event was stored under this source, id and time"}
	}
	charge := k.charge
	if k.kind == ToolRun {
		charge = k.runs
	}
	return UsageResult{Status: Duplicate, Charge: billing.Amount(charge), Meter: e.meter(), History: k.history, PostedAt: k.postedAt}
}

// credits is what the item will draw of model credits.
func (it *ingestItem) credits() billing.Amount {
	if it.event.Kind == ToolRun {
		return 0
	}
	return it.charge
}

// post charges the fresh items of an account, in order, as at most one entry a meter, and collects their rows.
func (run *ingestRun) post(c *change, items []*ingestItem) {
	run.expireHolds(c)
	open := newAvailable(c)
	var lines [len(billing.Slices{})]lineSum // by category
	var accepted []*ingestItem
	for _, it := range items {
		if known, found := run.find(it.event); found { // twice in one batch
			*it.result = repeated(it.event, known)
			continue
		}
		history := c.IsHistory(billing.SecondOf(it.event.Time))
		if !history && !open.holds(it.event.meter(), it.charge) {
			*it.result, run.gated = *refusal(QuantityTooLarge, "the account's debt would be out of range"), true
			continue
		}
		if it.mode == Enforce && !history {
			if d := open.with(run.holds[it.event.ReservationID]).fit(it.event.meter(), it.charge); !d.Allowed {
				run.gated = true
				*it.result = UsageResult{Status: Rejected, Code: UsageCode(d.Code), Message: d.Sentence, Decision: &d, Meter: it.event.meter()}
				continue
			}
		}
		run.accept(c, it, history)
		accepted = append(accepted, it)
		if !history {
			open.take(it.event.meter(), it.charge)
			open.free(run.holds[it.event.ReservationID], it.charge)
			lines[it.event.category().Index()].add(it)
		}
	}
	var entries [len(lines)]int64
	for i, category := range billing.Categories() {
		if l := &lines[i]; len(l.lines) > 0 {
			entries[i] = c.ChargeEvents(category, l.lines, run.batch)
		}
	}
	for _, it := range accepted {
		if it.entry = 0; !it.result.History {
			it.entry = entries[it.event.category().Index()]
		}
	}
	run.stored = append(run.stored, accepted...)
}

// accept notes an item as stored.
func (run *ingestRun) accept(c *change, it *ingestItem, history bool) {
	e := it.event
	*it.result = UsageResult{Status: Stored, Charge: it.charge, Meter: e.meter(), History: history, PostedAt: c.Now.Time()}
	if run.looked {
		run.known[e.identity()] = knownEvent{kind: e.Kind, resource: e.ResourceID, deployment: e.DeploymentID, runs: e.Runs, input: e.InputTokens, output: e.OutputTokens,
			charge: int64(it.credits()), history: history, postedAt: c.Now.Time()}
	}
	c.addUse(useKey{billing.SecondOf(e.Time).Minute(), e.ResourceID, e.DeploymentID, string(e.Kind)},
		use{category: e.category(), credits: it.credits(), runs: e.Runs, events: 1, input: e.InputTokens, output: e.OutputTokens})
	if e.Kind == ToolRun && e.Time.After(run.active[e.ResourceID]) {
		run.active[e.ResourceID] = e.Time
	}
}

// lineSum adds up the lines of one entry by resource, in the order in which resources first appear.
type lineSum struct {
	lines []billing.Line
	at    map[int64]int // the places of lines, once they are many
}

// fewLines is up to how many lines it takes less to look through them.
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

// find is the place of a resource's line, or −1.
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
