package tsdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Retained says what a run of retention did. Chunks in Kept are looked at again by the next run, so none is forgotten.
type Retained struct {
	Dropped map[string]int // chunks that were dropped, by table
	Kept    []KeptChunk    // chunks that are old enough to be dropped but must stay
	Busy    bool           // it stopped, because something else holds what it needs
	Left    bool           // limit was reached: there may be more to do
}

// KeptChunk is a chunk that stays beyond its time, and why.
type KeptChunk struct {
	Table  string
	From   time.Time
	To     time.Time
	Reason string
}

// Reasons for keeping a chunk beyond its time. Each ends by itself once the roll-up and the reconciliation have run;
// only a difference needs an operator.
const (
	keptNotRolledUp   = "not rolled up"
	keptDiffers       = "its sums differ from those of the coarser table"
	keptNotReconciled = "accounts in it are not reconciled, or their books differ"
	keptFiner         = "the finer table still holds this time"
)

const (
	// retentionMargin keeps chunks a little longer than events are accepted, for clocks that differ and batches under way.
	retentionMargin = time.Hour
	lockTimedOut    = "55P03" // SQLSTATE
	upkeepBounds    = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '5min'; SET LOCAL plan_cache_mode = force_custom_plan"
)

// retained is a table that loses its oldest chunks. Its SQL is about one chunk's time, [$1, $2). chunkObstacles puts
// the SQL together; each text is one of ours, never a caller's.
type retained struct {
	table  string
	sums   string // its rows as account_id, kind, credits, runs, events
	coarse string // the rows of the coarser table that must hold the same sums
	posted string // its accounts, and the instant since which they must have been reconciled
	finer  string // whether a finer table still holds this time
	freeze string // freezes its sums; "": no reconciliation has them
	after  string // deletes what goes with it; "": nothing does
}

// retainedTables returns these tables, finest first. Events say when they were posted; for chart tables see accountsOf.
func retainedTables() []retained {
	return []retained{
		{table: "usage_event", finer: "false", freeze: freezeEvents,
			sums: "SELECT account_id, kind, charge AS credits, runs, 1 AS events FROM usage_event WHERE time >= $1 AND time < $2 " +
				"UNION ALL SELECT account_id, kind, -charge, -runs, -1 FROM usage_void WHERE time >= $1 AND time < $2 " +
				"UNION ALL SELECT account_id, 'for ' || kind, charge, runs, 1 FROM usage_event WHERE time >= $1 AND time < $2 AND attribution_no IS NOT NULL " +
				"UNION ALL SELECT account_id, 'for ' || kind, -charge, -runs, -1 FROM usage_void WHERE time >= $1 AND time < $2 AND attribution_no IS NOT NULL",
			coarse: sumsOf("usage_minute") + " AND kind IN ('TOOL_RUN', 'INFERENCE') " +
				"UNION ALL SELECT account_id, 'for ' || kind, credits, runs, events FROM attributed_quarter WHERE bucket >= $1 AND bucket < $2",
			posted: "SELECT account_id, max(posted_at) AS at FROM (SELECT account_id, posted_at FROM usage_event WHERE time >= $1 AND time < $2 " +
				"UNION ALL SELECT account_id, posted_at FROM usage_void WHERE time >= $1 AND time < $2) p GROUP BY account_id",
			after: "-- name: forget what was taken back\nDELETE FROM usage_void WHERE time >= $1 AND time < $2"},
		{table: "usage_minute", freeze: freezeMinutes, sums: sumsOf("usage_minute"), coarse: sumsOf("usage_quarter"), posted: accountsOf("usage_minute"),
			finer: "EXISTS (SELECT FROM usage_event WHERE time >= $1 AND time < $2)"},
		{table: "usage_quarter", sums: sumsOf("usage_quarter"), coarse: sumsOf("usage_day"), posted: accountsOf("usage_quarter"),
			finer: "EXISTS (SELECT FROM usage_minute WHERE bucket >= $1 AND bucket < $2)",
			after: "-- name: forget the parts of days\nDELETE FROM account_usage WHERE day >= $1 AND day < $2 AND slot > 0"},
		{table: "attributed_quarter", sums: sumsOf("attributed_quarter"), coarse: sumsOf("attributed_day"), posted: accountsOf("attributed_quarter"),
			finer: "EXISTS (SELECT FROM usage_event WHERE time >= $1 AND time < $2)"},
	}
}

// sumsOf selects the rows of a chart table in a chunk's time. Both sides of a comparison are by account and kind, which
// is as finely as reconciliation tells them apart.
func sumsOf(table string) string {
	return "SELECT account_id, kind, credits, runs, events FROM " + table + " WHERE bucket >= $1 AND bucket < $2"
}

// accountsOf selects the accounts of a chart table's chunk. Charts do not say when their usage was posted, so the end
// of the chunk stands for that: the account must have been reconciled since.
func accountsOf(table string) string {
	return "SELECT DISTINCT account_id, $2::timestamptz AS at FROM " + table + " WHERE bucket >= $1 AND bucket < $2"
}

// keptSince returns the instant by which a chunk must have ended for a table to lose it (Settings; rules.md §9).
// Quarter-hours outlive the events, because a late event is rolled up through its quarter-hour into its day.
func (s *Store) keptSince(table string) time.Time {
	events := s.Now().Add(-s.settings.EventRetention)
	if quarters := s.quartersSince(s.Now()); strings.HasSuffix(table, "_quarter") && quarters.Before(events) {
		return quarters.Add(-retentionMargin)
	}
	return events.Add(-retentionMargin)
}

// quartersSince returns since when quarter-hours are kept. It is never later than what charts promise in any time zone:
// those count months by the zone's own calendar, which is up to a day away from UTC's on either side, and clamp them
// (billing.Retention). Months that are not clamped would drop up to three days too many on the last days of a month.
func (s *Store) quartersSince(now time.Time) time.Time {
	return billing.AddMonthsClamped(now.UTC().Add(-wholeDay), -s.settings.QuarterMonths).Add(-wholeDay)
}

// Retain drops the chunks of events, minutes and quarter-hours that are older than their retention, at most limit, each
// in a transaction of its own. A chunk is dropped only when all of it is rolled up, its sums are those of the coarser
// table, and every account in it has been reconciled without a difference since. Its sums are frozen in the same
// transaction, so that reconciliation stays exact. What must stay is reported and looked at again in the next run.
func (s *Store) Retain(ctx context.Context, limit int) (Retained, error) {
	done := Retained{Dropped: map[string]int{}}
	// Finest first: minutes are dropped only once their events are gone, and quarter-hours once their minutes are.
	for _, t := range retainedTables() {
		chunks, err := s.chunks(ctx, selectDueChunks, t.table, s.keptSince(t.table))
		if err != nil {
			return done, err
		}
		for _, c := range chunks {
			// A chunk that has to stay is looked at too, and counts.
			if limit--; limit < 0 {
				done.Left = true
				return done, nil
			}
			if err := s.retire(ctx, t, c, &done); err != nil || done.Busy {
				return done, err
			}
		}
	}
	// One line for all: a difference of one account can hold up hundreds of chunks.
	if len(done.Kept) > 0 {
		first := done.Kept[0]
		s.log.Warn("retention keeps chunks beyond their time", "chunks", len(done.Kept), "table", first.Table, "from", first.From, "reason", first.Reason)
	}
	return done, nil
}

// chunk is a chunk of a hypertable and the time that it holds.
type chunk struct {
	schema, name string
	from, to     time.Time
}

func (c chunk) identifier() string { return pgx.Identifier{c.schema, c.name}.Sanitize() }

const selectDueChunks = `-- name: find chunks that are old enough to go
SELECT chunk_schema::text, chunk_name::text, range_start, range_end FROM timescaledb_information.chunks
WHERE hypertable_name = $1 AND range_end <= $2 ORDER BY range_start`

// chunks reads the chunks of a table that sql finds before an instant.
func (s *Store) chunks(ctx context.Context, sql, table string, before time.Time) ([]chunk, error) {
	rows, err := s.pool.Query(ctx, sql, table, before)
	if err != nil {
		return nil, fmt.Errorf("find chunks of %s: %w", table, err)
	}
	chunks, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c chunk, err error) {
		err = row.Scan(&c.schema, &c.name, &c.from, &c.to)
		c.from, c.to = c.from.UTC(), c.to.UTC()
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("find chunks of %s: %w", table, err)
	}
	return chunks, nil
}

// retire drops one chunk, or notes why it stays. From before its sums are read nobody can write to the chunk, and no
// reconciliation reads while the sums move from the table to usage_frozen.
func (s *Store) retire(ctx context.Context, t retained, c chunk, done *Retained) error {
	var reason string
	err := s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) (err error) {
		if err = lockChunk(ctx, tx, c); err != nil {
			return err
		}
		// Under the lock, so that what is found to be rolled up and reconciled stays so until the chunk is gone.
		if reason, err = t.obstacle(ctx, tx, c); err != nil || reason != "" {
			return err
		}
		return t.drop(ctx, tx, c)
	})
	switch {
	// A backup or a migration may hold the table for long. Retention has time, but writers queue behind its lock.
	case pg.HasState(err, lockTimedOut):
		done.Busy = true
		return nil
	case err != nil:
		return fmt.Errorf("retire %s of %s: %w", t.table, c.from.Format(time.DateOnly), err)
	case reason == "":
		done.Dropped[t.table]++
		return nil
	}
	done.Kept = append(done.Kept, KeptChunk{t.table, c.from, c.to, reason})
	return nil
}

// lockRollUp bounds the transaction and keeps the roll-up off until it ends. Compression calls it, too, because it
// rewrites chunks as well.
func lockRollUp(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, upkeepBounds); err != nil {
		return fmt.Errorf("set bounds: %w", err)
	}
	if _, err := tx.Exec(ctx, "-- name: keep the roll-up off\nSELECT pg_advisory_xact_lock($1)", rollUpLock); err != nil {
		return fmt.Errorf("take the roll-up's lock: %w", err)
	}
	return nil
}

// lockChunk keeps the roll-up and every writer off a chunk; readers go on.
func lockChunk(ctx context.Context, tx pgx.Tx, c chunk) error {
	if err := lockRollUp(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "LOCK TABLE "+c.identifier()+" IN SHARE MODE"); err != nil {
		return fmt.Errorf("lock chunk: %w", err)
	}
	return nil
}

// FULL JOIN, so that what either side lacks is found too. posted_at is the second of a transaction, which may commit
// later. An account that has not changed since its checkpoint counts as looked at by the last run of reconciliation.
const chunkObstacles = `-- name: find what forbids dropping a chunk
WITH fine AS MATERIALIZED (
  SELECT account_id, kind, sum(credits) AS credits, sum(runs) AS runs, sum(events) AS events FROM (%s) f GROUP BY 1, 2
), coarse AS MATERIALIZED (
  SELECT account_id, kind, sum(credits) AS credits, sum(runs) AS runs, sum(events) AS events FROM (%s) c GROUP BY 1, 2
), posted AS MATERIALIZED (%s)
SELECT
  EXISTS (SELECT FROM usage_delta WHERE bucket >= $1 AND bucket < $2),
  %s,
  EXISTS (SELECT FROM fine f FULL JOIN coarse c USING (account_id, kind) WHERE
    coalesce(f.credits, 0) <> coalesce(c.credits, 0) OR coalesce(f.runs, 0) <> coalesce(c.runs, 0) OR coalesce(f.events, 0) <> coalesce(c.events, 0)),
  EXISTS (SELECT FROM posted p WHERE NOT EXISTS (
    SELECT FROM reconciliation r JOIN balance b USING (account_id), reconciled x,
      LATERAL (SELECT CASE WHEN (b.entry_no, b.seq, b.posted_until) = (r.entry_no, r.seq, r.posted_until) THEN greatest(r.at, x.until) ELSE r.at END) l (looked)
    WHERE r.account_id = p.account_id AND r.difference = 0 AND looked > p.at + interval '1 minute' AND looked > $2::timestamptz))`

// obstacle says why a chunk must stay; "" means that it may go. One statement asks for all reasons, and the first one
// that applies is returned. The roll-up comes every few seconds and reconciliation every hour, whereas a difference may
// need a person.
func (t retained) obstacle(ctx context.Context, tx pgx.Tx, c chunk) (string, error) {
	sql := fmt.Sprintf(chunkObstacles, t.sums, t.coarse, t.posted, t.finer)
	var dirty, finer, differs, open bool
	if err := tx.QueryRow(ctx, sql, c.from, c.to).Scan(&dirty, &finer, &differs, &open); err != nil {
		return "", fmt.Errorf("look for obstacles: %w", err)
	}
	switch {
	case dirty:
		return keptNotRolledUp, nil
	case finer:
		return keptFiner, nil
	case differs:
		return keptDiffers, nil
	case open:
		return keptNotReconciled, nil
	}
	return "", nil
}

// Frozen sums keep reconciliation exact: it adds them to those of the events that are left. History has sums of its
// own, because it is in no ledger entry.
const freezeEvents = `-- name: freeze the sums of events
INSERT INTO usage_frozen AS f (account_id, kind, category, history, credits, runs)
SELECT account_id, kind, CASE kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END, history, sum(charge), sum(runs)
FROM (SELECT account_id, kind, history, charge, runs FROM usage_event WHERE time >= $1 AND time < $2
  UNION ALL SELECT account_id, kind, history, -charge, -runs FROM usage_void WHERE time >= $1 AND time < $2) f GROUP BY 1, 2, 3, 4
ON CONFLICT (account_id, kind, category, history) DO UPDATE SET credits = f.credits + EXCLUDED.credits, runs = f.runs + EXCLUDED.runs`

// Minutes of events repeat the events; the others are compared with segments and jobs.
const freezeMinutes = `-- name: freeze the sums of hosting and fine-tuning
INSERT INTO usage_frozen AS f (account_id, kind, category, history, credits, runs)
SELECT account_id, kind, category, false, sum(credits), 0
FROM usage_minute WHERE bucket >= $1 AND bucket < $2 AND kind IN ('HOSTING', 'FINE_TUNING') GROUP BY 1, 2, 3
ON CONFLICT (account_id, kind, category, history) DO UPDATE SET credits = f.credits + EXCLUDED.credits`

const dropChunk = `-- name: drop a chunk
SELECT count(*) FROM drop_chunks($1::text::regclass, older_than => $3::timestamptz, newer_than => $2::timestamptz)`

// drop moves a chunk's sums to usage_frozen and drops it. Reconciliation holds ROW SHARE on usage_frozen as long as it
// reads.
func (t retained) drop(ctx context.Context, tx pgx.Tx, c chunk) error {
	if t.freeze != "" {
		if _, err := tx.Exec(ctx, "LOCK TABLE usage_frozen IN EXCLUSIVE MODE"); err != nil {
			return fmt.Errorf("keep reconciliation off: %w", err)
		}
		// In the same transaction as the drop, so that at no instant the sums stand in both places, or in neither.
		if _, err := tx.Exec(ctx, t.freeze, c.from, c.to); err != nil {
			return fmt.Errorf("freeze sums: %w", err)
		}
	}
	if t.after != "" {
		if _, err := tx.Exec(ctx, t.after, c.from, c.to); err != nil {
			return fmt.Errorf("forget what goes with it: %w", err)
		}
	}
	var n int
	if err := tx.QueryRow(ctx, dropChunk, t.table, c.from, c.to).Scan(&n); err != nil {
		return fmt.Errorf("drop chunk: %w", err)
	}
	// If the bounds fit more than this chunk, what was not looked at would be dropped; the transaction is rolled back.
	if n != 1 {
		return fmt.Errorf("drop chunk: %d chunks would have gone", n)
	}
	return nil
}
