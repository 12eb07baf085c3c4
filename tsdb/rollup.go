package tsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// RollUpResult says what a roll-up did. Left and Busy both say that there is more to do.
type RollUpResult struct {
	Rows    int  // added to the chart tables
	Rebuilt int  // quarter-hours and days of accounts that a process of the last release had marked
	Busy    bool // another roll-up is at work: this one stopped
	Left    bool // limit was reached: there may be more to do
}

const (
	// rollUpStep is how many rows the first transaction adds. Later ones add more or fewer, depending on the time that
	// it took.
	rollUpStep = 2000
	// mostRows bounds a step by rows, and slowStep by time.
	mostRows = 50_000
	slowStep = time.Second
	// rollUpLock is the advisory lock that keeps roll-ups apart: the text "rollup".
	rollUpLock = int64(0x726f6c6c7570)
)

// RollUp adds what is new to the chart tables, at most about limit rows, in transactions that are bounded by rows and
// by time. Each keeps what it did. Accounts have their turns in order, and one that has more than a step holds waits
// for its next turn. A step that fails is halved, so that what cannot be added holds up nothing else; the error is that
// of the first. Charts answer the same before, between and after, because what is not rolled up is read beside the
// tables. So a missed or doubled roll-up costs speed, never truth.
func (s *Store) RollUp(ctx context.Context, limit int) (RollUpResult, error) {
	done := RollUpResult{}
	if err := s.rebuildMarked(ctx, &done); err != nil || done.Busy {
		return done, err
	}
	f := folding{store: s, size: rollUpStep, done: &done, after: s.rolledUpTo.Load()}
	f.again = f.after > 0
	defer func() { s.rolledUpTo.Store(f.after) }()
	for !f.over && !done.Busy {
		if done.Rows >= limit {
			done.Left = true
			break
		}
		if err := f.turn(ctx, limit); err != nil {
			return done, fmt.Errorf("roll up: %w", err)
		}
	}
	if f.failed != nil {
		return done, fmt.Errorf("roll up account %d: %w", f.failedAt, f.failed)
	}
	return done, nil
}

// folding is a roll-up under way. Its size is found by trying, because the cost of a step depends on how many accounts
// and resources its rows are of.
type folding struct {
	store    *Store
	size     int   // rows of the next step
	after    int64 // the account after which it goes on
	again    bool  // an account has more rows than its turn took
	over     bool
	done     *RollUpResult
	failed   error // the first
	failedAt int64 // the account
}

// folded is what a step did.
type folded struct {
	rows        int
	first, last int64 // accounts
}

// turn takes a step, or gives up on what cannot be added. It returns an error only if that concerns every account.
func (f *folding) turn(ctx context.Context, limit int) error {
	// At least one, so that a limit that is all but reached ends in a step and not in a loop.
	size := min(f.size, max(1, limit-f.done.Rows))
	began := time.Now()
	step, err := f.store.foldOnce(ctx, f.after, size, f.done)
	switch {
	case err == nil:
		f.done.Rows += step.rows
		f.proceed(step, size, time.Since(began))
		return nil
	// Smaller steps would not help: it is not the rows that fail.
	case ctx.Err() != nil || pg.IsOutage(err):
		return err
	case size > 1:
		f.size = size / 2
		return nil
	}
	return f.skip(ctx, err)
}

// proceed goes on after a step: after the account that filled all of it, or else with the one that it may have cut off.
func (f *folding) proceed(step folded, size int, took time.Duration) {
	switch {
	case step.rows < size:
		f.over, f.after = !f.again, 0
		f.again = false
	// All of the step was one account's, which may have any number of rows more: the others have their turn first.
	case step.first == step.last:
		f.after, f.again = step.last, true
	default:
		f.after = step.last - 1
	}
	switch {
	// Short transactions let the vacuum go on, and hold the locks of chart rows for a second at most.
	case took > slowStep:
		f.size = max(1, size/2)
	case took < slowStep/4:
		f.size = min(2*size, mostRows)
	}
}

// skip leaves out, until the next roll-up, the account whose next row cannot be added. Its rows stay where they are,
// and charts read them all the same.
func (f *folding) skip(ctx context.Context, failure error) error {
	var account *int64
	err := f.store.pool.QueryRow(ctx, `-- name: find the next account to roll up
SELECT least((SELECT min(account_id) FROM usage_delta_row WHERE account_id > $1), (SELECT min(account_id) FROM usage_delta_hosting WHERE account_id > $1))`, f.after).Scan(&account)
	if err != nil || account == nil {
		return errors.Join(failure, err)
	}
	if f.failed == nil {
		f.failed, f.failedAt = failure, *account
	}
	f.after, f.size = *account, rollUpStep
	return nil
}

// Rows come in the order of accounts and minutes, so that each table is written in the order of its key and few of its
// rows are written twice. A row that holds the hosting of several segments counts as that many and is taken as a whole,
// so a step takes a little more than its size.
const foldDeltas = `-- name: roll up
WITH picked AS MATERIALIZED (
  SELECT DISTINCT packed, place FROM (
    (SELECT account_id, bucket, false AS packed, ctid AS place FROM usage_delta_row WHERE account_id > $1 ORDER BY account_id, bucket LIMIT $2)
    UNION ALL
    (SELECT account_id, bucket, true, place FROM (
      SELECT account_id, bucket, ctid AS place, unnest(credits) FROM usage_delta_hosting WHERE account_id > $1 ORDER BY account_id, bucket LIMIT $2) h)
    ORDER BY account_id, bucket LIMIT $2) p
), taken_rows AS (
  DELETE FROM usage_delta_row d USING picked p WHERE NOT p.packed AND d.ctid = p.place RETURNING d.*
), taken_hosting AS (
  DELETE FROM usage_delta_hosting d USING picked p WHERE p.packed AND d.ctid = p.place RETURNING d.*
), taken AS (
  SELECT ` + deltaColumns + ` FROM taken_rows
  UNION ALL SELECT account_id, bucket, unnest(resource_ids), unnest(deployment_ids), 'HOSTING', category, unnest(credits), 0, 0, 0, 0, NULL, NULL, NULL, NULL FROM taken_hosting
), minutes AS (` + addToMinutes + `), quarters AS (` + addToQuarters + `), days AS (` + addToDays + `), whole AS (` + addToAccountUsage + `),
attributed_quarters AS (` + addToAttributedQuarters + `), attributed_days AS (` + addToAttributedDays + `)
SELECT count(*), coalesce(min(account_id), 0), coalesce(max(account_id), 0) FROM taken`

// deltaColumns are the columns of usage_delta.
const deltaColumns = UsedColumns + ClassColumns + ", attribution_no"

const (
	addToMinutes  = "\n  INSERT INTO usage_minute AS u (" + UsedColumns + ClassColumns + ")\n  SELECT account_id, bucket" + sumOfTaken
	addToQuarters = "\n  INSERT INTO usage_quarter AS u (" + UsedColumns + ClassColumns + ")\n  SELECT account_id, date_bin('15 minutes', bucket, timestamptz '2000-01-01 00:00:00+00')" + sumOfTaken
	addToDays     = "\n  INSERT INTO usage_day AS u (" + UsedColumns + ClassColumns + ")\n  SELECT account_id, date_bin('1 day', bucket, timestamptz '2000-01-01 00:00:00+00')" + sumOfTaken

	sumOfTaken = `, resource_id, deployment_id, kind` + sumsOfTaken + `
  FROM taken GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind) DO UPDATE
` + addUp

	sumsOfTaken = `, min(category), sum(credits), sum(runs), sum(events), sum(input_tokens), sum(output_tokens),
    sum(cache_read_tokens), sum(cache_write_tokens), sum(reasoning_tokens)`
	// A class that neither side knows stays NULL: it says that usage came without classes, which 0 would not.
	addUp = `  SET credits = u.credits + EXCLUDED.credits, runs = u.runs + EXCLUDED.runs, events = u.events + EXCLUDED.events,
    input_tokens = u.input_tokens + EXCLUDED.input_tokens, output_tokens = u.output_tokens + EXCLUDED.output_tokens,
    cache_read_tokens = coalesce(u.cache_read_tokens + EXCLUDED.cache_read_tokens, u.cache_read_tokens, EXCLUDED.cache_read_tokens),
    cache_write_tokens = coalesce(u.cache_write_tokens + EXCLUDED.cache_write_tokens, u.cache_write_tokens, EXCLUDED.cache_write_tokens),
    reasoning_tokens = coalesce(u.reasoning_tokens + EXCLUDED.reasoning_tokens, u.reasoning_tokens, EXCLUDED.reasoning_tokens)
`

	// What has an attribution is added up once more, by that.
	addToAttributedQuarters = "\n  INSERT INTO attributed_quarter AS u (" + AttributedColumns + ClassColumns + ")\n  SELECT account_id, date_bin('15 minutes', bucket, timestamptz '2000-01-01 00:00:00+00')" + sumOfAttributed
	addToAttributedDays     = "\n  INSERT INTO attributed_day AS u (" + AttributedColumns + ClassColumns + ")\n  SELECT account_id, date_bin('1 day', bucket, timestamptz '2000-01-01 00:00:00+00')" + sumOfAttributed

	sumOfAttributed = `, resource_id, deployment_id, kind, attribution_no` + sumsOfTaken + `
  FROM taken WHERE attribution_no IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (account_id, bucket, resource_id, deployment_id, kind, attribution_no) DO UPDATE
` + addUp
)

// foldOnce adds the next rows after an account, at most size, in one transaction.
// Rows that come in meanwhile are left for the next step.
func (s *Store) foldOnce(ctx context.Context, after int64, size int, done *RollUpResult) (step folded, err error) {
	err = s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		step = folded{}
		free, err := s.openRollUp(ctx, tx)
		if err != nil || !free {
			done.Busy = err == nil
			return err
		}
		return tx.QueryRow(ctx, foldDeltas, after, size).Scan(&step.rows, &step.first, &step.last)
	})
	return step, err
}

// The lock ends with the transaction, so that a process that dies in it leaves none behind.
const tryRollUpLock = `-- name: take the roll-up's lock
SELECT pg_try_advisory_xact_lock($1)`

// openRollUp takes the lock and reports whether it was free. A plan made for any bounds would lock every chunk, so each
// execution is planned for its own bounds.
func (s *Store) openRollUp(ctx context.Context, tx pgx.Tx) (free bool, err error) {
	if _, err = tx.Exec(ctx, `SET LOCAL plan_cache_mode = force_custom_plan; `+addsAccountUsage); err != nil {
		return false, fmt.Errorf("set plans: %w", err)
	}
	err = tx.QueryRow(ctx, tryRollUpLock, rollUpLock).Scan(&free)
	if err != nil {
		return false, fmt.Errorf("take lock: %w", err)
	}
	return free, nil
}
