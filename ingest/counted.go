package ingest

import (
	"context"
	"fmt"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Counters keep the last values of counters that only grow, as tsdb.Store does.
type Counters interface {
	Count(ctx context.Context, samples []tsdb.CounterSample) (tsdb.Counted, error)
	SettleCounters(ctx context.Context, deltas []tsdb.CounterDelta) error
	HoldCounters(ctx context.Context, deltas []tsdb.CounterDelta) error
}

// counted is what became of samples: what was refused, and how much counters grew.
type counted struct {
	events  []tsdb.UsageEvent
	results []tsdb.UsageResult
	kept    int // of those refused: growth that is stored once its target is registered
}

func (c *counted) add(e tsdb.UsageEvent, r tsdb.UsageResult) {
	c.events, c.results = append(c.events, e), append(c.results, r)
}

// count turns samples of counters into usage and stores it. samples holds the counter of each item at the item's index, nil if it has none;
// the item's event says what it counts. Refusals are remembered with the endpoint.
func (h *Events) count(ctx context.Context, endpoint string, items []item, samples []*tsdb.CounterSample) (done counted, err error) {
	if err := h.findAccounts(ctx, items); err != nil {
		return done, err
	}
	var sound []tsdb.CounterSample
	for i := range items {
		s := *samples[i]
		s.Event = items[i].event
		if items[i].fault.Status != "" {
			s.Event.Time = s.At
			h.noteRefusal(endpoint, &s.Event, &items[i].fault)
			done.add(s.Event, items[i].fault)
			continue
		}
		sound = append(sound, s)
	}
	grown, err := h.cfg.Counters.Count(ctx, sound)
	if err != nil {
		return done, fmt.Errorf("count %d samples: %w", len(sound), err)
	}
	for i, refused := range grown.Refused {
		sound[i].Event.Time = sound[i].At
		h.noteRefusal(endpoint, &sound[i].Event, &refused)
		done.add(sound[i].Event, refused)
	}
	return done, h.storeGrowth(ctx, endpoint, grown.Deltas, &done)
}

// storeGrowth stores how much counters grew, and settles that or keeps it for later.
func (h *Events) storeGrowth(ctx context.Context, endpoint string, deltas []tsdb.CounterDelta, done *counted) error {
	fresh := make([]tsdb.UsageEvent, len(deltas))
	for i := range deltas {
		fresh[i] = deltas[i].Event
	}
	stored, err := h.cfg.Batcher.Submit(ctx, fresh, tsdb.Record)
	if err != nil {
		return fmt.Errorf("submit growth of counters: %w", err)
	}
	var settled, held []tsdb.CounterDelta
	for i := range stored {
		done.add(fresh[i], stored[i])
		if !deltas[i].Held { // otherwise it is remembered already
			h.noteRefusal(endpoint, &fresh[i], &stored[i])
		}
		if stored[i].IsHeld() {
			held = append(held, deltas[i])
		} else {
			settled = append(settled, deltas[i])
		}
	}
	done.kept = len(held)
	if err := h.cfg.Counters.HoldCounters(ctx, held); err != nil {
		return err
	}
	return h.cfg.Counters.SettleCounters(ctx, settled)
}

// noteRefusal remembers a refusal.
func (h *Events) noteRefusal(endpoint string, e *tsdb.UsageEvent, r *tsdb.UsageResult) {
	if refusal, refused := tsdb.RefusalOf(endpoint, e, r); refused {
		h.cfg.Refusals.Note(e.AccountID, refusal)
	}
}
