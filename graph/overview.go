package graph

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Overview resolves Account.overview.
func (r accountResolver) Overview(ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, compare *model.CompareInput) (*model.Overview, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := rangeOf(ctx, rangeArg, reader.AsOf())
	if err != nil {
		return nil, err
	}
	out := &model.Overview{}
	then, err := comparedWith(ctx, compare, a, reader)
	if err != nil {
		return nil, err
	}
	if selected(ctx, "inRange") {
		if out.InRange, err = rangeCompared(ctx, reader, obj.Key, a, then); err != nil {
			return nil, asFault(ctx, err)
		}
	}
	account, err := reader.Account(ctx, obj.Key) // already read if the range needed it
	if err != nil {
		return nil, asFault(ctx, err)
	}
	out.AsOf, out.Runs, out.Credits = account.AsOf, runsCard(account), creditsCard(account)
	return out, nil
}

func runsCard(a *tsdb.Account) model.RunsCard {
	used, allocation := a.Runs.Used(), a.Runs.Allocation()
	return model.RunsCard{
		Used: int64(used), Allocation: int64(allocation), Remaining: int64(a.Runs.Balance()), UsedPercent: billing.UsedPercent(used, allocation),
	}
}

func creditsCard(a *tsdb.Account) model.CreditsCard {
	used, allocation := a.Credits.Used(), a.Credits.Allocation()
	return model.CreditsCard{
		Used: credits(used), Allocation: credits(allocation), Remaining: credits(a.Credits.Balance()),
		UsedPercent: billing.UsedPercent(used, allocation), Slices: slicesOf(a.Slices()),
	}
}

// rangeCompared returns what was used within a range, beside what was used within then unless that is nil.
func rangeCompared(ctx context.Context, reader *charts.Reader, account int64, a timeAsked, then *timeAsked) (model.RangeUsage, error) {
	used, err := reader.UsedIn(ctx, account, a.span)
	if err != nil {
		return model.RangeUsage{}, err
	}
	out := rangeUsage(a, used)
	if then == nil {
		return out, nil
	}
	before, err := reader.UsedIn(ctx, account, then.span)
	if err != nil {
		return out, err
	}
	runs := billing.Tools.Index()
	out.ComparedRange, out.RunsChange = then.shown(before.Range), countChange(used.Used[runs], before.Used[runs])
	out.CreditsChange = creditsChange(creditsIn(used.Used), creditsIn(before.Used))
	for i := range out.Slices {
		c := out.Slices[i].Category.Index()
		out.Slices[i].UsedChange = creditsChange(used.Used[c], before.Used[c])
	}
	return out, nil
}

func rangeUsage(a timeAsked, u *charts.RangeUsage) model.RangeUsage {
	return model.RangeUsage{
		Range: a.model(u.Range), Credits: credits(creditsIn(u.Used)), Runs: int64(u.Used[billing.Tools.Index()]), Slices: slicesOf(u.Used),
	}
}

// creditsIn returns the model credits in slices.
func creditsIn(s billing.Slices) billing.Amount { return s.Sum() - s[billing.Tools.Index()] }

// slicesOf returns the slices of the pie: models, guardrails, scripts.
func slicesOf(s billing.Slices) []model.CategoryUsage {
	whole := creditsIn(s)
	var out []model.CategoryUsage
	for _, c := range []billing.Category{billing.Models, billing.Guardrails, billing.Scripts} {
		used := s[c.Index()]
		share := decimal.Zero
		if whole != 0 {
			share = billing.UsedPercent(used, whole)
		}
		out = append(out, model.CategoryUsage{Category: c, Used: credits(used), Percent: share})
	}
	return out
}
