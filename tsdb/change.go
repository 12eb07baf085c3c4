package tsdb

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// change is one account inside a transaction that holds its lock: its books, how they were before, and what the
// transaction adds beside the ledger. flush writes it all.
type change struct {
	*account
	asOf      time.Time        // the instant of the transaction: everything in it is brought up to this, never to a later one
	before    *billing.Account // as it was when the transaction began
	frame     frame            // as it is stored
	grantInfo map[int32]grantInfo
	segments  []endedSegment
	used      map[useKey]*use // what the charts gain
	events    []outboxEvent
	mails     []mailRow
	noticed   []int32   // new grants whose end was told at once
	stops     []stopped // what the negative limit ended
	touched   bool      // a banner, deployment or limit changed: live readers must look again
}

// grantInfo is what a grant's row says beyond billing.Grant.
type grantInfo struct {
	Reference, Key, RequestHash, CreatedBy string
}

type endedSegment struct {
	id  int64
	end billing.Second
}

// changeOptions say how a transaction treats its accounts.
type changeOptions struct {
	debt    bool // may repay debt (grants, refunds)
	noBring bool // the function brings the accounts up itself, or defers that, and looks for those that are far behind
	part    bool // accounts that are far behind are brought up by a stretch only
}

// changeAccounts runs fn on accounts in one transaction: it locks them in id order, brings them up to the transaction's
// second, lets fn change them, stops what reached the negative limit, and writes everything with one NOTIFY. Accounts
// that do not exist are missing in what fn gets. Those that are far behind are brought up before, in transactions of their own.
func (s *Store) changeAccounts(ctx context.Context, ids []int64, opts changeOptions, fn func(context.Context, pgx.Tx, []*change) error) error {
	err := s.changeOnce(ctx, ids, opts, fn)
	for errors.Is(err, errBehind) {
		if err = s.catchUp(ctx, ids); err == nil {
			err = s.changeOnce(ctx, ids, opts, fn)
		}
	}
	return err
}

// changeOnce is changeAccounts in one transaction; errBehind where that would be too large.
func (s *Store) changeOnce(ctx context.Context, ids []int64, opts changeOptions, fn func(context.Context, pgx.Tx, []*change) error) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	return s.transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		changes, err := s.lockAccounts(ctx, tx, ids, opts)
		if err != nil {
			return err
		}
		if err := fn(ctx, tx, changes); err != nil {
			return err
		}
		for _, c := range changes {
			c.StopAtLimit()
		}
		if err := readStops(ctx, tx, changes); err != nil {
			return err
		}
		return s.flush(ctx, tx, changes)
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

// lockAccounts locks and loads the accounts and brings them up.
func (s *Store) lockAccounts(ctx context.Context, tx pgx.Tx, ids []int64, opts changeOptions) ([]*change, error) {
	now := s.Now()
	accounts, err := lockAndLoad(ctx, tx, ids, opts.debt, now)
	if err != nil {
		return nil, err
	}
	changes := make([]*change, len(accounts))
	for i, a := range accounts {
		changes[i] = &change{account: a, asOf: now, before: a.Clone(), frame: frameOf(a)}
	}
	return changes, s.bringUp(changes, billing.SecondOf(now), opts)
}

// bringUp brings accounts up to now, in part or not at all if the transaction wants that; errBehind where it would make too
// many entries. What is deferred makes none.
func (s *Store) bringUp(changes []*change, now billing.Second, opts changeOptions) error {
	if !opts.part && !opts.noBring && s.areBehind(changes, now) {
		return errBehind
	}
	for _, c := range changes {
		switch {
		case opts.part:
			c.CatchUp(c.Within(s.stretch/int64(len(changes)), now), now)
		case !opts.noBring:
			c.BringUp(now)
		}
	}
	return nil
}

// addHistory charts the part of a segment that is history; it stands in no ledger.
func (c *change) addHistory(s *billing.Segment, to billing.Second) {
	for _, m := range s.ByMinute(s.Start, min(to, c.BooksFrom)) {
		c.addHosting(s, m.Minute, m.Amount)
	}
}

// Kinds of usage, as stored.
const (
	kindToolRun    = "TOOL_RUN"
	kindInference  = "INFERENCE"
	kindHosting    = "HOSTING"
	kindFineTuning = "FINE_TUNING"
)
