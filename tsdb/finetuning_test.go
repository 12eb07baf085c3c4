package tsdb_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// eighteen is the job of rules.md §7: 10M tokens × 3 epochs, 7B, QLORA, A10G = 18.00 credits.
func eighteen(account, model int64, key string) tsdb.NewJob {
	return tsdb.NewJob{AccountID: account, ModelID: model, Name: "mine", TrainingTokens: 10_000_000, Epochs: 3, Method: billing.QLoRA,
		Hardware: "A10G", IdempotencyKey: key}
}

func (f *fixture) startJob(n tsdb.NewJob) tsdb.Job {
	f.t.Helper()
	j, err := f.StartFineTuning(f.ctx, n)
	f.must(err)
	return j
}

func finish(j tsdb.Job, outcome tsdb.JobStatus, processed int64) tsdb.JobEnd {
	return tsdb.JobEnd{AccountID: j.AccountID, JobID: j.ID, Outcome: outcome, ProcessedTokens: &processed, Reason: "why"}
}

func TestFineTuningIsChargedAtItsStart(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	price, err := f.EstimateFineTuning(f.ctx, eighteen(id, model, ""))
	if f.must(err); price != 18*credit {
		t.Errorf("estimate %d", price)
	}
	j := f.startJob(eighteen(id, model, "one"))
	if again := f.startJob(eighteen(id, model, "one")); again.ID != j.ID || j.Charge != 18*credit || j.Status != tsdb.JobRunning {
		t.Errorf("first %+v, again %+v", j, again)
	}
	other := eighteen(id, model, "one")
	other.Epochs = 2
	_, err = f.StartFineTuning(f.ctx, other)
	f.wantRefused(err, tsdb.Conflict)
	found, err := f.Resources(f.ctx, []int64{j.ModelID})
	f.must(err)
	if m := found[j.ModelID]; m.Type != tsdb.FineTunedModel || m.BaseModelID != model || !m.Billions.Equal(decimal.NewFromInt(7)) || m.Name != "mine" {
		t.Errorf("model %+v", m)
	}
	f.wantUsed(id, 18*credit)
	done, err := f.FinishFineTuning(f.ctx, tsdb.JobEnd{AccountID: id, JobID: j.ID, Outcome: tsdb.JobCompleted})
	f.must(err)
	if done.Refunded != 0 || done.Status != tsdb.JobCompleted || *done.ProcessedTokens != 30_000_000 {
		t.Errorf("done %+v", done)
	}
	f.wantUsed(id, 18*credit)
}

// TestFineTuningGivesBackWhatItDidNotProcess charts the refund in the minute of the charge, and gives it to the grant that paid.
func TestFineTuningGivesBackWhatItDidNotProcess(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	stopped, failed := f.startJob(eighteen(id, model, "1")), f.startJob(eighteen(id, model, "2"))
	f.clock.advance(2 * time.Hour)
	j, err := f.FinishFineTuning(f.ctx, finish(stopped, tsdb.JobStopped, 10_000_001))
	f.must(err)
	kept := billing.Amount(6_000_001) // 18,000,000 × 10,000,001 / 30,000,000 = 6,000,000.6
	if j.Refunded != 18*credit-kept || j.Reason != "why" || j.FinishedAt == nil {
		t.Errorf("stopped %+v", j)
	}
	again, err := f.FinishFineTuning(f.ctx, finish(stopped, tsdb.JobStopped, 10_000_001))
	if f.must(err); again.Refunded != j.Refunded {
		t.Errorf("again %+v", again)
	}
	_, err = f.FinishFineTuning(f.ctx, finish(stopped, tsdb.JobStopped, 3))
	f.wantRefused(err, tsdb.WrongState)
	_, err = f.FinishFineTuning(f.ctx, finish(failed, tsdb.JobFailed, 30_000_001))
	f.wantRefused(err, tsdb.Invalid)
	_, err = f.FinishFineTuning(f.ctx, tsdb.JobEnd{AccountID: id, JobID: failed.ID, Outcome: tsdb.JobFailed})
	f.wantRefused(err, tsdb.Invalid)
	_, err = f.FinishFineTuning(f.ctx, finish(failed, tsdb.JobFailed, 0))
	f.must(err)
	f.wantUsed(id, kept)
	minute := f.count(`SELECT sum(credits) FROM (`+minutesAndDelta+`) u WHERE account_id = $1 AND kind = 'FINE_TUNING' AND bucket = $2`, id, start)
	if billing.Amount(minute) != kept {
		t.Errorf("the minute of the charge shows %d, want %d", minute, kept)
	}
	if n := f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND kind = 'REFUND' AND cause = 'FINE_TUNING' AND minute = $2 AND draw_grants = '{1}'`, id, start); n != 2 {
		t.Errorf("%d refunds to the free grant, want 2", n)
	}
}

func TestFineTuningNeedsMoreThanTheLimitAndItsPrice(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	f.spend(id, model, 49*credit) // 26 left: above the limit, and 18 fits
	big := eighteen(id, model, "big")
	big.Epochs = 5 // 30 credits
	_, err := f.StartFineTuning(f.ctx, big)
	if d := f.wantRefused(err, tsdb.Refused).Decision; d.Code != billing.InsufficientCredits || d.Missing != 4*credit {
		t.Errorf("decision %+v", d)
	}
	f.startJob(eighteen(id, model, "fits"))
	_, err = f.StartFineTuning(f.ctx, eighteen(id, model, "second"))
	f.wantRefused(err, tsdb.Refused)
	if n := f.count(`SELECT count(*) FROM resource WHERE account_id = $1 AND type = 'FINE_TUNED'`, id); n != 1 {
		t.Errorf("%d models made, want 1", n)
	}
	f.wantUsed(id, 67*credit)
}

func TestFineTuningThatCannotBeHad(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	nine := decimal.NewFromInt(9)
	large, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: "large", Billions: &nine})
	f.must(err)
	unknown, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: "unknown"})
	f.must(err)
	model, gone := f.model(id), f.model(id)
	_, err = f.DeleteModel(f.ctx, id, gone)
	f.must(err)
	for _, c := range []struct {
		model int64
		edit  func(*tsdb.NewJob)
		code  tsdb.Code
	}{
		{large.ID, nil, tsdb.Unsupported},
		{unknown.ID, nil, tsdb.Unsupported},
		{gone, nil, tsdb.WrongState},
		{model, func(n *tsdb.NewJob) { n.Method = billing.Full }, tsdb.Unsupported},
		{model, func(n *tsdb.NewJob) { n.Hardware = "H100" }, tsdb.UnknownHardware},
		{model, func(n *tsdb.NewJob) { n.TrainingTokens = 0 }, tsdb.Invalid},
		{model, func(n *tsdb.NewJob) { n.Epochs = 1001 }, tsdb.Invalid},
		{model, func(n *tsdb.NewJob) { n.AccountID = other }, tsdb.NotFound},
		{model, func(n *tsdb.NewJob) { n.IdempotencyKey = "" }, tsdb.Invalid},
	} {
		n := eighteen(id, c.model, "key")
		if c.edit != nil {
			c.edit(&n)
		}
		_, err := f.StartFineTuning(f.ctx, n)
		f.wantRefused(err, c.code)
		if _, err := f.EstimateFineTuning(f.ctx, n); n.IdempotencyKey != "" && !isCode(err, c.code) { // which has no key
			t.Errorf("%+v: the estimate says %v, want %s", n, err, c.code)
		}
	}
	f.wantUsed(id, 0)
}

// TestRefundOfAJobInDebt repays the debt first, what other hosting owes included, then the grant.
func TestRefundOfAJobInDebt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	j := f.startJob(eighteen(id, model, "1"))
	g := f.guardrail(id, billing.Anonymize, "GENERAL_PURPOSE")
	f.spend(id, model, 57*credit)
	f.clock.advance(10 * time.Hour) // 2.88 credits of debt
	f.checkBooks(id)
	_, err := f.UndeployGuardrail(f.ctx, id, g, time.Time{})
	f.must(err)
	_, err = f.FinishFineTuning(f.ctx, finish(j, tsdb.JobFailed, 15_000_000))
	f.must(err)
	f.wantUsed(id, 66*credit+cost("0.288", 1, 36_000))
	if b := f.view(id).Credits.Balance(); b != 9*credit-cost("0.288", 1, 36_000) {
		t.Errorf("balance %d", b)
	}
}

// The price of a job, and what is kept of it for any amount processed, equal exact fractions, rounded half up once
// (rules.md §7); the refund and what is kept add up to the charge, whoever paid it.
func TestJobsCostWhatFractionsSay(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id) // 7B
	random := rand.New(rand.NewPCG(77, 1))
	hardware := map[string]int64{"T4": 80, "L4": 90, "A10G": 100, "L40S": 125, "A100": 160} // hundredths
	f.topUp(id, billing.ModelCredits, 500_000_000*credit)
	used := billing.Amount(0)
	for range 40 {
		name := []string{"T4", "L4", "A10G", "L40S", "A100"}[random.IntN(5)]
		n := tsdb.NewJob{AccountID: id, ModelID: model, Name: "m", Method: billing.QLoRA, Hardware: name, IdempotencyKey: f.key(),
			TrainingTokens: 1 + random.Int64N([]int64{3, 1000, 1_000_000, 1_000_000_000}[random.IntN(4)]), Epochs: 1 + random.Int64N(5)}
		// Tokens × epochs × 0.60 × 1.0 × hardware: credits per million, so micro-credits per token.
		charge := halfUp(big.NewInt(0).Mul(big.NewInt(n.TrainingTokens*n.Epochs), big.NewInt(60*hardware[name])), big.NewInt(10_000))
		estimate, err := f.EstimateFineTuning(f.ctx, n)
		f.must(err)
		j := f.startJob(n)
		if int64(j.Charge) != charge || estimate != j.Charge {
			t.Errorf("%+v: %d charged, %d foretold, want %d", n, j.Charge, estimate, charge)
		}
		all := n.TrainingTokens * n.Epochs
		processed := []int64{0, all, random.Int64N(all + 1)}[random.IntN(3)]
		ended, err := f.FinishFineTuning(f.ctx, finish(j, tsdb.JobFailed, processed))
		f.must(err)
		kept := halfUp(big.NewInt(0).Mul(big.NewInt(charge), big.NewInt(processed)), big.NewInt(all))
		if used += billing.Amount(kept); int64(ended.Charge-ended.Refunded) != kept {
			t.Errorf("%d of %d processed: %d of %d kept, want %d", processed, all, ended.Charge-ended.Refunded, charge, kept)
		}
	}
	f.wantUsed(id, used)
	f.sound(id)
}

// halfUp is x ÷ y, rounded half up; neither is negative.
func halfUp(x, y *big.Int) int64 {
	twice := big.NewInt(0).Add(big.NewInt(0).Lsh(x, 1), y)
	return twice.Div(twice, big.NewInt(0).Lsh(y, 1)).Int64()
}

// If many callers report the end of a job at once, it counts once, and everyone is told of it; of two different reports
// the first holds. A job that is unknown or of another account is not found, and what is missing in a report is asked
// for.
func TestAJobEndsOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	model := f.model(id)
	stores := []*tsdb.Store{f.Store, f.another(true, 100)}
	j := f.startJob(eighteen(id, model, "1"))
	for what, c := range map[string]struct {
		edit  func(*tsdb.JobEnd)
		code  tsdb.Code
		field string
	}{
		"another account":        {func(e *tsdb.JobEnd) { e.AccountID = other }, tsdb.NotFound, "jobId"},
		"no account":             {func(e *tsdb.JobEnd) { e.AccountID = 999 }, tsdb.NotFound, "accountId"},
		"no job":                 {func(e *tsdb.JobEnd) { e.JobID = -1 }, tsdb.NotFound, "jobId"},
		"it runs":                {func(e *tsdb.JobEnd) { e.Outcome = tsdb.JobRunning }, tsdb.Invalid, "outcome"},
		"less than nothing":      {func(e *tsdb.JobEnd) { e.ProcessedTokens = new(int64(-1)) }, tsdb.Invalid, "processedTokens"},
		"a token more":           {func(e *tsdb.JobEnd) { e.ProcessedTokens = new(int64(30_000_001)) }, tsdb.Invalid, "processedTokens"},
		"complete, with more":    {func(e *tsdb.JobEnd) { e.Outcome, e.ProcessedTokens = tsdb.JobCompleted, new(int64(30_000_001)) }, tsdb.Invalid, "processedTokens"},
		"a reason that ends":     {func(e *tsdb.JobEnd) { e.Reason = "\x00" }, tsdb.Invalid, "reason"},
		"a reason without end":   {func(e *tsdb.JobEnd) { e.Reason = strings.Repeat("x", 1001) }, tsdb.Invalid, "reason"},
		"how far it got, unsaid": {func(e *tsdb.JobEnd) { e.ProcessedTokens = nil }, tsdb.Invalid, "processedTokens"},
	} {
		e := finish(j, tsdb.JobFailed, 10_000_000)
		c.edit(&e)
		_, err := f.FinishFineTuning(f.ctx, e)
		f.refusedAs(what, err, c.code, c.field)
	}
	f.clock.advance(time.Hour)
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			if got, err := stores[i%2].FinishFineTuning(f.ctx, finish(j, tsdb.JobFailed, 10_000_000)); err != nil || got.Refunded != 12*credit {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	all.Wait()
	completed := tsdb.JobEnd{AccountID: id, JobID: j.ID, Outcome: tsdb.JobCompleted}
	_, err := f.FinishFineTuning(f.ctx, completed)
	f.refusedAs("ended already", err, tsdb.WrongState, "jobId")
	whole := f.startJob(eighteen(id, model, "2"))
	completed.JobID = whole.ID
	for range 2 {
		got, err := f.FinishFineTuning(f.ctx, completed)
		if f.must(err); got.Refunded != 0 || *got.ProcessedTokens != 30_000_000 {
			t.Errorf("completed %+v", got)
		}
		completed.ProcessedTokens = new(int64(30_000_000)) // what is not said is all
	}
	f.wantUsed(id, 24*credit)
	if n := f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND kind = 'REFUND'`, id); n != 1 {
		t.Errorf("%d refunds", n)
	}
}

// Jobs are listed latest first, page by page from either end, by status; other accounts' jobs are in no list and found
// by no id.
func TestListsOfJobs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	byStatus := map[tsdb.JobStatus][]int64{}
	var all, foreign []int64
	for i := range 9 {
		owner := []int64{id, other}[i%4/3]
		f.topUp(owner, billing.ModelCredits, 100*credit)
		j := f.startJob(eighteen(owner, f.model(owner), f.key()))
		status := []tsdb.JobStatus{tsdb.JobRunning, tsdb.JobStopped, tsdb.JobFailed}[i%3]
		if status != tsdb.JobRunning {
			_, err := f.FinishFineTuning(f.ctx, finish(j, status, 1))
			f.must(err)
		}
		if owner == other {
			foreign = append(foreign, j.ID)
			continue
		}
		all, byStatus[status] = append([]int64{j.ID}, all...), append([]int64{j.ID}, byStatus[status]...)
	}
	for _, c := range []struct {
		statuses []tsdb.JobStatus
		want     []int64
	}{{nil, all}, {[]tsdb.JobStatus{}, nil}, {[]tsdb.JobStatus{tsdb.JobStopped}, byStatus[tsdb.JobStopped]}, {[]tsdb.JobStatus{"NONE"}, nil}} {
		for _, p := range []tsdb.Page{{Limit: 2}, {Limit: 2, Backward: true}, {Limit: 7}, {Limit: 100}} {
			got := pagesOf(f, p, len(c.want), func(p tsdb.Page) (tsdb.Paged[tsdb.Job], error) { return f.JobsOf(f.ctx, id, c.statuses, p, true) }, func(j tsdb.Job) int64 { return j.ID })
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, %+v: %v, want %v", c.statuses, p, got, c.want)
			}
		}
	}
	found, err := f.JobsWithin(f.ctx, []int64{id}, append(all, foreign...))
	if f.must(err); len(found) != len(all) || found[foreign[0]].ID != 0 {
		t.Errorf("within the account: %v", found)
	}
	if found, err = f.Jobs(f.ctx, append(all, foreign...)); err != nil || len(found) != 9 {
		t.Errorf("of any account: %d, %v", len(found), err)
	}
}
