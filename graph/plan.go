package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Plan resolves Account.plan.
func (r accountResolver) Plan(ctx context.Context, obj *model.Account) (*model.AccountPlan, error) {
	return nil, errNotBuilt
}

// Plans resolves Query.plans.
func (r queryResolver) Plans(ctx context.Context) ([]model.Plan, error) {
	return nil, errNotBuilt
}

// ChangePlan resolves Mutation.changePlan.
func (r mutationResolver) ChangePlan(
	ctx context.Context, input model.ChangePlanInput,
) (*model.ChangePlanPayload, error) {
	return nil, errNotBuilt
}

// CreatePlan resolves Mutation.createPlan.
func (r mutationResolver) CreatePlan(
	ctx context.Context, input model.CreatePlanInput,
) (*model.CreatePlanPayload, error) {
	return nil, errNotBuilt
}

// UpdatePlan resolves Mutation.updatePlan.
func (r mutationResolver) UpdatePlan(
	ctx context.Context, input model.UpdatePlanInput,
) (*model.UpdatePlanPayload, error) {
	return nil, errNotBuilt
}
