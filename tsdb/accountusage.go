package tsdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// addsAccountUsage says that the transaction adds to account_usage what it takes from usage_delta, which the last
// release does not do. account_usage holds what accounts used in all, by slots: days, and their parts of six hours, an
// hour and a quarter of an hour.
const addsAccountUsage = `SET LOCAL usagegraph.adds_account_usage = on`

const (
	// addToAccountUsage is part of the roll-up. It sums by quarter-hour first: each quarter-hour then makes four rows,
	// however many minutes and resources were rolled up.
	addToAccountUsage = `
  INSERT INTO account_usage AS u (account_id, slot, day, kind, category, credits, runs)
  SELECT account_id, slot, day, kind, category, sum(credits), sum(runs)
  FROM (SELECT account_id, date_bin('15 minutes', bucket, timestamptz '2000-01-01 00:00:00+00') AS bucket, kind, category, sum(credits) AS credits, sum(runs) AS runs
    FROM taken GROUP BY 1, 2, 3, 4) t, ` + slotsOf + `
  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (account_id, slot, day, kind, category) DO UPDATE SET credits = u.credits + EXCLUDED.credits, runs = u.runs + EXCLUDED.runs`

	// slotsOf gives the day of a bucket and the slots of the day in which the bucket lies. Slot 0 is the day; 1 to 4 are
	// its parts of six hours, 5 to 28 its hours, 29 to 124 its quarter-hours. The slot stands before the day in the key,
	// so that the rows of one slot lie side by side for a year.
	slotsOf = `LATERAL (SELECT date_bin('1 day', bucket, timestamptz '2000-01-01 00:00:00+00')) d (day),
    LATERAL (SELECT (extract(epoch FROM bucket - day) / 900)::int) q (quarter), LATERAL unnest(ARRAY[0, 1 + quarter / 24, 5 + quarter / 4, 29 + quarter]) s (slot)`

	// everySlot lets the key of account_usage find all rows of a day.
	everySlot = `slot = ANY (ARRAY(SELECT generate_series(0, 124)::smallint))`

	clearAccountUsage = `-- name: take away what accounts used in all on a day
DELETE FROM account_usage WHERE account_id = ANY($1::bigint[]) AND ` + everySlot + ` AND day >= $2 AND day < $3`

	rebuildAccountUsage = `-- name: make what accounts used in all from quarter-hours
INSERT INTO account_usage (account_id, slot, day, kind, category, credits, runs)
SELECT account_id, slot, day, kind, category, sum(credits), sum(runs)
FROM usage_quarter, ` + slotsOf + `
WHERE account_id = ANY($1::bigint[]) AND bucket >= $2 AND bucket < $3 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`
)

// The same for days that the last release has marked. $1: accounts, $2: their days, $3 and $4: the range that the days
// span.
var (
	clearAccountUsageOfMarks = strings.NewReplacer("on a day", "on marked days", "$3", "$4", "$2", "$3").Replace(clearAccountUsage) +
		` AND (account_id, day) IN (SELECT * FROM unnest($1::bigint[], $2::timestamptz[]))`
	rebuildAccountUsageOfMarks = strings.NewReplacer("from quarter-hours", "from quarter-hours of marked days", "$3", "$4", "$2", "$3",
		" GROUP BY", ` AND (account_id, day) IN (SELECT * FROM unnest($1::bigint[], $2::timestamptz[])) GROUP BY`).Replace(rebuildAccountUsage)
)

const (
	nextDue = `-- name: find an account whose usage in all is not made yet
SELECT min(account_id) FROM account_usage_due`
	takeDue = `-- name: take the mark of an account away
DELETE FROM account_usage_due WHERE account_id = $1`
	clearDue = `-- name: take away what an account used in all
DELETE FROM account_usage WHERE account_id = $1`
	// Days are kept longer than their quarter-hours.
	fillDays = `-- name: make the days of an account from those of its resources
INSERT INTO account_usage (account_id, slot, day, kind, category, credits, runs)
SELECT account_id, 0, bucket, kind, category, sum(credits), sum(runs) FROM usage_day WHERE account_id = $1 GROUP BY 1, 3, 4, 5 ORDER BY 3`
	fillSlots = `-- name: make the slots of an account from the quarter-hours of its resources
INSERT INTO account_usage (account_id, slot, day, kind, category, credits, runs)
SELECT account_id, slot, day, kind, category, sum(credits), sum(runs) FROM usage_quarter, ` + slotsOf + `
WHERE account_id = $1 AND slot > 0 GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 3`
)

// fillAccountUsage fills account_usage, after an upgrade, for the accounts for which that is still to be done.
func (s *Store) fillAccountUsage(ctx context.Context, done *RollUpResult) error {
	// One account per transaction, with its mark: if this breaks off, the rest is still due.
	for {
		var account *int64
		err := s.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
			// Under the roll-up's lock: what a roll-up added meanwhile would be counted twice.
			if _, err := tx.Exec(ctx, rebuildBounds); err != nil {
				return fmt.Errorf("set bounds: %w", err)
			}
			free, err := s.openRollUp(ctx, tx)
			if err != nil || !free {
				done.Busy = err == nil
				return err
			}
			if err = tx.QueryRow(ctx, nextDue).Scan(&account); err != nil || account == nil {
				return err
			}
			var b pgx.Batch
			for _, sql := range []string{takeDue, clearDue, fillDays, fillSlots} {
				b.Queue(sql, *account)
			}
			return tx.SendBatch(ctx, &b).Close()
		})
		switch {
		case err != nil:
			return fmt.Errorf("fill usage of accounts: %w", err)
		case done.Busy || account == nil:
			return nil
		}
		done.Rebuilt++
	}
}
