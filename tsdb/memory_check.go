package tsdb

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// check compares accounts that are believed from memory with their rows.
// It is on in tests only (Config.CheckMemory), where every use of memory is held against the database. A difference
// means that something changes what memory keeps without changing the version.
func (l *loading) check(ctx context.Context, tx pgx.Tx, held map[int64]*remembered, now time.Time) error {
	if len(held) == 0 {
		return nil
	}
	stored, run := newLoading(len(held)), &ingestRun{targets: map[int64]*target{}}
	var b pgx.Batch
	// The accounts are locked, so what is read now is what memory should have.
	stored.queueBooks(&b, slices.Collect(maps.Keys(held)), false, now)
	b.Queue(selectTargets, resourcesOf(held), deploymentsOf(held)).Query(run.readTargets)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("load what memory has: %w", err)
	}
	if _, err := stored.complete(ctx, tx); err != nil {
		return err
	}
	for id, r := range held {
		// Whatever gates, charges and thresholds go by is in it, so a difference here would be a wrong answer sooner or
		// later.
		if kept, is := r.account.described(now), stored.at[id].described(now); kept != is {
			return fmt.Errorf("account %d, version %d: memory has\n%s\nand the database\n%s", id, r.version, kept, is)
		}
		for resource, t := range r.targets {
			kept, is := *t, run.targets[resource]
			// Compared as a copy: what memory has is about to be used.
			kept.prices.Cards, kept.active = nil, time.Time{} // every transaction has its own cards, and reads no runs
			if !reflect.DeepEqual(&kept, is) {
				return fmt.Errorf("resource %d, version %d: memory has %+v and the database %+v", resource, r.version, kept, is)
			}
		}
	}
	return nil
}

// described is all that an account's transactions go by. A plan is its number: what it brings is asked when it brings it.
// As text, so that a failing test shows both.
func (a *account) described(now time.Time) string {
	if a == nil {
		return "nothing"
	}
	books := *a.Account
	books.Plan, books.NextPlan = nil, nil
	// A reservation that timed out since memory was written is there and not in what was read; it keeps nothing in
	// either.
	open := slices.DeleteFunc(slices.Clone(a.Reservations), func(r openReservation) bool { return r.expires <= billing.SecondOf(now) })
	slices.SortFunc(open, func(x, y openReservation) int { return int(x.id - y.id) })
	return fmt.Sprintf("%+v plans %v %v %q %q %t seq %d %+v %+v", books, planID(a.Plan), planID(a.NextPlan), a.Name, a.TimeZone, a.Mails, a.Seq, a.Thresholds, open)
}

// resourcesOf and deploymentsOf are what memory has of targets, which may be more than this transaction's events name.
func resourcesOf(held map[int64]*remembered) (ids []int64) {
	for _, r := range held {
		ids = slices.AppendSeq(ids, maps.Keys(r.targets))
	}
	return ids
}

// Deployments are compared as far as memory has them: an event names them one by one.
func deploymentsOf(held map[int64]*remembered) (ids []int64) {
	for _, r := range held {
		for _, t := range r.targets {
			ids = slices.AppendSeq(ids, maps.Keys(t.deployments))
		}
	}
	return ids
}
