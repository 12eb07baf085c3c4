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
// transaction adds beside the ledger. flush writes it all.
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
	noticed   []int32   // new grants whose end was told at once
	stops     []stopped // what the negative limit ended
	planAsked bool      // somebody changed the plan
	touched   bool      // a banner, deployment or limit changed: live readers must look again
	unlike    bool      // the rows beside the books are not as the books here say
	written   bool
	atOnce    bool // what it charts of hosting may go straight to the chart tables
	// remembered is what is kept of the account from transaction to transaction; nil: nothing is, this time.
	remembered *remembered
	version    int64 // that writing leaves; 0: one of the database's making
	// last are statements whose answers nothing in the transaction waits for: they go out with its last ones. Its accounts share them.
	last *pgx.Batch
}

// grantInfo is what a grant's row says beyond billing.Grant.
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
	noBring bool // the function brings the accounts up itself, or defers that, and looks for those that are far behind
	part    bool // accounts that are far behind are brought up by a part only
	meter   bool // with part: no further than the meter brings them (billing.Account.MeterTo)
	// ask queues questions that are answered once the accounts are locked, before the function is called; nil: none. It is called at
	// each attempt, with what memory has of the accounts.
	ask func(b *pgx.Batch, held map[int64]*remembered)
	// askAgain queues the questions that memory had answered about accounts which others have changed since. If it is nil, memory is not used.
	askAgain func(b *pgx.Batch, stale []int64)
}

// changeAccounts runs fn on accounts in one transaction: it locks them in id order, brings them up to the transaction's
// second, lets fn change them, stops what reached the negative limit, and writes everything with one NOTIFY. Accounts
// that do not exist are missing in what fn gets. Those that are far behind are brought up before, in transactions of their own.
// fn may run again, if PostgreSQL wants the transaction repeated or an account was far behind: what it
// does outside tx must allow for that.
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

// changeOnce is changeAccounts in one transaction; errBehind if that would be too large.
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
		// After fn, whatever it was: usage, a correction and a limit that was raised end hosting alike
		// (rules.md §5).
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

// changeAccount is changeAccounts for one account; NotFound where there is none.
func (s *Store) changeAccount(ctx context.Context, id int64, opts changeOptions, fn func(context.Context, pgx.Tx, *change) error) error {
	return s.changeAccounts(ctx, []int64{id}, opts, func(ctx context.Context, tx pgx.Tx, changes []*change) error {
		if len(changes) == 0 {
			return noAccount()
		}
		return fn(ctx, tx, changes[0])
	})
}

// beginOn begins the transaction, locks and loads the accounts and puts what opts ask, all in one round trip, and brings the accounts up.
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

// bringUp brings accounts up to now, in part or not at all if the transaction wants that; errBehind where it would make too
// many entries. What is deferred makes none.
func (s *Store) bringUp(changes []*change, now billing.Second, opts changeOptions) error {
	if !opts.part && !opts.noBring && s.areBehind(changes, now) {
		return errBehind
	}
	// The accounts share the number of entries that a transaction may write, so that its size is bounded whatever their
	// number.
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

// goal is the second to which several transactions, each a part, bring the account.
func (c *change) goal(now billing.Second, opts changeOptions) billing.Second {
	if opts.meter {
		return c.MeterTo(now)
	}
	return now
}

// addHistory charts the part of a segment that is history; the ledger has no entry of it.
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
