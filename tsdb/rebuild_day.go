package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// RebuildProgress says how far a rebuild has got. Rows counts the rows written, in all chart tables.
type RebuildProgress struct {
	Done, Total int // days
	Rows        int64
}

const (
	// rebuildEvents and rebuildAccounts bound what one transaction rebuilds of a day. An account whose day holds more is
	// rebuilt by itself.
	rebuildEvents   = 200_000
	rebuildAccounts = 500
	// rebuildPause is how long a rebuild waits for a roll-up under way, whose steps take about a second at most.
	rebuildPause = 50 * time.Millisecond
	// rebuildTurns is how often a day begins anew if something came in between.
	rebuildTurns    = 5
	uniqueViolation = "23505" // SQLSTATE
)

// RebuildCharts makes the chart tables again from the facts: events, segments and fine-tuning jobs. It goes day by day,
// oldest first, some accounts per transaction, while everything else runs; charts answer the same before, between and
// after. account 0 means every account. It may be broken off and repeated. Days whose events retention has dropped stay
// as they are. show, if not nil, is called after each day. It returns NotFound for an unknown account. It is for an
// operator who has found, by a reconciliation, that charts do not agree with the facts. It does not touch the books.
func (s *Store) RebuildCharts(ctx context.Context, account int64, show func(RebuildProgress)) (RebuildProgress, error) {
	var p RebuildProgress
	if err := s.accountExists(ctx, account); err != nil {
		return p, err
	}
	// Found once, at the beginning: what is used from then on goes its usual way.
	days, err := s.daysToRebuild(ctx)
	if err != nil {
		return p, err
	}
	p.Total = len(days)
	for _, day := range days {
		groups, err := s.accountsOfDay(ctx, account, day)
		if err != nil {
			return p, err
		}
		for _, accounts := range groups {
			rows, err := s.rebuildDay(ctx, accounts, day)
			if err != nil {
				return p, fmt.Errorf("rebuild %s: %w", day.Format(time.DateOnly), err)
			}
			p.Rows += rows
		}
		if p.Done++; show != nil {
			show(p)
		}
	}
	return p, nil
}

// accountExists returns NotFound for an unknown account; 0 means every account.
func (s *Store) accountExists(ctx context.Context, account int64) error {
	if account == 0 {
		return nil
	}
	var known bool
	if err := s.pool.QueryRow(ctx, `-- name: look for an account
SELECT EXISTS (SELECT FROM account WHERE account_id = $1)`, account).Scan(&known); err != nil {
		return fmt.Errorf("look for an account: %w", err)
	}
	if !known {
		return noAccount()
	}
	return nil
}

const (
	// firstKept is the first day to rebuild, NULL while retention has dropped nothing. After that the first day that is
	// left stays as it is, too: what was given back of earlier days is charted in it. A table without a chunk has no
	// such day.
	firstKept = `first AS (
  SELECT max(since) + interval '1 day' AS kept FROM (
    SELECT coalesce(min(c.range_start), 'infinity') AS since FROM unnest(ARRAY['usage_event', 'usage_minute']) AS t (name)
    LEFT JOIN timescaledb_information.chunks c ON c.hypertable_name = t.name GROUP BY t.name) c
  WHERE EXISTS (SELECT FROM usage_frozen)
)`

	selectRebuildDays = `-- name: find the days to rebuild
WITH ` + firstKept + `, spans AS (
  SELECT min(range_start) AS since, max(range_end) AS past FROM timescaledb_information.chunks WHERE hypertable_name IN ('usage_event', 'usage_minute')
  UNION ALL SELECT min(started_at), max(started_at) FROM segment
  UNION ALL SELECT min(started_at), max(started_at) FROM fine_tuning_job
  UNION ALL SELECT min(bucket), max(bucket) FROM usage_delta
  UNION ALL SELECT min(bucket), max(bucket) FROM usage_quarter
  UNION ALL SELECT min(bucket), max(bucket) FROM usage_day
  UNION ALL SELECT NULL, $1::timestamptz
)
SELECT day FROM (SELECT min(since) AS since, max(past) AS past FROM spans) s,
  generate_series(date_bin('1 day', s.since, timestamptz '2000-01-01 00:00:00+00'), s.past, interval '1 day') AS day
WHERE day >= coalesce((SELECT kept FROM first), day) ORDER BY day`

	selectStillKept = `-- name: look whether the facts of a day are still kept
WITH ` + firstKept + ` SELECT $1::timestamptz >= coalesce(kept, $1) FROM first`
)

// daysToRebuild returns the days of UTC, oldest first, in which there may be something to chart: from the first fact or
// chart row up to now. It asks the catalog for chunks rather than the tables for rows, which would read their indexes.
func (s *Store) daysToRebuild(ctx context.Context) ([]time.Time, error) {
	rows, err := s.charts.Query(ctx, selectRebuildDays, s.Now())
	if err != nil {
		return nil, fmt.Errorf("find days: %w", err)
	}
	days, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		return nil, fmt.Errorf("find days: %w", err)
	}
	return days, nil
}

const selectRebuildAccounts = `-- name: find the accounts of a day to rebuild
SELECT account_id, sum(n)::bigint FROM (
  SELECT account_id, count(*) AS n FROM usage_event WHERE time >= $1 AND time < $2 AND ($3::bigint = 0 OR account_id = $3) GROUP BY 1
  UNION ALL SELECT account_id, 1440 * count(*) FROM segment WHERE started_at < $2 AND (ended_at IS NULL OR ended_at > $1) AND ($3::bigint = 0 OR account_id = $3) GROUP BY 1
  UNION ALL SELECT account_id, count(*) FROM fine_tuning_job WHERE started_at >= $1 AND started_at < $2 AND ($3::bigint = 0 OR account_id = $3) GROUP BY 1
  UNION ALL SELECT account_id, count(*) FROM usage_minute WHERE bucket >= $1 AND bucket < $2 AND ($3::bigint = 0 OR account_id = $3) GROUP BY 1
  UNION ALL SELECT account_id, count(*) FROM usage_quarter WHERE bucket >= $1 AND bucket < $2 AND ($3::bigint = 0 OR account_id = $3) GROUP BY 1
  UNION ALL SELECT account_id, count(*) FROM usage_day WHERE bucket >= $1 AND bucket < $2 AND ($3::bigint = 0 OR account_id = $3) GROUP BY 1) a
GROUP BY 1 ORDER BY 1`

// accountsOfDay returns the accounts with facts or charts in a day, in groups for one transaction each. Accounts that
// have rows in a chart and no facts are among them: their rows must be deleted.
func (s *Store) accountsOfDay(ctx context.Context, account int64, day time.Time) (groups [][]int64, err error) {
	rows, err := s.charts.Query(ctx, selectRebuildAccounts, day, day.Add(wholeDay), account)
	if err != nil {
		return nil, fmt.Errorf("find accounts: %w", err)
	}
	var group []int64
	// n is how many rows the account has in the day, each minute of hosting counted as one.
	var id, n, size int64
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		// An account is never divided: its day is deleted and made in one transaction, so charts see either the old day
		// or the new one.
		if len(group) > 0 && (size+n > rebuildEvents || len(group) == rebuildAccounts) {
			groups, group, size = append(groups, group), nil, 0
		}
		group, size = append(group, id), size+n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find accounts: %w", err)
	}
	if len(group) > 0 {
		groups = append(groups, group)
	}
	return groups, nil
}

// rebuildDay rebuilds a day of some accounts in one transaction and returns how many rows it wrote. It waits for a
// roll-up and for retention under way, and leaves a day as it is if retention has dropped its facts meanwhile.
func (s *Store) rebuildDay(ctx context.Context, accounts []int64, day time.Time) (rows int64, err error) {
	for turn := 0; ; turn++ {
		// It stays false if another roll-up holds the lock.
		free := false
		err = s.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) (err error) {
			if err = keepRetentionOff(ctx, tx); err != nil {
				return err
			}
			if free, err = s.openRollUp(ctx, tx); err != nil || !free {
				return err
			}
			// Asked again in each transaction, because retention may have run since the days were found.
			kept := false
			if err = tx.QueryRow(ctx, selectStillKept, day).Scan(&kept); err != nil || !kept {
				return err
			}
			rows, err = rebuildFrom(ctx, tx, accounts, day)
			return err
		})
		// Hosting that was reported late went into the charts between the snapshot and the lock: the next snapshot shows it.
		if pg.HasState(err, uniqueViolation) && turn < rebuildTurns {
			continue
		}
		if err != nil || free {
			return rows, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		// A roll-up never waits for a rebuild, it only stops; so the rebuild has to wait.
		case <-time.After(rebuildPause):
		}
	}
}

// rebuildBounds are the bounds of a transaction that rebuilds the day of a heavy account.
const rebuildBounds = "SET LOCAL statement_timeout = '10min'"

// keepRetentionOff begins the transaction of a rebuild. It takes its lock before the snapshot, so that the snapshot
// shows what retention has dropped, and nothing more is dropped before the end.
func keepRetentionOff(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, rebuildBounds); err != nil {
		return fmt.Errorf("set bounds: %w", err)
	}
	if _, err := tx.Exec(ctx, "LOCK TABLE usage_frozen IN ROW SHARE MODE"); err != nil {
		return fmt.Errorf("keep retention off: %w", err)
	}
	return nil
}

// rebuildFrom replaces what the charts say by what the facts of this snapshot say. What a transaction adds after the
// snapshot is in usage_delta, from which only the rows of the snapshot are deleted.
func rebuildFrom(ctx context.Context, tx pgx.Tx, accounts []int64, day time.Time) (rows int64, err error) {
	// First everything of the day is deleted, then it is made: from facts to minutes, to quarter-hours, to the day, to
	// the slots of the whole account.
	var b pgx.Batch
	statements := []string{clearDeltas, clearHostingDeltas, clearMinutes, clearQuarters, clearDays, clearAttributedQuarters, clearAttributedDays, clearAccountUsage,
		rebuildUsed, rebuildHosting, rebuildJobs, rebuildQuarterRows, rebuildDayRows, rebuildAttributedQuarters, rebuildAttributedDays, rebuildAccountUsage}
	for _, sql := range statements {
		b.Queue(sql, accounts, day, day.Add(wholeDay))
	}
	done := tx.SendBatch(ctx, &b)
	for i := range statements {
		tag, err := done.Exec()
		if err != nil {
			_ = done.Close()
			return 0, fmt.Errorf("statement %d: %w", i, err)
		}
		// Deleted rows do not count as written.
		if tag.Insert() {
			rows += tag.RowsAffected()
		}
	}
	return rows, done.Close()
}

const (
	clearDeltas = `-- name: take away what is not rolled up of a day
DELETE FROM usage_delta_row WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3`
	clearHostingDeltas = `-- name: take away hosting that is not rolled up of a day
DELETE FROM usage_delta_hosting WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3`
	clearMinutes = `-- name: take away the minutes of a day
DELETE FROM usage_minute WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3`
	clearQuarters = `-- name: take away the quarter-hours of a day
DELETE FROM usage_quarter WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3`
	clearDays = `-- name: take away a day
DELETE FROM usage_day WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3`

	clearAttributedQuarters = `-- name: take away the attributed quarter-hours of a day
DELETE FROM attributed_quarter WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3`
	clearAttributedDays = `-- name: take away an attributed day
DELETE FROM attributed_day WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3`

	// A minute whose events were all taken back gets no row, where the roll-up leaves one of zeros; charts show the
	// same.
	rebuildUsed = `-- name: make minutes from events
INSERT INTO usage_minute (` + UsedColumns + ClassColumns + `)
SELECT account_id, date_bin('1 minute', time, timestamptz '2000-01-01 00:00:00+00'), resource_id, deployment_id, kind,
  CASE kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, sum(charge), sum(runs), sum(n), sum(input_tokens), sum(output_tokens),
  sum(cache_read_tokens), sum(cache_write_tokens), sum(reasoning_tokens)
FROM (` + factsOfDay + `) f GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0 ORDER BY 1, 2`

	// factsOfDay are the events, less those that were taken back.
	factsOfDay = `SELECT account_id, time, resource_id, deployment_id, kind, 1 AS n, charge, runs, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, attribution_no
  FROM usage_event WHERE account_id = ANY($1::bigint[]) AND time >= $2 AND time < $3
  UNION ALL SELECT account_id, time, resource_id, deployment_id, kind, -1, -charge, -runs, -input_tokens, -output_tokens, -cache_read_tokens, -cache_write_tokens, -reasoning_tokens, attribution_no
  FROM usage_void WHERE account_id = ANY($1::bigint[]) AND time >= $2 AND time < $3`

	// A minute of a segment is the difference of two cumulative charges (billing.Segment.ByMinute), rounded half up.
	// Hosting is made up to where the account is posted, and no further.
	rebuildHosting = `-- name: make minutes from segments
INSERT INTO usage_minute (` + UsedColumns + `)
SELECT s.account_id, m.minute, s.resource_id, s.deployment_id, 'HOSTING', min(s.category), sum(c.credits)::bigint, 0, 0, 0, 0
FROM (
  SELECT g.*, least(coalesce(g.ended_at, b.posted_until), b.posted_until, $3::timestamptz) AS past FROM segment g JOIN balance b USING (account_id)
  WHERE g.account_id = ANY($1::bigint[]) AND g.rate > 0 AND g.started_at < $3 AND (g.ended_at IS NULL OR g.ended_at > $2)) s,
LATERAL generate_series(date_bin('1 minute', greatest(s.started_at, $2::timestamptz), timestamptz '2000-01-01 00:00:00+00'), s.past, interval '1 minute') m (minute),
LATERAL (SELECT extract(epoch FROM greatest(m.minute, s.started_at) - s.started_at)::bigint AS before,
  extract(epoch FROM least(m.minute + interval '1 minute', s.past) - s.started_at)::bigint AS after) t,
LATERAL (SELECT div(2 * s.rate::numeric * s.replicas * t.after + 3600, 7200) - div(2 * s.rate::numeric * s.replicas * t.before + 3600, 7200) AS credits) c
WHERE m.minute < s.past GROUP BY 1, 2, 3, 4 HAVING sum(c.credits) <> 0 ORDER BY 1, 2`

	// The charge and the refund of a job stand in the minute of its start (rules.md §7).
	rebuildJobs = `-- name: make minutes from fine-tuning jobs
INSERT INTO usage_minute (` + UsedColumns + `)
SELECT account_id, date_bin('1 minute', started_at, timestamptz '2000-01-01 00:00:00+00'), model_id, 0, 'FINE_TUNING', 'MODELS', sum(charge - refunded), 0, 0, 0, 0
FROM fine_tuning_job WHERE account_id = ANY($1::bigint[]) AND started_at >= $2 AND started_at < $3 GROUP BY 1, 2, 3 HAVING sum(charge - refunded) <> 0`

	rebuildQuarterRows = `-- name: make quarter-hours from minutes
INSERT INTO usage_quarter (` + UsedColumns + ClassColumns + `)
SELECT account_id, date_bin('15 minutes', bucket, timestamptz '2000-01-01 00:00:00+00'), resource_id, deployment_id, kind,
  min(category), sum(credits), sum(runs), sum(events), sum(input_tokens), sum(output_tokens),
  sum(cache_read_tokens), sum(cache_write_tokens), sum(reasoning_tokens)
FROM usage_minute WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2`

	rebuildDayRows = `-- name: make a day from quarter-hours
INSERT INTO usage_day (` + UsedColumns + ClassColumns + `)
SELECT account_id, $2::timestamptz, resource_id, deployment_id, kind, min(category), sum(credits), sum(runs), sum(events), sum(input_tokens), sum(output_tokens),
  sum(cache_read_tokens), sum(cache_write_tokens), sum(reasoning_tokens)
FROM usage_quarter WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1`

	rebuildAttributedQuarters = `-- name: make attributed quarter-hours from events
INSERT INTO attributed_quarter (` + AttributedColumns + ClassColumns + `)
SELECT account_id, date_bin('15 minutes', time, timestamptz '2000-01-01 00:00:00+00'), resource_id, deployment_id, kind, attribution_no,
  CASE kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, sum(charge), sum(runs), sum(n), sum(input_tokens), sum(output_tokens),
  sum(cache_read_tokens), sum(cache_write_tokens), sum(reasoning_tokens)
FROM (` + factsOfDay + `) f WHERE attribution_no IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0 ORDER BY 1, 2`

	rebuildAttributedDays = `-- name: make an attributed day from quarter-hours
INSERT INTO attributed_day (` + AttributedColumns + ClassColumns + `)
SELECT account_id, $2::timestamptz, resource_id, deployment_id, kind, attribution_no, min(category), sum(credits), sum(runs), sum(events), sum(input_tokens), sum(output_tokens),
  sum(cache_read_tokens), sum(cache_write_tokens), sum(reasoning_tokens)
FROM attributed_quarter WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3 GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1`
)
