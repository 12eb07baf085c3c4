package tsdb_test

import (
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

func (f *fixture) topUp(account int64, meter billing.Meter, amount billing.Amount) int32 {
	f.t.Helper()
	no, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: account, Meter: meter, Kind: billing.TopUp, Amount: amount, Reference: "order", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
	return no
}

func TestReservations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	reserve := func(mode tsdb.ReservationMode, credits string) (tsdb.Reservation, error) {
		return f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ModelCredits, Amount: billing.MustCredits(credits), Mode: mode, IdempotencyKey: f.key()})
	}
	first, err := reserve(tsdb.ReservationReject, "60")
	f.must(err)
	if _, err := reserve(tsdb.ReservationReject, "20"); refusalOf(err) != billing.InsufficientCredits {
		t.Fatalf("a second reservation of 20 out of 15: %v", err)
	}
	capped, err := reserve(tsdb.ReservationCap, "20")
	f.must(err)
	if capped.Reserved != billing.MustCredits("15") {
		t.Fatalf("capped at %v", capped.Reserved)
	}
	got := f.ingest(tsdb.Enforce, tokens(id, model, "x", start, 2_000_000, 0))
	if got[0].Status != tsdb.UsageRefused || got[0].Code != "CREDITS_EXHAUSTED" {
		t.Fatalf("beside the reservations: %+v", got)
	}
	own := tokens(id, model, "y", start, 2_000_000, 0)
	own.ReservationID = first.ID
	if got = f.ingest(tsdb.Enforce, own); got[0].Status != tsdb.Stored {
		t.Fatalf("by the reservation itself: %+v", got)
	}
	settled, r, err := f.Settle(f.ctx, first.ID, []tsdb.UsageEvent{tokens(id, model, "z", start, 140_000_000, 0)}, true)
	f.must(err)
	if settled[0].Status != tsdb.Stored || r.Status != "SETTLED" || r.Settled != billing.MustCredits("71") {
		t.Fatalf("settled above the reservation: %+v %+v", settled, r)
	}
	if reserved := f.view(id).Reserved(billing.ModelCredits); reserved != billing.MustCredits("15") {
		t.Fatalf("reserved %v", reserved)
	}
	f.clock.advance(16 * time.Minute)
	if reserved := f.view(id).Reserved(billing.ModelCredits); reserved != 0 {
		t.Fatalf("reserved %v after the time-out", reserved)
	}
	if _, _, err = f.Settle(f.ctx, capped.ID, []tsdb.UsageEvent{tokens(id, model, "late", start, 2, 0)}, true); err != nil {
		t.Fatalf("a late settlement is still recorded: %v", err)
	}
}

func refusalOf(err error) billing.RefusalCode {
	if e, ok := err.(*tsdb.Error); ok && e.Decision != nil {
		return e.Decision.Code
	}
	return ""
}

// 64 writers in ENFORCE mode: exactly what fits is accepted (issue: the credit engine).
func TestEnforceInParallel(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	f.ingest(tsdb.Record, runs(id, tool, "r", start, 9_000), tokens(id, model, "t", start, 50_000_000, 0)) // 1,000 runs and 50 credits are left
	batcher := tsdb.NewBatcher(f.Store, tsdb.BatcherConfig{})
	defer batcher.Stop()
	var mu sync.Mutex
	var wg sync.WaitGroup
	var acceptedRuns, acceptedCredits billing.Amount
	for w := range 64 {
		wg.Go(func() {
			for i := range 20 {
				key := string(rune('a'+w%26)) + time.Duration(w*1000+i).String()
				results, err := batcher.Submit(f.ctx, []tsdb.UsageEvent{runs(id, tool, "r"+key, start, 1), tokens(id, model, "t"+key, start, 140_000, 10)}, tsdb.Enforce)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, r := range results {
					if r.Status == tsdb.Stored && r.Meter == billing.ToolRuns {
						acceptedRuns += r.Charge
					} else if r.Status == tsdb.Stored {
						acceptedCredits += r.Charge
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	a := f.view(id)
	const each = 70_015
	if acceptedRuns != 1000 || a.Runs.Balance() != 0 {
		t.Errorf("accepted %d runs, %d left", acceptedRuns, a.Runs.Balance())
	}
	if acceptedCredits != billing.MustCredits("50")/each*each || a.Credits.Balance() != billing.MustCredits("50")-acceptedCredits {
		t.Errorf("accepted %d µ, %d µ left", acceptedCredits, a.Credits.Balance())
	}
	f.reconciled(id)
}

// reconciled asserts that the books of an account agree with its facts.
func (f *fixture) reconciled(account int64) {
	f.t.Helper()
	r, err := f.Reconcile(f.ctx, account)
	f.must(err)
	if r.Difference != 0 {
		f.t.Errorf("reconciliation differs by %d: %v", r.Difference, r.Detail)
	}
}

func TestPlansStatementsAndBalanceAt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	small, err := f.CreatePlan(f.ctx, billing.Plan{Name: "Small", Credits: billing.MustCredits("100"), Runs: 5_000}, tsdb.Actor{})
	f.must(err)
	if _, err := f.CreatePlan(f.ctx, billing.Plan{Name: "Small"}, tsdb.Actor{}); code(err) != tsdb.NameTaken {
		t.Fatalf("same name: %v", err)
	}
	gone := false
	retired, err := f.CreatePlan(f.ctx, billing.Plan{Name: "Retired", Credits: 1}, tsdb.Actor{})
	f.must(err)
	_, err = f.UpdatePlan(f.ctx, tsdb.PlanChange{PlanID: retired.ID, Active: &gone}, tsdb.Actor{})
	f.must(err)
	if _, err = f.CreateAccount(f.ctx, tsdb.NewAccount{Name: "Late", IdempotencyKey: "late", PlanID: retired.ID}, tsdb.Actor{}); code(err) != tsdb.WrongState {
		t.Fatalf("a new account on a retired plan: %v", err)
	}
	now, err := f.ChangePlan(f.ctx, tsdb.ChangePlanRequest{AccountID: id, PlanID: small.ID, IdempotencyKey: "p"}, tsdb.Actor{})
	f.must(err)
	if a := f.view(id); !now || a.Credits.Allocation() != billing.MustCredits("175") || a.Runs.Allocation() != 15_000 {
		t.Fatalf("a first plan acts at once: %v, %v", now, a.Credits.Allocation())
	}
	f.clock.advance(24 * time.Hour)
	f.ingest(tsdb.Record, runs(id, tool, "a", f.clock.now(), 7))
	afterUse := f.clock.now()
	f.clock.set(time.Date(2026, 4, 10, 0, 0, 1, 0, time.UTC))
	if a := f.view(id); a.Cycle != 2 || a.Runs.Balance() != 9_993+5_000+7-0 {
		t.Errorf("unposted rollover: cycle %d, %d runs", a.Cycle, a.Runs.Balance())
	}
	_, err = f.Tick(f.ctx, 100)
	f.must(err)
	r := f.Read()
	defer r.Close(f.ctx)
	page, err := r.Statements(f.ctx, id, tsdb.Page{Limit: 10})
	f.must(err)
	if len(page.Rows) != 2 || page.Rows[0].Closed || !page.Rows[1].Closed || page.Rows[1].Flows[1].Closing() != page.Rows[0].Flows[1].Opening {
		t.Errorf("statements: %+v", page.Rows)
	}
	credits, runsThen, err := r.BalanceAt(f.ctx, id, afterUse)
	f.must(err)
	if credits != billing.MustCredits("175") || runsThen != 14_993 {
		t.Errorf("balance then: %v credits, %v runs", credits, runsThen)
	}
	ledger, err := r.Ledger(f.ctx, id, tsdb.LedgerFilter{}, tsdb.Page{Limit: 3}, true)
	f.must(err)
	if len(ledger.Rows) != 3 || !ledger.HasNext || ledger.Total < 9 || ledger.Rows[0].Effective < ledger.Rows[2].Effective {
		t.Errorf("ledger: %+v", ledger)
	}
	f.reconciled(id)
}

func code(err error) tsdb.Code {
	if e, ok := err.(*tsdb.Error); ok {
		return e.Code
	}
	return ""
}

func TestCorrectionAndIdempotency(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	no := f.topUp(id, billing.ModelCredits, billing.MustCredits("100"))
	down := tsdb.Adjustment{AccountID: id, Meter: billing.ModelCredits, Amount: -billing.MustCredits("40"), GrantNo: no, Reference: "wrong order", IdempotencyKey: "down"}
	for range 2 {
		got, err := f.Adjust(f.ctx, down, tsdb.Actor{})
		f.must(err)
		if got != no {
			t.Fatalf("corrected grant %d", got)
		}
	}
	if a := f.view(id); a.Credits.Allocation() != billing.MustCredits("135") {
		t.Errorf("allocation %v", a.Credits.Allocation())
	}
	down.Amount--
	if _, err := f.Adjust(f.ctx, down, tsdb.Actor{}); code(err) != tsdb.Conflict {
		t.Errorf("other content: %v", err)
	}
	f.reconciled(id)
}
