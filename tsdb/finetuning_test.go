package tsdb_test

import (
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
	model := f.model(id)
	for _, c := range []struct {
		model int64
		edit  func(*tsdb.NewJob)
		code  tsdb.Code
	}{
		{large.ID, nil, tsdb.Unsupported},
		{unknown.ID, nil, tsdb.Unsupported},
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
