package tsdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Ticked says what a tick did.
type Ticked struct {
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
// never money (rules.md §3). Hosting is posted up to the last whole minute, so a segment has one entry a minute; answers count what accrued
// since. No account keeps another from its turn: those that are far behind go on by a part when all had theirs, and the error tells of the
// first that failed.
func (s *Store) Tick(ctx context.Context, shard int) (Ticked, error) {
	t := tick{store: s}
	var after int64
	for {
		ids, err := s.dueAfter(ctx, after, shard)
		if err != nil {
			return t.done, cmp.Or(t.failed, err)
		}
		if len(ids) == 0 {
			break
		}
		t.shard(ctx, ids)
		after = ids[len(ids)-1]
	}
	for len(t.behind) > 0 && ctx.Err() == nil {
		again := t.behind
		t.behind = nil
		for ids := range slices.Chunk(again, shard) {
			t.shard(ctx, ids)
		}
	}
	return t.done, cmp.Or(t.failed, ctx.Err())
}

// tick is a tick under way.
type tick struct {
	store  *Store
	done   Ticked
	behind []int64 // accounts that have a further stretch to go
	failed error   // the first
}

// shard brings accounts up by a stretch, together or, where that fails, one by one.
func (t *tick) shard(ctx context.Context, ids []int64) {
	t.done.Shards++
	if t.bringUp(ctx, ids) == nil {
		return
	}
	for _, id := range ids {
		if err := t.bringUp(ctx, []int64{id}); err != nil {
			t.failed = cmp.Or(t.failed, fmt.Errorf("tick of account %d: %w", id, err))
		}
		if ctx.Err() != nil {
			return
		}
	}
}

func (t *tick) bringUp(ctx context.Context, ids []int64) error {
	behind, err := t.store.bringBehindUp(ctx, ids, changeOptions{part: true, meter: true})
	if err != nil {
		return err
	}
	t.behind = append(t.behind, behind...)
	t.done.Accounts += len(ids) - len(behind)
	return nil
}

// errBehind says that a transaction would have to post more than one should.
var errBehind = errors.New("accounts are far behind")

// areBehind reports that accounts were not brought up for minutes, and have more entries of hosting to come than one transaction
// should write.
func (s *Store) areBehind(changes []*change, now billing.Second) bool {
	var backlog int64
	late := false
	for _, c := range changes {
		backlog += c.Backlog(now)
		late = late || len(c.Running) > 0 && c.At < now-120
	}
	return late && backlog > s.catchUpEntries
}

// catchUp brings accounts up to now, by as many transactions as that takes: after a long pause one would be too large to come
// to its end.
func (s *Store) catchUp(ctx context.Context, ids []int64) (err error) {
	for len(ids) > 0 && err == nil {
		ids, err = s.bringBehindUp(ctx, ids, changeOptions{part: true})
	}
	return err
}

// bringBehindUp brings accounts up by one transaction, and returns those that are still behind.
func (s *Store) bringBehindUp(ctx context.Context, ids []int64, opts changeOptions) (behind []int64, err error) {
	err = s.changeOnce(ctx, ids, opts, func(_ context.Context, _ pgx.Tx, changes []*change) error {
		behind = nil
		for _, c := range changes {
			if c.At < c.goal(billing.SecondOf(c.asOf), opts) {
				behind = append(behind, c.ID)
			}
		}
		return nil
	})
	return behind, err
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
