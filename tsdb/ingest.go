package tsdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Ingest stores a batch of events in one transaction and answers each in order, after the commit. Events that do not
// validate, or name unknown accounts or targets, are refused; nothing else is lost because of them. Most callers go
// through a Batcher, which makes large batches of small ones.
func (s *Store) Ingest(ctx context.Context, events []UsageEvent, mode UsageMode) ([]UsageResult, error) {
	results := make([]UsageResult, len(events))
	if err := s.ingest(ctx, s.itemsOf(events, mode, results)); err != nil {
		return nil, err
	}
	return results, nil
}

// ingestItem is an event on its way through the transaction. Its answer goes into the caller's results, which count
// after the commit.
type ingestItem struct {
	event  *UsageEvent
	mode   UsageMode
	charge billing.Amount
	entry  int64 // the ledger entry that charges it; 0: none, because it is history
	result *UsageResult
	// provisioned says that the item made its tool or model.
	provisioned bool
	// barren is the refusal of the item if no tool or model is made for it: a refused event makes nothing.
	barren      *UsageResult
	unmade      string  // why its tool or model was not made, though events may make some; appended to the refusal
	content     content // digest of its attribution; zero: it has none, or none was computed yet
	hash        uint64  // of its identity
	attribution int64   // number of the combination that it is charted by; 0: none
}

// itemsOf makes items of the events that validate and answers the others.
func (s *Store) itemsOf(events []UsageEvent, mode UsageMode, results []UsageResult) []*ingestItem {
	// One instant for the whole batch, so that the length of the batch does not tell apart two events of one time.
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

// waryBatches is the number of batches after an unforeseen repeat in which every event is looked for before it is
// written.
const waryBatches = 64

// ingest runs the transaction and fills every item's result. Looking for events that are stored already costs a third
// of the database's time, and mostly there are few or none. So it looks only for those that this process stored lately,
// because most repeats are of those. The others are written unseen, and if one is a repeat, the unique key reports it.
// Then the transaction is rolled back, and runs again looking for all events, as the next batches do for a while. The
// same happens if an event that may be a repeat is refused: a DUPLICATE is answered as such even when nothing fits any
// more (rules.md §5).
func (s *Store) ingest(ctx context.Context, items []*ingestItem) error {
	look := s.wary.Load() > 0
	if look {
		s.wary.Add(-1)
	}
	rates, err := s.knownRates(ctx)
	if err == nil {
		err = s.ingestFruitful(ctx, items, rates, look)
	}
	if !look && (pg.HasState(err, "23505") || errors.Is(err, errUnseen)) {
		s.wary.Store(waryBatches)
		err = s.ingestFruitful(ctx, items, rates, true)
	}
	if err != nil {
		return fmt.Errorf("ingest %d events: %w", len(items), err)
	}
	s.recent.add(items)
	return nil
}

// errUnseen says that an answer depends on events that were not looked for. Like errBarren, it never leaves ingest:
// both only make the transaction run again.
var errUnseen = errors.New("repeats must be looked for")

// fruitful repeats a transaction as long as it made tools or models only for refused events. Each time at least one
// event fewer makes any, so it ends. Every call of ingestInto must be within it, because errBarren is not an answer.
func fruitful(transact func() error) (err error) {
	for err = errBarren; errors.Is(err, errBarren); {
		err = transact()
	}
	return err
}

func (s *Store) ingestFruitful(ctx context.Context, items []*ingestItem, rates ratesKnown, look bool) error {
	return fruitful(func() error { return s.ingestOnce(ctx, items, rates, look) })
}

func (s *Store) ingestOnce(ctx context.Context, items []*ingestItem, rates ratesKnown, look bool) error {
	ids := make([]int64, 0, len(items))
	for _, it := range items {
		ids = append(ids, it.event.AccountID)
	}
	in := &ingesting{items: items, rates: rates, look: look, suspects: s.recent.suspects(items)}
	return s.changeAccounts(ctx, ids, changeOptions{noBring: true, ask: in.ask, askAgain: in.askAgain}, func(ctx context.Context, tx pgx.Tx, changes []*change) error {
		return s.ingestInto(ctx, tx, changes, in)
	})
}

// ingestInto stores items on accounts that the transaction has locked, after the questions about the items were
// answered.
func (s *Store) ingestInto(ctx context.Context, tx pgx.Tx, changes []*change, in *ingesting) error {
	if len(in.items) == 0 {
		return nil
	}
	// Also if no account was found: then each item has its answer.
	byAccount := dealToAccounts(in.items)
	if len(changes) == 0 {
		return nil
	}
	run := in.run
	run.now, run.batch = changes[0].asOf, changes[0].asOf.UnixMicro()
	if in.look && s.recent.missed(run.known) {
		s.wary.Store(waryBatches)
	}
	var err error
	if run.rates, err = run.rates.in(ctx, tx, run.rateChanges); err != nil {
		return err
	}
	if len(run.own) > 0 {
		if err := s.provision(ctx, tx, run, changes, byAccount); err != nil {
			return err
		}
	}
	if err := s.charge(run, changes, byAccount); err != nil {
		return err
	}
	if run.gated && !in.look {
		return errUnseen
	}
	if run.findBarren(in.items) {
		return errBarren
	}
	if len(run.attributed) > 0 {
		if err := s.attribute(ctx, tx, run); err != nil {
			return err
		}
	}
	run.remember(changes)
	return run.store(ctx, tx, changes[0].last)
}

// ingesting is a list of items on their way into a transaction, which may be repeated. The rates are read before it:
// whoever holds a connection must not wait for another, or all of them may wait for each other.
type ingesting struct {
	items []*ingestItem
	rates ratesKnown
	look  bool       // look for all events that are stored already; otherwise only for suspects, and the unique key fails the transaction
	run   *ingestRun // of the present attempt
	// suspects are the items that may be stored already, as far as this process knows.
	suspects []*ingestItem
}
