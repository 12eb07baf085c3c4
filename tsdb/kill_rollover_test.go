package tsdb_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

const (
	monthLives    = 20 // processes that are killed while cycles end
	monthAccounts = 90
)

// TestKilledWhileCyclesEnd runs a process that only ends cycles, expires grants and grants plans, for all accounts at
// one instant; it kills the process and cuts its connections. So most kills come while some accounts are done and
// others are not. Afterwards each account has every statement, expiry and grant exactly once (issue: the credit
// engine).
func TestKilledWhileCyclesEnd(t *testing.T) {
	t.Parallel()
	k, plan := newMonthsTest(t)
	moments := rand.New(rand.NewPCG(killSeed, 1))
	within := 0
	for life := range monthLives {
		k.Life = life
		k.kill(moments)
		if k.count(`SELECT count(DISTINCT cycle_no) FROM balance`) > 1 {
			within++
		}
	}
	k.acked()
	clock, err := openClock(k.Clock)
	k.must(err)
	k.clock.set(clock.now())
	_, err = k.Tick(k.ctx, 100)
	k.must(err)
	cycles := k.count(`SELECT max(cycle_no) FROM balance`)
	t.Logf("%d processes killed, %d of them between accounts; %d connections cut at %d moments; %d cycles ended", k.killed, within, k.cut, k.moments, cycles-1)
	if within < monthLives/2 {
		t.Errorf("only %d kills came while cycles ended", within)
	}
	for _, v := range k.Crowd {
		k.throughAll(v.Account, cycles, plan)
	}
}

// throughAll demands that an account went through all cycles, each once.
func (k *killTest) throughAll(account, cycles int64, plan billing.Plan) {
	k.t.Helper()
	for sql, want := range map[string]int64{
		`SELECT cycle_no FROM balance WHERE account_id = $1`:                                           cycles,
		`SELECT count(*) FROM statement WHERE account_id = $1`:                                         2 * (cycles - 1),
		`SELECT count(*) FROM credit_grant WHERE account_id = $1 AND kind = 'PLAN'`:                    2 * cycles,
		`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND kind = 'EXPIRY' AND cause_id > 2`: 2 * (cycles - 1),
		`SELECT balances[1] FROM balance WHERE account_id = $1`:                                        int64(plan.Credits),
	} {
		if got := k.count(sql, account); got != want {
			k.t.Errorf("account %d: %d, want %d: %s", account, got, want, sql)
		}
	}
	k.sound(account)
}

// newMonthsTest makes accounts of one plan whose cycles all end on the first of a month.
func newMonthsTest(t *testing.T) (*killTest, billing.Plan) {
	pool := tsdbtest.New(t)
	k := &killTest{orders: orders{URL: pool.Config().ConnString(), Seed: killSeed, Months: true, Clock: filepath.Join(t.TempDir(), "clock"), Journal: filepath.Join(t.TempDir(), "journal"),
		Terms: tsdb.DefaultSettings()}}
	k.fixture = fixtureOn(t, pool, k.Terms)
	p, err := k.CreatePlan(k.ctx, billing.Plan{Name: "monthly", Credits: 30 * credit, Runs: 1_000}, tsdb.Actor{})
	k.must(err)
	k.clock.set(start.AddDate(0, 0, -9)) // 1 March
	for range monthAccounts {
		id := k.account()
		_, err := k.ChangePlan(k.ctx, tsdb.ChangePlanRequest{AccountID: id, PlanID: p.ID, IdempotencyKey: k.key()}, tsdb.Actor{})
		k.must(err)
		k.Crowd = append(k.Crowd, victim{Account: id})
	}
	k.must(os.WriteFile(k.Journal, nil, 0o600))
	return k, p.Plan
}
