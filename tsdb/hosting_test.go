package tsdb_test

import (
	"errors"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

const (
	small  = "1vcpu-2gb"   // 0.07698 credits an hour
	gpu    = "g5.xlarge"   // 1.509
	bigGPU = "g5.48xlarge" // 24.432
	credit = billing.MicroPerCredit
)

func (f *fixture) model(account int64) int64 {
	f.t.Helper()
	seven := decimal.NewFromInt(7)
	m, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: account, Name: "Llama", Billions: &seven})
	f.must(err)
	return m.ID
}

func (f *fixture) deployModel(account, model int64, hardware string, replicas int64, at time.Time) int64 {
	f.t.Helper()
	d, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: account, ModelID: model, Name: "eu", Hardware: hardware, Replicas: replicas, At: at})
	f.must(err)
	return d.ID
}

func (f *fixture) draft(account int64) int64 {
	f.t.Helper()
	r, err := f.CreateScript(f.ctx, tsdb.NewScript{AccountID: account, Name: "clean", Language: tsdb.Python})
	f.must(err)
	return r.ID
}

// pendingScript makes a script and asks for its deployment.
func (f *fixture) pendingScript(account int64, hardware string, replicas int64) int64 {
	f.t.Helper()
	id := f.draft(account)
	_, err := f.DeployScript(f.ctx, tsdb.ScriptDeployment{AccountID: account, ScriptID: id, Hardware: hardware, Replicas: replicas})
	f.must(err)
	return id
}

// script makes a script that runs from now on.
func (f *fixture) script(account int64, hardware string, replicas int64) int64 {
	f.t.Helper()
	id := f.pendingScript(account, hardware, replicas)
	f.must(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: account, Target: script(id), Outcome: tsdb.OutcomeDeployed, Endpoint: "https://clean.example"}))
	return id
}

func (f *fixture) guardrail(account int64, scanner billing.GuardrailKind, cpu string) int64 {
	f.t.Helper()
	g, err := f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: account, Name: "pii", Scanner: scanner, CPUType: cpu, Replicas: 1})
	f.must(err)
	return g.ID
}

func script(id int64) tsdb.Deployable     { return tsdb.Deployable{Kind: tsdb.KindScript, ID: id} }
func guardrail(id int64) tsdb.Deployable  { return tsdb.Deployable{Kind: tsdb.KindGuardrail, ID: id} }
func deployment(id int64) tsdb.Deployable { return tsdb.Deployable{Kind: tsdb.KindModel, ID: id} }

// spend draws an exact amount of credits by inference: two tokens per micro-credit.
func (f *fixture) spend(account, model int64, amount billing.Amount) {
	f.t.Helper()
	r := f.ingest(tsdb.Record, tokens(account, model, f.key(), f.clock.now(), int64(2*amount), 0))
	if r[0].Status != tsdb.Stored || r[0].Charge != amount {
		f.t.Fatalf("spend %d: %+v", amount, r[0])
	}
}

// wantUsed compares what an account has used, as of now and as posted after a tick.
func (f *fixture) wantUsed(account int64, want billing.Amount) {
	f.t.Helper()
	if got := f.view(account).Credits.Used(); got != want {
		f.t.Errorf("used %d, want %d", got, want)
	}
	f.checkBooks(account)
	if got := f.view(account).Credits.Used(); got != want {
		f.t.Errorf("used after the tick %d, want %d", got, want)
	}
}

func (f *fixture) wantStatus(id int64, want tsdb.ResourceStatus) {
	f.t.Helper()
	found, err := f.Resources(f.ctx, []int64{id})
	f.must(err)
	if got := found[id].Status; got != want {
		f.t.Errorf("resource %d is %s, want %s", id, got, want)
	}
}

func (f *fixture) wantDeployment(id int64, want tsdb.DeploymentStatus) tsdb.Deployment {
	f.t.Helper()
	found, err := f.Deployments(f.ctx, []int64{id})
	f.must(err)
	if got := found[id].Status; got != want {
		f.t.Errorf("deployment %d is %s, want %s", id, got, want)
	}
	return found[id]
}

// wantRefused demands a refusal with a code and returns it.
func (f *fixture) wantRefused(err error, code tsdb.Code) *tsdb.Error {
	f.t.Helper()
	var refused *tsdb.Error
	if !errors.As(err, &refused) || refused.Code != code {
		f.t.Fatalf("got %v, want %s", err, code)
	}
	return refused
}

// count runs a query that returns one number about an account.
func (f *fixture) count(sql string, args ...any) (n int64) {
	f.t.Helper()
	f.must(f.pool.QueryRow(f.ctx, sql, args...).Scan(&n))
	return n
}

// cost is what hosting costs (rules.md §6).
func cost(rate string, replicas, seconds int64) billing.Amount {
	micro := decimal.RequireFromString(rate).Shift(6).Mul(decimal.NewFromInt(replicas * seconds))
	return billing.Amount(micro.Div(decimal.NewFromInt(3600)).Round(0).IntPart())
}

func TestHostingCostsToTheSecond(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.script(id, small, 1)
	for _, c := range []struct {
		seconds int64
		want    billing.Amount
	}{{0, 0}, {60, 1_283}, {3600, 76_980}, {90_061, 1_925_804}} {
		f.clock.set(start.Add(time.Duration(c.seconds) * time.Second))
		f.wantUsed(id, c.want)
	}
}

func TestReplicasCostLikeSeconds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one, three := f.account(), f.account()
	f.script(one, small, 1)
	f.script(three, small, 3)
	f.clock.advance(100 * time.Second)
	f.wantUsed(three, cost("0.07698", 3, 100))
	f.clock.advance(200 * time.Second)
	f.wantUsed(one, cost("0.07698", 3, 100))
}

func TestScalingKeepsTheRate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	d := f.deployModel(id, f.model(id), gpu, 1, time.Time{})
	f.newRates(time.Hour, gpu, "3.018")
	f.clock.advance(2*time.Hour + 17*time.Second)
	f.must(f.ScaleDeployment(f.ctx, id, deployment(d), 3, time.Time{}))
	f.clock.advance(150 * time.Second)
	f.must(f.ScaleDeployment(f.ctx, id, deployment(d), 2, time.Time{}))
	f.must(f.ScaleDeployment(f.ctx, id, deployment(d), 2, time.Time{})) // changes nothing
	f.clock.advance(61 * time.Second)
	kept := cost("1.509", 1, 7217) + cost("1.509", 3, 150) + cost("1.509", 2, 61)
	f.wantUsed(id, kept)
	if n := f.count(`SELECT count(*) FROM segment WHERE account_id = $1`, id); n != 3 {
		t.Errorf("%d segments, want 3", n)
	}
	_, err := f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: id, ID: d, Replicas: 1})
	f.must(err)
	f.clock.advance(100 * time.Second)
	f.wantUsed(id, kept+cost("3.018", 1, 100))
}

// newRates adds a version of the rate card that changes the price of a model's hardware.
func (f *fixture) newRates(in time.Duration, hardware, rate string) {
	f.t.Helper()
	next := billing.RateCardV1()
	next.EffectiveFrom = f.clock.now().Add(in)
	for i := range next.Models {
		if next.Models[i].Name == hardware {
			next.Models[i].RatePerHour = billing.MustCredits(rate)
		}
	}
	f.publish(next)
}

func TestLateStartIsChargedInItsMinutes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	f.clock.advance(10 * time.Minute)
	f.deployModel(id, model, gpu, 2, start.Add(10*time.Minute-150*time.Second)) // 09:37:30
	f.wantUsed(id, cost("1.509", 2, 150))
	first := f.count(`SELECT credits FROM (`+minutesAndDelta+`) u WHERE account_id = $1 AND bucket = $2`, id, start.Add(7*time.Minute))
	if billing.Amount(first) != cost("1.509", 2, 30) {
		t.Errorf("first minute %d, want %d", first, cost("1.509", 2, 30))
	}
	_, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "x", Hardware: gpu, Replicas: 1, At: start.Add(-time.Second)})
	f.wantRefused(err, tsdb.TimeOutOfRange) // before the account
	_, err = f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "x", Hardware: gpu, Replicas: 1, At: f.clock.now().Add(time.Second)})
	f.wantRefused(err, tsdb.TimeOutOfRange)
}

func TestLateEndIsRefundedInItsMinutes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	d := f.deployModel(id, f.model(id), gpu, 1, time.Time{})
	f.clock.advance(10 * time.Minute)
	f.wantUsed(id, cost("1.509", 1, 600))
	f.clock.advance(20 * time.Second)
	_, err := f.UndeployModel(f.ctx, id, d, start.Add(-time.Second))
	f.wantRefused(err, tsdb.TimeOutOfRange)
	_, err = f.UndeployModel(f.ctx, id, d, start.Add(7*time.Minute+30*time.Second))
	f.must(err)
	f.wantUsed(id, cost("1.509", 1, 450))
	if n := f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND kind = 'REFUND' AND minute = $2`, id, start.Add(8*time.Minute)); n != 1 {
		t.Errorf("%d refunds in minute 8, want 1", n)
	}
	f.clock.advance(time.Hour)
	f.wantUsed(id, cost("1.509", 1, 450))
	f.wantDeployment(d, tsdb.DeploymentUndeployed)
	_, err = f.UndeployModel(f.ctx, id, d, time.Time{})
	f.wantRefused(err, tsdb.WrongState)
	_, err = f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: id, ID: d, At: start.Add(7 * time.Minute)})
	f.wantRefused(err, tsdb.TimeOutOfRange) // it still ran then
	_, err = f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: id, ID: d, At: start.Add(30 * time.Minute)})
	f.must(err)
	f.wantUsed(id, cost("1.509", 1, 450)+cost("1.509", 1, 40*60+20))
}

func TestLateScalingBothWays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	s := f.script(id, small, 2)
	f.clock.advance(time.Hour)
	f.checkBooks(id)
	f.must(f.ScaleDeployment(f.ctx, id, script(s), 1, start.Add(20*time.Minute)))
	f.wantUsed(id, cost("0.07698", 2, 1200)+cost("0.07698", 1, 2400))
	f.must(f.ScaleDeployment(f.ctx, id, script(s), 5, start.Add(50*time.Minute+7*time.Second)))
	f.wantUsed(id, cost("0.07698", 2, 1200)+cost("0.07698", 1, 1807)+cost("0.07698", 5, 593))
	f.wantRefused(f.ScaleDeployment(f.ctx, id, script(s), 1, start.Add(40*time.Minute)), tsdb.TimeOutOfRange)
	_, err := f.UndeployScript(f.ctx, id, s, start.Add(55*time.Minute))
	f.must(err)
	f.wantUsed(id, cost("0.07698", 2, 1200)+cost("0.07698", 1, 1807)+cost("0.07698", 5, 293))
	f.wantStatus(s, tsdb.ReadyToDeploy)
}

func TestRedeployOfWhatRunsLate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	g := f.guardrail(id, billing.Anonymize, "GENERAL_PURPOSE")
	f.clock.advance(time.Hour)
	f.checkBooks(id)
	_, err := f.RedeployGuardrail(f.ctx, tsdb.Redeployment{AccountID: id, ID: g, Hardware: "COMPUTE_OPTIMIZED", Replicas: 2, At: start.Add(30 * time.Minute)})
	f.must(err)
	f.wantUsed(id, cost("0.288", 1, 1800)+cost("0.30792", 2, 1800))
	if n := f.count(`SELECT count(DISTINCT hardware) FROM segment WHERE account_id = $1 AND cpu_count = 4`, id); n != 2 {
		t.Errorf("%d kinds of hardware, want 2", n)
	}
}

func TestFreeGuardrailsCostNothingEver(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.spend(id, f.model(id), 100*credit) // at the negative limit
	for _, kind := range []billing.GuardrailKind{billing.Regex, billing.Deanonymize} {
		g, err := f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: id, Name: "free", Scanner: kind, CPUType: "GENERAL_PURPOSE", Replicas: 3})
		f.must(err)
		if g.Deployment.Rate != 0 || g.Deployment.CPUs != 0 || g.Deployment.Hardware != "" {
			t.Errorf("%s: %+v", kind, g.Deployment)
		}
		f.must(f.ScaleDeployment(f.ctx, id, guardrail(g.ID), 4, time.Time{}))
		f.clock.advance(time.Hour)
		f.spend(id, f.model(id), credit)
		f.wantStatus(g.ID, tsdb.Deployed)
		_, err = f.RedeployGuardrail(f.ctx, tsdb.Redeployment{AccountID: id, ID: g.ID})
		f.must(err)
	}
	_, err := f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: id, Name: "paid", Scanner: billing.Toxicity, CPUType: "GENERAL_PURPOSE", Replicas: 1})
	if d := f.wantRefused(err, tsdb.Refused).Decision; d == nil || d.Code != billing.NegativeLimitReached {
		t.Errorf("decision %+v", d)
	}
	f.wantUsed(id, 102*credit)
	if n := f.count(`SELECT count(*) FROM resource WHERE account_id = $1 AND name = 'paid'`, id); n != 0 {
		t.Error("a refused guardrail was made")
	}
}

func TestGatesAtTheirLimits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stopSecond := cost("1.509", 2, 1) // the second of the stop is charged
	for _, c := range []struct {
		balance  billing.Amount
		code     billing.RefusalCode // of a deployment, redeployment and scale-up; "": allowed
		fineTune billing.RefusalCode
	}{
		{25*credit + 1, "", ""},
		{25 * credit, "", billing.InsufficientCredits},
		{5 * credit, "", billing.InsufficientCredits},
		{5*credit - 1, billing.InsufficientCredits, billing.InsufficientCredits},
		{1, billing.InsufficientCredits, billing.InsufficientCredits},
		{0, billing.CreditsExhausted, billing.CreditsExhausted},
		{-25*credit + 1, billing.CreditsExhausted, billing.CreditsExhausted},
		{-25*credit - stopSecond, billing.NegativeLimitReached, billing.NegativeLimitReached},
	} {
		id := f.account()
		model := f.model(id)
		running := f.deployModel(id, model, gpu, 2, time.Time{})
		idle := f.deployModel(id, model, gpu, 1, time.Time{})
		_, err := f.UndeployModel(f.ctx, id, idle, time.Time{})
		f.must(err)
		f.spend(id, model, 75*credit-max(c.balance, -25*credit))
		_, err = f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: model, Name: "x", Hardware: gpu, Replicas: 1})
		f.wantGate(c.balance, "deploy", err, c.code)
		_, err = f.RedeployModel(f.ctx, tsdb.Redeployment{AccountID: id, ID: idle})
		f.wantGate(c.balance, "redeploy", err, c.code)
		_, err = f.StartFineTuning(f.ctx, tsdb.NewJob{AccountID: id, ModelID: model, Name: "mine", TrainingTokens: 1, Epochs: 1, Method: billing.QLoRA,
			Hardware: "A10G", IdempotencyKey: "j"})
		f.wantGate(c.balance, "fine-tune", err, c.fineTune)
		if c.balance > -25*credit {
			err = f.ScaleDeployment(f.ctx, id, deployment(running), 3, time.Time{})
			f.wantGate(c.balance, "scale up", err, c.code)
			f.must(f.ScaleDeployment(f.ctx, id, deployment(running), 1, time.Time{})) // always allowed
			_, err = f.UndeployModel(f.ctx, id, running, time.Time{})
			f.must(err)
		} else {
			f.wantDeployment(running, tsdb.DeploymentUndeployed)
		}
		f.checkBooks(id)
	}
}

func (f *fixture) wantGate(balance billing.Amount, what string, err error, code billing.RefusalCode) {
	f.t.Helper()
	if code == "" {
		f.must(err)
		return
	}
	d := f.wantRefused(err, tsdb.Refused).Decision
	if d.Code != code || d.Sentence == "" || d.Balance != balance {
		f.t.Errorf("%s at %d: %+v", what, balance, d)
	}
}

func TestGateLooksAtWhatIsAvailable(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.must(f.openReservation(id, 71*credit))
	_, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: f.model(id), Name: "x", Hardware: gpu, Replicas: 1})
	if d := f.wantRefused(err, tsdb.Refused).Decision; d.Code != billing.InsufficientCredits || d.Missing != credit {
		t.Errorf("decision %+v", d)
	}
}

// openReservation opens a reservation directly; reserving has tests of its own.
func (f *fixture) openReservation(account int64, amount billing.Amount) error {
	_, err := f.pool.Exec(f.ctx, `INSERT INTO reservation (account_id, meter, mode, requested, held, status, created_at, expires_at)
VALUES ($1, 'MODEL_CREDITS', 'REJECT', $2, $2, 'OPEN', $3, $4)`, account, amount, f.clock.now(), f.clock.now().Add(15*time.Minute))
	return err
}
