package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Status is what an operator asks of a whole installation: which process does what, which job is stuck, which accounts
// are busy or refused. It is for a person who has been called; figures over time are metrics, and come from Vitals.
type Status struct {
	Vitals
	Processes []ProcessStatus
	Jobs      []QueuedJob     // under way, waiting to be repeated, or due and not begun
	Busy      []AccountStatus // those with the most ledger entries within the span, hottest first
	Refused   []AccountStatus // those whose gates refuse for want of credits or runs, and that were used within the span
	Behind    []AccountStatus // those whose hosting is posted longest ago
}

// ProcessStatus is a process that does jobs.
// One that has died stays listed until another one finds its beat too old.
type ProcessStatus struct {
	ID   string
	Beat time.Duration // since it last said that it lives
	Jobs int           // that it is running
}

// QueuedJob is a job that is under way, has failed, or is due and not begun. Error is that of the last attempt, cut to
// 200 characters: a stack trace would fill the terminal.
type QueuedJob struct {
	Name, State, Process, Error string
	Since                       time.Duration // since its last attempt began
	Attempt                     int
}

// AccountStatus is an account with what was posted for it within the span. What is left is as posted, without what
// hosting has cost in PostedAgo.
type AccountStatus struct {
	ID              int64
	Name            string
	Entries         int64
	Credits, Runs   billing.Amount // charged within the span
	LeftCredits     billing.Amount // as posted
	LeftRuns        billing.Amount
	PostedAgo       time.Duration
	RunningSegments int64
}

// By the database's clock, which also wrote the beats, because clocks of processes differ.
const selectProcesses = `-- name: list processes
SELECT id, greatest(clock_timestamp() - beat_at, interval '0'), cardinality(jobs) FROM process ORDER BY id LIMIT 200`

// A job that waits for its time is in order and not listed; a minute of patience leaves out what is about to begin.
const selectJobs = `-- name: list jobs that are under way, failed or not begun
SELECT coalesce(args->>'job', kind || coalesce(' ' || (args->>'emailId'), '')), state::text, coalesce(attempted_by[cardinality(attempted_by)], ''),
  coalesce(left(errors[cardinality(errors)]->>'error', 200), ''), greatest(clock_timestamp() - coalesce(attempted_at, created_at), interval '0'), attempt
FROM river_job WHERE state IN ('running', 'retryable') OR state = 'available' AND scheduled_at < clock_timestamp() - interval '1 minute' ORDER BY attempted_at NULLS FIRST, id LIMIT 50`

// accountStatus selects accounts with what was posted of them since $1; a condition follows.
const accountStatus = ` SELECT a.account_id, a.name, coalesce(u.entries, 0), coalesce(u.credits, 0), coalesce(u.runs, 0), b.balances[1], b.balances[2],
  greatest($2::timestamptz - b.posted_until, interval '0'), (SELECT count(*) FROM segment s WHERE s.account_id = a.account_id AND s.ended_at IS NULL AND s.rate > 0)
FROM account a JOIN balance b USING (account_id) LEFT JOIN used u USING (account_id) `

// posted_at bounds the chunks of the ledger that are read. Only charges count, since they say who keeps the
// installation busy.
const usedSince = `WITH used AS (
  SELECT account_id, count(*) AS entries, coalesce(sum(-amount) FILTER (WHERE meter = 'MODEL_CREDITS'), 0)::bigint AS credits,
    coalesce(sum(-amount) FILTER (WHERE meter = 'TOOL_RUNS'), 0)::bigint AS runs
  FROM ledger_entry WHERE posted_at > $1 AND kind = 'CHARGE' GROUP BY account_id)`

const (
	selectBusy = "-- name: list the busiest accounts\n" + usedSince + accountStatus + `WHERE u.entries > 0 ORDER BY u.entries DESC, a.account_id LIMIT 10`

	selectRefused = "-- name: list accounts that are used and refused\n" + usedSince + accountStatus +
		`WHERE u.entries > 0 AND (b.balances[1] <= 0 OR b.balances[2] <= 0) ORDER BY u.entries DESC, a.account_id LIMIT 10`

	// The meter posts once a minute, so one minute behind is normal and two are not.
	selectBehind = "-- name: list accounts whose hosting is posted longest ago\n" + usedSince + accountStatus +
		`WHERE b.posted_until < $2::timestamptz - interval '2 minutes' AND EXISTS (SELECT FROM segment s WHERE s.account_id = a.account_id AND s.ended_at IS NULL AND s.rate > 0)
ORDER BY b.posted_until, a.account_id LIMIT 10`
)

// Status reads the status of the installation, with the use of accounts within span up to now. It reads the ledger of
// the span, so it is for people, not for scrapes. It is not a snapshot: each list is as of its own statement, which is
// enough for a look.
func (s *Store) Status(ctx context.Context, span time.Duration) (st Status, err error) {
	if st.Vitals, err = s.Vitals(ctx); err != nil {
		return st, err
	}
	rows, err := s.charts.Query(ctx, selectProcesses)
	if err != nil {
		return st, fmt.Errorf("list processes: %w", err)
	}
	if st.Processes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[ProcessStatus]); err != nil {
		return st, fmt.Errorf("list processes: %w", err)
	}
	if rows, err = s.charts.Query(ctx, selectJobs); err != nil {
		return st, fmt.Errorf("list jobs: %w", err)
	}
	if st.Jobs, err = pgx.CollectRows(rows, pgx.RowToStructByPos[QueuedJob]); err != nil {
		return st, fmt.Errorf("list jobs: %w", err)
	}
	// Each of them reads the span again: three short lists by three plain statements, for one person.
	for _, list := range []struct {
		sql  string
		into *[]AccountStatus
	}{{selectBusy, &st.Busy}, {selectRefused, &st.Refused}, {selectBehind, &st.Behind}} {
		if rows, err = s.charts.Query(ctx, list.sql, s.Now().Add(-span), s.Now()); err != nil {
			return st, fmt.Errorf("list accounts: %w", err)
		}
		if *list.into, err = pgx.CollectRows(rows, pgx.RowToStructByPos[AccountStatus]); err != nil {
			return st, fmt.Errorf("list accounts: %w", err)
		}
	}
	return st, nil
}
