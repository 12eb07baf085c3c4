package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Models resolves Account.models.
func (r accountResolver) Models(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, filter *model.ModelFilter,
	sort *model.ModelSort, first *int, after *string, last *int, before *string,
) (*model.ModelConnection, error) {
	return nil, errNotBuilt
}

// RegisterModel resolves Mutation.registerModel.
func (r mutationResolver) RegisterModel(
	ctx context.Context, input model.RegisterModelInput,
) (*model.RegisterModelPayload, error) {
	return nil, errNotBuilt
}

// DeployModel resolves Mutation.deployModel.
func (r mutationResolver) DeployModel(
	ctx context.Context, input model.DeployModelInput,
) (*model.DeployModelPayload, error) {
	return nil, errNotBuilt
}

// RedeployModel resolves Mutation.redeployModel.
func (r mutationResolver) RedeployModel(
	ctx context.Context, input model.RedeployModelInput,
) (*model.RedeployModelPayload, error) {
	return nil, errNotBuilt
}

// UndeployModel resolves Mutation.undeployModel.
func (r mutationResolver) UndeployModel(
	ctx context.Context, input model.UndeployModelInput,
) (*model.UndeployModelPayload, error) {
	return nil, errNotBuilt
}

// DeleteModel resolves Mutation.deleteModel.
func (r mutationResolver) DeleteModel(
	ctx context.Context, input model.DeleteModelInput,
) (*model.DeleteModelPayload, error) {
	return nil, errNotBuilt
}

// DeleteDeployment resolves Mutation.deleteDeployment.
func (r mutationResolver) DeleteDeployment(
	ctx context.Context, input model.DeleteDeploymentInput,
) (*model.DeleteDeploymentPayload, error) {
	return nil, errNotBuilt
}

// Deployments resolves Model.deployments.
func (r modelResolver) Deployments(
	ctx context.Context, obj *model.Model, rangeArg *model.RangeInput, filter *model.DeploymentFilter,
	sort *model.DeploymentSort, first *int, after *string, last *int, before *string,
) (*model.DeploymentConnection, error) {
	return nil, errNotBuilt
}
