package tsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// segmentRow is the last segment of a deployment as stored; End is 0 while it runs. hardware is the name on the rate
// card; priced is older than the segment's start if it was scaled or came up late.
type segmentRow struct {
	billing.Segment
	hardware string
	priced   billing.Second // the instant as of which it was priced
}

const selectLastSegment = `-- name: read the last segment of a deployment
SELECT segment_id, deployment_id, resource_id, category, rate, replicas, hardware, extract(epoch FROM started_at)::bigint,
  coalesce(extract(epoch FROM ended_at)::bigint, 0), extract(epoch FROM coalesce(priced_at, started_at))::bigint
FROM segment WHERE account_id = $1 AND resource_id = $2 AND deployment_id = $3 ORDER BY started_at DESC, segment_id DESC LIMIT 1`

// lastSegment reads the last segment of a deployment, or nil if it never ran. The account's lock is held, so it is the
// last one until the transaction ends.
func lastSegment(ctx context.Context, tx pgx.Tx, d *Deployment) (*segmentRow, error) {
	return scanSegment(tx.QueryRow(ctx, selectLastSegment, d.AccountID, d.ResourceID, d.ID))
}

// scanSegment reads a segment, or nil if there is none.
func scanSegment(row pgx.Row) (*segmentRow, error) {
	var s segmentRow
	err := row.Scan(s.destinations()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read segment: %w", err)
	}
	return &s, nil
}

func (s *segmentRow) destinations() []any {
	return []any{&s.ID, &s.DeploymentID, &s.ResourceID, &s.Category, &s.RatePerHour, &s.Replicas, &s.hardware, &s.Start, &s.End, &s.priced}
}

const selectStoppedSegment = `-- name: find the segment of an instant that the negative limit ended
SELECT segment_id, deployment_id, resource_id, category, rate, replicas, hardware, extract(epoch FROM started_at)::bigint, extract(epoch FROM ended_at)::bigint,
  extract(epoch FROM coalesce(priced_at, started_at))::bigint
FROM segment WHERE account_id = $1 AND resource_id = $2 AND deployment_id = $3 AND started_at <= $4 AND ended_at > $4 AND stopped LIMIT 1`

// stoppedSegment reads the segment of a deployment that contains an instant, if the negative limit ended it, or nil.
// The end of a stopped segment may still be moved to an earlier time while the deployment runs again (rules.md §6).
func stoppedSegment(ctx context.Context, tx pgx.Tx, d *Deployment, at billing.Second) (*segmentRow, error) {
	return scanSegment(tx.QueryRow(ctx, selectStoppedSegment, d.AccountID, d.ResourceID, d.ID, at.Time()))
}

// startSegment begins a segment at a second, now or in the past, with the deployment's hardware, replicas and rate,
// which was in force at priced. What costs nothing is stored, but does not concern the books. A segment has one rate
// and one number of replicas: scaling ends one and begins the next, and so does redeploying.
func (h *hostingTx) startSegment(ctx context.Context, d *Deployment, at, priced billing.Second) error {
	s := billing.Segment{DeploymentID: d.ID, ResourceID: d.ResourceID, Category: d.Category, RatePerHour: d.Rate, Replicas: d.Replicas, Start: at}
	err := h.tx.QueryRow(ctx, `-- name: start segment
INSERT INTO segment (account_id, deployment_id, resource_id, category, hardware, cpu_count, replicas, rate, started_at, priced_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING segment_id`, h.ID, d.ID, d.ResourceID, d.Category, d.Hardware, d.CPUs, d.Replicas, d.Rate,
		at.Time(), priced.Time()).Scan(&s.ID)
	if err != nil {
		return fmt.Errorf("start segment: %w", err)
	}
	h.touched = true
	// History is charted and not charged, so this comes before the books hear of the segment.
	if d.Rate > 0 {
		h.addHistory(&s, h.At)
		h.StartSegment(s)
	}
	return nil
}

// endSegment ends a running segment at a second that is not before its start. Seconds posted beyond it are refunded in
// their minutes (rules.md §6): all of them, or those of the first step.
func (h *hostingTx) endSegment(ctx context.Context, s *segmentRow, at billing.Second) error {
	if s.RatePerHour == 0 {
		h.noteSegmentEnd(s, at, at)
		return nil
	}
	end := h.stepTo(h.At, at)
	paid, err := h.paidSince(ctx, s, end, h.At)
	if err != nil {
		return err
	}
	h.noteSegmentEnd(s, end, at)
	// The table says that the segment runs and the books do not: going on would refund what was never charged.
	if _, running := h.EndSegment(s.ID, end, paid); !running {
		return fmt.Errorf("end segment %d: not running in the books", s.ID)
	}
	h.removeHistory(&s.Segment, end, h.At)
	return nil
}

// shortenSegment moves the end of a segment that has ended, by the negative limit or as far as an earlier step came, to
// an earlier second, or by a step towards it. A stop stands.
func (h *hostingTx) shortenSegment(ctx context.Context, s *segmentRow, at billing.Second) error {
	end := h.stepTo(s.End, at)
	paid, err := h.paidSince(ctx, s, end, s.End)
	if err != nil {
		return err
	}
	h.noteSegmentEnd(s, end, at)
	h.ShortenSegment(s.Segment, end, paid)
	h.removeHistory(&s.Segment, end, s.End)
	return nil
}

// noteSegmentEnd has an end written; goal is where later steps move it.
func (h *hostingTx) noteSegmentEnd(s *segmentRow, end, goal billing.Second) {
	h.touched = true
	h.ending = goal < end
	e := endedSegment{id: s.ID, end: end}
	if h.ending {
		e.goal = goal
	}
	h.segments = append(h.segments, e)
}

// removeHistory takes back what was charted of the part of a segment that is history and lies in [from, to), because
// hosting ended before. It is the counterpart of addHistory, minute by minute, and changes only charts.
func (c *change) removeHistory(s *billing.Segment, from, to billing.Second) {
	for _, m := range s.ByMinute(from, min(to, c.BooksFrom)) {
		c.addHosting(s, m.Minute, -m.Amount)
	}
}

// The charge of a second is never posted before that second, so posted_at bounds the chunks. Most charges are posted
// within their minute: those of the meter are effective by its end, which an index knows.
const (
	selectPaid = `-- name: read the charges of a segment within a time
SELECT entry_no, minute, amount, draw_grants, draw_amounts, debt FROM ledger_entry
WHERE account_id = $1 AND posted_at >= $2 AND minute >= $2 AND minute < $3 AND cause = 'HOSTING' AND cause_id = $4 AND kind = 'CHARGE' ORDER BY entry_no`
	selectPunctual = `-- name: read the punctual charges of a segment within a time
SELECT entry_no, minute, amount, draw_grants, draw_amounts, debt FROM ledger_entry
WHERE account_id = $1 AND posted_at >= $2 AND posted_at < $3::timestamptz + interval '1 hour' AND effective_at > $2 AND effective_at < $3::timestamptz + interval '1 minute'
  AND minute >= $2 AND minute < $3 AND cause = 'HOSTING' AND cause_id = $4 AND kind = 'CHARGE' ORDER BY entry_no`
)

// paidSince reads the entries that charged a segment from the minute of one instant up to another instant, as far as
// they are written. They say which grants paid, so that a refund goes back to those, minute by minute (rules.md §2).
func (h *hostingTx) paidSince(ctx context.Context, s *segmentRow, from, to billing.Second) ([]billing.Entry, error) {
	// The books were posted up to before.At when the transaction began.
	if from >= h.before.At {
		return nil, nil // nothing is posted beyond, except by this transaction
	}
	// A step reads what its own minutes cost. If not all of that was posted in time, it looks through everything since.
	paid, err := h.readPaid(ctx, selectPunctual, s, from, to)
	if err != nil || s.paidBy(paid, max(from.Minute(), h.BooksFrom), min(to, h.before.At)) {
		return paid, err
	}
	return h.readPaid(ctx, selectPaid, s, from, to)
}

func (h *hostingTx) readPaid(ctx context.Context, sql string, s *segmentRow, from, to billing.Second) ([]billing.Entry, error) {
	rows, err := h.tx.Query(ctx, sql, h.ID, from.Minute().Time(), to.Time(), s.ID)
	if err != nil {
		return nil, fmt.Errorf("read paid hosting: %w", err)
	}
	paid, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (billing.Entry, error) {
		e := billing.Entry{Meter: billing.ModelCredits, Kind: billing.EntryCharge, Category: s.Category, Cause: billing.CauseHosting, CauseID: s.ID,
			ResourceID: s.ResourceID, DeploymentID: s.DeploymentID}
		err := scanPaid(row, &e)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("read paid hosting: %w", err)
	}
	return paid, nil
}

// paidBy reports whether entries are all that charged [from, to) of the segment.
func (s *segmentRow) paidBy(paid []billing.Entry, from, to billing.Second) bool {
	charged := map[billing.Second]billing.Amount{}
	for _, e := range paid {
		charged[e.Minute] -= e.Amount
	}
	for _, m := range s.ByMinute(from, to) {
		if charged[m.Minute] < m.Amount {
			return false
		}
	}
	return true
}

// scanPaid reads number, minute, amount, draws and debt of an entry.
func scanPaid(row pgx.CollectableRow, e *billing.Entry) error {
	var minute time.Time
	var grants []int32
	var amounts []int64
	if err := row.Scan(&e.No, &minute, &e.Amount, &grants, &amounts, &e.Debt); err != nil {
		return err
	}
	e.Minute = billing.SecondOf(minute)
	for i := range grants {
		e.Draws = append(e.Draws, billing.Draw{Grant: grants[i], Amount: billing.Amount(amounts[i])})
	}
	return nil
}

const endSegments = `-- name: end segments
UPDATE segment s SET ended_at = u.ended_at, stopped = u.stopped, ends_at = u.ends_at
FROM unnest($1::bigint[], $2::timestamptz[], $3::boolean[], $4::timestamptz[]) AS u (segment_id, ended_at, stopped, ends_at) WHERE s.segment_id = u.segment_id`

// queueHosting queues the ends of segments, those that were asked for and those of stops, in one statement for all
// accounts.
func queueHosting(b *pgx.Batch, changes []*change) {
	columns := pg.NewColumns(4)
	for _, c := range changes {
		for _, s := range c.segments {
			columns.Add(s.id, s.end.Time(), false, pg.SecondOrNull(s.goal))
		}
		for _, stop := range c.Journal.Stops {
			for _, s := range stop.Segments {
				columns.Add(s.ID, stop.At.Time(), true, pg.SecondOrNull(0))
			}
		}
	}
	if len(columns[0]) > 0 {
		b.Queue(endSegments, columns.Args()...)
	}
}
