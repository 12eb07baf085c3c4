package tsdb_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// A server that runs while the demo is loaded would bring its accounts up to the server's time, and the loader, which
// is still in the year before, would find its grants expired. So each leaves the other's accounts alone, and nothing
// reports the loader's past as a lag.
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

// Dropping an unfinished demo removes all of it, whatever there is, and nothing of accounts that only look alike; it
// may be repeated.
func TestDroppingAnUnfinishedDemo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	life, quiet := f.wholeLife(), f.account()
	f.setRates(life, 0, billing.OwnRates{Tokens: billing.OwnTokenRates{Input: new(billing.Amount(1))}})
	f.exec(`UPDATE account SET mails = false, idempotency_key = $2 WHERE account_id = $1`, life, tsdb.DemoKey("demo"))
	for key, mails := range map[string]bool{tsdb.DemoKey("mine"): true, "demo": false, "unloading demo": false} {
		_, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Not it", IdempotencyKey: key, NoMail: !mails}, tsdb.Actor{})
		f.must(err)
	}
	before := f.everything(quiet)
	for range 2 {
		f.must(f.DropDemo(f.ctx))
		if n := f.count(`SELECT count(*) FROM account`); n != 4 {
			t.Errorf("%d accounts are left, want 4", n)
		}
	}
	for _, table := range []string{"resource", "ledger_entry", "usage_event", "usage_day", "account_usage", "own_rate", "email", "audit_log"} {
		if n := f.count(`SELECT count(*) FROM `+table+` WHERE account_id = $1`, life); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
	}
	if after := f.everything(quiet); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("another account is not as it was")
	}
	f.tablesAddUp()
}

// Only one process loads the demo at a time, until it is done or its connection ends; a finished demo has no mark of
// loading any more, and is not dropped.
func TestTheDemoIsLoadedByOne(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	other := f.another(true, 100)
	for range 2 {
		unlock, free, err := f.LockDemo(f.ctx)
		if f.must(err); !free {
			t.Fatal("nobody is at it, and it is not free")
		}
		if _, free, err := other.LockDemo(f.ctx); err != nil || free {
			t.Errorf("two load it: %v", err)
		}
		unlock()
	}
	gone, cancel := context.WithCancel(f.ctx)
	unlock, free, err := other.LockDemo(gone)
	if f.must(err); !free {
		t.Fatal("not free")
	}
	cancel() // whoever gives up unlocks all the same
	unlock()
	if unlock, free, err = f.LockDemo(f.ctx); err != nil || !free {
		t.Fatalf("free %t, %v", free, err)
	}
	defer unlock()
	id, err := f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Demo", IdempotencyKey: tsdb.DemoKey("one"), NoMail: true}, tsdb.Actor{})
	f.must(err)
	for range 2 {
		f.must(f.FinishDemo(f.ctx))
		f.must(f.DropDemo(f.ctx))
	}
	if found, err := f.AccountByKey(f.ctx, "one"); err != nil || found != id {
		t.Errorf("by the key that it is known by: %d, %v", found, err)
	}
}
