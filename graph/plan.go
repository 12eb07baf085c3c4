package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Plan resolves Account.plan.
func (r accountResolver) Plan(ctx context.Context, obj *model.Account) (*model.AccountPlan, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	a, err := reader.Account(ctx, obj.Key)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return accountPlan(a), nil
}

func accountPlan(a *tsdb.Account) *model.AccountPlan {
	out := &model.AccountPlan{ID: cacheID("AccountPlan", a.ID), AnchorDay: a.Created.Time().Day(), CycleStart: a.CycleStart.Time(), CycleEnd: a.CycleEnd.Time()}
	if p := a.Plan; p != nil {
		out.Name, out.Credits, out.Runs = &p.Name, billing.ModelCredits.Decimal(p.Credits), int64(p.Runs)
	}
	if a.NextPlan != nil || a.PlanEnds {
		out.Pending = &model.PendingPlan{At: a.CycleEnd.Time()}
		if a.NextPlan != nil {
			out.Pending.Name = &a.NextPlan.Name
		}
	}
	return out
}

// Plans resolves Query.plans.
func (r queryResolver) Plans(ctx context.Context) ([]model.Plan, error) {
	plans, err := r.Store.Plans(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]model.Plan, len(plans))
	for i, p := range plans {
		out[i] = planModel(p)
	}
	return out, nil
}

func planModel(p tsdb.Plan) model.Plan {
	return model.Plan{ID: EncodeID(KindPlan, p.ID), Name: p.Name, Credits: billing.ModelCredits.Decimal(p.Credits), Runs: int64(p.Runs), Active: p.Active,
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}
}

// ChangePlan resolves Mutation.changePlan.
func (r mutationResolver) ChangePlan(ctx context.Context, input model.ChangePlanInput) (*model.ChangePlanPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return answer[model.ChangePlanPayload](nil, unknown("accountId"))
	}
	request := tsdb.ChangePlanRequest{AccountID: account, IdempotencyKey: input.IdempotencyKey}
	if input.PlanID != nil {
		if request.PlanID, ok = KeyOf(KindPlan, *input.PlanID); !ok {
			return answer[model.ChangePlanPayload](nil, unknown("planId"))
		}
	}
	_, err := r.Store.ChangePlan(ctx, request, actor(ctx, account))
	if err != nil {
		return answer[model.ChangePlanPayload](nil, err)
	}
	a, err := r.Store.Account(ctx, account)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return answer(&model.ChangePlanPayload{Plan: accountPlan(a), CreditStatus: CreditStatus(a)}, nil)
}

// CreatePlan resolves Mutation.createPlan.
func (r mutationResolver) CreatePlan(ctx context.Context, input model.CreatePlanInput) (*model.CreatePlanPayload, error) {
	credits, err := billing.ModelCredits.FromDecimal(input.Credits)
	if err != nil {
		return answer[model.CreatePlanPayload](nil, invalid("credits", "The amount has too many decimals or is out of range."))
	}
	plan, err := r.Store.CreatePlan(ctx, billing.Plan{Name: input.Name, Credits: credits, Runs: billing.Amount(input.Runs)}, actor(ctx, 0))
	if err != nil {
		return answer[model.CreatePlanPayload](nil, err)
	}
	made := planModel(plan)
	return answer(&model.CreatePlanPayload{Plan: &made}, nil)
}

// UpdatePlan resolves Mutation.updatePlan.
func (r mutationResolver) UpdatePlan(ctx context.Context, input model.UpdatePlanInput) (*model.UpdatePlanPayload, error) {
	id, ok := KeyOf(KindPlan, input.PlanID)
	if !ok {
		return answer[model.UpdatePlanPayload](nil, unknown("planId"))
	}
	change := tsdb.PlanChange{PlanID: id, Name: input.Name, Active: input.Active}
	if input.Credits != nil {
		credits, err := billing.ModelCredits.FromDecimal(*input.Credits)
		if err != nil {
			return answer[model.UpdatePlanPayload](nil, invalid("credits", "The amount has too many decimals or is out of range."))
		}
		change.Credits = &credits
	}
	if input.Runs != nil {
		runs := billing.Amount(*input.Runs)
		change.Runs = &runs
	}
	plan, err := r.Store.UpdatePlan(ctx, change, actor(ctx, 0))
	if err != nil {
		return answer[model.UpdatePlanPayload](nil, err)
	}
	changed := planModel(plan)
	return answer(&model.UpdatePlanPayload{Plan: &changed}, nil)
}
