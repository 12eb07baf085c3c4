package tsdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// change is one account inside a transaction that holds its lock: its books, how they were before, and what the
// transaction adds besides the ledger. flush writes all of it.
type change struct {
	*account
	asOf      time.Time        // the instant of the transaction: everything in it is brought up to this, never to a later one
	before    *billing.Account // as it was when the transaction began
	rare      rareState        // as it is stored
	grantInfo map[int32]grantInfo
	segments  []endedSegment
	used      map[useKey]*use // what the charts gain
	events    []outboxEvent
	mails     []mailRow
	noticed   []int32   // new grants whose end was mailed about at once
	stops     []stopped // what the negative limit ended
	planAsked bool      // somebody changed the plan
	touched   bool      // a banner, deployment or limit changed: live readers must look again
	unlike    bool      // the rows besides the books no longer match the books here
	written   bool
	atOnce    bool // the hosting that it charts may go straight to the chart tables
	// remembered is what is kept of the account from one transaction to the next; nil: nothing is kept this time.
	remembered *remembered
	version    int64 // the version that writing sets; 0: the database makes one
	// last has statements whose answers nothing in the transaction waits for: they are sent with its last ones. Its
	// accounts share them.
	last *pgx.Batch
}

// grantInfo is what a grant's row has beyond billing.Grant.
type grantInfo struct {
	Reference, Key, RequestHash, CreatedBy string
}

type endedSegment struct {
	id        int64
	end, goal billing.Second // goal: where later steps move the end; 0: nowhere
}

// changeOptions say how a transaction treats its accounts.
type changeOptions struct {
	debt    bool // may repay debt (grants, refunds)
	noBring bool // the function brings the accounts up itself, or defers that, and checks for those that are far behind
	part    bool // accounts that are far behind are brought up only in part
	meter   bool // with part: no further than the meter brings them (billing.Account.MeterTo)
	// ask queues questions that are answered once the accounts are locked, before the function is called; nil: none. It
	// is called in each attempt, with what memory has of the accounts.
	ask func(b *pgx.Batch, held map[int64]*remembered)
	// askAgain queues the questions that memory had answered about accounts that others have changed since. If it is
	// nil, memory is not used.
	askAgain func(b *pgx.Batch, stale []int64)
}

// changeAccounts runs fn on accounts in one transaction: it locks them in the order of ids, brings them up to the
// transaction's second, lets fn change them, stops those that reached the negative limit, and writes everything with
// a NOTIFY for some hundred accounts each. fn does not get accounts that do not exist. Accounts that are far behind
// are brought up before, in transactions of their own. fn may run again, if PostgreSQL wants the transaction repeated or an account was far
// behind: what it does outside tx must allow for that.
func (s *Store) changeAccounts(ctx context.Context, ids []int64, opts changeOptions, fn func(context.Context, pgx.Tx, []*change) error) error {
	err := s.changeOnce(ctx, ids, opts, fn)
	// Perhaps more than once: time goes on while long backlogs are posted.
	for errors.Is(err, errBehind) {
		if err = s.catchUp(ctx, ids); err == nil {
			err = s.changeOnce(ctx, ids, opts, fn)
		}
	}
	return err
}

// changeOnce is changeAccounts in one transaction; it returns errBehind if that would be too large.
func (s *Store) changeOnce(ctx context.Context, ids []int64, opts changeOptions, fn func(context.Context, pgx.Tx, []*change) error) error {
	// One order for all transactions, or two of them could each hold what the other waits for.
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	return pg.TransactBatched(ctx, s.pool, func(ctx context.Context, tx *pg.BatchedTx) error {
		changes, err := s.beginOn(ctx, tx, ids, opts)
		if err != nil {
			return err
		}
		if err := fn(ctx, tx, changes); err != nil {
			return err
		}
		// After fn, whatever it did: usage, a correction and a raised limit all end hosting alike (rules.md §5).
		for _, c := range changes {
			c.StopAtLimit()
		}
		if err := readStops(ctx, tx, changes); err != nil {
			return err
		}
		if err := s.commit(ctx, tx, changes); err != nil {
			return err
		}
		// After the commit, so that nothing is remembered that was not stored.
		s.remember(changes, opts)
		return nil
	})
}

// changeAccount is changeAccounts for one account. It returns NotFound if there is none.
func (s *Store) changeAccount(ctx context.Context, id int64, opts changeOptions, fn func(context.Context, pgx.Tx, *change) error) error {
	return s.changeAccounts(ctx, []int64{id}, opts, func(ctx context.Context, tx pgx.Tx, changes []*change) error {
		if len(changes) == 0 {
			return noAccount()
		}
		return fn(ctx, tx, changes[0])
	})
}

// beginOn begins the transaction, locks and loads the accounts and asks what opts ask, in one round trip unless memory
// is out of date, and then brings the accounts up.
func (s *Store) beginOn(ctx context.Context, tx *pg.BatchedTx, ids []int64, opts changeOptions) ([]*change, error) {
	now := s.Now()
	if opts.askAgain != nil {
		changes, err := s.recall(ctx, tx, ids, opts, now)
		if err != nil {
			return nil, err
		}
		return changes, s.bringUp(changes, billing.SecondOf(now), opts)
	}
	var found *loading
	err := tx.BeginWith(ctx, func(b *pgx.Batch) {
		found = queueLoad(b, ids, opts.debt, now)
		if opts.ask != nil {
			opts.ask(b, nil)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("lock and load accounts: %w", err)
	}
	accounts, err := found.complete(ctx, tx)
	if err != nil {
		return nil, err
	}
	changes := changesOf(accounts, now)
	for _, c := range changes {
		c.last = &tx.Last
	}
	return changes, s.bringUp(changes, billing.SecondOf(now), opts)
}

// lockAccounts locks and loads accounts within a transaction that has begun, and brings them up.
func (s *Store) lockAccounts(ctx context.Context, tx pgx.Tx, ids []int64, opts changeOptions) ([]*change, error) {
	now := s.Now()
	accounts, err := lockAndLoad(ctx, tx, ids, opts.debt, now)
	if err != nil {
		return nil, err
	}
	changes := changesOf(accounts, now)
	return changes, s.bringUp(changes, billing.SecondOf(now), opts)
}

func changesOf(accounts []*account, now time.Time) []*change {
	changes := make([]*change, len(accounts))
	for i, a := range accounts {
		changes[i] = &change{account: a, asOf: now, before: a.Clone(), rare: rareStateOf(a)}
	}
	return changes
}

// bringUp brings accounts up to now, or in part or not at all if the transaction wants that. It returns errBehind if
// that would make too many entries. What is deferred makes none.
func (s *Store) bringUp(changes []*change, now billing.Second, opts changeOptions) error {
	if !opts.part && !opts.noBring && s.areBehind(changes, now) {
		return errBehind
	}
	// The accounts share the number of entries that a transaction may write, so that its size is bounded however many
	// they are.
	for _, c := range changes {
		switch {
		case opts.part:
			c.CatchUp(min(c.Within(s.catchUpEntries/int64(len(changes)), now), c.goal(now, opts)), now)
		case !opts.noBring:
			c.BringUp(now)
		}
	}
	return nil
}

// goal returns the second up to which several transactions, a part each, bring the account.
func (c *change) goal(now billing.Second, opts changeOptions) billing.Second {
	if opts.meter {
		return c.MeterTo(now)
	}
	return now
}

// addHistory charts the part of a segment that is history, for which the ledger has no entry.
func (c *change) addHistory(s *billing.Segment, to billing.Second) {
	for _, m := range s.ByMinute(s.Start, min(to, c.BooksFrom)) {
		c.addHosting(s, m.Minute, m.Amount)
	}
}

// Kinds of usage, as stored.
const (
	kindToolRun   = "TOOL_RUN"
	kindInference = "INFERENCE"
	kindHosting   = "HOSTING"
)
