package tsdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// Ticked says what a tick did.
type Ticked struct {
	Accounts int // brought up
	Shards   int
}

// Due are accounts that host something that costs, and those with a grant that ends or a cycle that closes; a
// reservation that ends changes no balance.
const dueAccounts = `-- name: find accounts that the meter must bring up
SELECT account_id FROM (
  SELECT account_id FROM segment WHERE ended_at IS NULL AND rate > 0
  UNION
  SELECT account_id FROM balance WHERE LEAST(cycle_end, next_expiry) <= $1
) due JOIN account a USING (account_id) WHERE account_id > $2 AND ` + demoIsLoaded + ` = $4 ORDER BY account_id LIMIT $3`

// Tick brings up every account that hosts something or has an expiry or rollover due, at most shard accounts per transaction.
// It is exact to the second and idempotent: everything is posted once, whoever ticks and however often; a missed tick
// costs latency, never money (rules.md §3). Hosting is posted up to the last whole minute, so a segment has one entry
// per minute; answers count what accrued since. No account keeps another from its turn: those that are far behind go on
// by a part when all have had theirs, and the error is that of the first that failed. An account whose demo is being
// loaded lives in the time of its loader, and is left to it.
func (s *Store) Tick(ctx context.Context, shard int) (Ticked, error) {
	t := tick{store: s, most: shard, size: shard}
	var after int64
	for {
		ids, err := s.dueAfter(ctx, after, duePage)
		if err != nil {
			return t.done, cmp.Or(t.failed, err)
		}
		if len(ids) == 0 {
			break
		}
		t.shards(ctx, ids)
		after = ids[len(ids)-1]
	}
	for len(t.behind) > 0 && ctx.Err() == nil {
		again := t.behind
		t.behind = nil
		t.shards(ctx, again)
	}
	return t.done, cmp.Or(t.failed, ctx.Err())
}

// MeterShard is how many accounts the meter brings up in one transaction at most: usage of any of them waits for all of
// them. With five times as many, a tick takes a sixth less of the processor, and usage beside it waits for twice as long.
const MeterShard = 100

const (
	// duePage is how many due accounts are found at once: finding them takes a look at all hosting that runs.
	duePage = 20_000
	// meterWriters is how many shards are under way at once: one is worked out while the database writes another.
	meterWriters = 2
	// shardSpan is how long a transaction of the meter should take: beside much usage, or on a slow machine, it has fewer
	// accounts than MeterShard.
	shardSpan = 50 * time.Millisecond
)

// tick is a tick under way.
type tick struct {
	store *Store
	most  int // accounts of a shard

	mu     sync.Mutex
	size   int // accounts of the next shard
	done   Ticked
	behind []int64 // accounts that are still behind
	failed error   // the first
}

// shards brings accounts up by a part each, those with the highest ids first. Usage locks accounts in the order of ids:
// it would meet shard after shard that is under way if they came in the same order, and wait for the whole tick; in the
// opposite order it meets one or two. It returns when all of them have had their turn, so that an account that is behind
// does not take two turns at once.
func (t *tick) shards(ctx context.Context, ids []int64) {
	var writers sync.WaitGroup
	for range meterWriters {
		writers.Go(func() {
			for {
				var shard []int64
				t.note(func() {
					rest := max(0, len(ids)-t.size)
					ids, shard = ids[:rest], ids[rest:]
				})
				if len(shard) == 0 {
					return
				}
				began := time.Now()
				t.shard(ctx, shard)
				t.note(func() { t.size = sizeAfter(len(shard), time.Since(began), t.most) })
			}
		})
	}
	writers.Wait()
}

// sizeAfter returns how many accounts the next shard has after one of n took a time: as many as would take shardSpan, at
// most twice n. It is a quarter of most or more, because a shard that waits for usage takes long whatever its size, and the
// tick should be over within its minute.
func sizeAfter(n int, took time.Duration, most int) int {
	return max(1, most/4, min(most, 2*n, int(float64(n)*float64(shardSpan)/float64(max(took, 1)))))
}

// shard brings accounts up by a part each, together or, if that fails, one by one.
func (t *tick) shard(ctx context.Context, ids []int64) {
	t.note(func() { t.done.Shards++ })
	if t.bringUp(ctx, ids) == nil {
		return
	}
	for _, id := range ids {
		if err := t.bringUp(ctx, []int64{id}); err != nil {
			t.note(func() { t.failed = cmp.Or(t.failed, fmt.Errorf("tick of account %d: %w", id, err)) })
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// note changes what the writers share, under the lock.
func (t *tick) note(what func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	what()
}

// The books of accounts that host something are the same from minute to minute, so they are kept in memory like those
// of busy accounts.
var metering = changeOptions{part: true, meter: true, ask: func(*pgx.Batch, map[int64]*remembered) {}, askAgain: func(*pgx.Batch, []int64) {}}

func (t *tick) bringUp(ctx context.Context, ids []int64) error {
	behind, err := t.store.bringBehindUp(ctx, ids, metering)
	if err != nil {
		return err
	}
	t.note(func() {
		t.behind = append(t.behind, behind...)
		t.done.Accounts += len(ids) - len(behind)
	})
	return nil
}

// errBehind says that a transaction would have to post more than one transaction should.
var errBehind = errors.New("accounts are far behind")

// areBehind reports whether accounts were not brought up for minutes, and have more entries of hosting to come than one
// transaction should write.
func (s *Store) areBehind(changes []*change, now billing.Second) bool {
	var backlog int64
	late := false
	for _, c := range changes {
		backlog += c.Backlog(now)
		// Two minutes, so that an account that the meter is about to bring up does not count.
		late = late || len(c.Running) > 0 && c.At < now-120
	}
	return late && backlog > s.catchUpEntries
}

// catchUp brings accounts up to now, in as many transactions as that takes: after a long pause a single one would be
// too large to finish.
func (s *Store) catchUp(ctx context.Context, ids []int64) (err error) {
	for len(ids) > 0 && err == nil {
		ids, err = s.bringBehindUp(ctx, ids, changeOptions{part: true})
	}
	return err
}

// bringBehindUp brings accounts up in one transaction, and returns those that are still behind.
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
	rows, err := s.pool.Query(ctx, dueAccounts, s.Now(), after, limit, s.demo)
	if err != nil {
		return nil, fmt.Errorf("find due accounts: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("find due accounts: %w", err)
	}
	return ids, nil
}
