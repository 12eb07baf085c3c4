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

// segmentRow is the last segment of a deployment as stored; End is 0 while it runs.
// hardware is the name on the rate card; priced is older than the segment's start where it was scaled or came up late.
type segmentRow struct {
	billing.Segment
	hardware string
	priced   billing.Second // as of when it has its rate
}

const selectLastSegment = `-- name: read the last segment of a deployment
SELECT segment_id, deployment_id, resource_id, category, rate, replicas, hardware, extract(epoch FROM started_at)::bigint,
  coalesce(extract(epoch FROM ended_at)::bigint, 0), extract(epoch FROM coalesce(priced_at, started_at))::bigint
FROM segment WHERE account_id = $1 AND resource_id = $2 AND deployment_id = $3 ORDER BY started_at DESC, segment_id DESC LIMIT 1`

// lastSegment reads the last segment of a deployment; nil where it never ran.
// It is read under the account's lock, so it is the last one until the transaction ends.
func lastSegment(ctx context.Context, tx pgx.Tx, d *Deployment) (*segmentRow, error) {
	return scanSegment(tx.QueryRow(ctx, selectLastSegment, d.AccountID, d.ResourceID, d.ID))
}

// scanSegment reads a segment; nil where there is none.
func scanSegment(row pgx.Row) (*segmentRow, error) {
	var s segmentRow
	err := row.Scan(&s.ID, &s.DeploymentID, &s.ResourceID, &s.Category, &s.RatePerHour, &s.Replicas, &s.hardware, &s.Start, &s.End, &s.priced)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read segment: %w", err)
	}
	return &s, nil
}

const selectStoppedSegment = `-- name: find the segment of an instant that the negative limit ended
SELECT segment_id, deployment_id, resource_id, category, rate, replicas, hardware, extract(epoch FROM started_at)::bigint, extract(epoch FROM ended_at)::bigint,
  extract(epoch FROM coalesce(priced_at, started_at))::bigint
FROM segment WHERE account_id = $1 AND resource_id = $2 AND deployment_id = $3 AND started_at <= $4 AND ended_at > $4 AND stopped LIMIT 1`

// stoppedSegment reads the segment of a deployment that an instant lies in, if the negative limit ended it; nil otherwise.
// The end of one that was stopped may still be moved to an earlier time, while the deployment runs again (rules.md §6).
func stoppedSegment(ctx context.Context, tx pgx.Tx, d *Deployment, at billing.Second) (*segmentRow, error) {
	return scanSegment(tx.QueryRow(ctx, selectStoppedSegment, d.AccountID, d.ResourceID, d.ID, at.Time()))
}

// startSegment begins a segment at a second, now or in the past, at the deployment's hardware, replicas and rate, which it has as of priced.
// What costs nothing is stored and no business of the books.
// A segment has one rate and one number of replicas: scaling ends one and begins the next, and so does redeploying.
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
	// History is charted and not charged, hence before the books hear of the segment.
	if d.Rate > 0 {
		h.addHistory(&s, h.At)
		h.StartSegment(s)
	}
	return nil
}

// endSegment ends a running segment at a second that is not before its start. Seconds that were posted beyond are refunded
// in their minutes (rules.md §6).
func (h *hostingTx) endSegment(ctx context.Context, s *segmentRow, at billing.Second) error {
	h.touched = true
	h.segments = append(h.segments, endedSegment{s.ID, at})
	if s.RatePerHour == 0 {
		return nil
	}
	paid, err := h.paidSince(ctx, s, at)
	if err != nil {
		return err
	}
	// The table says that it runs and the books do not: to go on would refund what was never charged.
	if _, running := h.EndSegment(s.ID, at, paid); !running {
		return fmt.Errorf("end segment %d: not running in the books", s.ID)
	}
	h.removeHistory(&s.Segment, at, h.At)
	return nil
}

// shortenSegment moves the end of a segment that the negative limit ended to an earlier second. The stop stands.
// Only a later end ends hosting for less; the account stays stopped, as other hosting was ended with it.
func (h *hostingTx) shortenSegment(ctx context.Context, s *segmentRow, at billing.Second) error {
	paid, err := h.paidSince(ctx, s, at)
	if err != nil {
		return err
	}
	h.touched = true
	h.segments = append(h.segments, endedSegment{s.ID, at})
	h.ShortenSegment(s.Segment, at, paid)
	h.removeHistory(&s.Segment, at, s.End)
	return nil
}

// removeHistory takes the part of a segment's chart back that is history and lies in [from, to): hosting ended before.
// It is the counterpart of addHistory, minute by minute, and moves charts alone.
func (c *change) removeHistory(s *billing.Segment, from, to billing.Second) {
	for _, m := range s.ByMinute(from, min(to, c.BooksFrom)) {
		c.addHosting(s, m.Minute, -m.Amount)
	}
}

// The charge of a second is never posted before it, so posted_at bounds the chunks.
const selectPaid = `-- name: read the charges of a segment since an instant
SELECT entry_no, minute, amount, draw_grants, draw_amounts, debt FROM ledger_entry
WHERE account_id = $1 AND posted_at >= $2 AND minute >= $2 AND cause = 'HOSTING' AND cause_id = $3 AND kind = 'CHARGE' ORDER BY entry_no`

// paidSince reads the entries that charged a segment in the minute of an instant and later, as far as they are written.
// They say which grants paid, so that a refund goes back to those, minute by minute (rules.md §2).
func (h *hostingTx) paidSince(ctx context.Context, s *segmentRow, at billing.Second) ([]billing.Entry, error) {
	// The books were posted up to before.At when the transaction began.
	if at >= h.before.At {
		return nil, nil // nothing is posted beyond, but by this transaction
	}
	rows, err := h.tx.Query(ctx, selectPaid, h.ID, at.Minute().Time(), s.ID)
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
UPDATE segment s SET ended_at = u.ended_at, stopped = u.stopped FROM unnest($1::bigint[], $2::timestamptz[], $3::boolean[]) AS u (segment_id, ended_at, stopped)
WHERE s.segment_id = u.segment_id`

// queueHosting writes the ends of segments, those that were asked for and those of stops, in one statement for all
// accounts.
func queueHosting(b *pgx.Batch, changes []*change) {
	columns := pg.NewColumns(3)
	for _, c := range changes {
		for _, s := range c.segments {
			columns.Add(s.id, s.end.Time(), false)
		}
		for _, stop := range c.Journal.Stops {
			for _, s := range stop.Segments {
				columns.Add(s.ID, stop.At.Time(), true)
			}
		}
	}
	if len(columns[0]) > 0 {
		b.Queue(endSegments, columns.Args()...)
	}
}
