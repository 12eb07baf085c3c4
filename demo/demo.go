// Package demo fills a database with a year of a handful of accounts: every kind of resource in every status, an account in
// each state that the clock icon knows, plans, top-ups, expiries, debt and stops. A simulated clock that starts a year ago
// drives the same operations as real usage, so grants, statements and mails are as old as the usage. Mails are stored,
// never sent. The same seed and end give the same year.
package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Config says what to make. Pool and End are required.
type Config struct {
	Pool *pgxpool.Pool
	// End is the demo's last instant: now.
	End time.Time
	// Seed of everything random.
	Seed uint64
	// Accounts is how many of the accounts to make, in the order of Accounts; 0: all.
	Accounts int
	// Events is about how many events the year has; 0: 2,050,000. Fewer accounts have fewer.
	Events int
	// Light leaves out the first months of what runs to this day: each minute of hosting is an entry of the ledger.
	Light bool
	// Settings are those of the server; zero: the defaults.
	Settings tsdb.Settings
	// Log takes what an operator should know; nil: slog.Default.
	Log *slog.Logger
	// Progress hears now and then how far the year is; nil: nobody.
	Progress func(Progress)
}

// Progress says how far the demo is.
type Progress struct {
	At     time.Time // the simulated instant
	Done   int64     // seconds of the year that are over …
	Total  int64     // … of so many
	Events int       // stored
}

// Result says what the demo made.
type Result struct {
	Account int64 // the main account
	Events  int   // stored
	Refused int   // by ENFORCE, when nothing was left
}

// Key is the idempotency key of the main account, by which a finished demo is found.
const Key = "demo"

// ErrThere says that the database has its demo already, ErrBusy that another process is making it.
var (
	ErrThere = errors.New("the demo is there already")
	ErrBusy  = errors.New("another process is making the demo")
)

// DefaultEvents is about how many events the year has; asUsual is how many it has by the figures of the stories.
const (
	DefaultEvents = 2_050_000
	asUsual       = 2_210_000
)

// Load makes the demo. What an earlier attempt that broke off has left is removed first. ErrThere where one was finished,
// ErrBusy where another process is at it.
func Load(ctx context.Context, cfg Config) (Result, error) {
	w, err := newWorld(cfg)
	if err != nil {
		return Result{}, err
	}
	unlock, free, err := w.store.LockDemo(ctx)
	if err != nil || !free {
		return Result{}, cmp.Or(err, ErrBusy)
	}
	defer unlock()
	switch account, err := w.store.AccountByKey(ctx, Key); {
	case err == nil:
		return Result{Account: account}, ErrThere
	case !isRefusal(err):
		return Result{}, err
	}
	return w.load(ctx)
}

func (w *world) load(ctx context.Context) (Result, error) {
	if err := w.store.DropDemo(ctx); err != nil {
		return Result{}, err
	}
	w.batcher = tsdb.NewBatcher(w.store, tsdb.BatcherConfig{Linger: time.Microsecond})
	defer w.batcher.Stop()
	w.tell()
	if err := w.run(ctx); err != nil {
		w.rolling.Wait()
		return Result{}, fmt.Errorf("at %s: %w", w.clock.now().Format(time.RFC3339), err)
	}
	if err := w.finish(ctx); err != nil {
		return Result{}, err
	}
	account, err := w.store.AccountByKey(ctx, Key)
	return Result{Account: account, Events: w.stored, Refused: w.refused}, err
}

// isRefusal tells an expected refusal from a fault.
func isRefusal(err error) bool {
	var refused *tsdb.Error
	return errors.As(err, &refused)
}

// finish rolls up what is left, checks the books against the facts, and gives the accounts their final keys.
func (w *world) finish(ctx context.Context) error {
	w.rolling.Wait()
	if err := errors.Join(w.rollErr, w.rollUp(ctx)); err != nil {
		return err
	}
	if _, err := w.store.DropOutbox(ctx); err != nil {
		return err
	}
	done, err := w.store.ReconcileNew(ctx)
	if err != nil {
		return err
	}
	if done.Difference != 0 {
		return fmt.Errorf("the books and the facts differ by %s", billing.ModelCredits.Format(done.Difference))
	}
	return w.store.FinishDemo(ctx)
}
