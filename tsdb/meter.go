package tsdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// MeterResult says what a tick did.
type MeterResult struct {
	Accounts int // brought up
	Shards   int // transactions
}

const dueAccounts = `-- name: find accounts that the meter must bring up
SELECT account_id FROM (
  SELECT account_id FROM segment WHERE ended_at IS NULL AND rate > 0
  UNION
  SELECT account_id FROM balance WHERE LEAST(cycle_end, next_expiry) <= $1
) due WHERE account_id > $2 ORDER BY account_id LIMIT $3`

// Tick brings up every account that hosts something or has an expiry or rollover due, shard accounts a transaction. It is
// exact to the second and idempotent: what is posted is posted once, whoever ticks how often; a missed tick costs latency,
// never money (rules.md §3).
func (s *Store) Tick(ctx context.Context, shard int) (MeterResult, error) {
	var done MeterResult
	var after int64
	for {
		ids, err := s.dueAfter(ctx, after, shard)
		if err != nil || len(ids) == 0 {
			return done, err
		}
		err = s.changeAccounts(ctx, ids, changeOptions{}, func(context.Context, pgx.Tx, []*change) error { return nil })
		if err != nil {
			return done, fmt.Errorf("tick: %w", err)
		}
		after = ids[len(ids)-1]
		done.Accounts += len(ids)
		done.Shards++
	}
}

func (s *Store) dueAfter(ctx context.Context, after int64, limit int) ([]int64, error) {
	rows, err := s.pool.Query(ctx, dueAccounts, s.Now(), after, limit)
	if err != nil {
		return nil, fmt.Errorf("find due accounts: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("find due accounts: %w", err)
	}
	return ids, nil
}
