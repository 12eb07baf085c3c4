package tsdb_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// victim is an account with one of everything that can be used and hosted. It travels to child processes as JSON.
type victim struct {
	Account, Tool, Model, Deployment, Script, Guardrail int64
}

// victim makes a victim whose deployments have not run yet.
func (f *fixture) victim() victim {
	f.t.Helper()
	v := victim{Account: f.account()}
	v.Tool, v.Model = f.resource(v.Account, "TOOL", "DEPLOYED"), f.model(v.Account)
	v.Deployment = f.deployModel(v.Account, v.Model, gpu, 1, time.Time{})
	v.Script, v.Guardrail = f.script(v.Account, small, 1), f.guardrail(v.Account, billing.Anonymize, "COMPUTE_OPTIMIZED")
	_, err := f.UndeployModel(f.ctx, v.Account, v.Deployment, time.Time{})
	f.must(err)
	_, err = f.UndeployScript(f.ctx, v.Account, v.Script, time.Time{})
	f.must(err)
	_, err = f.UndeployGuardrail(f.ctx, v.Account, v.Guardrail, time.Time{})
	f.must(err)
	return v
}

// mischief does random things to accounts through the Store. What it does depends only on its source of randomness and
// on the answers it gets.
type mischief struct {
	*tsdb.Store
	random  *rand.Rand
	victims []victim
	plans   []int64
	name    string // begins its idempotency keys
	cards   bool   // it publishes rate cards too
	made    int
	granted func(account int64, key string) // hears of acknowledged grants
}

// once does one thing to one account. Refusals are not errors.
func (m *mischief) once(ctx context.Context) error {
	v := m.victims[m.random.IntN(len(m.victims))]
	acts := []func(context.Context, victim) error{m.topUp, m.deploy, m.deploy, m.deploy, m.undeploy, m.undeploy, m.scale, m.reserve, m.reserve, m.tune, m.limit, m.plan, m.correct,
		m.takeBack, m.reprice}
	i := m.random.IntN(len(acts))
	err := acts[i](ctx, v)
	if refused := (*tsdb.Error)(nil); errors.As(err, &refused) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("act %d on account %d: %w", i, v.Account, err)
	}
	return nil
}

func (m *mischief) key() string {
	m.made++
	return fmt.Sprintf("%s-%d", m.name, m.made)
}

// amount is a random amount of up to some credits, to the micro-credit.
func (m *mischief) amount(credits int64) billing.Amount {
	return billing.Amount(1 + m.random.Int64N(credits*int64(credit)))
}

// past is now, or up to half an hour before.
func (m *mischief) past() time.Time {
	if m.random.IntN(2) == 0 {
		return time.Time{}
	}
	return m.Now().Add(-time.Duration(m.random.IntN(1800)) * time.Second)
}

func (m *mischief) topUp(ctx context.Context, v victim) error {
	g := tsdb.NewGrant{AccountID: v.Account, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: m.amount(60), Reference: "order", IdempotencyKey: m.key(),
		ExpiresAt: m.Now().Add(time.Duration(60+m.random.IntN(6*3600)) * time.Second)}
	if m.random.IntN(4) == 0 {
		g.Meter, g.Amount = billing.ToolRuns, billing.Amount(1+m.random.Int64N(500))
	}
	no, err := m.GrantCredits(ctx, g, tsdb.Actor{})
	if err == nil && m.random.IntN(2) == 0 { // a repeat changes nothing
		var again int32
		if again, err = m.GrantCredits(ctx, g, tsdb.Actor{}); err == nil && again != no {
			err = fmt.Errorf("grant %d became %d when it was repeated", no, again)
		}
	}
	if err == nil && m.granted != nil {
		m.granted(v.Account, g.IdempotencyKey)
	}
	return err
}

func (m *mischief) deploy(ctx context.Context, v victim) error {
	n, at := int64(1+m.random.IntN(3)), m.past()
	switch m.random.IntN(4) {
	case 0:
		if _, err := m.RedeployScript(ctx, tsdb.Redeployment{AccountID: v.Account, ID: v.Script, Replicas: n, At: at}); err != nil {
			return err
		}
		return m.ReportDeployment(ctx, tsdb.DeploymentReport{AccountID: v.Account, Target: script(v.Script), Outcome: tsdb.OutcomeDeployed, Endpoint: "https://x.example"})
	case 1:
		_, err := m.RedeployGuardrail(ctx, tsdb.Redeployment{AccountID: v.Account, ID: v.Guardrail, Replicas: n, At: at})
		return err
	case 2:
		_, err := m.RedeployModel(ctx, tsdb.Redeployment{AccountID: v.Account, ID: v.Deployment, Hardware: gpu, Replicas: n, At: at})
		return err
	}
	_, err := m.RedeployModel(ctx, tsdb.Redeployment{AccountID: v.Account, ID: v.Deployment, Hardware: bigGPU, Replicas: n, At: at})
	return err
}

func (m *mischief) undeploy(ctx context.Context, v victim) (err error) {
	at := m.past()
	switch m.random.IntN(3) {
	case 0:
		_, err = m.UndeployScript(ctx, v.Account, v.Script, at)
	case 1:
		_, err = m.UndeployGuardrail(ctx, v.Account, v.Guardrail, at)
	case 2:
		_, err = m.UndeployModel(ctx, v.Account, v.Deployment, at)
	}
	return err
}

func (m *mischief) scale(ctx context.Context, v victim) error {
	targets := []tsdb.Deployable{script(v.Script), guardrail(v.Guardrail), deployment(v.Deployment)}
	return m.ScaleDeployment(ctx, v.Account, targets[m.random.IntN(3)], int64(1+m.random.IntN(4)), m.past())
}

// reserve holds credits, and settles them, releases them, or lets them time out.
func (m *mischief) reserve(ctx context.Context, v victim) error {
	modes := []tsdb.ReservationMode{tsdb.ReservationReject, tsdb.ReservationCap, tsdb.ReservationNegative}
	n := tsdb.NewReservation{AccountID: v.Account, Meter: billing.ModelCredits, Amount: m.amount(20), Mode: modes[m.random.IntN(3)], IdempotencyKey: m.key(),
		Timeout: time.Duration(1+m.random.IntN(600)) * time.Second}
	use, end := m.random.Int64N(30_000_000), m.random.IntN(4)
	r, err := m.Reserve(ctx, n)
	if err != nil {
		return err
	}
	switch end {
	case 0:
		_, err = m.Release(ctx, r.ID)
	case 1, 2:
		_, _, err = m.Settle(ctx, r.ID, []tsdb.UsageEvent{tokens(v.Account, v.Model, m.key(), m.Now(), use, 0)}, end == 1)
	}
	return err
}

// tune starts a job, and ends it early or leaves it running.
func (m *mischief) tune(ctx context.Context, v victim) error {
	processed, end := m.random.Int64N(3_000_000), m.random.IntN(2)
	n := tsdb.NewJob{AccountID: v.Account, ModelID: v.Model, Name: m.key(), TrainingTokens: 1_000_000, Epochs: 3, Method: billing.QLoRA, Hardware: "A10G", IdempotencyKey: m.key()}
	j, err := m.StartFineTuning(ctx, n)
	if err != nil || end == 0 {
		return err
	}
	_, err = m.FinishFineTuning(ctx, tsdb.JobEnd{AccountID: v.Account, JobID: j.ID, Outcome: tsdb.JobStopped, ProcessedTokens: &processed, Reason: "enough"})
	return err
}

// limit moves the negative limit, up to 0 too.
func (m *mischief) limit(ctx context.Context, v victim) error {
	limit := -billing.Amount(m.random.IntN(4)) * 10 * credit
	return m.SetLimits(ctx, tsdb.LimitsChange{AccountID: v.Account, Negative: &limit}, tsdb.Actor{})
}

func (m *mischief) plan(ctx context.Context, v victim) error {
	plan := append([]int64{0}, m.plans...)[m.random.IntN(len(m.plans)+1)]
	_, err := m.ChangePlan(ctx, tsdb.ChangePlanRequest{AccountID: v.Account, PlanID: plan, IdempotencyKey: m.key()}, tsdb.Actor{})
	return err
}

// takeBack voids what was used of a minute, or what was counted of it, if nobody came in between.
func (m *mischief) takeBack(ctx context.Context, v victim) error {
	from := m.Now().Add(-time.Duration(m.random.IntN(1800)) * time.Second)
	n := tsdb.FilteredVoids{AccountID: v.Account, Filter: tsdb.VoidFilter{From: from, To: from.Add(time.Minute)}, IdempotencyKey: m.key()}
	counted, err := m.PreviewVoids(ctx, v.Account, n.Filter)
	if n.Count = counted.Events; err != nil || n.Count == 0 {
		return err
	}
	_, err = m.VoidFiltered(ctx, n, tsdb.Actor{})
	return err
}

// reprice gives an account or its model own rates, or everybody a new card, from some minutes on.
func (m *mischief) reprice(ctx context.Context, v victim) error {
	from := m.Now().Add(11*time.Minute + time.Duration(m.random.IntN(1800))*time.Second)
	rate := func(most int64) *billing.Amount {
		r := billing.Amount(m.random.Int64N(most))
		return &r
	}
	if m.cards && m.random.IntN(3) == 0 {
		card := billing.RateCardV1()
		card.EffectiveFrom, card.InputRate, card.Models[0].RatePerHour = from, *rate(900_000), *rate(5_000_000)
		card.Scripts[0].RatePerHour, card.CPUs[1].RatePerHour = *rate(200_000), *rate(90_000)
		_, err := m.PublishRateCard(ctx, tsdb.NewRateCard{Card: card, IdempotencyKey: m.key()}, tsdb.Actor{})
		return err
	}
	n := tsdb.NewOwnRates{AccountID: v.Account, IdempotencyKey: m.key(), Rates: billing.OwnRates{From: from,
		Hosting: []billing.HostingRate{{Category: billing.Models, Name: gpu, Rate: *rate(5_000_000)}}}}
	if m.random.IntN(2) == 0 {
		n.Rates.Tokens.Input = rate(900_000)
	}
	if m.random.IntN(2) == 0 {
		n.ModelID = v.Model
	} else {
		n.Rates.Hosting = append(n.Rates.Hosting, billing.HostingRate{Category: billing.Scripts, Name: small, Rate: *rate(200_000)},
			billing.HostingRate{Category: billing.Guardrails, Name: "COMPUTE_OPTIMIZED", Rate: *rate(90_000)})
	}
	_, err := m.SetOwnRates(ctx, n, tsdb.Actor{})
	return err
}

// correct adds credits for good, or takes some of a grant back.
func (m *mischief) correct(ctx context.Context, v victim) error {
	r := tsdb.Adjustment{AccountID: v.Account, Meter: billing.ModelCredits, Amount: m.amount(5), Reference: "ticket", IdempotencyKey: m.key()}
	if m.random.IntN(2) == 0 {
		r.Amount, r.GrantNo = -r.Amount, int32(1+m.random.IntN(6))
	}
	_, err := m.Adjust(ctx, r, tsdb.Actor{})
	return err
}
