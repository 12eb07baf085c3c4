package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// rebuildStep is how many quarter-hours, or days, of accounts one transaction rebuilds at most.
const rebuildStep = 500

const (
	// quarterWindow and dayWindow are how much time one transaction may span, so that it opens few chunks.
	quarterWindow = 7 * wholeDay
	dayWindow     = 60 * wholeDay
)

// RebuildMarked makes everything that the last release has marked, before anybody reads charts. It goes by bounded
// steps, each of which keeps what it did, so it may be broken off and repeated; and it waits for a roll-up under way. A
// process calls it as it starts; with a database without marks it returns at once.
func (s *Store) RebuildMarked(ctx context.Context) error {
	for {
		done := RollUpResult{}
		if err := s.rebuildMarked(ctx, &done); err != nil || !done.Busy {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// Marks come only from processes of the last release: while both releases run, the old one marks what it changes
// instead of adding to usage_delta. Three EXISTS are one look at three tables that stay empty afterwards.
const selectMarked = `-- name: look for marks of the last release
SELECT EXISTS (SELECT FROM usage_dirty), EXISTS (SELECT FROM usage_dirty_day), EXISTS (SELECT FROM account_usage_due)`

// rebuildMarked makes the quarter-hours and days that processes of the previous release have marked. Mostly there are
// none.
func (s *Store) rebuildMarked(ctx context.Context, done *RollUpResult) error {
	var quarters, days, due bool
	if err := s.pool.QueryRow(ctx, selectMarked).Scan(&quarters, &days, &due); err != nil {
		return fmt.Errorf("look for marks: %w", err)
	}
	if quarters {
		if err := s.repeatRebuild(ctx, rebuildQuarters, done); err != nil || done.Busy {
			return err
		}
	}
	// Quarter-hours first: rebuilding one marks its day.
	if quarters || days {
		if err := s.repeatRebuild(ctx, rebuildDays, done); err != nil || done.Busy {
			return err
		}
	}
	if due {
		return s.fillAccountUsage(ctx, done)
	}
	return nil
}

// repeatRebuild takes steps, a transaction each, until there is nothing left to rebuild or another roll-up is met. A
// step that fails is halved. Each step has one snapshot, since it counts events and takes back what usage_delta has of
// them: both must be of the same instant, or an event that comes in between would count twice or not at all.
func (s *Store) repeatRebuild(ctx context.Context, step func(context.Context, pgx.Tx, int) (int, error), done *RollUpResult) error {
	for size := rebuildStep; ; {
		n := 0
		err := s.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
			free, err := s.openRollUp(ctx, tx)
			if err != nil || !free {
				done.Busy = err == nil
				return err
			}
			n, err = step(ctx, tx, size)
			return err
		})
		switch {
		// So that in the end one mark that cannot be rebuilt is met alone, after all that could be.
		case err != nil && size > 1 && ctx.Err() == nil && !pg.IsOutage(err):
			size /= 2
		case err != nil:
			return fmt.Errorf("rebuild: %w", err)
		case n == 0:
			return nil
		}
		done.Rebuilt += n
	}
}

// marks are parts of accounts to rebuild, oldest first, and the time that they span. past is the end of the last one.
// Marks lie in [first, past), which bounds every statement.
type marks struct {
	accounts    []int64
	starts      []time.Time
	first, past time.Time
}

// readMarks collects the marks that sql finds, as far as they lie within window after the first. They come by time, so
// the oldest mark of any account comes first and no account can keep another from its turn.
func readMarks(ctx context.Context, tx pgx.Tx, sql string, limit int, window, width time.Duration) (marks, error) {
	rows, err := tx.Query(ctx, sql, limit)
	if err != nil {
		return marks{}, fmt.Errorf("read marks: %w", err)
	}
	var m marks
	var account int64
	var start time.Time
	_, err = pgx.ForEachRow(rows, []any{&account, &start}, func() error {
		if len(m.starts) == 0 {
			m.first = start
		}
		// Later marks are left for a later step, so that a step opens the chunks of a week and not of a year.
		if start.Before(m.first.Add(window)) {
			m.accounts, m.starts, m.past = append(m.accounts, account), append(m.starts, start), start.Add(width)
		}
		return nil
	})
	if err != nil {
		return marks{}, fmt.Errorf("read marks: %w", err)
	}
	return m, nil
}

const selectDirtyQuarters = `-- name: find quarter-hours to rebuild
SELECT DISTINCT account_id, quarter FROM usage_dirty ORDER BY quarter, account_id LIMIT $1`

// Only marks that this snapshot shows are deleted: what comes in meanwhile is marked again.
const deleteDirtyQuarters = `-- name: take the marks of quarter-hours away
DELETE FROM usage_dirty d USING unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, quarter)
WHERE d.account_id = m.account_id AND d.quarter = m.quarter AND d.quarter >= $3 AND d.quarter < $4`

// The events of a quarter-hour are counted from the events themselves, so what other processes have added for them is
// deleted. Hosting and jobs are not counted again, and keep what was added.
const deleteCounted = `-- name: take back what the events of rebuilt quarter-hours have added
DELETE FROM usage_delta_row d USING unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, quarter)
WHERE d.account_id = m.account_id AND d.bucket >= m.quarter AND d.bucket < m.quarter + interval '15 minutes' AND d.kind IN ('TOOL_RUN', 'INFERENCE')
  AND d.bucket >= $3 AND d.bucket < $4`

// Only retention deletes events, and what it dropped must keep its sums, so rows are written over, never removed. The
// equality with the mark says nothing that its bounds do not say, but with many marks it can be hashed; by the bounds
// alone every row of an account would be compared with every mark of it.
const rollUpMinutes = `-- name: roll events up to minutes
INSERT INTO usage_minute AS u (` + UsedColumns + ClassColumns + `)
SELECT e.account_id, date_bin('1 minute', e.time, timestamptz '2000-01-01 00:00:00+00'), e.resource_id, e.deployment_id, e.kind,
       CASE e.kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, sum(e.charge), sum(e.runs), sum(e.n), sum(e.input_tokens), sum(e.output_tokens),
       sum(e.cache_read_tokens), sum(e.cache_write_tokens), sum(e.reasoning_tokens)
FROM unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, quarter)
JOIN (` + factsOfMarks + `) e ON e.account_id = m.account_id AND e.time >= m.quarter AND e.time < m.quarter + interval '15 minutes'
  AND date_bin('15 minutes', e.time, timestamptz '2000-01-01 00:00:00+00') = m.quarter
GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind) DO UPDATE
SET ` + writeOver + `
WHERE (u.events, u.credits, u.runs, u.input_tokens, u.output_tokens, u.cache_read_tokens, u.cache_write_tokens, u.reasoning_tokens) IS DISTINCT FROM
  (EXCLUDED.events, EXCLUDED.credits, EXCLUDED.runs, EXCLUDED.input_tokens, EXCLUDED.output_tokens, EXCLUDED.cache_read_tokens, EXCLUDED.cache_write_tokens, EXCLUDED.reasoning_tokens)`

// An event that was taken back counts negatively as well, in its own minute.
const factsOfMarks = `
  SELECT account_id, time, resource_id, deployment_id, kind, attribution_no, 1 AS n, charge, runs, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
  FROM usage_event WHERE time >= $3 AND time < $4
  UNION ALL SELECT account_id, time, resource_id, deployment_id, kind, attribution_no, -1, -charge, -runs, -input_tokens, -output_tokens, -cache_read_tokens, -cache_write_tokens, -reasoning_tokens
  FROM usage_void WHERE time >= $3 AND time < $4`

// The category is left alone, because a resource does not change it.
const writeOver = `credits = EXCLUDED.credits, runs = EXCLUDED.runs, events = EXCLUDED.events, input_tokens = EXCLUDED.input_tokens, output_tokens = EXCLUDED.output_tokens,
  cache_read_tokens = EXCLUDED.cache_read_tokens, cache_write_tokens = EXCLUDED.cache_write_tokens, reasoning_tokens = EXCLUDED.reasoning_tokens`

const rollUpToQuarters = `-- name: roll minutes up to quarter-hours
INSERT INTO usage_quarter AS u (` + UsedColumns + ClassColumns + `)
SELECT x.account_id, m.quarter, x.resource_id, x.deployment_id, x.kind, min(x.category),
       sum(x.credits), sum(x.runs), sum(x.events), sum(x.input_tokens), sum(x.output_tokens),
       sum(x.cache_read_tokens), sum(x.cache_write_tokens), sum(x.reasoning_tokens)
FROM unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, quarter)
JOIN usage_minute x ON x.account_id = m.account_id AND x.bucket >= m.quarter AND x.bucket < m.quarter + interval '15 minutes'
  AND date_bin('15 minutes', x.bucket, timestamptz '2000-01-01 00:00:00+00') = m.quarter
WHERE x.bucket >= $3 AND x.bucket < $4 GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind) DO UPDATE
SET ` + writeOver

// What other processes have added for these quarter-hours was taken back, with its attribution, so that is counted
// again too.
const rollUpAttributed = `-- name: roll attributed events up to quarter-hours
INSERT INTO attributed_quarter AS u (` + AttributedColumns + ClassColumns + `)
SELECT e.account_id, m.quarter, e.resource_id, e.deployment_id, e.kind, e.attribution_no,
       CASE e.kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, sum(e.charge), sum(e.runs), sum(e.n), sum(e.input_tokens), sum(e.output_tokens),
       sum(e.cache_read_tokens), sum(e.cache_write_tokens), sum(e.reasoning_tokens)
FROM unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, quarter)
JOIN (` + factsOfMarks + `) e ON e.account_id = m.account_id AND e.time >= m.quarter AND e.time < m.quarter + interval '15 minutes'
  AND date_bin('15 minutes', e.time, timestamptz '2000-01-01 00:00:00+00') = m.quarter
WHERE e.attribution_no IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6
ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind, attribution_no) DO UPDATE
SET ` + writeOver

// In the transaction that rebuilt the quarter-hours: a day that is not marked with them would never be made.
const markDirtyDays = `-- name: mark the days of quarter-hours
INSERT INTO usage_dirty_day (account_id, day)
SELECT DISTINCT m.account_id, date_bin('1 day', m.quarter, timestamptz '2000-01-01 00:00:00+00')
FROM unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, quarter) WHERE $3::timestamptz <= $4::timestamptz
EXCEPT SELECT account_id, day FROM usage_dirty_day`

// rebuildQuarters rebuilds the oldest marked quarter-hours in one transaction and returns how many. The minutes of
// events are made from the events; the quarter-hours are made from all minutes, so those of hosting stay in them.
func rebuildQuarters(ctx context.Context, tx pgx.Tx, limit int) (int, error) {
	m, err := readMarks(ctx, tx, selectDirtyQuarters, limit, quarterWindow, quarterHour)
	if err != nil {
		return 0, err
	}
	return len(m.starts), m.run(ctx, tx, deleteDirtyQuarters, deleteCounted, rollUpMinutes, rollUpToQuarters, rollUpAttributed, markDirtyDays)
}

const selectDirtyDays = `-- name: find days to rebuild
SELECT DISTINCT account_id, day FROM usage_dirty_day ORDER BY day, account_id LIMIT $1`

const deleteDirtyDays = `-- name: take the marks of days away
DELETE FROM usage_dirty_day d USING unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, day)
WHERE d.account_id = m.account_id AND d.day = m.day AND d.day >= $3 AND d.day < $4`

const rollUpToDays = `-- name: roll quarter-hours up to days
INSERT INTO usage_day AS u (` + UsedColumns + ClassColumns + `)
SELECT x.account_id, m.day, x.resource_id, x.deployment_id, x.kind, min(x.category),
       sum(x.credits), sum(x.runs), sum(x.events), sum(x.input_tokens), sum(x.output_tokens),
       sum(x.cache_read_tokens), sum(x.cache_write_tokens), sum(x.reasoning_tokens)
FROM unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, day)
JOIN usage_quarter x ON x.account_id = m.account_id AND x.bucket >= m.day AND x.bucket < m.day + interval '1 day'
  AND date_bin('1 day', x.bucket, timestamptz '2000-01-01 00:00:00+00') = m.day
WHERE x.bucket >= $3 AND x.bucket < $4 GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind) DO UPDATE
SET ` + writeOver

const rollUpAttributedToDays = `-- name: roll attributed quarter-hours up to days
INSERT INTO attributed_day AS u (` + AttributedColumns + ClassColumns + `)
SELECT x.account_id, m.day, x.resource_id, x.deployment_id, x.kind, x.attribution_no, min(x.category),
       sum(x.credits), sum(x.runs), sum(x.events), sum(x.input_tokens), sum(x.output_tokens),
       sum(x.cache_read_tokens), sum(x.cache_write_tokens), sum(x.reasoning_tokens)
FROM unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, day)
JOIN attributed_quarter x ON x.account_id = m.account_id AND x.bucket >= m.day AND x.bucket < m.day + interval '1 day'
  AND date_bin('1 day', x.bucket, timestamptz '2000-01-01 00:00:00+00') = m.day
WHERE x.bucket >= $3 AND x.bucket < $4 GROUP BY 1, 2, 3, 4, 5, 6
ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind, attribution_no) DO UPDATE
SET ` + writeOver

// rebuildDays rebuilds the oldest marked days in one transaction and returns how many.
// The days of an account's resources and those of the account itself are made together, or the tabs would not sum to the
// overview.
func rebuildDays(ctx context.Context, tx pgx.Tx, limit int) (int, error) {
	m, err := readMarks(ctx, tx, selectDirtyDays, limit, dayWindow, wholeDay)
	if err != nil {
		return 0, err
	}
	return len(m.starts), m.run(ctx, tx, deleteDirtyDays, rollUpToDays, rollUpAttributedToDays, clearAccountUsageOfMarks, rebuildAccountUsageOfMarks)
}

// run executes statements that take the marks and the bounds of their time, in order and in one round trip.
// The order is that of the statements: marks go first, then what others added, then each table from the finer one.
func (m *marks) run(ctx context.Context, tx pgx.Tx, statements ...string) error {
	if len(m.starts) == 0 {
		return nil
	}
	var b pgx.Batch
	for _, sql := range statements {
		// All take the same four arguments, whichever they need.
		b.Queue(sql, m.accounts, m.starts, m.first, m.past)
	}
	return tx.SendBatch(ctx, &b).Close()
}
