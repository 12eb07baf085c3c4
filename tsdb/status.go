package tsdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Status is what an operator asks of a whole installation: which process does what, which job is stuck, which accounts
// are busy or refused. It is for a person who has been called; figures over time are metrics, and come from Vitals.
type Status struct {
	Vitals
	Processes []ProcessStatus
	Jobs      []QueuedJob      // under way, waiting to be repeated, or due and not begun
	Waiting   []WaitingSession // for locks of others, longest first
	Busy      []AccountStatus  // those with the most events within the span, then by entries of the ledger, hottest first
	Exhausted []AccountStatus  // those that have used up what they used within the span, so that gates refuse more of it
	Behind    []AccountStatus  // those whose hosting is posted longest ago
	Refused   []RefusedUsage   // events that were refused within the span, most first
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

// WaitingSession is a session of the database's user that waits for a lock, with one of the sessions that it waits for.
// Of sessions of other users PostgreSQL shows little, so their state may be "".
type WaitingSession struct {
	PID                    int32
	Application, Statement string // the first line
	Since                  time.Duration
	Blocker                int32 // 0: a prepared transaction
	By, Address, State     string
	Transaction            time.Duration // since the blocker's began
}

// RefusedUsage is how many events of an account were refused for one reason, of those that are remembered.
type RefusedUsage struct {
	ID             int64
	Name           string
	Code, Endpoint string // the endpoint at which most came in
	Events         int64
	Ago            time.Duration // since the last one
}

// AccountStatus is an account with what was posted for it within the span. What is left is as posted, without what
// hosting has cost in PostedAgo.
type AccountStatus struct {
	ID              int64
	Name            string
	Events          int64          // whose time lies within the span
	Entries         int64          // charges of the ledger; a batch of events makes one or two, and running hosting one a minute
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

// Sessions that wait for each other stand here only until PostgreSQL ends one of them.
const selectWaiting = `-- name: list sessions that wait for locks
SELECT w.pid, coalesce(w.application_name, ''), coalesce(left(split_part(w.query, chr(10), 1), 60), ''), greatest(clock_timestamp() - w.query_start, interval '0'),
  x.pid, coalesce(b.application_name, ''), coalesce(host(b.client_addr), ''), coalesce(b.state, ''), coalesce(greatest(clock_timestamp() - b.xact_start, interval '0'), interval '0')
FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS x (pid) LEFT JOIN pg_stat_activity b ON b.pid = x.pid
WHERE w.datname = current_database() AND w.wait_event_type = 'Lock' ORDER BY w.query_start, w.pid, x.pid LIMIT 20`

// accountStatus selects accounts with what was posted of them since $1; a condition follows.
const accountStatus = ` SELECT a.account_id, a.name, coalesce(u.events, 0), coalesce(u.entries, 0), coalesce(u.credits, 0), coalesce(u.runs, 0), b.balances[1], b.balances[2],
  greatest($2::timestamptz - b.posted_until, interval '0'), (SELECT count(*) FROM segment s WHERE s.account_id = a.account_id AND s.ended_at IS NULL AND s.rate > 0)
FROM account a JOIN balance b USING (account_id) LEFT JOIN used u USING (account_id) `

// posted_at and bucket bound the chunks that are read. Events are counted by their own time: an index by the time of
// their storing would cost each of them. Of the ledger only charges count, since they say who keeps the installation busy.
const usedSince = `WITH counted AS (
  SELECT account_id, sum(events)::bigint AS events FROM (
    SELECT account_id, events FROM usage_minute WHERE bucket > $1 UNION ALL SELECT account_id, events FROM usage_delta_row WHERE bucket > $1) m GROUP BY account_id
), charged AS (
  SELECT account_id, count(*) AS entries, coalesce(sum(-amount) FILTER (WHERE meter = 'MODEL_CREDITS'), 0)::bigint AS credits,
    coalesce(sum(-amount) FILTER (WHERE meter = 'TOOL_RUNS'), 0)::bigint AS runs
  FROM ledger_entry WHERE posted_at > $1 AND kind = 'CHARGE' GROUP BY account_id
), used AS (SELECT * FROM counted FULL JOIN charged USING (account_id))`

const (
	selectBusy = "-- name: list the busiest accounts\n" + usedSince + accountStatus +
		`WHERE u.events > 0 OR u.entries > 0 ORDER BY coalesce(u.events, 0) DESC, coalesce(u.entries, 0) DESC, a.account_id LIMIT 10`

	// Who has no runs and uses none is refused nothing.
	selectExhausted = "-- name: list accounts that have used up what they use\n" + usedSince + accountStatus +
		`WHERE u.credits > 0 AND b.balances[1] <= 0 OR u.runs > 0 AND b.balances[2] <= 0 ORDER BY coalesce(u.events, 0) DESC, u.entries DESC, a.account_id LIMIT 10`

	// The meter posts once a minute, so one minute behind is normal and two are not.
	selectBehind = "-- name: list accounts whose hosting is posted longest ago\n" + usedSince + accountStatus +
		`WHERE b.posted_until < $2::timestamptz - interval '2 minutes' AND EXISTS (SELECT FROM segment s WHERE s.account_id = a.account_id AND s.ended_at IS NULL AND s.rate > 0)
ORDER BY b.posted_until, a.account_id LIMIT 10`

	selectRefused = `-- name: list accounts whose events are refused
SELECT r.account_id, a.name, r.code, mode() WITHIN GROUP (ORDER BY r.endpoint), count(*), greatest($2::timestamptz - max(r.at), interval '0')
FROM usage_refusal r JOIN account a USING (account_id) WHERE r.at > $1 GROUP BY r.account_id, a.name, r.code ORDER BY count(*) DESC, r.account_id, r.code LIMIT 20`
)

// Status reads the status of the installation, with the use of accounts within span up to now. It reads the ledger of
// the span, so it is for people, not for scrapes. It is not a snapshot: each list is as of its own statement, which is
// enough for a look. If some lists cannot be read, because somebody holds a lock on a table for example, the others are
// there nevertheless, beside the error.
func (s *Store) Status(ctx context.Context, span time.Duration) (st Status, err error) {
	from, now, in := s.Now().Add(-span), s.Now(), lister{pool: s.charts}
	// First who waits for whom, which reads no table of ours.
	listInto(ctx, &in, &st.Waiting, selectWaiting)
	listInto(ctx, &in, &st.Processes, selectProcesses)
	listInto(ctx, &in, &st.Jobs, selectJobs)
	in.read(ctx, func(ctx context.Context) (err error) {
		st.Vitals, err = s.Vitals(ctx)
		return err
	})
	// Three of them read the span again: short lists by plain statements, for one person.
	listInto(ctx, &in, &st.Busy, selectBusy, from, now)
	listInto(ctx, &in, &st.Exhausted, selectExhausted, from, now)
	listInto(ctx, &in, &st.Behind, selectBehind, from, now)
	listInto(ctx, &in, &st.Refused, selectRefused, from, now)
	return st, errors.Join(in.errs...)
}

// statusPatience bounds the reading of one list.
const statusPatience = 10 * time.Second

// lister reads lists, and gives up when the database cannot be asked at all.
type lister struct {
	pool *pgxpool.Pool
	errs []error
	away bool
}

func (in *lister) read(ctx context.Context, do func(context.Context) error) {
	if in.away {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, statusPatience)
	defer cancel()
	if err := do(ctx); err != nil {
		in.errs, in.away = append(in.errs, err), pg.IsOutage(err)
	}
}

// listInto reads the rows of a statement.
func listInto[T any](ctx context.Context, in *lister, into *[]T, sql string, args ...any) {
	in.read(ctx, func(ctx context.Context) error {
		rows, err := in.pool.Query(ctx, sql, args...)
		if err == nil {
			*into, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		}
		if err != nil {
			name, _, _ := strings.Cut(strings.TrimPrefix(sql, "-- name: "), "\n")
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}
