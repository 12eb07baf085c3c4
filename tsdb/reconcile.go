package tsdb

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Reconciliation compares what must be equal in an account's books. Difference must be 0; it is published and never
// repaired silently. Credits and runs are added up alike, in the smallest unit of each: any number but 0 is a fault.
type Reconciliation struct {
	AccountID  int64
	At         time.Time
	Difference billing.Amount            // sum of the absolute differences
	Detail     map[string]billing.Amount // what differs, by how much; empty when all agrees

	checkpoint checkpoint
}

// sums are figures of an account by name.
type sums map[string]billing.Amount

// Reconcile compares balance, ledger, facts and chart tables of an account and stores the result. It returns NotFound
// for an unknown account. It reads all facts of the account, and so does not depend on what earlier runs have found.
func (s *Store) Reconcile(ctx context.Context, account int64) (Reconciliation, error) {
	found, err := s.reconcileWhole(ctx, []int64{account})
	if err != nil {
		return Reconciliation{}, err
	}
	if len(found) == 0 {
		return Reconciliation{}, noAccount()
	}
	return found[0], nil
}

// ReconcileAfter reconciles the accounts after an id, at most limit, in the order of their ids. It returns none if
// there are no more. Each call is one snapshot of up to limit accounts, so the caller chooses how long that is held.
func (s *Store) ReconcileAfter(ctx context.Context, after int64, limit int) ([]Reconciliation, error) {
	rows, err := s.pool.Query(ctx, `-- name: accounts to reconcile
SELECT account_id FROM account WHERE account_id > $1 ORDER BY account_id LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return s.reconcileWhole(ctx, ids)
}

// CountAccounts returns the number of accounts, by which the audit divides its day.
func (s *Store) CountAccounts(ctx context.Context) (n int64, err error) {
	if err = s.pool.QueryRow(ctx, "-- name: count accounts\nSELECT count(*) FROM account").Scan(&n); err != nil {
		return 0, fmt.Errorf("count accounts: %w", err)
	}
	return n, nil
}

// reconcileWhole reconciles accounts from all of their facts, in one snapshot, and stores what it found with new checkpoints.
func (s *Store) reconcileWhole(ctx context.Context, ids []int64) (found []Reconciliation, err error) {
	now := s.Now()
	// Everything in one snapshot: between two, a posting would look like a difference.
	err = s.reconcileTx(ctx, func(tx pgx.Tx) error {
		loaded, err := loadToReconcile(ctx, tx, ids, now)
		if err != nil {
			return err
		}
		of, err := readSums(ctx, tx, reconcileTotals, ids)
		if err != nil {
			return err
		}
		rest, err := s.readRest(ctx, tx, ids, now)
		if err != nil {
			return err
		}
		found = found[:0]
		for _, a := range loaded {
			r := Reconciliation{AccountID: a.ID, At: now, Detail: map[string]billing.Amount{}, checkpoint: checkpointOf(a, of[a.ID])}
			r.compareAll(a, of[a.ID], rest)
			found = append(found, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, s.storeReconciliations(ctx, found, true)
}

// reconcileTx runs fn in one snapshot. Retention must not drop a chunk meanwhile whose sums the snapshot does not show
// as frozen. It uses the pool of charts, which plans each call: facts are read by ranges of time.
func (s *Store) reconcileTx(ctx context.Context, fn func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.charts, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "LOCK TABLE usage_frozen IN ROW SHARE MODE"); err != nil {
			return fmt.Errorf("keep retention off: %w", err)
		}
		return fn(tx)
	})
}

// loadToReconcile reads books as they are stored, with debt by age. They are not brought up, because the ledger is not
// either.
func loadToReconcile(ctx context.Context, tx pgx.Tx, ids []int64, now time.Time) ([]*account, error) {
	rows, err := tx.Query(ctx, "-- name: read accounts to reconcile"+loadAccounts, ids, true, now)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	return collectAccounts(rows)
}

// compared holds the figures that are read besides the totals: rows and hosting in every run, the rest only when an
// account is audited as a whole.
type compared struct {
	rows, hosting   map[int64]sums
	minutes, tables map[int64]sums // of a whole audit alone
}

// readFew reads what comes from few rows of each account.
func readFew(ctx context.Context, tx pgx.Tx, ids []int64) (c compared, err error) {
	if c.rows, err = readSums(ctx, tx, reconcileRows, ids); err != nil {
		return c, err
	}
	c.hosting, err = readHosting(ctx, tx, ids)
	return c, err
}

// readRest reads everything but the totals.
func (s *Store) readRest(ctx context.Context, tx pgx.Tx, ids []int64, now time.Time) (compared, error) {
	c, err := readFew(ctx, tx, ids)
	if err != nil {
		return c, err
	}
	if c.minutes, err = readSums(ctx, tx, reconcileMinutes, ids); err != nil {
		return c, err
	}
	if c.tables, err = readSums(ctx, tx, reconcileBooks, ids); err != nil {
		return c, err
	}
	// From the first whole day that is kept: of the day in which retention ends, a part may be gone from one table and
	// not yet from the other.
	minutes := now.Add(-s.settings.EventRetention).Truncate(wholeDay).Add(wholeDay)
	quarters := s.quartersSince(now).Truncate(wholeDay).Add(wholeDay)
	charts, err := readSums(ctx, tx, reconcileCharts, ids, minutes, quarters)
	for id, of := range charts {
		if c.tables[id] == nil {
			c.tables[id] = sums{}
		}
		maps.Copy(c.tables[id], of)
	}
	return c, err
}

// readSums reads figures of accounts by name.
func readSums(ctx context.Context, tx pgx.Tx, sql string, args ...any) (map[int64]sums, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read sums: %w", err)
	}
	return collectSums(rows)
}

func collectSums(rows pgx.Rows) (map[int64]sums, error) {
	all := map[int64]sums{}
	var account int64
	var name string
	var sum billing.Amount
	_, err := pgx.ForEachRow(rows, []any{&account, &name, &sum}, func() error {
		if all[account] == nil {
			all[account] = sums{}
		}
		// A name may come in several rows, for example from usage_frozen and from what is kept.
		all[account][name] += sum
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read sums: %w", err)
	}
	return all, nil
}

// chargedSegment is a segment with the bounds between which its account is charged for it.
type chargedSegment struct {
	billing.Segment
	booksFrom, posted billing.Second
}

// readHosting charges the segments up to where each account is posted: hosting/ without history, charted/ with it.
func readHosting(ctx context.Context, tx pgx.Tx, ids []int64) (map[int64]sums, error) {
	rows, err := tx.Query(ctx, reconcileSegments, ids)
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	all := map[int64]sums{}
	var account int64
	var g chargedSegment
	_, err = pgx.ForEachRow(rows, []any{&account, &g.Category, &g.RatePerHour, &g.Replicas, &g.Start, &g.End, &g.booksFrom, &g.posted}, func() error {
		// A segment that runs is charged up to where the account is posted.
		end := g.End
		if end == 0 {
			end = g.posted
		}
		if all[account] == nil {
			all[account] = sums{}
		}
		// By the function that charged it, from the segment's own start: rounding is of the whole (rules.md §6), so sums
		// of minutes equal the difference of two cumulative charges.
		all[account]["hosting/"+string(g.Category)] += g.Charge(min(max(g.Start, g.booksFrom), end), end)
		all[account]["charted/"+string(g.Category)] += g.Charge(g.Start, end)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	return all, nil
}

// compareAll notes every difference. Each of its lines is an equation of rules.md §3, or says that a table repeats
// another.
func (r *Reconciliation) compareAll(a *account, totals sums, c compared) {
	r.compareBooks(a, totals, c)
	minutes, hosting := c.minutes[a.ID], c.hosting[a.ID]
	for _, of := range billing.Categories() {
		if of != billing.Tools {
			r.differ("charted hosting of "+string(of), minutes["minutes/HOSTING/"+string(of)], hosting["charted/"+string(of)])
		}
	}
	r.differ("charted fine-tuning", minutes["minutes/FINE_TUNING/MODELS"], c.rows[a.ID]["jobs"])
	for what, sum := range c.tables[a.ID] {
		r.differ(what, sum, 0)
	}
}

// compareBooks notes where balance, ledger and facts differ.
func (r *Reconciliation) compareBooks(a *account, totals sums, c compared) {
	rows, hosting := c.rows[a.ID], c.hosting[a.ID]
	for _, m := range billing.Meters() {
		b, name := a.Book(m), string(m)
		r.differ("ledger and balance of "+name, totals["ledger/"+name], b.Balance())
		r.differ("balance row of "+name, rows["cached/"+name+"/balance"], b.Balance())
		r.differ("allocation in the balance row of "+name, rows["cached/"+name+"/allocation"], b.Allocation())
		r.differ("used in the balance row of "+name, rows["cached/"+name+"/used"], b.Used())
		r.differ("statement flows of "+name, b.Flows.Closing(), b.Balance())
		r.differ("debt by age of "+name, rows["debt/"+name], b.Debt.Sum())
	}
	// charges − refunds = facts, by category: an amount that was charged to the wrong category is two differences.
	facts := map[billing.Category]billing.Amount{
		billing.Models:     totals["events/INFERENCE"] + hosting["hosting/MODELS"] + rows["jobs"],
		billing.Guardrails: hosting["hosting/GUARDRAILS"],
		billing.Scripts:    hosting["hosting/SCRIPTS"],
		billing.Tools:      totals["events/TOOL_RUN"],
	}
	for i, c := range billing.Categories() {
		r.differ("slice of "+string(c), rows["slice/"+string(c)], a.Slices()[i])
		r.differ("charges and facts of "+string(c), totals["charged/"+string(c)], facts[c])
	}
}

// differ notes a difference. Detail keeps the sign, which says which side has more; Difference is a sum of absolute
// amounts, so that two faults never cancel out.
func (r *Reconciliation) differ(what string, got, want billing.Amount) {
	if d := got - want; d != 0 {
		r.Detail[what] = d
		r.Difference += max(d, -d)
	}
}
