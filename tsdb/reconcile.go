package tsdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Reconciliation compares what must be equal in an account's books. Difference must be 0; it is published and never
// repaired silently (issue: the credit engine).
type Reconciliation struct {
	AccountID  int64
	At         time.Time
	Difference billing.Amount            // sum of the absolute differences
	Detail     map[string]billing.Amount // what differs, by how much; empty when all agrees
}

// Reconcile compares balance, ledger, facts and chart tables of an account and stores the result. NotFound for an unknown one.
func (s *Store) Reconcile(ctx context.Context, account int64) (Reconciliation, error) {
	r := Reconciliation{AccountID: account, At: s.Now(), Detail: map[string]billing.Amount{}}
	err := pgx.BeginTxFunc(ctx, s.charts, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		// Before the snapshot is taken: retention must not drop a chunk whose sums it does not show as frozen yet.
		if _, err := tx.Exec(ctx, "LOCK TABLE usage_frozen IN ROW SHARE MODE"); err != nil {
			return fmt.Errorf("keep retention off: %w", err)
		}
		rows, err := tx.Query(ctx, "-- name: read account"+loadAccounts, []int64{account}, true, r.At)
		if err != nil {
			return fmt.Errorf("read account: %w", err)
		}
		loaded, err := collectAccounts(rows)
		if err != nil {
			return err
		}
		if len(loaded) == 0 {
			return noAccount()
		}
		sums, err := readSums(ctx, tx, reconcileSums, account)
		if err != nil {
			return err
		}
		if err := addSegments(ctx, tx, loaded[0], sums); err != nil {
			return err
		}
		r.compare(loaded[0], sums)
		return s.compareTables(ctx, tx, &r)
	})
	if err != nil {
		return r, err
	}
	return r, s.storeReconciliation(ctx, r)
}

// compareTables notes where a table differs from the one that it repeats: each sum is a difference.
func (s *Store) compareTables(ctx context.Context, tx pgx.Tx, r *Reconciliation) error {
	books, err := readSums(ctx, tx, reconcileBooks, r.AccountID)
	if err != nil {
		return err
	}
	minutes := r.At.Add(-s.settings.EventRetention).Truncate(wholeDay).Add(wholeDay)
	quarters := r.At.AddDate(0, -s.settings.QuarterMonths, 0).Truncate(wholeDay).Add(wholeDay)
	charts, err := readSums(ctx, tx, reconcileCharts, r.AccountID, minutes, quarters)
	if err != nil {
		return err
	}
	maps.Copy(books, charts)
	for what, sum := range books {
		r.differ(what, sum, 0)
	}
	return nil
}

func readSums(ctx context.Context, tx pgx.Tx, sql string, args ...any) (map[string]billing.Amount, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read sums: %w", err)
	}
	sums := map[string]billing.Amount{}
	var name string
	var sum billing.Amount
	if _, err = pgx.ForEachRow(rows, []any{&name, &sum}, func() error { sums[name] += sum; return nil }); err != nil {
		return nil, fmt.Errorf("read sums: %w", err)
	}
	return sums, nil
}

// addSegments charges the segments up to where the account is posted: hosting/ without history, charted/ with it.
func addSegments(ctx context.Context, tx pgx.Tx, a *account, sums map[string]billing.Amount) error {
	rows, err := tx.Query(ctx, reconcileSegments, a.ID)
	if err != nil {
		return fmt.Errorf("read segments: %w", err)
	}
	var g billing.Segment
	_, err = pgx.ForEachRow(rows, []any{&g.Category, &g.RatePerHour, &g.Replicas, &g.Start, &g.End}, func() error {
		end := g.End
		if end == 0 {
			end = a.At
		}
		sums["hosting/"+string(g.Category)] += g.Charge(min(max(g.Start, a.BooksFrom), end), end)
		sums["charted/"+string(g.Category)] += g.Charge(g.Start, end)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read segments: %w", err)
	}
	return nil
}

// compare notes what differs.
func (r *Reconciliation) compare(a *account, sums map[string]billing.Amount) {
	for _, m := range billing.Meters() {
		b, name := a.Book(m), string(m)
		r.differ("ledger and balance of "+name, sums["ledger/"+name], b.Balance())
		r.differ("balance row of "+name, sums["cached/"+name+"/balance"], b.Balance())
		r.differ("allocation in the balance row of "+name, sums["cached/"+name+"/allocation"], b.Allocation())
		r.differ("used in the balance row of "+name, sums["cached/"+name+"/used"], b.Used())
		r.differ("statement flows of "+name, b.Flows.Closing(), b.Balance())
		r.differ("debt by age of "+name, sums["debt/"+name], b.Debt.Sum())
	}
	facts := map[billing.Category]billing.Amount{
		billing.Models:     sums["events/INFERENCE"] + sums["frozen/INFERENCE/MODELS"] + sums["hosting/MODELS"] + sums["jobs"],
		billing.Guardrails: sums["hosting/GUARDRAILS"],
		billing.Scripts:    sums["hosting/SCRIPTS"],
		billing.Tools:      sums["events/TOOL_RUN"] + sums["frozen/TOOL_RUN/TOOLS"],
	}
	for i, c := range billing.Categories() {
		r.differ("slice of "+string(c), sums["slice/"+string(c)], a.Slices()[i])
		r.differ("charges and facts of "+string(c), sums["charged/"+string(c)], facts[c])
		if c != billing.Tools {
			r.differ("charted hosting of "+string(c), sums["minutes/HOSTING/"+string(c)]+sums["frozen/HOSTING/"+string(c)], sums["charted/"+string(c)])
		}
	}
	r.differ("charted fine-tuning", sums["minutes/FINE_TUNING/MODELS"]+sums["frozen/FINE_TUNING/MODELS"], sums["jobs"])
}

func (r *Reconciliation) differ(what string, got, want billing.Amount) {
	if d := got - want; d != 0 {
		r.Detail[what] = d
		r.Difference += max(d, -d)
	}
}

func (s *Store) storeReconciliation(ctx context.Context, r Reconciliation) error {
	detail, err := json.Marshal(r.Detail)
	if err != nil {
		return fmt.Errorf("encode reconciliation: %w", err)
	}
	_, err = s.pool.Exec(ctx, `-- name: store reconciliation
INSERT INTO reconciliation (account_id, at, difference, detail) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id) DO UPDATE SET at = EXCLUDED.at, difference = EXCLUDED.difference, detail = EXCLUDED.detail`, r.AccountID, r.At, r.Difference, detail)
	if err != nil {
		return fmt.Errorf("store reconciliation: %w", err)
	}
	return nil
}

// ReconcileAll reconciles accounts after an id, at most limit, and returns the last id seen (0 at the end) and the sum of
// the differences.
func (s *Store) ReconcileAll(ctx context.Context, after int64, limit int) (last int64, difference billing.Amount, err error) {
	rows, err := s.pool.Query(ctx, `-- name: accounts to reconcile
SELECT account_id FROM account WHERE account_id > $1 ORDER BY account_id LIMIT $2`, after, limit)
	if err != nil {
		return 0, 0, fmt.Errorf("list accounts: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, 0, fmt.Errorf("list accounts: %w", err)
	}
	for _, id := range ids {
		r, err := s.Reconcile(ctx, id)
		if err != nil {
			return last, difference, err
		}
		last, difference = id, difference+r.Difference
	}
	return last, difference, nil
}
