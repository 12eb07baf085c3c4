package tsdb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// OutboxEvent is an event of an account as the outbox keeps it. The events of one account are committed in the order of
// Revision, which skips numbers, because a change of the balance takes one without leaving an event. Revision counts
// from the base of the epoch. At is the instant of the transaction; a DEPLOYMENT has its own time in the payload.
type OutboxEvent struct {
	AccountID int64
	Revision  int64
	At        time.Time
	Kind      EventKind
	Payload   json.RawMessage
}

// Crossing returns the payload of a CROSSING. An error is a fault of ours, because only queueEvents writes payloads.
func (e OutboxEvent) Crossing() (c Crossing, err error) {
	if err = json.Unmarshal(e.Payload, &c); err != nil {
		err = fmt.Errorf("decode crossing %d: %w", e.Revision, err)
	}
	return c, err
}

// Deployment returns the payload of a DEPLOYMENT.
func (e OutboxEvent) Deployment() (d DeploymentChange, err error) {
	if err = json.Unmarshal(e.Payload, &d); err != nil {
		err = fmt.Errorf("decode change of deployment %d: %w", e.Revision, err)
	}
	return d, err
}

// EventsOf asks for the crossings and changes of deployments of an account after a revision. After includes the base of
// its epoch; a revision of an earlier epoch is below all present ones, and so gets everything that is kept.
type EventsOf struct {
	Account int64
	After   int64
}

// EventsFound holds the events that were asked for, in order, and how far back they go.
type EventsFound struct {
	Events  map[EventsOf][]OutboxEvent
	Horizon map[int64]int64 // the last revision that retention has dropped: events before it may be missing
	Epoch   int64           // the base of the present epoch: what lies before it belongs to another history
}

// One lateral query per question, so that each is bounded by itself: an account with many events does not take the page
// of another. Subtracting the base keeps the index on seq usable.
const selectEvents = `-- name: read outbox
SELECT q.after, e.account_id, e.seq + p.base, e.at, e.kind, e.payload
FROM unnest($1::bigint[], $2::bigint[]) AS q (account_id, after) CROSS JOIN (SELECT number * 4294967296 AS base FROM epoch) p
CROSS JOIN LATERAL (SELECT * FROM account_event e WHERE e.account_id = q.account_id AND e.seq > q.after - p.base
  AND e.kind IN ('CROSSING', 'DEPLOYMENT') ORDER BY e.seq LIMIT $3) e
ORDER BY q.account_id, q.after, e.seq`

const selectHorizon = `-- name: read how far the outbox was dropped
SELECT account_id, seq + ` + EpochBase + ` FROM outbox_horizon WHERE account_id = ANY($1::bigint[]) ORDER BY account_id`

// Events answers each question with the next events, at most limit of them, over one connection and so from one
// history; it returns ErrEpoch if that is not the epoch's. The horizon is read after the events, in a snapshot of its
// own: a caller who misses an event that was dropped meanwhile also sees the horizon that says so.
func (s *Store) Events(ctx context.Context, questions []EventsOf, limit int) (EventsFound, error) {
	// A question without events is missing from Events; an account of which nothing was dropped is missing from Horizon.
	found := EventsFound{Events: map[EventsOf][]OutboxEvent{}, Horizon: map[int64]int64{}}
	accounts, after := make([]int64, len(questions)), make([]int64, len(questions))
	for i, q := range questions {
		accounts[i], after[i] = q.Account, q.After
	}
	// One batch, so one connection: behind a pooler two queries may be answered by two servers, which may have different
	// histories (operations.md).
	same := false
	var b pgx.Batch
	b.Queue(selectEpoch).QueryRow(func(row pgx.Row) error { return row.Scan(&found.Epoch, &same) })
	b.Queue(selectEvents, accounts, after, limit).Query(found.scan)
	b.Queue(selectHorizon, accounts).Query(found.scanHorizon)
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return EventsFound{}, fmt.Errorf("read outbox: %w", err)
	}
	if !same {
		return EventsFound{}, fmt.Errorf("read outbox: %w", ErrEpoch)
	}
	return found, nil
}

// scan reads the events. It copies each payload, because the row's memory is used again for the next.
func (f *EventsFound) scan(rows pgx.Rows) error {
	var e OutboxEvent
	var payload []byte
	var after int64
	_, err := pgx.ForEachRow(rows, []any{&after, &e.AccountID, &e.Revision, &e.At, &e.Kind, &payload}, func() error {
		found := e
		found.At, found.Payload = e.At.UTC(), bytes.Clone(payload)
		asked := EventsOf{e.AccountID, after}
		f.Events[asked] = append(f.Events[asked], found)
		return nil
	})
	return err
}

func (f *EventsFound) scanHorizon(rows pgx.Rows) error {
	var account, revision int64
	_, err := pgx.ForEachRow(rows, []any{&account, &revision}, func() error {
		f.Horizon[account] = revision
		return nil
	})
	return err
}

// Revisions returns the last revisions of accounts, in one cheap statement, for a poll to compare. Unknown accounts are
// missing from the result. A change of the balance takes a revision and leaves no event, so this and not the last event
// says whether anything changed.
func (s *Store) Revisions(ctx context.Context, accounts []int64) (map[int64]int64, error) {
	return readRevisions(ctx, s.pool, accounts)
}

func readRevisions(ctx context.Context, q pg.Querier, accounts []int64) (map[int64]int64, error) {
	rows, err := q.Query(ctx, `-- name: read revisions
SELECT account_id, seq + `+EpochBase+` FROM balance WHERE account_id = ANY($1::bigint[]) ORDER BY account_id`, accounts)
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	revisions := make(map[int64]int64, len(accounts))
	var account, revision int64
	_, err = pgx.ForEachRow(rows, []any{&account, &revision}, func() error {
		revisions[account] = revision
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	return revisions, nil
}

// OutboxDrop says what DropOutbox did.
type OutboxDrop struct {
	Chunks int       // dropped
	Before time.Time // events before it are gone; zero: none were dropped
}

const selectOutboxEdge = `-- name: find the part of the outbox that is old enough to go
SELECT max(range_end) FROM timescaledb_information.chunks WHERE hypertable_name = 'account_event' AND range_end <= $1`

const insertHorizon = `-- name: note how far the outbox is dropped
INSERT INTO outbox_horizon AS h (account_id, seq) SELECT account_id, max(seq) FROM account_event
WHERE at < $1 AND kind IN ('CROSSING', 'DEPLOYMENT') GROUP BY account_id
ON CONFLICT (account_id) DO UPDATE SET seq = greatest(h.seq, EXCLUDED.seq)`

const dropOutbox = `-- name: drop the old outbox
SELECT count(*) FROM drop_chunks('account_event', older_than => $1::timestamptz)`

// DropOutbox drops the days of the outbox that are older than its retention, and notes for each account the last event
// that was dropped: a cursor before it gets a snapshot instead of a gap. Whole chunks are dropped, not rows. The
// horizon and the drop are one transaction, so nobody sees a gap without the horizon that says so.
func (s *Store) DropOutbox(ctx context.Context) (OutboxDrop, error) {
	var done OutboxDrop
	err := s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		var edge *time.Time
		// Nothing is old enough: the horizon stays as it is.
		if err := tx.QueryRow(ctx, selectOutboxEdge, s.Now().Add(-s.settings.OutboxRetention)).Scan(&edge); err != nil || edge == nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertHorizon, *edge); err != nil {
			return err
		}
		done.Before = edge.UTC()
		return tx.QueryRow(ctx, dropOutbox, *edge).Scan(&done.Chunks)
	})
	if err != nil {
		return OutboxDrop{}, fmt.Errorf("drop outbox: %w", err)
	}
	return done, nil
}

// EventKind is the kind of an outbox event (account_event.kind).
type EventKind string

// The kinds of outbox event. A change of the balance takes a seq but writes no row: readers of balances read the state.
const (
	EventCrossing   EventKind = "CROSSING"
	EventBanner     EventKind = "BANNER"
	EventDeployment EventKind = "DEPLOYMENT"
)

// outboxEvent is an event to write.
type outboxEvent struct {
	seq     int64
	kind    EventKind
	at      time.Time
	payload any
}

// addEvent takes the next seq for an event.
// The account is locked, so the order of seqs is the order of commits (architecture.md).
func (c *change) addEvent(kind EventKind, at time.Time, payload any) {
	c.Seq++
	c.events = append(c.events, outboxEvent{c.Seq, kind, at, payload})
}

const insertOutbox = `-- name: write outbox events
INSERT INTO account_event (account_id, seq, at, kind, payload)
SELECT account_id, seq, at, kind, payload::jsonb FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[]) AS u (account_id, seq, at, kind, payload)`

// queueEvents queues outbox events, and each threshold reached, once per arming.
func queueEvents(b *pgx.Batch, changes []*change) error {
	events, crossings := pg.NewColumns(5), pg.NewColumns(7)
	for _, c := range changes {
		for _, e := range c.events {
			payload, err := json.Marshal(e.payload)
			if err != nil {
				return fmt.Errorf("encode outbox event: %w", err)
			}
			events.Add(c.ID, e.seq, e.at, string(e.kind), string(payload))
			// The unique key of crossing (account, meter, threshold, arming) makes sure that a threshold is reached once,
			// in whichever process.
			if x, ok := e.payload.(Crossing); ok && !x.Rearmed {
				crossings.Add(c.ID, string(x.Meter), string(x.Threshold), x.Arming, e.at, e.seq, c.isQuiet(x.Meter, x.Threshold))
			}
		}
	}
	if len(events[0]) > 0 {
		b.Queue(insertOutbox, events.Args()...)
	}
	if len(crossings[0]) > 0 {
		b.Queue(insertCrossings, crossings.Args()...)
	}
	return nil
}
