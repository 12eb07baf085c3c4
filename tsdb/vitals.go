package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Vitals are what an operator watches of the database. Any process may report them, and all report the same. Most of
// them have an alert and a runbook.
type Vitals struct {
	MeterLag     time.Duration  // how far behind now the posting of running hosting is, at the account that is furthest behind
	OutboxAge    time.Duration  // age of the oldest e-mail that waits for delivery
	Difference   billing.Amount // sum of what reconciliation found at its last look, in smallest units; it must be 0
	AuditAge     time.Duration  // since the account that was audited longest ago was audited; 0: none is known yet
	Dirty        int64          // rows that the roll-up has yet to add, counted up to a million
	MailsByState map[string]int64
	JobsDone     map[string]time.Time // when each job last finished, in whichever process; runs from before a restore or promotion belong to another history and are left out
	Overdue      map[string]int64     // chunks that stay more than two days beyond their retention, by table
}

// Clocks of processes differ, so what seems to lie ahead counts as 0 old. The sum of differences is cut to what a
// bigint holds, since the figure matters most when it is largest.
const vitalsSQL = `-- name: read vitals
SELECT
  greatest((SELECT $1 - min(b.posted_until) FROM balance b JOIN account a USING (account_id)
    WHERE NOT ` + demoIsLoaded + ` AND EXISTS (SELECT FROM segment s WHERE s.account_id = b.account_id AND s.ended_at IS NULL AND s.rate > 0)), interval '0'),
  greatest((SELECT $1 - min(e.created_at) FROM email e WHERE e.state = 'QUEUED'), interval '0'),
  least(coalesce((SELECT sum(r.difference) FROM reconciliation r WHERE r.difference <> 0), 0), 9223372036854775807)::bigint,
  greatest((SELECT $1 - min(r.audited_at) FROM reconciliation r), interval '0'),
  (SELECT count(*) FROM (SELECT FROM usage_delta LIMIT 1000000) d)`

// Vitals reads the vitals as of now. It looks at every account that hosts something, so it should be called at most
// every few seconds.
func (s *Store) Vitals(ctx context.Context) (Vitals, error) {
	// All states from the beginning, because an alert compares with earlier values.
	v := Vitals{MailsByState: map[string]int64{}, JobsDone: map[string]time.Time{}, Overdue: map[string]int64{}}
	// One statement for what is one number each.
	if err := s.charts.QueryRow(ctx, vitalsSQL, s.Now()).Scan(&v.MeterLag, &v.OutboxAge, &v.Difference, &v.AuditAge, &v.Dirty); err != nil {
		return v, fmt.Errorf("read vitals: %w", err)
	}
	counts, err := s.EmailCounts(ctx)
	if err != nil {
		return v, err
	}
	for state, n := range counts {
		v.MailsByState[string(state)] = n
	}
	if err := s.readJobs(ctx, v.JobsDone); err != nil {
		return v, err
	}
	return v, s.readOverdue(ctx, v.Overdue)
}

// readJobs reads when each job last finished. After a restore that begins anew: nothing says that the other history's
// runs have happened in this one.
func (s *Store) readJobs(ctx context.Context, into map[string]time.Time) error {
	rows, err := s.charts.Query(ctx, "-- name: read job runs\nSELECT job, done_at FROM job_run WHERE done_at >= (SELECT since FROM epoch) ORDER BY job")
	if err != nil {
		return fmt.Errorf("read job runs: %w", err)
	}
	var job string
	var at time.Time
	if _, err = pgx.ForEachRow(rows, []any{&job, &at}, func() error { into[job] = at.UTC(); return nil }); err != nil {
		return fmt.Errorf("read job runs: %w", err)
	}
	return nil
}

// LEFT JOIN, so that a table of which nothing is overdue has 0 instead of no row.
const countOverdue = `-- name: count chunks beyond their retention
SELECT t.name, count(c.chunk_name) FROM unnest($1::text[], $2::timestamptz[]) AS t (name, before)
LEFT JOIN timescaledb_information.chunks c ON c.hypertable_name = t.name AND c.range_end <= t.before GROUP BY t.name ORDER BY t.name`

// readOverdue counts the chunks beyond their retention, with two days of grace: retention runs hourly and waits for the
// roll-up and the reconciliation, which is no reason to call anybody.
func (s *Store) readOverdue(ctx context.Context, into map[string]int64) error {
	var tables []string
	var before []time.Time
	for _, t := range retainedTables() {
		tables, before = append(tables, t.table), append(before, s.keptSince(t.table).Add(-2*wholeDay))
	}
	rows, err := s.charts.Query(ctx, countOverdue, tables, before)
	if err != nil {
		return fmt.Errorf("count overdue chunks: %w", err)
	}
	var table string
	var n int64
	if _, err = pgx.ForEachRow(rows, []any{&table, &n}, func() error { into[table] = n; return nil }); err != nil {
		return fmt.Errorf("count overdue chunks: %w", err)
	}
	return nil
}

// NoteJob records that a job finished just now. The last call counts, not the latest time: a clock that went back shows
// as a job that is late.
func (s *Store) NoteJob(ctx context.Context, job string) error {
	_, err := s.pool.Exec(ctx, `-- name: note a job
INSERT INTO job_run (job, done_at) VALUES ($1, $2) ON CONFLICT (job) DO UPDATE SET done_at = EXCLUDED.done_at`, job, s.Now())
	if err != nil {
		return fmt.Errorf("note job: %w", err)
	}
	return nil
}
