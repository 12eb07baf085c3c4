package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"

	"github.com/usagegraph/usagegraph/graph"
	"github.com/usagegraph/usagegraph/tsdb"
)

// accountFlag defines the flag for the account that a command is about; "": every account.
func accountFlag(fs *flag.FlagSet) *string {
	text := new(string)
	fs.Func("account", "`ID`: one account alone, or external:account:ID; every account unless given", func(value string) error {
		*text = value
		return fault(value == "", "the id or own id of an account; without the flag it is about every one")
	})
	return text
}

// openUpkeep opens the database for a command about one account or all of them (0).
func (p program) openUpkeep(ctx context.Context, c config, text string) (account int64, store *tsdb.Store, done func(), err error) {
	if store, done, err = p.openStore(ctx, c); err != nil || text == "" {
		return 0, store, done, err
	}
	if account, err = namedAccount(ctx, store, text); err != nil {
		done()
	}
	return account, store, done, err
}

// namedAccount returns the key of the account that the flag --account names by its id or own id. It returns an error if there is none.
func namedAccount(ctx context.Context, store *tsdb.Store, text string) (int64, error) {
	account, err := graph.AccountByText(ctx, store, nil, text)
	if err != nil {
		return 0, err
	}
	found, err := store.Revisions(ctx, []int64{account})
	if err != nil {
		return 0, err
	}
	if _, exists := found[account]; !exists {
		return 0, errors.New("--account: there is no such account; accounts are named by their id or as external:account:ID")
	}
	return account, nil
}

// reconcileStep is how many accounts are reconciled between two looks at the progress.
const reconcileStep = 50

// reconcile compares the books of all accounts with the facts, reports differences, and fails if there are any.
func (p program) reconcile(fs *flag.FlagSet) action {
	text := accountFlag(fs)
	return func(ctx context.Context, c config, _ []string) error { return p.reconcileAccount(ctx, c, *text) }
}

func (p program) reconcileAccount(ctx context.Context, c config, text string) error {
	account, store, done, err := p.openUpkeep(ctx, c, text)
	if err != nil {
		return err
	}
	defer done()
	if account != 0 {
		r, err := store.Reconcile(ctx, account)
		if err != nil {
			return err
		}
		return p.reportReconciled(1, p.printDifference(r))
	}
	total, err := store.CountAccounts(ctx)
	if err != nil {
		return err
	}
	count, wrong, after := 0, 0, int64(0)
	bar := p.newBar("reconcile", total)
	for {
		found, err := store.ReconcileAfter(ctx, after, reconcileStep)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			bar.end()
			return p.reportReconciled(count, wrong)
		}
		for _, r := range found {
			if r.Difference != 0 {
				bar.end()
				wrong += p.printDifference(r)
			}
			after = r.AccountID
		}
		count += len(found)
		bar.show(int64(count), count, "accounts")
	}
}

// printDifference reports the differences in an account's books, and returns 1 if there are any.
func (p program) printDifference(r tsdb.Reconciliation) int {
	if r.Difference == 0 {
		return 0
	}
	fmt.Fprintf(p.out, "%s\n", graph.EncodeID(graph.KindAccount, r.AccountID))
	for _, what := range slices.Sorted(maps.Keys(r.Detail)) {
		fmt.Fprintf(p.out, "  %s differ by %d\n", what, int64(r.Detail[what]))
	}
	return 1
}

func (p program) reportReconciled(count, wrong int) error {
	fmt.Fprintf(p.out, "%d accounts reconciled, %d with a difference\n", count, wrong)
	if wrong > 0 {
		return errors.New("books and facts differ; docs/runbooks/UsagegraphBooksDiffer.md says what to do")
	}
	return nil
}

// rebuild makes the chart tables from the facts, for all accounts or one, while everything else keeps running.
func (p program) rebuild(fs *flag.FlagSet) action {
	text := accountFlag(fs)
	return func(ctx context.Context, c config, _ []string) error { return p.rebuildAccount(ctx, c, *text) }
}

func (p program) rebuildAccount(ctx context.Context, c config, text string) error {
	account, store, done, err := p.openUpkeep(ctx, c, text)
	if err != nil {
		return err
	}
	defer done()
	var bar *bar
	made, err := store.RebuildCharts(ctx, account, func(r tsdb.RebuildProgress) {
		if bar == nil {
			bar = p.newBar("rebuild", int64(r.Total))
		}
		bar.show(int64(r.Done), r.Done, "days")
	})
	if bar != nil {
		bar.end()
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%d days rebuilt, %d rows written\n", made.Done, made.Rows)
	return nil
}
