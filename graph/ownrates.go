package graph

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// OwnRates resolves Account.ownRates.
func (r accountResolver) OwnRates(ctx context.Context, obj *model.Account) ([]model.OwnRates, error) {
	return r.ownRates(ctx, obj.Key)
}

func (r *Resolver) ownRates(ctx context.Context, account int64) ([]model.OwnRates, error) {
	rows, err := r.Store.OwnRates(ctx, account)
	if err != nil {
		return nil, err
	}
	out := make([]model.OwnRates, len(rows))
	for i := range rows {
		out[i] = ownRatesModel(&rows[i])
	}
	return out, nil
}

func ownRatesModel(row *tsdb.OwnRateRow) model.OwnRates {
	t := row.Tokens
	out := model.OwnRates{ModelID: idPtr(KindModel, row.ModelID), ModelName: textPtr(row.ModelName), From: row.From, SetAt: row.SetAt, Hosting: []model.OwnHostingRate{},
		Tokens: model.OwnTokenRates{InputRate: creditsPtr(t.Input), OutputRate: creditsPtr(t.Output), CacheReadRate: creditsPtr(t.CacheRead),
			CacheWriteRate: creditsPtr(t.CacheWrite), ReasoningRate: creditsPtr(t.Reasoning)}}
	for _, h := range row.Hosting {
		out.Hosting = append(out.Hosting, model.OwnHostingRate{Category: h.Category, Name: h.Name, Rate: credits(h.Rate)})
	}
	return out
}

// creditsPtr returns an amount of credits; nil for none.
func creditsPtr(a *billing.Amount) *decimal.Decimal {
	if a == nil {
		return nil
	}
	d := credits(*a)
	return &d
}

// SetRates resolves Mutation.setRates.
func (r mutationResolver) SetRates(ctx context.Context, input model.SetRatesInput) (*model.SetRatesPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return answer[model.SetRatesPayload](nil, unknown("accountId"))
	}
	n := tsdb.NewOwnRates{AccountID: account, IdempotencyKey: deref(input.IdempotencyKey)}
	if input.ModelID != nil {
		if n.ModelID, ok = KeyOf(KindModel, *input.ModelID); !ok {
			return answer[model.SetRatesPayload](nil, unknown("modelId"))
		}
	}
	var wrong refusals
	if n.Rates, wrong = ownRatesIn(&input); len(wrong) > 0 {
		return answer[model.SetRatesPayload](nil, wrong)
	}
	set, err := r.Store.SetOwnRates(ctx, n, actor(ctx, account))
	if err != nil {
		return answer[model.SetRatesPayload](nil, err)
	}
	all, err := r.ownRates(ctx, account)
	return committed(ctx, &model.SetRatesPayload{From: &set.From, OwnRates: all}, err)
}

func ownRatesIn(in *model.SetRatesInput) (o billing.OwnRates, wrong refusals) {
	o.From = deref(in.From)
	rate := func(d *decimal.Decimal, field string) *billing.Amount {
		amount, refused := modelRate(d, field)
		wrong = append(wrong, refused...)
		return amount
	}
	if t := in.Tokens; t != nil {
		o.Tokens = billing.OwnTokenRates{Input: rate(t.InputRate, "tokens"), Output: rate(t.OutputRate, "tokens"), CacheRead: rate(t.CacheReadRate, "tokens"),
			CacheWrite: rate(t.CacheWriteRate, "tokens"), Reasoning: rate(t.ReasoningRate, "tokens")}
	}
	for _, h := range in.Hosting {
		if amount := rate(&h.Rate, "hosting"); amount != nil {
			o.Hosting = append(o.Hosting, billing.HostingRate{Category: h.Category, Name: h.Name, Rate: *amount})
		}
	}
	return o, wrong
}
