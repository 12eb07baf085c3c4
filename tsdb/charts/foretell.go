package charts

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

const (
	// foretoldGood is how old a stored forecast may be before it is made again.
	foretoldGood = 50 * time.Minute
	// foretellStep is how many accounts are read at once. It bounds the memory of a step, and how long a snapshot is
	// held.
	foretellStep = 200
)

// ForetellResult says what was done.
type ForetellResult struct {
	Accounts int
	Left     bool // limit was reached: there are more
}

// Foretell forecasts, for lists of accounts, when accounts will have used up what they have, beginning with those whose
// forecast is oldest: at most about limit, some hundreds at a time. Each step stands by itself. These forecasts serve
// to sort lists of accounts; an account's own page makes its own.
func Foretell(ctx context.Context, store *tsdb.Store, limit int) (done ForetellResult, err error) {
	for {
		// A process may stop between two steps, or another one may take the same accounts: a forecast made twice is the
		// same.
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

// foretold makes the forecasts of some accounts, all from one snapshot. An account that has gone meanwhile is left out.
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
