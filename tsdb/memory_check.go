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

// check compares accounts taken from memory with their rows. It is on only in tests (Config.CheckMemory), where every
// use of memory is compared with the database. A difference means that something changes what memory keeps without
// changing the version.
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
		// This has everything that gates, charges and thresholds depend on, so a difference here would be a wrong answer
		// sooner or later.
		if kept, is := r.account.described(now), stored.at[id].described(now); kept != is {
			return fmt.Errorf("account %d, version %d: memory has\n%s\nand the database\n%s", id, r.version, kept, is)
		}
		for resource, t := range r.targets {
			kept, is := *t, run.targets[resource]
			// Compared as a copy, because what memory has is about to be used.
			kept.prices.Cards, kept.active = nil, time.Time{} // every transaction has its own cards, and reads no runs
			if !reflect.DeepEqual(&kept, is) {
				return fmt.Errorf("resource %d, version %d: memory has %+v and the database %+v", resource, r.version, kept, is)
			}
		}
	}
	return nil
}

// described returns all that an account's transactions depend on, as a text, so that a failing test shows both. A plan
// is its number: what it brings is read when it brings it.
func (a *account) described(now time.Time) string {
	if a == nil {
		return "nothing"
	}
	books := *a.Account
	books.Plan, books.NextPlan = nil, nil
	// A reservation that timed out since memory was written is in memory and not in what was read; it sets nothing aside
	// in either.
	open := slices.DeleteFunc(slices.Clone(a.Reservations), func(r openReservation) bool { return r.expires <= billing.SecondOf(now) })
	slices.SortFunc(open, func(x, y openReservation) int { return int(x.id - y.id) })
	return fmt.Sprintf("%+v plans %v %v %q %q %t seq %d %+v %+v", books, planID(a.Plan), planID(a.NextPlan), a.Name, a.TimeZone, a.Mails, a.Seq, a.Thresholds, open)
}

// resourcesOf returns the targets that memory has, which may be more than this transaction's events name.
func resourcesOf(held map[int64]*remembered) (ids []int64) {
	for _, r := range held {
		ids = slices.AppendSeq(ids, maps.Keys(r.targets))
	}
	return ids
}

// deploymentsOf returns the deployments that memory has; only these are compared, because events name them one by one.
func deploymentsOf(held map[int64]*remembered) (ids []int64) {
	for _, r := range held {
		for _, t := range r.targets {
			ids = slices.AppendSeq(ids, maps.Keys(t.deployments))
		}
	}
	return ids
}
