package graph

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// RateCards resolves Query.rateCards.
func (r queryResolver) RateCards(ctx context.Context) ([]model.RateCardRelease, error) {
	return r.releases(ctx)
}

// releases converts all versions to their GraphQL types, newest first.
func (r *Resolver) releases(ctx context.Context) ([]model.RateCardRelease, error) {
	versions, err := r.Store.RateVersions(ctx)
	if err != nil {
		return nil, err
	}
	now := r.Store.Now()
	var standing billing.RateCards // versions not withdrawn, oldest first
	for i := len(versions) - 1; i >= 0; i-- {
		if versions[i].WithdrawnAt == nil {
			standing = append(standing, versions[i].RateCard)
		}
	}
	inForce := standing.At(now).Version
	out := make([]model.RateCardRelease, len(versions))
	for i := range versions {
		out[i] = release(&versions[i], standing)
		switch v := &versions[i]; {
		case v.WithdrawnAt != nil:
			out[i].Status = model.RateCardStatusWithdrawn
		case v.Version == inForce:
			out[i].Status = model.RateCardStatusInForce
		case v.EffectiveFrom.After(now):
			out[i].Status = model.RateCardStatusPlanned
		default:
			out[i].Status = model.RateCardStatusPast
		}
	}
	return out, nil
}

// release converts a version to its GraphQL type, without its status.
func release(v *tsdb.RateVersion, standing billing.RateCards) model.RateCardRelease {
	out := model.RateCardRelease{Version: v.Version, Card: *rateCard(&v.RateCard, standing), PublishedAt: v.PublishedAt, PublishedBy: textPtr(v.PublishedBy),
		Note: textPtr(v.Note), WithdrawnAt: v.WithdrawnAt, WithdrawnBy: textPtr(v.WithdrawnBy), Changes: []model.RateChange{}}
	for i := len(standing) - 1; i >= 0; i-- {
		if standing[i].Version < v.Version {
			out.Changes = rateChanges(&standing[i], &v.RateCard)
			break
		}
	}
	return out
}

func rateChanges(from, to *billing.RateCard) []model.RateChange {
	out := []model.RateChange{}
	for _, c := range from.Changes(to) {
		out = append(out, model.RateChange{List: c.List, Name: textPtr(c.Name), Field: c.Field, Before: textPtr(c.Before), After: textPtr(c.After)})
	}
	return out
}

// RateChanges resolves Query.rateChanges.
func (r queryResolver) RateChanges(ctx context.Context, from, to int) ([]model.RateChange, error) {
	var cards [2]billing.RateCard
	for i, version := range []int{from, to} {
		v, err := r.Store.RateVersion(ctx, version)
		if isNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		cards[i] = v.RateCard
	}
	return rateChanges(&cards[0], &cards[1]), nil
}

// PublishRateCard resolves Mutation.publishRateCard.
func (r mutationResolver) PublishRateCard(ctx context.Context, input model.PublishRateCardInput) (*model.PublishRateCardPayload, error) {
	card, wrong := cardIn(&input.Card)
	if wrong != "" {
		return answer[model.PublishRateCardPayload](nil, refusals{{Code: model.UserErrorCodeInvalid, Field: []string{"input", "card", wrong},
			Message: "A rate or factor has at most 6 decimals, and a size none."}})
	}
	card.EffectiveFrom = input.EffectiveFrom
	v, err := r.Store.PublishRateCard(ctx, tsdb.NewRateCard{Card: card, Note: deref(input.Note), IdempotencyKey: input.IdempotencyKey}, actor(ctx, 0))
	shown, err := r.released(ctx, v.Version, err)
	return answer(&model.PublishRateCardPayload{Release: shown}, err)
}

// WithdrawRateCard resolves Mutation.withdrawRateCard.
func (r mutationResolver) WithdrawRateCard(ctx context.Context, input model.WithdrawRateCardInput) (*model.WithdrawRateCardPayload, error) {
	v, err := r.Store.WithdrawRateCard(ctx, input.Version, actor(ctx, 0))
	shown, err := r.released(ctx, v.Version, err)
	return answer(&model.WithdrawRateCardPayload{Release: shown}, err)
}

// released returns a version after it was changed, or the reason why it was not.
func (r *Resolver) released(ctx context.Context, version int, err error) (*model.RateCardRelease, error) {
	if err != nil {
		return nil, err
	}
	all, err := r.releases(ctx)
	for i := range all {
		if all[i].Version == version {
			return &all[i], nil
		}
	}
	return nil, asFault(ctx, err)
}

// cardIn reads a whole card; wrong names the list that contains a number which cannot be read.
func cardIn(in *model.RateCardInput) (c billing.RateCard, wrong string) {
	list := ""
	rate := func(d decimal.Decimal) billing.Amount {
		amount, err := billing.ModelCredits.FromDecimal(d)
		if err != nil && wrong == "" {
			wrong = list
		}
		return amount
	}
	class := func(d *decimal.Decimal) *billing.Amount {
		if d == nil {
			return nil
		}
		amount := rate(*d)
		return &amount
	}
	list = "models"
	for _, h := range in.Models {
		c.Models = append(c.Models, billing.ModelHardware{Name: h.Name, GPU: h.Gpu, GPUs: int64(h.GpuCount), RatePerHour: rate(h.RatePerHour)})
	}
	list = "scripts"
	for _, p := range in.Scripts {
		c.Scripts = append(c.Scripts, billing.ScriptProfile{Name: p.Name, VCPUs: int64(p.Vcpus), MemoryGB: int64(p.MemoryGb), RatePerHour: rate(p.RatePerHour)})
	}
	list = "guardrails"
	for _, t := range in.Guardrails {
		c.CPUs = append(c.CPUs, billing.CPUType{Name: t.CPU, RatePerHour: rate(t.RatePerCPUHour)})
	}
	for _, s := range in.Scanners {
		c.Guardrails = append(c.Guardrails, billing.GuardrailSize{Kind: billing.GuardrailKind(s.ScannerKey), CPUs: int64(s.CPUCount), Name: deref(s.Name)})
	}
	list = "inference"
	i := in.Inference
	c.InputRate, c.OutputRate = rate(i.InputRate), rate(i.OutputRate)
	c.CacheReadRate, c.CacheWriteRate, c.ReasoningRate = class(i.CacheReadRate), class(i.CacheWriteRate), class(i.ReasoningRate)
	list = "fineTuning"
	c.FineTuning = fineTuningIn(&in.FineTuning, rate)
	return c, wrong
}

func fineTuningIn(in *model.FineTuningRatesInput, rate func(decimal.Decimal) billing.Amount) (out billing.FineTuningRates) {
	for _, s := range in.Sizes {
		class := billing.SizeClass{From: s.FromBillions, To: s.ToBillions, ToIncluded: s.ToIncluded, Rate: rate(s.Factor), Methods: s.Methods}
		class.Name = class.Span()
		out.Classes = append(out.Classes, class)
	}
	for _, m := range in.Methods {
		out.Methods = append(out.Methods, billing.MethodFactor{Method: m.Method, Factor: m.Factor})
	}
	for _, h := range in.Hardware {
		out.Hardware = append(out.Hardware, billing.HardwareFactor{GPU: h.Gpu, Factor: h.Factor})
	}
	return out
}
