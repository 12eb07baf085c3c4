package tsdb_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// wholly returns the rows of everything that comes with a new account.
func (f *fixture) wholly() string {
	f.t.Helper()
	var counts string
	f.must(f.pool.QueryRow(f.ctx, `SELECT concat_ws(' ', (SELECT count(*) FROM account), (SELECT count(*) FROM balance), (SELECT count(*) FROM credit_grant), (SELECT count(*) FROM ledger_entry),
  (SELECT count(*) FROM member), (SELECT count(*) FROM audit_log WHERE account_id IS NOT NULL))`).Scan(&counts))
	return counts
}

// An account is made completely or not at all, whatever fails in the middle; a transaction that PostgreSQL wants
// repeated is repeated and makes one account.
func TestAnAccountIsMadeWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"balance", "member", "credit_grant", "ledger_entry", "audit_log"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.exec(`CREATE SEQUENCE spoilt; CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF nextval('spoilt') = 1 THEN RAISE EXCEPTION 'no'; ELSIF currval('spoilt') < 4 THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF; RETURN NEW; END $$`)
			f.exec(`CREATE TRIGGER spoil BEFORE INSERT ON ` + table + ` FOR EACH ROW EXECUTE FUNCTION spoil()`)
			n := tsdb.NewAccount{Name: "Acme", IdempotencyKey: "k", Own: tsdb.Own{ExternalID: "own"}, Members: []access.Member{{UserID: "u", Name: "U", Email: "u@a.example", Role: access.RoleMasterAdmin}}}
			if _, err := f.CreateAccount(f.ctx, n, tsdb.Actor{}); err == nil {
				t.Fatal("made all the same")
			}
			if got := f.wholly(); got != "0 0 0 0 0 0" {
				t.Errorf("left: %s", got)
			}
			id, err := f.CreateAccount(f.ctx, n, tsdb.Actor{}) // is told to repeat twice, and does
			f.must(err)
			again, err := f.CreateAccount(f.ctx, n, tsdb.Actor{})
			if f.must(err); again != id {
				t.Errorf("%d, then %d", id, again)
			}
			if got := f.wholly(); got != "1 1 2 2 1 2" {
				t.Errorf("made: %s", got)
			}
			f.sound(id)
		})
	}
}

// If many callers make an account under the same own id at once, through two processes, one account is made: one caller
// is told that it was created, the others that nothing was changed, or what they changed.
func TestAnAccountIsUpsertedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stores := []*tsdb.Store{f.Store, f.another(true, 100)}
	for round := range 10 {
		var mu sync.Mutex
		var all sync.WaitGroup
		outcomes, ids := map[tsdb.Outcome]int{}, map[int64]bool{}
		for i := range 6 {
			all.Go(func() {
				id, outcome, err := stores[i%2].UpsertAccount(f.ctx, tsdb.NewAccount{Name: "Acme", Own: tsdb.Own{ExternalID: fmt.Sprint("own", round)}}, tsdb.Actor{})
				mu.Lock()
				defer mu.Unlock()
				if outcomes[outcome]++; err != nil {
					t.Error(err)
				}
				ids[id] = true
			})
		}
		all.Wait()
		if len(ids) != 1 || outcomes[tsdb.Created] != 1 || outcomes[tsdb.Unchanged] != 5 {
			t.Fatalf("round %d: %v, %v", round, ids, outcomes)
		}
	}
}

// A refused request changes nothing of the account, not even what was due before it; the next posting finds that, and
// posts it once.
func TestARefusalPostsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	v := f.victim()
	f.deployModel(v.Account, v.Model, gpu, 2, time.Time{})
	f.topUp(v.Account, billing.ModelCredits, 40*credit)
	for range 4 {
		f.clock.advance(5*time.Hour + 17*time.Second)
		before, seen := f.everything(v.Account), f.view(v.Account)
		for name, refused := range map[string]error{
			"limits":     f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: v.Account, Negative: new(billing.Amount(1))}, tsdb.Actor{}),
			"scaling":    f.ScaleDeployment(f.ctx, v.Account, deployment(999), 2, time.Time{}),
			"a banner":   f.DismissBanner(f.ctx, v.Account, "u-member", tsdb.BannerRef{Kind: billing.BannerThreshold, Meter: billing.ModelCredits, Threshold: billing.Threshold90}),
			"a job":      func() error { _, err := f.StartFineTuning(f.ctx, eighteen(v.Account, 999, "k")); return err }(),
			"an account": f.SetLimits(f.ctx, tsdb.LimitsChange{AccountID: 999}, tsdb.Actor{}),
		} {
			if codeOf(refused) == "" {
				t.Errorf("%s: %v", name, refused)
			}
		}
		if after := f.everything(v.Account); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Error("what is refused left something")
		}
		if now := f.view(v.Account); now.Revision != seen.Revision || now.Posted != seen.Posted || now.Credits.Balance() != seen.Credits.Balance() {
			t.Errorf("revision %d, was %d", now.Revision, seen.Revision)
		}
		f.sound(v.Account)
	}
}
