package tsdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// checkpoint is the state of an account up to which its books were found to agree with its facts, with the totals up to
// there. entryNo decides what is new; seq and posted only show whether anything changed at all, so that a quiet account
// need not be read.
type checkpoint struct {
	entryNo, seq int64
	posted       billing.Second
	totals       sums
}

func checkpointOf(a *account, totals sums) checkpoint {
	if totals == nil {
		totals = sums{}
	}
	return checkpoint{entryNo: a.EntryNo, seq: a.Seq, posted: a.At, totals: totals}
}

// Reconciled says what a run of reconciliation did.
type Reconciled struct {
	Verified   int            // accounts whose new facts were compared with their books
	Audited    int            // accounts that were reconciled from all of their facts
	Difference billing.Amount // of these accounts; it must be 0
}

const (
	// reconcileChunk is how many accounts are read in one statement.
	reconcileChunk = 500
	// postedMargin is the longest time that a transaction takes from its second to its commit: facts of one that
	// committed after the last run's snapshot are posted at most this long before it.
	postedMargin = 10 * time.Minute
)

// ReconcileNew compares what is new since the last run: for every account that has changed since its checkpoint, the
// entries and events posted since, together with its balance, segments and jobs. Accounts that it cannot verify in this
// way, new ones and those with a difference, it reconciles from all their facts. Its work grows with what is new. Old
// rows that somebody changed by hand are found by AuditBooks.
func (s *Store) ReconcileNew(ctx context.Context) (done Reconciled, err error) {
	now := s.Now()
	verified, suspects, err := s.verifyNew(ctx, now)
	if err != nil {
		return done, err
	}
	done.Verified = len(verified)
	// In pieces: one statement holds the details of all that it writes.
	for len(verified) > 0 {
		n := min(len(verified), reconcileChunk)
		if err := s.storeReconciliations(ctx, verified[:n], false); err != nil {
			return done, err
		}
		verified = verified[n:]
	}
	unknown, err := s.uncheckpointed(ctx)
	if err != nil {
		return done, err
	}
	// After the snapshot: an account that is created meanwhile is audited now or in the next run, and either is right.
	suspects = append(suspects, unknown...)
	for len(suspects) > 0 {
		n := min(len(suspects), reconcileChunk)
		found, err := s.reconcileWhole(ctx, suspects[:n])
		if err != nil {
			return done, err
		}
		for _, r := range found {
			done.Difference += r.Difference
		}
		done.Audited += len(found)
		suspects = suspects[n:]
	}
	return done, s.noteVerified(ctx, now)
}

// verifyNew compares what changed accounts gained, in one snapshot; suspects are those that do not agree. Without a
// snapshot, a posting between two statements would look like a difference.
func (s *Store) verifyNew(ctx context.Context, now time.Time) (verified []Reconciliation, suspects []int64, err error) {
	err = s.reconcileTx(ctx, func(tx pgx.Tx) error {
		verified, suspects = nil, nil
		var since time.Time
		if err := tx.QueryRow(ctx, "-- name: read the last run\nSELECT until FROM reconciled").Scan(&since); err != nil {
			return fmt.Errorf("read the last run: %w", err)
		}
		// A cursor, so that what a million accounts gained is never in memory at once.
		if _, err := tx.Exec(ctx, newTotals, since.Add(-postedMargin)); err != nil {
			return fmt.Errorf("sum what is new: %w", err)
		}
		g := gains{tx: tx}
		for {
			gained, err := g.next(ctx)
			if err != nil || len(gained) == 0 {
				return err
			}
			agree, differ, err := verify(ctx, tx, gained, now)
			if err != nil {
				return err
			}
			verified, suspects = append(verified, agree...), append(suspects, differ...)
		}
	})
	return verified, suspects, err
}

// gains reads the result of newTotals, some accounts at a time, in the order of their ids.
type gains struct {
	tx      pgx.Tx
	account int64 // whose rows may continue in the next piece; 0: none
	cut     sums  // what was read of that account
	over    bool
}

// gainedRows is how many rows are fetched at once; an account has about ten.
const gainedRows = 10 * reconcileChunk

// next returns what the next accounts gained; it is empty after the last.
func (g *gains) next(ctx context.Context) (map[int64]sums, error) {
	for !g.over {
		rows, err := g.tx.Query(ctx, fmt.Sprintf("FETCH FORWARD %d FROM gained", gainedRows))
		if err != nil {
			return nil, fmt.Errorf("fetch what is new: %w", err)
		}
		// An account whose rows may continue here begins with what the last piece had of it.
		all, last := map[int64]sums{}, g.account
		if g.account != 0 {
			all[g.account] = g.cut
		}
		n := 0
		var account int64
		var name string
		var sum billing.Amount
		_, err = pgx.ForEachRow(rows, []any{&account, &name, &sum}, func() error {
			if all[account] == nil {
				all[account] = sums{}
			}
			all[account][name] += sum
			n, last = n+1, account
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("fetch what is new: %w", err)
		}
		// A full piece may end within an account, so its last account waits for the next piece; a short piece is the
		// last.
		if g.over = n < gainedRows; !g.over {
			g.account, g.cut = last, all[last]
			delete(all, last)
		}
		if len(all) > 0 {
			return all, nil
		}
	}
	return nil, nil
}

// verify compares the books of accounts with their checkpoints plus what they gained since. Every account in gained has
// a checkpoint, because newTotals finds only those.
func verify(ctx context.Context, tx pgx.Tx, gained map[int64]sums, now time.Time) (agree []Reconciliation, differ []int64, err error) {
	ids := slices.Sorted(maps.Keys(gained))
	loaded, err := loadToReconcile(ctx, tx, ids, now)
	if err != nil {
		return nil, nil, err
	}
	before, err := readCheckpoints(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	few, err := readFew(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range loaded {
		totals := before[a.ID]
		// A sum of 0 may only say that the account changed; as a total it would make the checkpoint longer each time.
		for what, sum := range gained[a.ID] {
			if sum != 0 {
				totals[what] += sum
			}
		}
		r := Reconciliation{AccountID: a.ID, At: now, Detail: map[string]billing.Amount{}, checkpoint: checkpointOf(a, totals)}
		if r.compareBooks(a, totals, few); r.Difference != 0 {
			differ = append(differ, a.ID)
			continue
		}
		agree = append(agree, r)
	}
	return agree, differ, nil
}

// readCheckpoints reads the totals of accounts by id, in micro-credits and runs; accounts without a checkpoint are
// missing from the result.
func readCheckpoints(ctx context.Context, tx pgx.Tx, ids []int64) (map[int64]sums, error) {
	rows, err := tx.Query(ctx, `-- name: read checkpoints
SELECT account_id, totals FROM reconciliation WHERE account_id = ANY($1::bigint[])`, ids)
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	all := make(map[int64]sums, len(ids))
	var account int64
	var totals sums
	_, err = pgx.ForEachRow(rows, []any{&account, &totals}, func() error {
		all[account], totals = totals, nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	return all, nil
}

// uncheckpointed returns the accounts that have no checkpoint, or a difference. Those with a difference are read whole
// in each run until somebody has put them right, so that the metric is current.
func (s *Store) uncheckpointed(ctx context.Context) ([]int64, error) {
	rows, err := s.pool.Query(ctx, `-- name: find accounts without a checkpoint
SELECT account_id FROM balance b LEFT JOIN reconciliation r USING (account_id) WHERE r.totals IS NULL OR r.difference <> 0 ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("find accounts without a checkpoint: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("find accounts without a checkpoint: %w", err)
	}
	return ids, nil
}

// noteVerified records up to when facts were compared. It comes last, so that the next run makes up for one that broke
// off.
func (s *Store) noteVerified(ctx context.Context, until time.Time) error {
	if _, err := s.pool.Exec(ctx, "-- name: note the run\nUPDATE reconciled SET until = $1", until); err != nil {
		return fmt.Errorf("note the run: %w", err)
	}
	return nil
}

// A result that is older than the stored one changes nothing, since runs may overlap.
const storeReconciliations = `-- name: store reconciliations
INSERT INTO reconciliation AS r (account_id, at, difference, detail, entry_no, seq, posted_until, totals, audited_at)
SELECT u.account_id, $2, u.difference, u.detail, u.entry_no, u.seq, to_timestamp(u.posted), u.totals, CASE WHEN $3 THEN $2::timestamptz END
FROM unnest($1::bigint[], $4::bigint[], $5::jsonb[], $6::bigint[], $7::bigint[], $8::bigint[], $9::jsonb[])
  AS u (account_id, difference, detail, entry_no, seq, posted, totals)
ON CONFLICT (account_id) DO UPDATE SET at = EXCLUDED.at, difference = EXCLUDED.difference, detail = EXCLUDED.detail, entry_no = EXCLUDED.entry_no,
  seq = EXCLUDED.seq, posted_until = EXCLUDED.posted_until, totals = EXCLUDED.totals, audited_at = coalesce(EXCLUDED.audited_at, r.audited_at)
WHERE r.at <= EXCLUDED.at`

// storeReconciliations stores results and checkpoints; audited says that they are from all facts.
func (s *Store) storeReconciliations(ctx context.Context, found []Reconciliation, audited bool) error {
	if len(found) == 0 {
		return nil
	}
	var ids, differences, entries, seqs, posted []int64
	// Documents are sent as texts, which the statement casts.
	var details, totals []string
	for _, r := range found {
		detail, err := json.Marshal(r.Detail)
		if err != nil {
			return fmt.Errorf("encode reconciliation: %w", err)
		}
		kept, err := json.Marshal(r.checkpoint.totals)
		if err != nil {
			return fmt.Errorf("encode checkpoint: %w", err)
		}
		ids, differences, details, totals = append(ids, r.AccountID), append(differences, int64(r.Difference)), append(details, string(detail)), append(totals, string(kept))
		entries, seqs, posted = append(entries, r.checkpoint.entryNo), append(seqs, r.checkpoint.seq), append(posted, int64(r.checkpoint.posted))
	}
	_, err := s.pool.Exec(ctx, storeReconciliations, ids, found[0].At, audited, differences, details, entries, seqs, posted, totals)
	if err != nil {
		return fmt.Errorf("store reconciliations: %w", err)
	}
	return nil
}

// AuditBooks reconciles from all their facts the accounts that were audited longest ago, one after the other, until
// budget is used up; it takes at least one. It finds what ReconcileNew takes on trust: rows that somebody changed by
// hand, and charts. The budget is real time, not the clock by which books are posted, because it keeps the audit to its
// share of a processor.
func (s *Store) AuditBooks(ctx context.Context, budget time.Duration) (done Reconciled, err error) {
	for began := time.Now(); done.Audited == 0 || time.Since(began) < budget; {
		rows, err := s.pool.Query(ctx, `-- name: find accounts to audit
SELECT account_id FROM reconciliation WHERE audited_at IS NULL OR audited_at < $1 ORDER BY audited_at NULLS FIRST, account_id LIMIT 20`, s.Now().Add(-auditPause))
		if err != nil {
			return done, fmt.Errorf("find accounts to audit: %w", err)
		}
		// A few at a time, so that accounts audited meanwhile by others are not audited again.
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil || len(ids) == 0 {
			return done, err
		}
		for _, id := range ids {
			r, err := s.Reconcile(ctx, id)
			if err != nil {
				return done, err
			}
			done.Audited, done.Difference = done.Audited+1, done.Difference+r.Difference
			// After each account, which may have years of facts, so that the budget is exceeded by one account at most.
			if time.Since(began) >= budget {
				return done, nil
			}
		}
	}
	return done, nil
}

// auditPause is how long an account is not audited again. Otherwise accounts few enough for the budget would be audited
// without a pause.
const auditPause = 6 * time.Hour
