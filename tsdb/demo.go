package tsdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// DemoKey returns the idempotency key of a demo account while its demo is being loaded. By it a server and the loader
// tell their accounts apart: the loader's clock is in the past, and the server's jobs would end its grants.
func DemoKey(name string) string { return demoLoading + name }

const demoLoading = "loading "

// demoIsLoaded is the condition that the demo of account a is being loaded, or that loading it broke off.
const demoIsLoaded = `(NOT a.mails AND starts_with(a.idempotency_key, '` + demoLoading + `'))`

// demoLock is the advisory lock of the process that loads the demo: the text "demo".
const demoLock = int64(0x64656d6f)

// LockDemo keeps other processes from loading the demo until unlock is called; free is false if one is loading it. The
// lock belongs to a connection of its own, which is held until unlock, so the lock ends with the process, however that
// ends.
func (s *Store) LockDemo(ctx context.Context) (unlock func(), free bool, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("lock demo: %w", err)
	}
	err = conn.QueryRow(ctx, `-- name: lock demo
SELECT pg_try_advisory_lock($1)`, demoLock).Scan(&free)
	if err != nil || !free {
		conn.Release()
		return nil, false, err
	}
	return func() {
		_, err := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, demoLock)
		if err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx)) // the lock ends with its connection
		}
		conn.Release()
	}, true, nil
}

// FinishDemo marks the demo as complete: its accounts lose the mark of loading.
func (s *Store) FinishDemo(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, `-- name: finish demo
UPDATE account SET idempotency_key = substr(idempotency_key, $2) WHERE starts_with(idempotency_key, $1) AND NOT mails`, demoLoading, len(demoLoading)+1)
	if err != nil {
		return fmt.Errorf("finish demo: %w", err)
	}
	return nil
}

// DropDemo removes what a demo that broke off has left: accounts that still have the mark of loading and never send
// e-mails. It cannot remove any other account.
func (s *Store) DropDemo(ctx context.Context) error {
	return s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `-- name: find unfinished demo
SELECT account_id FROM account WHERE starts_with(idempotency_key, $1) AND NOT mails ORDER BY account_id LIMIT 1000`, demoLoading)
		if err != nil {
			return fmt.Errorf("find unfinished demo: %w", err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return fmt.Errorf("find unfinished demo: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		if _, err := tx.Exec(ctx, addsAccountUsage); err != nil {
			return fmt.Errorf("drop unfinished demo: %w", err)
		}
		for _, table := range accountTables() {
			if _, err := tx.Exec(ctx, "-- name: drop unfinished demo\nDELETE FROM "+table+" WHERE account_id = ANY($1::bigint[])", ids); err != nil {
				return fmt.Errorf("drop unfinished demo: %s: %w", table, err)
			}
		}
		return nil
	})
}

// accountTables returns all tables with rows of accounts; a table that refers to another comes before it.
// TestDroppingTheDemoKnowsEveryTable compares the list with the database.
func accountTables() []string {
	return []string{
		"account_event", "account_role", "account_usage", "account_usage_due", "attributed_day", "attributed_quarter", "attribution", "attribution_key", "attribution_value", "api_token", "audit_log", "banner_dismissal", "billing_contact", "credit_grant", "crossing", "debt", "email",
		"fine_tuning_job", "forecast", "idempotency", "ledger_entry", "member", "outbox_horizon", "own_rate", "reconciliation", "reservation", "segment", "statement", "usage_day",
		"usage_delta_hosting", "usage_delta_row", "usage_dirty", "usage_dirty_day", "usage_event", "usage_frozen", "usage_refusal", "usage_minute", "usage_quarter", "usage_void", "deployment", "resource", "balance", "account",
	}
}
