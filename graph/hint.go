package graph

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// mostIdleDays is the longest time without use, in days, that a hint can report.
const mostIdleDays = 27

// Hints resolves Account.hints.
func (r accountResolver) Hints(ctx context.Context, obj *model.Account, idleDays int) (*model.HintList, error) {
	if idleDays < 1 || idleDays > mostIdleDays {
		return nil, fault(ctx, tsdb.Invalid, "idleDays is 1 to 27.")
	}
	book, err := r.Store.PriceBook(ctx, []int64{obj.Key})
	if err != nil {
		return nil, err
	}
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	prices := book.Prices(obj.Key, 0)
	found, err := reader.Hints(ctx, obj.Key, idleDays, &prices)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	out := &model.HintList{AsOf: reader.AsOf(), Hints: []model.Hint{}}
	var saving billing.Amount
	for i := range found {
		saving += found[i].SavingPerDay
		out.Hints = append(out.Hints, hintModel(&found[i]))
	}
	out.SavingPerDay = credits(saving)
	return out, nil
}

func hintModel(h *charts.Hint) model.Hint {
	amount := func(a billing.Amount) *decimal.Decimal {
		d := credits(a)
		return &d
	}
	out := model.Hint{Kind: h.Kind, Category: h.Category, ResourceID: EncodeID(categoryKind(h.Category), h.ResourceID), ResourceName: h.Name, LastUsedOn: timePtr(h.LastUsedOn)}
	out.ActionID = out.ResourceID
	if h.Category == billing.Models {
		id := EncodeID(KindDeployment, h.DeploymentID)
		out.DeploymentID, out.DeploymentName, out.ActionID = &id, &h.Deployment, id
	}
	if h.Kind != charts.RisingTool {
		out.SavingPerDay = amount(h.SavingPerDay)
	}
	switch h.Kind {
	case charts.IdleDeployment:
		out.Action, out.Cost = model.HintActionUndeployModel, amount(h.Cost)
	case charts.SpareReplicas:
		replicas := int(h.Replicas)
		out.Action, out.Replicas = model.HintActionScaleDeployment, &replicas
	case charts.CheaperHardware:
		out.Action, out.Hardware = model.HintActionRedeployScript, &h.Hardware
	case charts.RisingTool:
		out.Action, out.Runs, out.RunsBefore = model.HintActionReviewTool, &h.Runs, &h.Before
	}
	return out
}
