package tsdb_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

const (
	// lateEntries are CatchUpEntries of a store whose transactions give back 100 minutes.
	lateEntries = 500
	lateDays    = 2
)

// lateBooks is an account whose model ran for days, over the end of a grant and of a cycle, while something else ran and others paid.
type lateBooks struct {
	account, deployment int64
	end                 time.Time // what is to be reported
}

// runLong makes lateBooks. The clock ends in the middle of a minute.
func (f *fixture) runLong() (b lateBooks) {
	f.t.Helper()
	f.clock.set(start)
	b.account = f.account()
	f.planned(b.account, 20*credit)
	f.topUp(b.account, billing.ModelCredits, 400*credit)
	f.clock.set(time.Date(2026, 4, 8, 9, 0, 11, 0, time.UTC)) // the cycle ends on the tenth, and the free grant on the ninth
	b.deployment = f.deployModel(b.account, f.model(b.account), gpu, 1, f.clock.now().Add(-5*time.Hour))
	f.script(b.account, small, 2)
	b.end = f.clock.now().Add(-2*time.Hour + 7*time.Second) // also what was posted late is given back
	for range lateDays * 4 {
		f.clock.advance(6*time.Hour + time.Second)
		f.tick()
	}
	return b
}

// lateSettings let the free grant end while runLong's model runs.
var lateSettings = tsdb.Settings{FreeTerm: 30*24*time.Hour + 3*time.Hour}

// lateTables are an account's tables without its ids. Each step makes a grant of its own for what it cannot return to a
// live grant.
func (f *fixture) lateTables(b lateBooks) string {
	f.t.Helper()
	var all string
	f.must(f.pool.QueryRow(f.ctx, `SELECT string_agg(row, E'\n' ORDER BY row) FROM (
  SELECT concat_ws(' ', 'ledger', meter, kind, category, cause, minute, of, sum(amount), sum(debt)) AS row
    FROM ledger_entry, LATERAL (SELECT CASE WHEN cause <> 'HOSTING' THEN effective_at END) o (of)
    WHERE account_id = $1 GROUP BY meter, kind, category, cause, minute, of
  UNION ALL SELECT concat_ws(' ', 'grants', meter, kind, granted_at, expires_at, sum(amount), sum(given[1]), sum(given[3]), sum(expired), max(retired_at)) FROM credit_grant
    WHERE account_id = $1 GROUP BY meter, kind, granted_at, expires_at
  UNION ALL SELECT concat_ws(' ', 'balance', balances, allocations, used, debts, slices, flows, free_expired) FROM balance WHERE account_id = $1
  UNION ALL SELECT concat_ws(' ', 'segment', category, started_at, ended_at, stopped, ends_at) FROM segment WHERE account_id = $1
  UNION ALL SELECT concat_ws(' ', 'deployment', category, status, reason, updated_at) FROM deployment WHERE account_id = $1
  UNION ALL SELECT concat_ws(' ', 'debt', minute, category, amount) FROM debt WHERE account_id = $1 AND amount <> 0
  UNION ALL SELECT concat_ws(' ', 'statement', cycle_no, meter, refunded, charged, closing) FROM statement WHERE account_id = $1) t`, b.account).Scan(&all))
	return all + "\n" + f.hostingCharts(b.account)
}

// sameBooks compares the tables of two accounts.
func (f *fixture) sameBooks(what string, want, got string) {
	f.t.Helper()
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			f.t.Errorf("%s: want %s\ngot %s", what, w[i], g[i])
			return
		}
	}
	if len(w) != len(g) {
		f.t.Errorf("%s: %d rows, want %d", what, len(g), len(w))
	}
}

// rolled returns the tables after everything is rolled up.
func (f *fixture) rolled(b lateBooks) string {
	f.t.Helper()
	f.rollUp(1_000_000)
	f.sound(b.account)
	f.tablesAddUp()
	return f.lateTables(b)
}

// An end that is reported late is applied in steps. Readers in between find books, charts and facts that agree, and the
// result is the same as that of one transaction.
func TestALateEndArrivesInSteps(t *testing.T) {
	t.Parallel()
	whole := catchUpFixture(t, lateSettings, 1_000_000)
	f := catchUpFixture(t, lateSettings, lateEntries)
	once, b := whole.runLong(), f.runLong()
	f.sameBooks("before", whole.rolled(once), f.rolled(b))
	_, err := whole.UndeployModel(f.ctx, once.account, once.deployment, once.end)
	f.must(err)

	var between, looks int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err := f.UndeployModel(f.ctx, b.account, b.deployment, b.end)
		if err != nil {
			t.Error(err)
		}
	}()
	for over := false; !over; looks++ {
		select {
		case <-done:
			over = true
		default:
		}
		f.reconciled(b.account) // in one snapshot
		between += f.count(`SELECT count(*) FROM segment WHERE account_id = $1 AND ends_at IS NOT NULL`, b.account)
	}
	if between == 0 {
		t.Errorf("%d looks, and no end was on its way", looks)
	}
	f.sameBooks("after", whole.rolled(once), f.rolled(b))
	if n := f.count(`SELECT count(*) FROM credit_grant WHERE account_id = $1`, b.account); n < 8 || n > 50 {
		t.Errorf("%d grants", n)
	}
	_, err = f.UndeployModel(f.ctx, b.account, b.deployment, b.end) // the answer was lost
	f.must(err)
	_, err = f.UndeployModel(f.ctx, b.account, b.deployment, b.end.Add(time.Second))
	f.wantRefused(err, tsdb.WrongState)
	f.sameBooks("a repeat", whole.rolled(once), f.rolled(b))
}

// At whatever moment the call breaks off, nothing is lost and nothing doubled: the next caller brings the end to where
// it was reported.
func TestALateEndBrokenOffAtEachStep(t *testing.T) {
	t.Parallel()
	f := catchUpFixture(t, lateSettings, lateEntries)
	once := f.runLong()
	_, err := f.UndeployModel(f.ctx, once.account, once.deployment, once.end)
	f.must(err)
	want := f.rolled(once)
	broken := 0
	for call := int64(1); ; call += 13 {
		b := f.runLong()
		ctx, cancel := context.WithCancel(f.ctx)
		var calls atomic.Int64
		store, err := tsdb.New(tsdb.Config{Pool: f.pool, Settings: lateSettings, CatchUpEntries: lateEntries, Clock: func() time.Time {
			if calls.Add(1) == call { // it is asked at least twice a transaction
				cancel()
			}
			return f.clock.now()
		}})
		f.must(err)
		_, failed := store.UndeployModel(ctx, b.account, b.deployment, b.end)
		cancel()
		f.reconciled(b.account)
		if ends := f.count(`SELECT count(*) FROM segment WHERE account_id = $1 AND ends_at IS NOT NULL`, b.account); failed != nil && ends > 0 {
			broken++
		}
		switch call % 2 {
		case 0:
			_, err = f.UndeployModel(f.ctx, b.account, b.deployment, b.end)
		default: // a change of something else, where the end was taken
			if f.count(`SELECT count(*) FROM deployment WHERE account_id = $1 AND status = 'DEPLOYED' AND category = 'MODELS'`, b.account) > 0 {
				_, err = f.UndeployModel(f.ctx, b.account, b.deployment, b.end)
			} else {
				_, err = f.FinishEnds(f.ctx)
			}
		}
		f.must(err)
		f.sameBooks(fmt.Sprint("call ", call), want, f.rolled(b))
		if failed == nil {
			break
		}
	}
	if broken < 4 {
		t.Errorf("broken off %d times between two steps", broken)
	}
}

// The same if the process is killed, again and again, until the end is applied.
func TestKilledWhileAnEndArrives(t *testing.T) {
	t.Parallel()
	pool := tsdbtest.New(t)
	k := &killTest{orders: orders{URL: pool.Config().ConnString(), Clock: filepath.Join(t.TempDir(), "clock"), Journal: filepath.Join(t.TempDir(), "journal"), Terms: lateSettings}}
	k.fixture = fixtureOn(t, pool, lateSettings)
	f := k.fixture
	once := f.runLong()
	_, err := f.UndeployModel(f.ctx, once.account, once.deployment, once.end)
	f.must(err)
	want := f.rolled(once)
	b := f.runLong()
	k.Ends = &lateEnd{Account: b.account, Deployment: b.deployment, At: b.end}
	clock, err := openClock(k.Clock)
	f.must(err)
	f.must(clock.write(f.clock.now()))
	f.must(os.WriteFile(k.Journal, nil, 0o600))
	kills, between := int64(0), int64(0)
	arrived := func() bool {
		return f.count(`SELECT count(*) FROM segment WHERE account_id = $1 AND ended_at = $2`, b.account, b.end) > 0
	}
	for pause := time.Duration(0); !arrived() && kills < 80; pause += 90 * time.Millisecond {
		process := k.begin(k.orders)
		<-time.After(pause % time.Second)
		f.must(process.Process.Kill())
		_ = process.Wait() // "signal: killed"
		kills++
		f.count(`SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()`, childName)
		f.reconciled(b.account)
		between += f.count(`SELECT count(*) FROM segment WHERE account_id = $1 AND ends_at IS NOT NULL`, b.account)
	}
	k.acked() // reports what failed
	t.Logf("killed %d times, %d times between two steps", kills, between)
	if between == 0 {
		t.Error("never between two steps")
	}
	f.sameBooks("killed", want, f.rolled(b))
}

// An end at which something else begins is applied at once, so it must not lie further back than reported hosting may.
func TestLateScalingIsBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.topUp(id, billing.ModelCredits, 100_000*credit)
	s := f.script(id, small, 1)
	for range 11 {
		f.clock.advance(10 * 24 * time.Hour)
		f.tick()
	}
	f.wantRefused(f.ScaleDeployment(f.ctx, id, script(s), 2, start.Add(time.Hour)), tsdb.TimeOutOfRange)
	f.must(f.ScaleDeployment(f.ctx, id, script(s), 2, f.clock.now().Add(-3*24*time.Hour)))
	f.sound(id)
}
