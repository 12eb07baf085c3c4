package tsdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// MeterResult says what a tick did.
type MeterResult struct {
	Accounts int // brought up
	Shards   int
}

const dueAccounts = `-- name: find accounts that the meter must bring up
SELECT account_id FROM (
  SELECT account_id FROM segment WHERE ended_at IS NULL AND rate > 0
  UNION
  SELECT account_id FROM balance WHERE LEAST(cycle_end, next_expiry) <= $1
) due WHERE account_id > $2 ORDER BY account_id LIMIT $3`

// Tick brings up every account that hosts something or has an expiry or rollover due, shard accounts at a time. It is
// exact to the second and idempotent: what is posted is posted once, whoever ticks how often; a missed tick costs latency,
// never money (rules.md §3). An account that fails keeps no other from its turn: the error tells of it when all had theirs.
func (s *Store) Tick(ctx context.Context, shard int) (MeterResult, error) {
	var done MeterResult
	var failed error
	var after int64
	for {
		ids, err := s.dueAfter(ctx, after, shard)
		if err != nil || len(ids) == 0 {
			return done, cmp.Or(err, failed)
		}
		n, err := s.tickShard(ctx, ids)
		after, failed = ids[len(ids)-1], cmp.Or(failed, err)
		done.Accounts += n
		done.Shards++
	}
}

// tickShard brings accounts up together or, where that fails, one by one. It returns how many it brought up, and the first
// error.
func (s *Store) tickShard(ctx context.Context, ids []int64) (int, error) {
	err := s.catchUp(ctx, ids)
	if err == nil {
		return len(ids), nil
	}
	n := 0
	var failed error
	for _, id := range ids {
		switch err := s.catchUp(ctx, []int64{id}); {
		case err == nil:
			n++
		case ctx.Err() != nil:
			return n, fmt.Errorf("tick: %w", err)
		default:
			failed = cmp.Or(failed, fmt.Errorf("tick of account %d: %w", id, err))
		}
	}
	return n, failed
}

// errBehind says that a transaction would have to post more than one should.
var errBehind = errors.New("accounts are far behind")

// areBehind tells that accounts were not brought up for minutes, and have more entries of hosting to come than one transaction
// should write.
func (s *Store) areBehind(changes []*change, now billing.Second) bool {
	var backlog int64
	late := false
	for _, c := range changes {
		backlog += c.Backlog(now)
		late = late || len(c.Running) > 0 && c.At < now-120
	}
	return late && backlog > s.stretch
}

// catchUp brings accounts up to now, by as many transactions as that takes: after a long pause one would be too large to come
// to its end.
func (s *Store) catchUp(ctx context.Context, ids []int64) error {
	for len(ids) > 0 {
		var behind []int64
		err := s.changeOnce(ctx, ids, changeOptions{part: true}, func(_ context.Context, _ pgx.Tx, changes []*change) error {
			behind = nil
			for _, c := range changes {
				if c.At < billing.SecondOf(c.asOf) {
					behind = append(behind, c.ID)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		ids = behind
	}
	return nil
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
