package charts

import (
	"context"
	"fmt"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// SegmentRow is a segment of hosting, with the seconds and credits that lie within the span, up to the instant of the
// answer. Seconds are wall-clock time, Credits those of all replicas.
type SegmentRow struct {
	billing.Segment // End: 0 while it runs
	Hardware        string
	CPUs            int64 // GUARDRAILS: per replica
	Stopped         bool  // the negative limit ended it
	Seconds         int64
	Credits         billing.Amount
}

// Key returns the row's place: segments of an account are ordered by start and id.
func (s *SegmentRow) Key() []int64 { return []int64{int64(s.Start), s.ID} }

// SegmentsPage is a page of an account's segments, latest first. Range is the range that Ever stands for.
type SegmentsPage struct {
	tsdb.Paged[SegmentRow]
	Range billing.Range
}

// SegmentQuery says which segments to list: those that share a second with the span. A range in the future is empty;
// what still runs is cut at now.
type SegmentQuery struct {
	Span
	ResourceID   int64 // 0: of all
	DeploymentID int64 // 0: of all
	Stopped      *bool // whether the negative limit ended it within the span; nil: either
	Page         tsdb.Page
	Total        bool // asks for the number of all rows too
}

// $4 and $5 are what the negative limit has stopped since the last posting, and when: tables do not show it yet. A
// segment that ended in the second in which it began ran for no second, and is not listed.
const fromSegments = `
FROM (SELECT s.segment_id, s.deployment_id, s.resource_id, s.category, s.hardware, s.cpu_count, s.replicas, s.rate,
    extract(epoch FROM s.started_at)::bigint AS start, coalesce(extract(epoch FROM s.ended_at)::bigint, u.at, 0) AS "end", s.stopped OR u.at IS NOT NULL AS stopped
  FROM segment s LEFT JOIN unnest($4::bigint[], $5::bigint[]) AS u (id, at) ON u.id = s.segment_id
  WHERE s.account_id = $1 AND ($2::bigint = 0 OR s.resource_id = $2) AND ($3::bigint = 0 OR s.deployment_id = $3) AND s.started_at < to_timestamp($7::bigint)
    AND (s.ended_at IS NULL OR s.ended_at > to_timestamp($6::bigint) AND s.ended_at > s.started_at)) s
WHERE ("end" = 0 OR "end" > greatest($6::bigint, start)) AND ($8::boolean IS NULL OR (stopped AND "end" <= $7::bigint) = $8)`

// Segments lists when and on what an account's resources ran. Segments are kept forever, so the list is exact
// regardless of roll-ups. It returns NotFound if there is no such account. Ids of other accounts' resources match
// nothing.
func (r *Reader) Segments(ctx context.Context, account int64, q SegmentQuery) (*SegmentsPage, error) {
	a, err := r.Account(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	shown, err := r.resolve(ctx, q.Span, []int64{account})
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	now := billing.SecondOf(a.AsOf)
	// The current second counts, so that what began in it is listed.
	from, to := billing.Second(0), now+1
	if !q.Ever {
		from, to = billing.SecondOf(q.From), min(billing.SecondOf(q.To), to)
	}
	// What the list shows as ended must be what the account shows as ended in the same answer.
	stops := pg.NewColumns(2)
	for id, at := range stoppedSegments(a) {
		stops.Add(id, int64(at))
	}
	args := append([]any{account, q.ResourceID, q.DeploymentID}, stops.Args()...)
	args = append(args, int64(from), int64(to), q.Stopped)
	clause, all := q.Page.Clause([]string{"start", "segment_id"}, args)
	var list []SegmentRow
	var s SegmentRow
	_, err = r.Query(ctx, account, `-- name: list segments
SELECT segment_id, deployment_id, resource_id, category, hardware, cpu_count, replicas, rate, start, "end", stopped`+fromSegments+clause, all,
		[]any{&s.ID, &s.DeploymentID, &s.ResourceID, &s.Category, &s.Hardware, &s.CPUs, &s.Replicas, &s.RatePerHour, &s.Start, &s.End, &s.Stopped}, func() error {
			list = append(list, s.within(from, min(to, now)))
			return nil
		})
	if err != nil {
		return nil, err
	}
	page := &SegmentsPage{Paged: pg.CutPage(q.Page, list), Range: shown}
	if q.Total {
		_, err = r.Query(ctx, account, "-- name: count segments\nSELECT count(*)"+fromSegments, args, []any{&page.Total}, func() error { return nil })
	}
	return page, err
}

// within returns the segment with the seconds and credits of it that lie in [from, to). Credits are a difference of the
// cumulative charge, so that the segments of a span sum to its hosting.
func (s SegmentRow) within(from, to billing.Second) SegmentRow {
	end := s.End
	if end == 0 {
		end = to
	}
	from, to = max(from, s.Start), min(to, end)
	if from < to {
		s.Seconds, s.Credits = int64(to-from), s.Charge(from, to)
	}
	return s
}
