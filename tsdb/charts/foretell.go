package charts

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

const (
	// foretoldGood is how old what is foretold for lists may be before it is foretold again.
	foretoldGood = 50 * time.Minute
	// foretellStep is how many accounts are read at once.
	// It bounds the memory of a step, and what one snapshot is held for.
	foretellStep = 200
)

// ForetellResult says what was done.
type ForetellResult struct {
	Accounts int
	Left     bool // limit was reached: there are more
}

// Foretell foretells, for lists of accounts, when those will have used up what they have of which that was done longest ago: at most about limit,
// some hundreds at a time. Each step stands by itself.
// What is foretold serves to sort lists of accounts; an account's own page foretells anew.
func Foretell(ctx context.Context, store *tsdb.Store, limit int) (done ForetellResult, err error) {
	for {
		// A process may stop between two steps, or another one take the same accounts: what is foretold twice is the same.
		due, err := store.ForetellDue(ctx, store.Now().Add(-foretoldGood), min(foretellStep, limit-done.Accounts))
		if err != nil || len(due) == 0 {
			return done, err
		}
		list, err := foretold(ctx, store, due)
		if err != nil {
			return done, err
		}
		if err := store.KeepForetold(ctx, list); err != nil {
			return done, err
		}
		if done.Accounts += len(due); done.Accounts >= limit {
			done.Left = true
			return done, nil
		}
	}
}

// foretold makes the forecasts of some accounts, all from one snapshot.
// An account that has gone meanwhile is left out.
func foretold(ctx context.Context, store *tsdb.Store, accounts []int64) ([]tsdb.Foretold, error) {
	r := Read(store)
	defer r.Close(ctx)
	forecasts, err := r.Forecasts(ctx, accounts)
	if err != nil {
		return nil, err
	}
	var list []tsdb.Foretold
	for _, id := range accounts {
		if f, ok := forecasts[id]; ok {
			list = append(list, tsdb.Foretold{AccountID: id, At: r.AsOf(), CreditsExhausted: f[0].ExhaustedAt, RunsExhausted: f[1].ExhaustedAt, NegativeLimit: f[0].NegativeAt})
		}
	}
	return list, nil
}
