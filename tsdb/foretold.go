package tsdb

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// Foretold is when an account will have used up what it has, as foreseen at an instant. 0: not within a year, or too
// little is known.
type Foretold struct {
	AccountID                       int64
	At                              time.Time
	CreditsExhausted, RunsExhausted billing.Second
	NegativeLimit                   billing.Second
}

// Accounts without a forecast come first: until they have one, lists sort them last, and filters by forecast leave them
// out.
const selectForetellDue = `-- name: find accounts whose forecast is due
SELECT a.account_id FROM account a LEFT JOIN forecast f USING (account_id) WHERE f.made_at IS NULL OR f.made_at < $1
ORDER BY f.made_at NULLS FIRST, a.account_id LIMIT $2`

// ForetellDue returns at most limit accounts whose last forecast is older than an instant, or that have none, oldest
// first. An account created meanwhile appears in the next call. It takes no lock: two processes that forecast the same
// account do the work twice, and KeepForetold keeps the later result.
func (s *Store) ForetellDue(ctx context.Context, since time.Time, limit int) ([]int64, error) {
	rows, err := s.pool.Query(ctx, selectForetellDue, since, limit)
	if err != nil {
		return nil, fmt.Errorf("find due forecasts: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("find due forecasts: %w", err)
	}
	return ids, nil
}

// Accounts that no longer exist are left out. The rows are written in the order of ids, so that two processes cannot
// wait for each other.
const upsertForetold = `-- name: keep forecasts
INSERT INTO forecast AS f (account_id, made_at, credits_exhausted_at, runs_exhausted_at, negative_limit_at)
SELECT n.id, n.at, n.credits, n.runs, n.negative
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[]) AS n (id, at, credits, runs, negative) JOIN account a ON a.account_id = n.id
ORDER BY n.id
ON CONFLICT (account_id) DO UPDATE SET made_at = excluded.made_at, credits_exhausted_at = excluded.credits_exhausted_at,
  runs_exhausted_at = excluded.runs_exhausted_at, negative_limit_at = excluded.negative_limit_at WHERE f.made_at <= excluded.made_at`

// KeepForetold stores forecasts, for lists of accounts; a later forecast of an account stays. The list has at most one
// row for each account, because two would fail the statement.
func (s *Store) KeepForetold(ctx context.Context, list []Foretold) error {
	columns := pg.NewColumns(5)
	for _, f := range list {
		columns.Add(f.AccountID, f.At, instantOrNull(f.CreditsExhausted), instantOrNull(f.RunsExhausted), instantOrNull(f.NegativeLimit))
	}
	if _, err := s.pool.Exec(ctx, upsertForetold, columns.Args()...); err != nil {
		return fmt.Errorf("keep forecasts: %w", err)
	}
	return nil
}

func instantOrNull(s billing.Second) any {
	if s == 0 {
		return nil
	}
	return s.Time()
}
