package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// PreviewRateCard resolves Query.previewRateCard.
func (r queryResolver) PreviewRateCard(
	ctx context.Context, card *model.RateCardInput, version *int, rangeArg model.RangeInput, accountID *string,
) (*model.RateCardPreview, error) {
	q := tsdb.RatePreview{}
	asked, err := rangeOf(ctx, &rangeArg, r.Store.Now())
	if err != nil {
		return nil, err
	}
	q.Range = asked.span.Range
	if accountID != nil {
		var ok bool
		if q.Account, ok = accountKey(ctx, *accountID); !ok {
			return nil, notFound(ctx)
		}
	}
	if q.Card, err = r.cardAsked(ctx, card, version); err != nil {
		return nil, err
	}
	cards, err := r.Store.RateCards(ctx)
	if err != nil {
		return nil, err
	}
	p, err := r.Store.PreviewRateCard(ctx, q)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return previewModel(p, asked, rateChanges(cards.At(p.AsOf), &q.Card)), nil
}

// cardAsked returns the card to preview, which is either given whole or named by its version.
func (r *Resolver) cardAsked(ctx context.Context, card *model.RateCardInput, version *int) (billing.RateCard, error) {
	switch {
	case (card == nil) == (version == nil):
		return billing.RateCard{}, fault(ctx, tsdb.Invalid, "Give a card or a version, one of them.")
	case card != nil:
		c, wrong := cardIn(card)
		if wrong != "" {
			return c, fault(ctx, tsdb.Invalid, "The card's "+wrong+": a rate or factor has at most 6 decimals.")
		}
		return c, nil
	}
	v, err := r.Store.RateVersion(ctx, *version)
	if err != nil {
		return billing.RateCard{}, asFault(ctx, err)
	}
	return v.RateCard, nil
}

func previewModel(p *tsdb.Preview, asked timeAsked, changes []model.RateChange) *model.RateCardPreview {
	out := &model.RateCardPreview{Range: asked.model(p.Range), AsOf: p.AsOf, Events: p.Events, Accounts: []model.PreviewedAccount{}, ChangedAccounts: p.Changed,
		Unknown: append([]string{}, p.Unknown...), Changes: changes}
	var total tsdb.RateCost
	for _, c := range []billing.Category{billing.Models, billing.Guardrails, billing.Scripts} {
		cost := p.Categories[c]
		total.Was, total.Would = total.Was+cost.Was, total.Would+cost.Would
		out.Categories = append(out.Categories, model.PreviewedCategory{Category: c, Cost: rateCost(cost)})
	}
	out.Total = rateCost(total)
	for _, a := range p.Accounts {
		out.Accounts = append(out.Accounts, model.PreviewedAccount{AccountID: EncodeID(KindAccount, a.AccountID), Name: a.Name, Cost: rateCost(a.RateCost)})
	}
	return out
}

func rateCost(c tsdb.RateCost) model.RateCost {
	return model.RateCost{Was: credits(c.Was), Would: credits(c.Would), Difference: credits(c.Difference())}
}
