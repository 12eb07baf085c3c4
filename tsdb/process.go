package tsdb

import (
	"context"
	"fmt"
	"time"
)

const upsertProcess = `-- name: a process says that it lives
INSERT INTO process (id, beat_at, jobs) VALUES ($1, clock_timestamp(), $2)
ON CONFLICT (id) DO UPDATE SET beat_at = EXCLUDED.beat_at, jobs = EXCLUDED.jobs RETURNING beat_at`

// Beat records that a process lives, and which of River's jobs it is running. It returns the instant by the database's
// clock, because processes compare each other's beats, and their own clocks may differ.
func (s *Store) Beat(ctx context.Context, process string, jobs []int64) (at time.Time, err error) {
	if jobs == nil {
		jobs = []int64{}
	}
	if err := s.pool.QueryRow(ctx, upsertProcess, process, jobs).Scan(&at); err != nil {
		return at, fmt.Errorf("note that a process lives: %w", err)
	}
	return at, nil
}

// A process without a row is of an older version of the program, and may live. A job of a process that is gone is left
// behind however late it was begun: it may have begun after the last beat, and the row that tells so is deleted here.
const rescueJobs = `-- name: have the jobs done that nobody has in hand
WITH gone AS (
  DELETE FROM process WHERE beat_at < clock_timestamp() - $2::interval RETURNING id
), orphan AS (
  SELECT j.id FROM river_job j
  WHERE j.state = 'running' AND j.kind = ANY($1::text[])
    AND (EXISTS (SELECT FROM gone g WHERE g.id = j.attempted_by[cardinality(j.attempted_by)])
      OR j.attempted_at < clock_timestamp() - $2::interval
        AND EXISTS (SELECT FROM process p WHERE p.id = j.attempted_by[cardinality(j.attempted_by)] AND NOT j.id = ANY(p.jobs)
        AND p.beat_at >= clock_timestamp() - $2::interval))
  ORDER BY j.id FOR UPDATE
)
UPDATE river_job j SET state = 'available', scheduled_at = clock_timestamp(), max_attempts = greatest(j.max_attempts, j.attempt + 1)
FROM orphan o WHERE j.id = o.id AND j.state = 'running'`

// RescueJobs makes jobs of the kinds available again that nobody runs: those of processes that have not said for
// silence that they live, and those that a living process is not running. It returns how many. A job that is taken for
// dead by mistake runs twice at once, which jobs bear (operations.md).
func (s *Store) RescueJobs(ctx context.Context, kinds []string, silence time.Duration) (int, error) {
	tag, err := s.pool.Exec(ctx, rescueJobs, kinds, silence)
	if err != nil {
		return 0, fmt.Errorf("rescue jobs: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// The row must outlast a running job, or nobody would find that the job was left behind.
const deleteProcess = `-- name: forget a process
DELETE FROM process WHERE id = $1
AND NOT EXISTS (SELECT FROM river_job j WHERE j.state = 'running' AND j.attempted_by[cardinality(j.attempted_by)] = $1)`

// ForgetProcess removes a process that has ended in good order. One that leaves jobs running is found by its silence.
func (s *Store) ForgetProcess(ctx context.Context, process string) error {
	if _, err := s.pool.Exec(ctx, deleteProcess, process); err != nil {
		return fmt.Errorf("forget a process: %w", err)
	}
	return nil
}
