package tsdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// CounterPatience is how long growth is held whose tool or model is not known.
// After that it is dropped and logged: a name that nobody registers in a month is a mistake, and its growth
// would be kept forever.
const CounterPatience = 30 * 24 * time.Hour

// IsHeld reports whether growth of a counter with such a result is to be held: what it names may be registered yet.
// All other refusals are for good: trying again would be refused again.
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

// SettleCounters forgets growth whose events have been answered for good. What waited behind growth that was held is noted then, to be stored by the
// counter's next sample or by SweepCounters.
// Deltas that are settled already, by another process that stored them too, are left alone; so it may be
// repeated.
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
	return s.release(ctx, deltas, true) // some are held, or were settled by others
}

// HoldCounters keeps growth that was refused because what it names is not known: it is tried again about once a minute, for CounterPatience. What
// its counter grows by meanwhile is added up and waits behind it.
// The age of what is held counts from the first time; the time of the last attempt is noted beside it.
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

// release forgets growth that was held. What waited behind it is noted as growth of its own; or it is forgotten too.
func (s *Store) release(ctx context.Context, deltas []CounterDelta, note bool) error {
	err := s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		// The counters first, in the order in which Count locks them: then no sample can add to what they owe
		// while it is noted.
		owing, err := lockOwing(ctx, tx, deltas)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, "-- name: settle growth that was held\nDELETE FROM counter_delta WHERE delta_id = ANY($1::bigint[]) RETURNING series, event", deltaIDs(deltas))
		if err != nil {
			return err
		}
		noted, paid := pg.NewColumns(2), make([][]byte, 0)
		var series, text []byte
		_, err = pgx.ForEachRow(rows, []any{&series, &text}, func() error {
			c := owing[string(series)]
			if c == nil {
				return nil
			}
			// Several deltas of a counter may be settled at once; what it owes is noted with the first of
			// them.
			delete(owing, string(series))
			// A copy: the next row is scanned into the same bytes.
			key := []byte(string(series))
			paid = append(paid, key)
			return c.note(key, text, noted)
		})
		if err != nil || len(paid) == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, "-- name: release growth\nUPDATE counter SET owed = 0 WHERE series = ANY($1::bytea[])", paid); err != nil || !note {
			return err
		}
		_, err = tx.Exec(ctx, noteGrowth, append(noted.Args(), s.Now())...)
		return err
	})
	if err != nil {
		return fmt.Errorf("release growth: %w", err)
	}
	return nil
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

// note writes what a counter owes as growth at its last sample. held is the event behind which it waited: both are of the same usage.
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

// maxParts is how many events growth may be split into. More than they hold is no growth that anything has: it stays one event, which is refused,
// so that one broken value does not become a million charges.
const maxParts = 100

// noteParts writes growth as the events that are to be stored: one, or several where it is more than an event may hold. They differ in their ids, and
// the same growth is split in the same way whoever does it, so storing it twice counts it once.
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

// counted is the quantity that an event of a counter has, and how much of it an event may have. It has exactly one of the three.
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

// growthID is the id of what a counter grew by up to a time.
// The same growth has the same id, whoever stores it: so a second storing is a DUPLICATE, and one with another
// amount a CONFLICT, never a second charge.
func growthID(key []byte, at time.Time) string {
	return fmt.Sprintf("%x-%s", key, strconv.FormatInt(at.UnixNano(), 10))
}

// Swept is what became of growth that was left over.
type Swept struct {
	Stored, Refused, Held int
	Forgotten             int64 // counters that nobody told of for long
}

// SweepCounters stores growth that a process noted and did not live to store, and growth that is held and may be stored by now, at most limit; and
// it forgets counters that were silent for 30 days.
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
	// Outside the transaction that read them: storing takes the locks of accounts, and beside locks of
	// counters the order of locks would be lost.
	results, err := s.Ingest(ctx, events, Record)
	if err != nil {
		return swept, err
	}
	if err := s.settleSwept(ctx, deltas, results, &swept); err != nil {
		return swept, err
	}
	// What owes something is kept, however silent it is.
	tag, err := s.pool.Exec(ctx, `-- name: forget counters
DELETE FROM counter WHERE series IN (SELECT series FROM counter WHERE heard_at < $1 AND owed = 0 LIMIT 10000)`, s.Now().Add(-counterIdle))
	if err != nil {
		return swept, fmt.Errorf("forget counters: %w", err)
	}
	swept.Forgotten = tag.RowsAffected()
	return swept, nil
}

// sweptEndpoint is what refusals of growth name that was stored, or not, some time after it came: by then it has left its endpoint.
const sweptEndpoint = "counters"

// settleSwept settles or holds growth by what its events were answered, and lets go of what was held for too long.
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
		// Nobody waits for an answer here: the account's refusals and the log tell of it.
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
	// Before it is forgotten: a process that dies in between leaves it to be refused, and told of, once more.
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
	// One line for all, with the first as an example: they are mostly of one account and model.
	s.log.Warn("growth of counters is dropped: what it names was not registered", "held", len(deltas), "account", deltas[0].Event.AccountID, "target", deltas[0].Event.ResourceExternal)
	return s.release(ctx, deltas, false)
}
