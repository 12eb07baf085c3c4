package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// burstEvents is how many events a batch job of a tenant has.
const burstEvents = 400

// burst is a batch job on a model that runs for two hours and leaves what of its balance, a share of the allocation in
// percent or an amount, is wanted. It is how the stories reach their states whatever the seed: through usage. Where less is
// left already it does nothing.
func (t *tenant) burst(when time.Time, model string, wanted func(*tsdb.Account) billing.Amount) {
	t.at(when, "batch job on "+model, func(ctx context.Context) error {
		a, err := t.w.store.Account(ctx, t.id)
		if err != nil {
			return err
		}
		spend := a.Credits.Balance() - wanted(a)
		if spend <= 0 {
			return nil
		}
		return t.w.submit(ctx, t.batchJob(when, t.resources[model], spend), tsdb.Record)
	})
}

// batchJob is a job that costs spend, up to a micro-credit an event.
func (t *tenant) batchJob(end time.Time, model int64, spend billing.Amount) []tsdb.UsageEvent {
	events, service := make([]tsdb.UsageEvent, burstEvents), t.service("batch-prod")
	for i := range events {
		share := spend/burstEvents + min(1, billing.Amount(i)/(burstEvents-1))*(spend%burstEvents)
		output := int64(share) / 10
		events[i] = tsdb.UsageEvent{AccountID: t.id, Source: "batch", ID: fmt.Sprintf("job-%d-%d", end.Unix(), i), Kind: tsdb.Inference, ResourceID: model,
			Time: end.Add(-time.Duration(burstEvents-i) * 18 * time.Second), OutputTokens: output, InputTokens: max(0, 2*int64(share)-3*output), Attribution: service}
	}
	return events
}

func share(percent billing.Amount) func(*tsdb.Account) billing.Amount {
	return func(a *tsdb.Account) billing.Amount { return a.Credits.Allocation() / 100 * percent }
}

func left(credits string) func(*tsdb.Account) billing.Amount {
	return func(*tsdb.Account) billing.Amount { return billing.MustCredits(credits) }
}

// dismiss lets a member dismiss the banners that it can.
func (t *tenant) dismiss(when float64, user string) {
	t.on(when, "dismiss banners", func(ctx context.Context) error {
		reader := t.w.store.Read()
		defer reader.Close(ctx)
		list, err := reader.Banners(ctx, t.id, user)
		if err != nil {
			return err
		}
		reader.Close(ctx)
		for _, b := range list.Banners {
			if !b.Removable {
				continue
			}
			if err := t.w.store.DismissBanner(ctx, t.id, user, b.Ref()); err != nil {
				return err
			}
		}
		return nil
	})
}

// reserve sets runs aside for a while.
func (t *tenant) reserve(when time.Time, name string, runs billing.Amount, timeout time.Duration) {
	t.at(when, "reserve "+name, func(ctx context.Context) error {
		r, err := t.w.store.Reserve(ctx, tsdb.NewReservation{AccountID: t.id, Meter: billing.ToolRuns, Amount: runs, Mode: tsdb.ReservationReject, Timeout: timeout,
			Reference: name, IdempotencyKey: t.idempotency()})
		t.reservations[name] = r.ID
		return err
	})
}

func (t *tenant) release(when time.Time, name string) {
	t.at(when, "release "+name, func(ctx context.Context) error {
		_, err := t.w.store.Release(ctx, t.reservations[name])
		return err
	})
}

// settle posts what was really used of a reservation, for good.
func (t *tenant) settle(when time.Time, name, tool string, runs int64) {
	t.at(when, "settle "+name, func(ctx context.Context) error {
		_, _, err := t.w.store.Settle(ctx, t.reservations[name], []tsdb.UsageEvent{{AccountID: t.id, Source: "campaign", ID: name, Time: when, Kind: tsdb.ToolRun,
			ResourceID: t.resources[tool], Runs: runs, Attribution: t.service("campaign-prod")}}, true)
		return err
	})
}

// plans are what Support offers: credits and runs a month.
func plans() map[string]billing.Plan {
	return map[string]billing.Plan{
		"Starter": {Name: "Starter", Credits: billing.MustCredits("100"), Runs: 20_000},
		"Team":    {Name: "Team", Credits: billing.MustCredits("180"), Runs: 40_000},
		"Scale":   {Name: "Scale", Credits: billing.MustCredits("1500"), Runs: 150_000},
	}
}

// plan is the key of a plan, which is made if Support does not offer it yet.
func (w *world) plan(ctx context.Context, name string) (int64, error) {
	offered, err := w.store.Plans(ctx)
	if err != nil {
		return 0, err
	}
	for _, p := range offered {
		if p.Name == name {
			return p.ID, nil
		}
	}
	made, err := w.store.CreatePlan(ctx, plans()[name], support())
	return made.ID, err
}
