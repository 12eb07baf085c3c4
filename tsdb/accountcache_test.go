package tsdb_test

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Whatever is done to accounts, by this process or another one, and however time passes: a process never answers from
// what it keeps if something else is stored.
func TestCachedAccountsAreThoseStored(t *testing.T) {
	t.Parallel()
	for seed := range 4 {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := newTwin(t, uint64(seed))
			other, err := tsdb.New(tsdb.Config{Pool: w.f.pool, Clock: w.f.clock.now, Settings: w.Settings()})
			w.f.must(err)
			for step := range 80 {
				w.f.clock.advance(time.Duration(w.ticks.IntN(5*3600)) * time.Second / time.Duration(1+w.ticks.IntN(400)))
				if w.ticks.IntN(8) == 0 {
					w.tick()
				}
				did := w.act()
				for _, v := range w.victims {
					want := w.f.view(v.Account)
					for name, s := range map[string]*tsdb.Store{"this": w.Store, "the other": other} {
						got, err := s.CurrentAccount(w.f.ctx, v.Account)
						w.f.must(err)
						if !reflect.DeepEqual(got, want) {
							t.Fatalf("step %d, after %v, account %d: %s process answers\n%+v\nbut stored is\n%+v", step, did, v.Account, name, got.Account, want.Account)
						}
					}
				}
			}
		})
	}
}

// A change without a number that counts, as after a promotion that lost commits and reached the same number again, is
// noticed, too.
func TestAForgedAccountIsNotBelieved(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	ask := func() *tsdb.Account {
		a, err := f.CurrentAccount(f.ctx, id)
		f.must(err)
		return a
	}
	before := ask()
	f.exec(`UPDATE credit_grant SET amount = amount + 5000000 WHERE account_id = $1 AND meter = 'MODEL_CREDITS'`, id)
	f.exec(`UPDATE balance SET balances[1] = balances[1] + 5000000, allocations[1] = allocations[1] + 5000000 WHERE account_id = $1`, id)
	if after := ask(); after.Revision != before.Revision || after.Credits.Balance() != before.Credits.Balance()+5*credit {
		t.Errorf("balance %d at revision %d, was %d at %d", after.Credits.Balance(), after.Revision, before.Credits.Balance(), before.Revision)
	}
	f.exec(`UPDATE account SET name = 'Other', negative_limit = -7000000 WHERE account_id = $1`, id)
	if after := ask(); after.Name != "Other" || after.Limits.Negative != -7*credit {
		t.Errorf("name %q, limit %d", after.Name, after.Limits.Negative)
	}
	plan, err := f.CreatePlan(f.ctx, billing.Plan{Name: "Team", Credits: 10 * credit}, tsdb.Actor{})
	f.must(err)
	f.exec(`UPDATE account SET plan_id = $2 WHERE account_id = $1`, id, plan.ID)
	if got := ask(); got.Plan == nil || got.Plan.Credits != 10*credit {
		t.Fatalf("plan %+v", got.Plan)
	}
	f.exec(`UPDATE plan SET credits = 20000000 WHERE plan_id = $1`, plan.ID)
	if got := ask(); got.Plan.Credits != 20*credit {
		t.Errorf("plan %+v", got.Plan)
	}
	if _, err := f.CurrentAccount(f.ctx, 999_999); !isCode(err, tsdb.NotFound) {
		t.Errorf("an account that does not exist: %v", err)
	}
}

// An answer is never older than its question: whoever knows of a commit sees it, even if many ask at once and share a
// statement.
func TestAnswersAreNotOlderThanQuestions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var ids, models []int64
	for range 3 {
		id := f.account()
		ids, models = append(ids, id), append(models, f.resource(id, "MODEL", "REGISTERED"))
	}
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			for n := range int64(40) {
				if _, err := f.Ingest(f.ctx, []tsdb.UsageEvent{tokens(id, models[i], fmt.Sprint(n), start, 2, 0)}, tsdb.Record); err != nil {
					t.Error(err)
				}
				var asking sync.WaitGroup
				for range 8 {
					asking.Go(func() {
						a, err := f.CurrentAccount(f.ctx, id)
						if err != nil || a.Credits.Used() != billing.Amount(n+1) {
							t.Errorf("account %d: used %v after %d events of 1 µ: %v", id, a, n+1, err)
						}
					})
				}
				asking.Wait()
			}
		})
	}
	all.Wait()
}
