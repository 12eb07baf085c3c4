package tsdb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// CounterPatience is how long growth is held if its tool or model is unknown. After that it is dropped and listed among
// the account's refusals: a name that nobody registers in a month is a mistake, and its growth would be kept forever.
const CounterPatience = 30 * 24 * time.Hour

// IsHeld reports whether growth of a counter with such a result is to be held, because what it names may still be
// registered. All other refusals are final: another attempt would be refused again.
func (r *UsageResult) IsHeld() bool {
	if r.Status != UsageRefused {
		return false
	}
	switch r.Code {
	case UnknownTool, UnknownModel, UnknownDeployment, ToolInDevelopment:
		return true
	}
	return false
}

// SettleCounters forgets growth whose events have been answered for good. What waited behind held growth is noted then,
// to be stored by the counter's next sample or by SweepCounters. Deltas that another process has stored and settled
// already are left alone, so it may be repeated.
func (s *Store) SettleCounters(ctx context.Context, deltas []CounterDelta) error {
	if len(deltas) == 0 {
		return nil
	}
	// Mostly nothing is held, and one statement without a transaction is enough.
	tag, err := s.pool.Exec(ctx, "-- name: settle growth\nDELETE FROM counter_delta WHERE delta_id = ANY($1::bigint[]) AND held_at IS NULL", deltaIDs(deltas))
	if err != nil {
		return fmt.Errorf("settle growth: %w", err)
	}
	if tag.RowsAffected() == int64(len(deltas)) {
		return nil
	}
	return s.release(ctx, deltas, s.noteOwed) // some are held, or were settled by others
}

// HoldCounters keeps growth that was refused because what it names is unknown: it is tried again about once a minute,
// for CounterPatience. What its counter grows by meanwhile is added up and waits behind it. The age of held growth
// counts from its first refusal; the time of the last attempt is noted beside it.
func (s *Store) HoldCounters(ctx context.Context, deltas []CounterDelta) error {
	if len(deltas) == 0 {
		return nil
	}
	if _, err := s.pool.Exec(ctx, `-- name: hold growth
UPDATE counter_delta SET held_at = coalesce(held_at, $2), noted_at = $2 WHERE delta_id = ANY($1::bigint[])`, deltaIDs(deltas), s.Now()); err != nil {
		return fmt.Errorf("hold growth: %w", err)
	}
	return nil
}

func deltaIDs(deltas []CounterDelta) []int64 {
	ids := make([]int64, len(deltas))
	for i := range deltas {
		ids[i] = deltas[i].ID
	}
	return ids
}

// freed is growth that was held and is now forgotten, as it was stored.
type freed struct {
	series, event []byte
	owing         *counterState // what waited behind it; nil: nothing, or it belongs to other growth of the counter
}

// release forgets held growth and what waited behind it. In the same transaction it calls then, which decides what
// becomes of it.
func (s *Store) release(ctx context.Context, deltas []CounterDelta, then func(context.Context, pgx.Tx, []freed) error) error {
	err := s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		// The counters first, in the order in which Count locks them: then no sample can add to what they owe
		// while it is noted.
		owing, err := lockOwing(ctx, tx, deltas)
		if err != nil {
			return err
		}
		gone, err := forgetHeld(ctx, tx, deltas, owing)
		if err != nil || len(gone) == 0 { // others have settled it
			return err
		}
		return then(ctx, tx, gone)
	})
	if err != nil {
		return fmt.Errorf("release growth: %w", err)
	}
	return nil
}

// forgetHeld deletes growth and returns it with what its counters owe. Several deltas of a counter may be settled at
// once; what the counter owes goes with the first of them.
func forgetHeld(ctx context.Context, tx pgx.Tx, deltas []CounterDelta, owing map[string]*counterState) (gone []freed, err error) {
	rows, err := tx.Query(ctx, "-- name: settle growth that was held\nDELETE FROM counter_delta WHERE delta_id = ANY($1::bigint[]) RETURNING series, event", deltaIDs(deltas))
	if err != nil {
		return nil, err
	}
	var paid [][]byte
	var series, text []byte
	_, err = pgx.ForEachRow(rows, []any{&series, &text}, func() error {
		// Copies: the next row is scanned into the same bytes.
		one := freed{series: bytes.Clone(series), event: bytes.Clone(text), owing: owing[string(series)]}
		if one.owing != nil {
			delete(owing, string(series))
			paid = append(paid, one.series)
		}
		gone = append(gone, one)
		return nil
	})
	if err == nil && len(paid) > 0 {
		_, err = tx.Exec(ctx, "-- name: release growth\nUPDATE counter SET owed = 0 WHERE series = ANY($1::bytea[])", paid)
	}
	return gone, err
}

// noteOwed notes what waited behind settled growth, as growth of its own.
func (s *Store) noteOwed(ctx context.Context, tx pgx.Tx, gone []freed) error {
	noted := pg.NewColumns(2)
	for _, g := range gone {
		if g.owing == nil {
			continue
		}
		if err := g.owing.note(g.series, g.event, noted); err != nil {
			return err
		}
	}
	if noted.Empty() {
		return nil
	}
	_, err := tx.Exec(ctx, noteGrowth, append(noted.Args(), s.Now())...)
	return err
}

// lockOwing locks the counters of growth and returns those behind which other growth waits.
func lockOwing(ctx context.Context, tx pgx.Tx, deltas []CounterDelta) (map[string]*counterState, error) {
	rows, err := tx.Query(ctx, `-- name: lock counters that owe
SELECT series, at, owed FROM counter WHERE series IN (SELECT series FROM counter_delta WHERE delta_id = ANY($1::bigint[])) ORDER BY series FOR UPDATE`, deltaIDs(deltas))
	if err != nil {
		return nil, err
	}
	owing := map[string]*counterState{}
	var series []byte
	var c counterState
	_, err = pgx.ForEachRow(rows, []any{&series, &c.at, &c.owed}, func() error {
		if c.owed > 0 {
			one := c
			owing[string(series)] = &one
		}
		return nil
	})
	return owing, err
}

// note writes what a counter owes as growth at its last sample. held is the event behind which that growth waited; both
// are of the same usage.
func (c *counterState) note(key, held []byte, noted pg.Columns) error {
	var e UsageEvent
	if err := json.Unmarshal(held, &e); err != nil {
		return err
	}
	e.Time, e.ID = c.at.UTC(), growthID(key, *c.at)
	quantity, _ := e.counted()
	*quantity = c.owed
	return noteParts(key, &e, noted)
}

// maxParts is how many events growth may be split into. No real counter grows by more than they hold: such growth stays
// one event, which is refused, so that one broken value does not become a million charges.
const maxParts = 100

// noteParts writes growth as the events to be stored: one, or several if it is more than an event may hold. They differ
// in their ids, and the same growth is split in the same way whoever does it, so storing it twice counts it once.
func noteParts(key []byte, e *UsageEvent, noted pg.Columns) error {
	quantity, most := e.counted()
	rest, id := *quantity, e.ID
	if rest > maxParts*most {
		most = rest
	}
	for n := 1; rest > 0; n++ {
		part := *e
		quantity, _ := part.counted()
		*quantity = min(rest, most)
		if rest -= *quantity; n > 1 {
			part.ID = fmt.Sprintf("%s-%d", id, n)
		}
		text, err := json.Marshal(part)
		if err != nil {
			return err
		}
		noted.Add(key, string(text))
	}
	return nil
}

// counted returns the quantity that an event of a counter has, and the most that an event may have of it. Such an event
// has exactly one of the three.
func (e *UsageEvent) counted() (quantity *int64, most int64) {
	switch {
	case e.Runs > 0:
		return &e.Runs, MaxRuns
	case e.InputTokens > 0:
		return &e.InputTokens, MaxTokens
	default:
		return &e.OutputTokens, MaxTokens
	}
}

// growthID returns the event id of what a counter grew by up to a time. The same growth has the same id, whoever stores
// it, so storing it again is a DUPLICATE, or with another amount a CONFLICT, never a second charge.
func growthID(key []byte, at time.Time) string {
	return fmt.Sprintf("%x-%s", key, strconv.FormatInt(at.UnixNano(), 10))
}

// Swept says what became of growth that was left over.
type Swept struct {
	Stored, Refused, Held int
	Forgotten             int64 // counters that nobody reported for long
}

// SweepCounters stores growth that a process noted and did not live to store, and held growth that may be stored by
// now, at most limit deltas. It also forgets counters that were silent for 30 days.
func (s *Store) SweepCounters(ctx context.Context, limit int) (swept Swept, err error) {
	var deltas []CounterDelta
	err = s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) (err error) {
		deltas, err = readDeltas(ctx, tx, `-- name: read growth that was left over
SELECT delta_id, held_at IS NOT NULL, event FROM counter_delta WHERE noted_at < $1 ORDER BY noted_at, delta_id LIMIT $2`, s.Now().Add(-settledAfter), limit)
		return err
	})
	if err != nil {
		return swept, err
	}
	events := make([]UsageEvent, len(deltas))
	for i := range deltas {
		events[i] = deltas[i].Event
	}
	// Outside the transaction that read them: storing locks accounts, and accounts and counters have no common order of
	// locks.
	results, err := s.Ingest(ctx, events, Record)
	if err != nil {
		return swept, err
	}
	if err := s.settleSwept(ctx, deltas, results, &swept); err != nil {
		return swept, err
	}
	// A counter that owes something is kept, however silent it is.
	tag, err := s.pool.Exec(ctx, `-- name: forget counters
DELETE FROM counter WHERE series IN (SELECT series FROM counter WHERE heard_at < $1 AND owed = 0 LIMIT 10000)`, s.Now().Add(-counterIdle))
	if err != nil {
		return swept, fmt.Errorf("forget counters: %w", err)
	}
	swept.Forgotten = tag.RowsAffected()
	return swept, nil
}

// sweptEndpoint is the endpoint that a refusal names if the growth was tried some time after it came, when its own
// endpoint is no longer known.
const sweptEndpoint = "counters"

// settleSwept settles or holds growth by the results of its events, and lets go of what was held for too long.
func (s *Store) settleSwept(ctx context.Context, deltas []CounterDelta, results []UsageResult, swept *Swept) error {
	var settled, held []CounterDelta
	refusals := map[int64][]Refusal{}
	for i := range results {
		account := deltas[i].Event.AccountID
		refused, ok := RefusalOf(sweptEndpoint, &deltas[i].Event, &results[i])
		switch {
		case results[i].IsHeld():
			held = append(held, deltas[i])
			continue
		// Nobody waits for an answer here, so the account's refusals and the log report it.
		case ok:
			swept.Refused++
			refused.At = s.Now()
			refusals[account] = append(refusals[account], refused)
			s.log.Warn("growth of a counter is refused", "code", results[i].Code, "account", account, "event", deltas[i].Event.ID)
		default:
			swept.Stored++
		}
		settled = append(settled, deltas[i])
	}
	swept.Held = len(held)
	// Before the growth is forgotten: if the process dies in between, the growth is refused, and reported, once more.
	if len(refusals) > 0 {
		if err := s.writeRefusals(ctx, refusals); err != nil {
			return fmt.Errorf("remember refused growth: %w", err)
		}
	}
	if err := s.SettleCounters(ctx, settled); err != nil {
		return err
	}
	if err := s.HoldCounters(ctx, held); err != nil {
		return err
	}
	return s.dropHeld(ctx)
}

// dropHeld forgets growth that was held for CounterPatience, and what waits behind it.
func (s *Store) dropHeld(ctx context.Context) error {
	var deltas []CounterDelta
	err := s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) (err error) {
		deltas, err = readDeltas(ctx, tx, `-- name: read growth that was held for too long
SELECT delta_id, true, event FROM counter_delta WHERE held_at < $1 ORDER BY delta_id LIMIT 5000`, s.Now().Add(-CounterPatience))
		return err
	})
	if err != nil || len(deltas) == 0 {
		return err
	}
	// One line for all of them, with the first as an example: most are of one account and model.
	s.log.Warn("growth of counters is dropped: what it names was not registered", "held", len(deltas), "account", deltas[0].Event.AccountID, "target", deltas[0].Event.ResourceExternal)
	return s.release(ctx, deltas, s.refuseDropped)
}

// refuseDropped adds growth that is dropped to the refusals of its account, in the transaction that drops it: it was
// accepted, so whoever misses it looks for it there.
func (s *Store) refuseDropped(ctx context.Context, tx pgx.Tx, gone []freed) error {
	refusals := map[int64][]Refusal{}
	for _, g := range gone {
		var e UsageEvent
		if err := json.Unmarshal(g.event, &e); err != nil {
			return err
		}
		refused, _ := RefusalOf(sweptEndpoint, &e, g.result(&e))
		refused.At = s.Now()
		refusals[e.AccountID] = append(refusals[e.AccountID], refused)
	}
	return putRefusals(ctx, tx, refusals)
}

// result is the answer to growth that is dropped: how much it is, with what waited behind it, and what was missing.
func (g *freed) result(e *UsageEvent) *UsageResult {
	quantity, _ := e.counted()
	dropped := *quantity
	if g.owing != nil {
		dropped = min(dropped, math.MaxInt64-g.owing.owed) + g.owing.owed
	}
	const days = int64(CounterPatience / (24 * time.Hour))
	switch {
	case e.Kind == ToolRun:
		return refusal(UnknownTool, fmt.Sprintf("%d runs are dropped: the tool was not registered and deployed within %d days", dropped, days))
	case e.DeploymentExternal != "":
		return refusal(UnknownDeployment, fmt.Sprintf("%d tokens are dropped: the model, or its deployment, was not registered within %d days", dropped, days))
	}
	return refusal(UnknownModel, fmt.Sprintf("%d tokens are dropped: the model was not registered within %d days", dropped, days))
}
