package tsdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// An end that is reported late gives back each minute that was posted since. If the end lies far back, these are
// hundreds of thousands, so the end is moved there from the present in steps, a transaction each, latest minute first,
// in the order of the refunds. Between two steps the segment simply ends later: books, charts and facts agree at every
// moment. From the first transaction on, segment.ends_at holds the end as it was reported, and whoever finds it goes
// on: the caller, the next change of the account's hosting, or a job.

// errEnding says that an end that was reported before is still being moved.
var errEnding = errors.New("an end of hosting is on its way")

// endStep returns how many minutes a transaction gives back at most. To give back a minute costs about five times as
// much as to post one: its charge is read, and the charts take it at once.
func (s *Store) endStep() billing.Second { return billing.Second(max(1, s.catchUpEntries/5)) }

// stepTo returns where the next step moves an end that is now at posted and was reported to be at goal. Steps end with
// whole minutes, so each minute is given back by one of them.
func (h *hostingTx) stepTo(posted, goal billing.Second) billing.Second {
	if h.step == 0 {
		return goal
	}
	return max(goal, (posted - 60*h.step).Minute())
}

const selectOnTheWay = `-- name: look for ends that are on their way
SELECT EXISTS (SELECT FROM segment WHERE account_id = $1 AND ends_at IS NOT NULL)`

// finishEnds moves the ends of an account's segments to where they were reported.
func (s *Store) finishEnds(ctx context.Context, account int64) error {
	for left := true; left; {
		err := s.changeAccount(ctx, account, changeOptions{debt: true}, func(ctx context.Context, tx pgx.Tx, c *change) (err error) {
			c.atOnce = true
			left, err = (&hostingTx{change: c, tx: tx, step: s.endStep()}).moveEnd(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("move the end of hosting of account %d: %w", account, err)
		}
	}
	return nil
}

const selectEnds = `-- name: read a segment whose end is on its way
SELECT segment_id, deployment_id, resource_id, category, rate, replicas, hardware, extract(epoch FROM started_at)::bigint, extract(epoch FROM ended_at)::bigint,
  extract(epoch FROM coalesce(priced_at, started_at))::bigint, extract(epoch FROM ends_at)::bigint
FROM segment WHERE account_id = $1 AND ends_at IS NOT NULL ORDER BY segment_id LIMIT 2`

// moveEnd moves an end by a step, and reports whether there is more to do.
func (h *hostingTx) moveEnd(ctx context.Context) (left bool, err error) {
	rows, err := h.tx.Query(ctx, selectEnds, h.ID)
	if err != nil {
		return false, fmt.Errorf("read segments: %w", err)
	}
	var found []*segmentRow
	var goal billing.Second // of the first
	for rows.Next() {
		var s segmentRow
		var end billing.Second
		if err := rows.Scan(append(s.destinations(), &end)...); err != nil {
			rows.Close()
			return false, fmt.Errorf("read segments: %w", err)
		}
		if found = append(found, &s); len(found) == 1 {
			goal = end
		}
	}
	if err := rows.Err(); err != nil || len(found) == 0 {
		return false, err
	}
	err = h.shortenSegment(ctx, found[0], goal)
	return h.ending || len(found) > 1, err
}

// FinishEnds moves ends of hosting to where they were reported, if the caller or its process is gone before that was
// finished. It returns how many accounts had such ends. An account that fails does not keep the others from their turn;
// the error is that of the first that failed.
func (s *Store) FinishEnds(ctx context.Context) (accounts int, err error) {
	rows, err := s.pool.Query(ctx, `-- name: find accounts with ends that are on their way
SELECT DISTINCT account_id FROM segment WHERE ends_at IS NOT NULL ORDER BY 1`)
	if err != nil {
		return 0, fmt.Errorf("find ends of hosting: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, fmt.Errorf("find ends of hosting: %w", err)
	}
	for _, id := range ids {
		if failed := s.finishEnds(ctx, id); failed != nil && err == nil {
			err = failed
		}
		if ctx.Err() != nil {
			break
		}
	}
	return len(ids), err
}
