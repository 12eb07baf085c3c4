package tsdb_test

import (
	"context"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// A server that runs while the demo is loaded would bring its accounts up to the server's time, and the loader, which is still in the year
// before, would find its grants expired. Each leaves the other's accounts alone, and nobody takes the loader's past for a lag.
func TestLoadingTheDemoBesideAServer(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own := f.account()
	f.script(own, small, 1)

	past := newClock()
	past.set(f.clock.now().AddDate(-1, 0, 0))
	loader, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: past.now, Demo: true})
	f.must(err)
	loading, err := loader.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Demo", IdempotencyKey: tsdb.DemoKey("demo"), NoMail: true}, tsdb.Actor{})
	f.must(err)
	postedUntil := func(id int64) (at time.Time) {
		f.must(f.pool.QueryRow(f.ctx, `SELECT posted_until FROM balance WHERE account_id = $1`, id).Scan(&at))
		return at.UTC()
	}

	const month = 31 * 24 * time.Hour // ends a cycle of both
	f.clock.advance(month)
	if v, err := f.Vitals(f.ctx); err != nil || v.MeterLag != month {
		t.Errorf("lag %v, %v", v.MeterLag, err)
	}
	past.advance(month)
	for name, c := range map[string]struct {
		store *tsdb.Store
		its   int64
	}{"the server": {f.Store, own}, "the loader": {loader, loading}} {
		if done, err := c.store.Tick(f.ctx, 100); err != nil || done.Accounts != 1 {
			t.Errorf("%s brought up %d accounts, %v", name, done.Accounts, err)
		}
		if got := postedUntil(c.its); !got.Equal(c.store.Now().Truncate(time.Minute)) {
			t.Errorf("%s posted until %v", name, got)
		}
	}
	const term = 15 * 24 * time.Hour // is told of a day later
	f.must(grantFor(f.Store, own, term))
	f.must(grantFor(loader, loading, term))
	f.clock.advance(26 * time.Hour)
	past.advance(26 * time.Hour)
	for name, store := range map[string]*tsdb.Store{"the server": f.Store, "the loader": loader} {
		if n, err := store.MailExpiring(f.ctx, 100); err != nil || n != 1 {
			t.Errorf("%s looked for notices at %d accounts, %v", name, n, err)
		}
	}
}

func grantFor(store *tsdb.Store, account int64, term time.Duration) error {
	_, err := store.GrantCredits(context.Background(), tsdb.NewGrant{AccountID: account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: credit,
		ExpiresAt: store.Now().Add(term), Reference: "order", IdempotencyKey: "order"}, tsdb.Actor{})
	return err
}
