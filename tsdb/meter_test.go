package tsdb_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// catchUpFixture is a fixture whose transactions catch up by a number of entries.
func catchUpFixture(t *testing.T, settings tsdb.Settings, entries int64) *fixture {
	t.Helper()
	f := fixtureOn(t, tsdbtest.New(t), settings)
	store, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: f.clock.now, Settings: settings, CatchUpEntries: entries})
	f.must(err)
	f.Store = store
	return f
}

// longPause hosts on three accounts, lets days pass in which nobody looks, with a rollover, an expiry and a stop, and
// then brings the accounts up. It returns the books.
func longPause(t *testing.T, entries int64, bringUp func(f *fixture, account, model int64)) map[string]string {
	t.Helper()
	f := catchUpFixture(t, tsdb.Settings{FreeTerm: 31 * 24 * time.Hour}, entries)
	ids := []int64{f.account(), f.account(), f.account()}
	model := f.model(ids[2])
	f.clock.advance(28 * 24 * time.Hour)
	for _, id := range ids {
		f.planned(id, 60*credit)
		f.script(id, small, 1)
	}
	f.guardrail(ids[1], billing.Toxicity, "GENERAL_PURPOSE")
	f.deployModel(ids[2], model, bigGPU, 1, time.Time{}) // reaches the limit after some hours
	f.clock.advance(4*24*time.Hour + 7*time.Second)
	if a := f.view(ids[2]); a.Cycle != 2 || len(a.Running) != 0 {
		t.Fatalf("cycle %d, %d running", a.Cycle, len(a.Running))
	}
	bringUp(f, ids[2], model)
	f.clock.set(f.clock.now().Truncate(time.Minute).Add(time.Minute)) // the meter posts whole minutes
	f.tick()
	for _, id := range ids {
		f.sound(id)
		if f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND kind = 'EXPIRY'`, id) == 0 {
			t.Error("nothing expired")
		}
	}
	books := map[string]string{}
	for name, sql := range twinTables {
		books[name] = strings.Join((&twin{f: f}).rows(sql), "\n")
	}
	return books
}

// What a long pause has left to post is posted in parts of limited size, and leaves the same books as in one: a single
// transaction of months would hit its time-out over and over, and the meter would never get through.
func TestLongPauseIsCaughtUpInParts(t *testing.T) {
	t.Parallel()
	use := func(f *fixture, account, model int64) { f.spend(account, model, credit) } // no tick: usage itself brings its account up
	tick := func(f *fixture, account, model int64) {
		_, err := f.Tick(f.ctx, 2)
		f.must(err)
		use(f, account, model)
	}
	whole := longPause(t, 1<<40, tick)
	for name, books := range map[string]map[string]string{"ticks": longPause(t, 2_000, tick), "usage": longPause(t, 2_000, use)} {
		for table := range maps.Keys(whole) {
			if books[table] != whole[table] {
				t.Errorf("%s: other %s", name, table)
			}
		}
	}
}

// An account that is far behind lets the others have their turn before it goes on.
func TestAnAccountThatIsFarBehindKeepsNoOtherBack(t *testing.T) {
	t.Parallel()
	f := catchUpFixture(t, tsdb.Settings{}, 100)
	far, other := f.account(), f.account()
	f.script(far, small, 1)
	f.clock.advance(24 * time.Hour)
	f.script(other, small, 1)
	f.clock.advance(time.Minute)
	done, err := f.Tick(f.ctx, 1)
	if err != nil || done.Accounts != 2 {
		t.Fatalf("%+v, %v", done, err)
	}
	last := func(id int64) int64 {
		return f.count(`SELECT max(xmin::text::bigint) FROM ledger_entry WHERE account_id = $1 AND cause = 'HOSTING'`, id)
	}
	if last(other) > last(far) {
		t.Error("the other account waited")
	}
	f.sound(far)
	f.sound(other)
}

// No transaction of a long pause writes more than its part.
func TestPartsAreBounded(t *testing.T) {
	t.Parallel()
	f := catchUpFixture(t, tsdb.Settings{}, 1_000)
	id := f.account()
	f.script(id, small, 1)
	f.script(id, small, 2)
	f.clock.advance(3 * 24 * time.Hour)
	_, err := f.Tick(f.ctx, 100)
	f.must(err)
	if n := f.count(`SELECT max(n) FROM (SELECT count(*) AS n FROM ledger_entry WHERE account_id = $1 AND cause = 'HOSTING' GROUP BY xmin::text) t`, id); n < 900 || n > 1_010 {
		t.Errorf("a transaction wrote %d entries", n)
	}
	f.sound(id)
}

// If an account cannot be brought up, the others still get their turn, and the error names it.
func TestAnAccountThatFailsKeepsNoOtherBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var ids []int64
	for range 4 {
		id := f.account()
		f.script(id, small, 1)
		ids = append(ids, id)
	}
	_, err := f.pool.Exec(f.ctx, `INSERT INTO statement (account_id, cycle_no, meter, starts_at, ends_at, opening, granted, charged, refunded, expired, adjusted, closing)
VALUES ($1, 1, 'MODEL_CREDITS', now(), now(), 0, 0, 0, 0, 0, 0, 0)`, ids[1])
	f.must(err)
	f.clock.set(time.Date(2026, 4, 10, 0, 5, 0, 0, time.UTC))
	done, err := f.Tick(f.ctx, 3)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint("account ", ids[1])) || done.Accounts != 3 {
		t.Errorf("%+v, %v", done, err)
	}
	for i, id := range ids {
		if behind := f.count(`SELECT count(*) FROM balance WHERE account_id = $1 AND posted_until < $2`, id, f.clock.now()); (behind == 1) != (i == 1) {
			t.Errorf("account %d: behind %d", i, behind)
		}
	}
}

// After an outage of the meter, usage that does not use up the current grant is stored at once: neither it nor the
// other accounts of its batch wait for the posting of all the hosting of that time.
func TestUsageDoesNotWaitForALongPause(t *testing.T) {
	t.Parallel()
	f := catchUpFixture(t, tsdb.Settings{}, 100)
	id := f.account()
	model := f.model(id)
	f.script(id, small, 1)
	f.clock.advance(6 * time.Hour)
	posted := func() int64 {
		return f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND cause = 'HOSTING'`, id)
	}
	f.spend(id, model, credit)
	if n := posted(); n != 0 {
		t.Errorf("%d entries of hosting were posted first", n)
	}
	f.spend(id, model, 73_800_000) // more than the grant has left beside the hosting
	if n := posted(); n != 6*60 {
		t.Errorf("%d entries of hosting are posted, want %d", n, 6*60)
	}
	f.sound(id)
}

// Whenever it ticks, the meter posts a segment once a minute: nothing of the current minute, and never less than the
// whole minutes. A stop and an expiry are posted at once.
func TestMeterPostsWholeMinutes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.topUp(id, billing.ModelCredits, 10*credit)
	f.deployModel(id, f.model(id), gpu, 1, time.Time{})
	for i := range 40 { // every 37 seconds
		f.clock.advance(37 * time.Second)
		f.tick()
		if posted := f.count(`SELECT extract(epoch FROM posted_until)::bigint FROM balance WHERE account_id = $1`, id); posted != f.Now().Truncate(time.Minute).Unix() {
			t.Fatalf("tick %d: posted up to %d at %d", i, posted, f.Now().Unix())
		}
	}
	if entries, minutes := f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND cause = 'HOSTING'`, id),
		f.count(`SELECT count(DISTINCT minute) FROM ledger_entry WHERE account_id = $1 AND cause = 'HOSTING'`, id); entries != minutes {
		t.Errorf("%d entries for %d minutes", entries, minutes)
	}
	f.reconciled(id)
	f.clock.set(f.view(id).Outlook().StopAt.Time().Add(3 * time.Second))
	f.tick()
	if n := f.count(`SELECT count(*) FROM segment WHERE account_id = $1 AND ended_at IS NULL`, id); n != 0 {
		t.Error("the stop waits for a whole minute")
	}
	f.reconciled(id)
}

// Usage locks accounts in the order of their ids. What it holds at the lower ones keeps the meter from none above: if the
// meter came in the same order, usage of many accounts would meet shard after shard under way, and wait for all of the
// tick.
func TestTheMeterMeetsUsageFromAbove(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := make([]int64, 6)
	for i := range ids {
		ids[i] = f.account()
		f.script(ids[i], small, 1)
	}
	usage, err := f.pool.Begin(f.ctx)
	f.must(err)
	defer func() { _ = usage.Rollback(f.ctx) }()
	_, err = usage.Exec(f.ctx, `SELECT FROM balance WHERE account_id = ANY($1::bigint[]) ORDER BY account_id FOR UPDATE`, ids[:2])
	f.must(err)
	f.clock.advance(time.Minute)
	ticked := make(chan error, 1)
	go func() {
		_, err := f.Tick(f.ctx, 1)
		ticked <- err
	}()
	for until := time.Now().Add(20 * time.Second); f.count(`SELECT count(*) FROM balance WHERE account_id = ANY($1::bigint[]) AND posted_until = $2`, ids, f.clock.now()) < 4; {
		if time.Now().After(until) {
			t.Fatal("the meter waits for what usage holds below")
		}
		time.Sleep(10 * time.Millisecond)
	}
	f.must(usage.Rollback(f.ctx))
	f.must(<-ticked)
}
