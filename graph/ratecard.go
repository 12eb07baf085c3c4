package graph

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
)

// RateCard resolves Query.rateCard.
func (r queryResolver) RateCard(ctx context.Context, version *int, at *time.Time) (*model.RateCard, error) {
	cards, err := r.Store.RateCards(ctx)
	if err != nil {
		return nil, err
	}
	when := r.Store.Now()
	if at != nil {
		when = *at
	}
	card := cards.At(when)
	if version != nil {
		i := slices.IndexFunc(cards, func(c billing.RateCard) bool { return c.Version == *version })
		if i < 0 {
			return nil, nil
		}
		card = &cards[i]
	}
	return rateCard(card, cards), nil
}

// rateCard converts a version of the rate card to its GraphQL type.
func rateCard(c *billing.RateCard, all billing.RateCards) *model.RateCard {
	m := billing.ModelCredits
	out := &model.RateCard{
		Version: c.Version, EffectiveFrom: c.EffectiveFrom, Models: modelProfiles(c), Scripts: scriptProfiles(c),
		Inference:  inferenceRate(c),
		FineTuning: fineTuningRates(&c.FineTuning),
	}
	for _, v := range all {
		out.Versions = append(out.Versions, model.RateCardVersion{Version: v.Version, EffectiveFrom: v.EffectiveFrom})
		if out.EffectiveTo == nil && v.EffectiveFrom.After(c.EffectiveFrom) && v.Version != c.Version {
			out.EffectiveTo = timePtr(v.EffectiveFrom)
		}
	}
	for _, t := range c.CPUs {
		out.Guardrails = append(out.Guardrails, model.CPURate{CPUType: cpuEnum(t.Name), CPU: t.Name, RatePerCPUHour: m.Decimal(t.RatePerHour)})
	}
	for _, g := range c.Guardrails {
		out.Scanners = append(out.Scanners, model.ScannerProfile{Scanner: scannerEnum(g.Kind), ScannerKey: string(g.Kind),
			Name: c.ScannerName(g.Kind), CPUCount: int(g.CPUs), Free: g.CPUs == 0})
	}
	return out
}

// inferenceRate returns the rates of tokens. A class without a rate of its own has its parent's.
func inferenceRate(c *billing.RateCard) model.InferenceRate {
	m, r := billing.ModelCredits, c.TokenRates()
	return model.InferenceRate{InputRate: m.Decimal(r.Input), OutputRate: m.Decimal(r.Output), CacheReadRate: m.Decimal(r.CacheRead),
		CacheWriteRate: m.Decimal(r.CacheWrite), ReasoningRate: m.Decimal(r.Reasoning)}
}

// modelProfiles returns the hardware for models, cheapest first.
func modelProfiles(c *billing.RateCard) []model.HardwareProfile {
	hardware := slices.SortedStableFunc(slices.Values(c.Models), func(a, b billing.ModelHardware) int { return cmp.Compare(a.RatePerHour, b.RatePerHour) })
	out := make([]model.HardwareProfile, len(hardware))
	for i, h := range hardware {
		out[i] = model.HardwareProfile{Name: h.Name, Category: billing.Models, Gpu: textPtr(h.GPU), GpuCount: int(h.GPUs),
			RatePerHour: billing.ModelCredits.Decimal(h.RatePerHour)}
	}
	return out
}

// scriptProfiles returns the hardware for scripts, cheapest first.
func scriptProfiles(c *billing.RateCard) []model.HardwareProfile {
	profiles := slices.SortedStableFunc(slices.Values(c.Scripts), func(a, b billing.ScriptProfile) int { return cmp.Compare(a.RatePerHour, b.RatePerHour) })
	out := make([]model.HardwareProfile, len(profiles))
	for i, p := range profiles {
		vcpus, memory := int(p.VCPUs), int(p.MemoryGB)
		out[i] = model.HardwareProfile{Name: p.Name, Category: billing.Scripts, Vcpus: &vcpus, MemoryGb: &memory,
			RatePerHour: billing.ModelCredits.Decimal(p.RatePerHour)}
	}
	return out
}

func fineTuningRates(r *billing.FineTuningRates) (out model.FineTuningRates) {
	for _, c := range r.Classes {
		out.Sizes = append(out.Sizes, model.FineTuningSize{FromBillions: c.From, ToBillions: c.To, ToIncluded: c.ToIncluded,
			Factor: billing.ModelCredits.Decimal(c.Rate), Methods: c.Methods})
	}
	for _, f := range r.Methods {
		out.Methods = append(out.Methods, model.FineTuningMethodRate{Method: f.Method, Factor: f.Factor})
	}
	for _, f := range r.Hardware {
		out.Hardware = append(out.Hardware, model.FineTuningHardwareRate{Hardware: gpuEnum(f.GPU), Gpu: f.GPU, Factor: f.Factor})
	}
	return out
}
