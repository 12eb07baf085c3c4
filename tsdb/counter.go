package tsdb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// Quantity is what a counter counts.
type Quantity int

// The quantities that counters count.
const (
	CountsRuns Quantity = iota
	CountsInput
	CountsOutput
)

// CounterSample is the value at some time of a counter that only grows. Values are 64-bit integers of runs or tokens;
// whoever reads floats refuses those that are not whole.
type CounterSample struct {
	Series   string    // tells the counter apart from others of its account
	Since    time.Time // when it was zero; zero: unknown, and then the first sample counts nothing
	At       time.Time
	Value    int64
	Replica  string     // which of several reporters of the counter sent it; "": there is only one
	Event    UsageEvent // the usage that its growth is, but for ID, Time and the quantity
	Quantity Quantity
	// Restarts says that Series names one counter for good: a Since after its last sample says that it started again,
	// where otherwise it would be another counter. So it does not matter if only some of its reporters say when it
	// began.
	Restarts bool
}

// CounterDelta is the growth of a counter as an event. It is stored until SettleCounters forgets it, because the
// counter has moved on and nobody sends the growth again.
type CounterDelta struct {
	ID    int64
	Held  bool // it was refused before, and kept by HoldCounters
	Event UsageEvent
}

// Counted is the result of counting samples.
type Counted struct {
	Deltas  []CounterDelta
	Refused map[int]UsageResult // by index of the sample; their counters are as if they had not come
}

// Bounds of counters.
const (
	// counterYoung is how long an unknown counter may have run for its first value to count in full.
	counterYoung = 7 * 24 * time.Hour
	counterIdle  = 30 * 24 * time.Hour // after which a silent counter is forgotten
	// counterKnown is how long ago a counter may have begun and cannot have been forgotten yet, with a day allowed for
	// clocks that differ. If a counter began before that, its first value counts nothing: a reporter that was cut off
	// for weeks sends what it kept with times of those weeks, and part of it may have been counted before the counter
	// was forgotten.
	counterKnown = counterIdle - 24*time.Hour
	// maxReplica bounds the name of a reporter, in characters.
	maxReplica = 256
	// replicaPatience is how long a reporter must be silent before another of the same counter takes over.
	replicaPatience = 30 * time.Second
	settledAfter    = time.Minute // growth noted for longer was left by a process that died
)

// key returns the counter's name in the database. A counter that says when it began has another name after each
// beginning, so that two processes that report under one name never look like one that starts over and over; with
// Restarts it keeps its name.
func (c *CounterSample) key() []byte {
	h := sha256.New()
	since := int64(0)
	if !c.Since.IsZero() && !c.Restarts {
		since = c.Since.UnixNano()
	}
	fmt.Fprintf(h, "%d %d %d %s", c.Event.AccountID, since, c.Quantity, c.Series)
	return h.Sum(nil)[:16]
}

// Count notes samples and returns what their counters grew by, in one transaction: as events to be stored now, together
// with growth of the same counters that an earlier call noted and nobody settled. A sample that is repeated, late or
// from another reporter counts nothing, and neither does the first one of a counter of unknown age; a lower value means
// that the counter started again from zero. Events have ids of their own, so storing one twice counts it once.
func (s *Store) Count(ctx context.Context, samples []CounterSample) (done Counted, err error) {
	sorted := s.countable(samples, &done)
	if len(sorted) == 0 {
		return done, nil
	}
	// A request may hold several samples of a counter, in any order.
	slices.SortStableFunc(sorted, func(x, y CounterSample) int { return x.At.Compare(y.At) })
	// One lock for each counter, however many samples it has.
	keys := make([][]byte, len(sorted))
	for i := range sorted {
		keys[i] = sorted[i].key()
	}
	// Noted before it is stored as usage: a process may die in between, and then another one stores the growth, under
	// the same event id.
	err = s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		state, err := lockCounters(ctx, tx, keys, s.Now())
		if err != nil {
			return err
		}
		noted := pg.NewColumns(2)
		for i := range sorted {
			// In the order of time, because each sample builds on the state that the one before it left.
			if e := state[string(keys[i])].grow(&sorted[i], keys[i], s.Now()); e != nil {
				if err := noteParts(keys[i], e, noted); err != nil {
					return err
				}
			}
		}
		done.Deltas, err = noteDeltas(ctx, tx, state, noted, s.Now())
		return err
	})
	if err != nil {
		return Counted{}, fmt.Errorf("count: %w", err)
	}
	return done, nil
}

// countable returns the samples whose growth may be stored: a sample whose time is refused must not move its counter.
func (s *Store) countable(samples []CounterSample, done *Counted) []CounterSample {
	sound := make([]CounterSample, 0, len(samples))
	now := s.Now()
	done.Refused = map[int]UsageResult{}
	for i := range samples {
		// A copy, because its time is cut below; growth of 1 stands for whatever it will be.
		c := samples[i]
		e := c.event([]byte{0}, 1)
		refused := s.validate(e, now)
		if refused == nil {
			refused = c.fault()
		}
		if refused != nil {
			done.Refused[i] = *refused
			continue
		}
		c.At = e.Time // to the precision of events
		sound = append(sound, c)
	}
	return sound
}

// fault says why a sample is refused for something outside its event; nil if it is sound. The database would refuse
// such a name with the whole request, which its sender would repeat forever.
func (c *CounterSample) fault() *UsageResult {
	if c.Value < 0 {
		return refusal(QuantityNegative, "a counter is not negative")
	}
	if fault := text.Fault(c.Replica, 0, maxReplica); fault != "" {
		return refusal(BadIdentity, "the name of a reporter has at most 256 characters, none of them a control character: this one "+fault)
	}
	return nil
}

// event returns the usage that a counter grew by.
func (c *CounterSample) event(key []byte, grown int64) *UsageEvent {
	e := c.Event
	e.Time, e.ID = c.At, growthID(key, c.At)
	switch c.Quantity {
	case CountsRuns:
		e.Runs = grown
	case CountsInput:
		e.InputTokens = grown
	case CountsOutput:
		e.OutputTokens = grown
	}
	return &e
}

// counterState is the last known state of a counter.
type counterState struct {
	at      *time.Time // nil: no sample has come yet
	value   int64
	owed    int64 // growth that waits behind held growth
	replica string
	heard   time.Time
	held    bool // some of its growth is held
	changed bool
}

// grow takes in a sample and returns the resulting usage; nil if there is none.
func (c *counterState) grow(s *CounterSample, key []byte, now time.Time) *UsageEvent {
	switch {
	case c.at != nil && !s.At.After(*c.at), c.at != nil && s.Replica != c.replica && now.Sub(c.heard) < replicaPatience:
		return nil
	}
	// Nothing new, so far: a repeat, a late sample, whose value a later one has covered, or another reporter while the
	// first is heard.
	grown := s.Value - c.value
	switch {
	case c.at == nil && (s.Since.IsZero() || s.At.Sub(s.Since) > counterYoung || now.Sub(s.Since) > counterKnown):
		grown = 0
	case grown < 0, c.at != nil && s.Restarts && s.Since.After(*c.at):
		grown = s.Value // it started again, and may have passed its old value since
	}
	at := s.At
	c.at, c.value, c.replica, c.heard, c.changed = &at, s.Value, s.Replica, now, true
	c.owed = min(c.owed, math.MaxInt64-grown) + grown // so much will be refused, but the sum must not turn negative
	// While some of its growth is held, more of it would only be refused as well: it waits, as one number, whose event
	// is made when the first is stored.
	if c.owed == 0 || c.held {
		return nil
	}
	grown, c.owed = c.owed, 0
	return s.event(key, grown)
}

// lockCounters reads the states of counters, and keeps others from changing them.
func lockCounters(ctx context.Context, tx pgx.Tx, keys [][]byte, now time.Time) (map[string]*counterState, error) {
	// All transactions lock counters in this order; otherwise two requests that share some could each wait for the
	// other.
	ordered := slices.Clone(keys)
	slices.SortFunc(ordered, bytes.Compare)
	ordered = slices.CompactFunc(ordered, bytes.Equal)
	var b pgx.Batch
	b.Queue(beginCounters, ordered, now)
	b.Queue(selectCounters, ordered)
	b.Queue(selectHeld, ordered) // after the locks, so that it sees what was held or released before
	results := tx.SendBatch(ctx, &b)
	state, err := readCounters(results, len(ordered))
	if closed := results.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, fmt.Errorf("lock counters: %w", err)
	}
	return state, nil
}

const (
	// A new counter has a row before it is locked, so that of two requests that report it first, one waits.
	beginCounters = `-- name: begin counters
INSERT INTO counter (series, heard_at) SELECT series, $2 FROM unnest($1::bytea[]) AS u (series) ORDER BY series ON CONFLICT DO NOTHING`
	selectCounters = `-- name: lock counters
SELECT series, at, value, owed, replica, heard_at FROM counter WHERE series = ANY($1::bytea[]) ORDER BY series FOR UPDATE`
	selectHeld = `-- name: read which counters are held
SELECT DISTINCT series FROM counter_delta WHERE series = ANY($1::bytea[]) AND held_at IS NOT NULL`
)

// readCounters reads the answers to the statements of lockCounters.
func readCounters(results pgx.BatchResults, n int) (map[string]*counterState, error) {
	if _, err := results.Exec(); err != nil {
		return nil, err
	}
	state := make(map[string]*counterState, n)
	var series []byte
	var c counterState
	rows, _ := results.Query() // ForEachRow returns its error
	_, err := pgx.ForEachRow(rows, []any{&series, &c.at, &c.value, &c.owed, &c.replica, &c.heard}, func() error {
		// ForEachRow scans each row into the same variables.
		one := c
		state[string(series)] = &one
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows, _ = results.Query()
	_, err = pgx.ForEachRow(rows, []any{&series}, func() error {
		if c := state[string(series)]; c != nil {
			c.held = true
		}
		return nil
	})
	return state, err
}

const noteGrowth = `-- name: note growth
INSERT INTO counter_delta (series, event, noted_at) SELECT u.series, u.event::jsonb, $3 FROM unnest($1::bytea[], $2::text[]) AS u (series, event)`

// noteDeltas writes what changed, and reads all growth that is noted and not settled. Unchanged counters are not
// written, because most samples of an idle process change nothing.
func noteDeltas(ctx context.Context, tx pgx.Tx, state map[string]*counterState, noted pg.Columns, now time.Time) ([]CounterDelta, error) {
	changed, all := pg.NewColumns(6), make([][]byte, 0, len(state))
	// A map has no order in which to lock, but all of these are locked already.
	for series, c := range state {
		all = append(all, []byte(series))
		if c.changed {
			changed.Add([]byte(series), *c.at, c.value, c.owed, c.replica, c.heard)
		}
	}
	if !changed.Empty() {
		if _, err := tx.Exec(ctx, `-- name: advance counters
UPDATE counter c SET at = u.at, value = u.value, owed = u.owed, replica = u.replica, heard_at = u.heard_at
FROM unnest($1::bytea[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::text[], $6::timestamptz[]) AS u (series, at, value, owed, replica, heard_at) WHERE c.series = u.series`, changed.Args()...); err != nil {
			return nil, fmt.Errorf("advance counters: %w", err)
		}
	}
	if !noted.Empty() {
		if _, err := tx.Exec(ctx, noteGrowth, append(noted.Args(), now)...); err != nil {
			return nil, fmt.Errorf("note growth: %w", err)
		}
	}
	// Growth that others noted is read too: their process may have died. Held growth is tried again a minute after the
	// last attempt, and not with each scrape.
	return readDeltas(ctx, tx, `-- name: read growth that is not settled
SELECT delta_id, held_at IS NOT NULL, event FROM counter_delta WHERE series = ANY($1::bytea[]) AND (held_at IS NULL OR noted_at < $2) ORDER BY delta_id LIMIT 20000`,
		all, now.Add(-settledAfter))
}

func readDeltas(ctx context.Context, tx pgx.Tx, sql string, args ...any) (deltas []CounterDelta, err error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read growth: %w", err)
	}
	var id int64
	var held bool
	var text []byte
	_, err = pgx.ForEachRow(rows, []any{&id, &held, &text}, func() error {
		d := CounterDelta{ID: id, Held: held}
		if err := json.Unmarshal(text, &d.Event); err != nil {
			return err
		}
		deltas = append(deltas, d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read growth: %w", err)
	}
	return deltas, nil
}
