package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// RollUpResult says what a roll-up did.
type RollUpResult struct {
	Quarters int  // quarter-hours of accounts rebuilt
	Days     int  // days of accounts rebuilt
	Busy     bool // another roll-up is at work: this one stopped
	Left     bool // limit was reached: there may be more to do
}

const (
	quarterHour = 15 * time.Minute
	wholeDay    = 24 * time.Hour

	// rollUpStep is how many quarter-hours, or days, of accounts one transaction rebuilds at most.
	rollUpStep = 2000
	// quarterWindow and dayWindow are how much time one transaction spans at most, so that it opens few chunks.
	quarterWindow = 7 * wholeDay
	dayWindow     = 60 * wholeDay
	// rollUpLock is the advisory lock that keeps roll-ups apart: the text "rollup".
	rollUpLock = int64(0x726f6c6c7570)
)

// RollUp brings the chart tables up to the facts: it rebuilds the dirty quarter-hours that are over, then the dirty days
// that are, at most limit of each, and takes their marks away. The running quarter-hour stays dirty. Charts answer the
// same before, between and after, since they read what is dirty from the finer tables; so a missed or doubled roll-up costs
// speed, never truth.
func (s *Store) RollUp(ctx context.Context, limit int) (RollUpResult, error) {
	var done RollUpResult
	if err := s.repeatRollUp(ctx, limit, s.rollUpQuarters, &done.Quarters, &done); err != nil {
		return done, fmt.Errorf("roll up quarter-hours: %w", err)
	}
	if done.Busy {
		return done, nil
	}
	if err := s.repeatRollUp(ctx, limit, s.rollUpDays, &done.Days, &done); err != nil {
		return done, fmt.Errorf("roll up days: %w", err)
	}
	return done, nil
}

// repeatRollUp takes steps, a transaction each, until there is nothing to do, limit is reached or another roll-up is met.
func (s *Store) repeatRollUp(ctx context.Context, limit int, step func(context.Context, pgx.Tx, int) (int, error), count *int, done *RollUpResult) error {
	for *count < limit {
		n := 0
		err := s.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
			free, err := s.openRollUp(ctx, tx)
			if err != nil || !free {
				done.Busy = err == nil
				return err
			}
			n, err = step(ctx, tx, min(rollUpStep, limit-*count))
			return err
		})
		if err != nil || done.Busy || n == 0 {
			return err
		}
		*count += n
	}
	done.Left = true
	return nil
}

// openRollUp takes the lock and tells whether it was free. The lock may come free only after this transaction's snapshot
// was taken: then the marks that it sees are gone already, deleting them fails as a serialization failure, and transact
// begins anew. A plan made for any bounds would lock every chunk, so each execution is planned for its own.
func (s *Store) openRollUp(ctx context.Context, tx pgx.Tx) (free bool, err error) {
	if _, err = tx.Exec(ctx, `SET LOCAL plan_cache_mode = force_custom_plan`); err != nil {
		return false, fmt.Errorf("set plans: %w", err)
	}
	err = tx.QueryRow(ctx, `-- name: take the roll-up's lock
SELECT pg_try_advisory_xact_lock($1)`, rollUpLock).Scan(&free)
	if err != nil {
		return false, fmt.Errorf("take lock: %w", err)
	}
	return free, nil
}

// marks are stretches of accounts to rebuild, oldest first, and the time that they span.
type marks struct {
	accounts    []int64
	starts      []time.Time
	first, past time.Time
}

// readMarks collects the marks that sql finds, as far as they lie within window after the first.
func readMarks(ctx context.Context, tx pgx.Tx, sql string, closed time.Time, limit int, window, width time.Duration) (marks, error) {
	rows, err := tx.Query(ctx, sql, closed, limit)
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

const selectDirtyQuarters = `-- name: find dirty quarter-hours that are over
SELECT DISTINCT account_id, quarter FROM usage_dirty WHERE quarter <= $1 ORDER BY quarter, account_id LIMIT $2`

// Only marks that this snapshot shows go: what comes in while it works is marked anew.
const deleteDirtyQuarters = `-- name: take the marks of quarter-hours away
DELETE FROM usage_dirty d USING unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, quarter)
WHERE d.account_id = m.account_id AND d.quarter = m.quarter AND d.quarter >= $3 AND d.quarter < $4`

// Events never go but by retention, and what it dropped must keep its sums: so rows are written over, never removed. The
// equality with the mark says nothing that its bounds do not say, but where there are many marks it can be hashed; by the
// bounds alone every row of an account is compared with every mark of it.
const rollUpMinutes = `-- name: roll events up to minutes
INSERT INTO usage_minute AS u (account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens)
SELECT e.account_id, date_bin('1 minute', e.time, timestamptz '2000-01-01 00:00:00+00'), e.resource_id, e.deployment_id, e.kind,
       CASE e.kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, sum(e.charge), sum(e.runs), count(*), sum(e.input_tokens), sum(e.output_tokens)
FROM unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, quarter)
JOIN usage_event e ON e.account_id = m.account_id AND e.time >= m.quarter AND e.time < m.quarter + interval '15 minutes'
  AND date_bin('15 minutes', e.time, timestamptz '2000-01-01 00:00:00+00') = m.quarter
WHERE e.time >= $3 AND e.time < $4 GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind) DO UPDATE
SET credits = EXCLUDED.credits, runs = EXCLUDED.runs, events = EXCLUDED.events, input_tokens = EXCLUDED.input_tokens, output_tokens = EXCLUDED.output_tokens
WHERE u.events <> EXCLUDED.events`

const rollUpToQuarters = `-- name: roll minutes up to quarter-hours
INSERT INTO usage_quarter AS u (account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens)
SELECT x.account_id, m.quarter, x.resource_id, x.deployment_id, x.kind, min(x.category),
       sum(x.credits), sum(x.runs), sum(x.events), sum(x.input_tokens), sum(x.output_tokens)
FROM unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, quarter)
JOIN usage_minute x ON x.account_id = m.account_id AND x.bucket >= m.quarter AND x.bucket < m.quarter + interval '15 minutes'
  AND date_bin('15 minutes', x.bucket, timestamptz '2000-01-01 00:00:00+00') = m.quarter
WHERE x.bucket >= $3 AND x.bucket < $4 GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind) DO UPDATE
SET credits = EXCLUDED.credits, runs = EXCLUDED.runs, events = EXCLUDED.events, input_tokens = EXCLUDED.input_tokens, output_tokens = EXCLUDED.output_tokens`

const markDirtyDays = `-- name: mark the days of quarter-hours
INSERT INTO usage_dirty_day (account_id, day)
SELECT DISTINCT m.account_id, date_bin('1 day', m.quarter, timestamptz '2000-01-01 00:00:00+00')
FROM unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, quarter) WHERE $3::timestamptz <= $4::timestamptz
EXCEPT SELECT account_id, day FROM usage_dirty_day`

// rollUpQuarters rebuilds the oldest dirty quarter-hours in one transaction and returns how many.
func (s *Store) rollUpQuarters(ctx context.Context, tx pgx.Tx, limit int) (int, error) {
	m, err := readMarks(ctx, tx, selectDirtyQuarters, s.Now().Add(-quarterHour), limit, quarterWindow, quarterHour)
	if err != nil {
		return 0, err
	}
	return len(m.starts), m.run(ctx, tx, deleteDirtyQuarters, rollUpMinutes, rollUpToQuarters, markDirtyDays)
}

const selectDirtyDays = `-- name: find dirty days that are over
SELECT DISTINCT account_id, day FROM usage_dirty_day WHERE day <= $1 ORDER BY day, account_id LIMIT $2`

const deleteDirtyDays = `-- name: take the marks of days away
DELETE FROM usage_dirty_day d USING unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, day)
WHERE d.account_id = m.account_id AND d.day = m.day AND d.day >= $3 AND d.day < $4`

const rollUpToDays = `-- name: roll quarter-hours up to days
INSERT INTO usage_day AS u (account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens)
SELECT x.account_id, m.day, x.resource_id, x.deployment_id, x.kind, min(x.category),
       sum(x.credits), sum(x.runs), sum(x.events), sum(x.input_tokens), sum(x.output_tokens)
FROM unnest($1::bigint[], $2::timestamptz[]) AS m (account_id, day)
JOIN usage_quarter x ON x.account_id = m.account_id AND x.bucket >= m.day AND x.bucket < m.day + interval '1 day'
  AND date_bin('1 day', x.bucket, timestamptz '2000-01-01 00:00:00+00') = m.day
WHERE x.bucket >= $3 AND x.bucket < $4 GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind) DO UPDATE
SET credits = EXCLUDED.credits, runs = EXCLUDED.runs, events = EXCLUDED.events, input_tokens = EXCLUDED.input_tokens, output_tokens = EXCLUDED.output_tokens`

// rollUpDays rebuilds the oldest dirty days in one transaction and returns how many.
func (s *Store) rollUpDays(ctx context.Context, tx pgx.Tx, limit int) (int, error) {
	m, err := readMarks(ctx, tx, selectDirtyDays, s.Now().Add(-wholeDay), limit, dayWindow, wholeDay)
	if err != nil {
		return 0, err
	}
	return len(m.starts), m.run(ctx, tx, deleteDirtyDays, rollUpToDays)
}

// run executes statements that take the marks and the bounds of their time, in order and in one round trip.
func (m *marks) run(ctx context.Context, tx pgx.Tx, statements ...string) error {
	if len(m.starts) == 0 {
		return nil
	}
	var b pgx.Batch
	for _, sql := range statements {
		b.Queue(sql, m.accounts, m.starts, m.first, m.past)
	}
	return tx.SendBatch(ctx, &b).Close()
}
