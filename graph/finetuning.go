package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
)

// FineTuningJobs resolves Account.fineTuningJobs.
func (r accountResolver) FineTuningJobs(
	ctx context.Context, obj *model.Account, states []model.FineTuningState, first *int, after *string,
	last *int, before *string,
) (*model.FineTuningJobConnection, error) {
	return nil, errNotBuilt
}

// FineTuningEstimate resolves Account.fineTuningEstimate.
func (r accountResolver) FineTuningEstimate(
	ctx context.Context, obj *model.Account, modelID string, trainingTokens int64, epochs int,
	method billing.TrainingMethod, hardware model.FineTuningHardware,
) (*model.FineTuningEstimate, error) {
	return nil, errNotBuilt
}

// StartFineTuning resolves Mutation.startFineTuning.
func (r mutationResolver) StartFineTuning(
	ctx context.Context, input model.StartFineTuningInput,
) (*model.StartFineTuningPayload, error) {
	return nil, errNotBuilt
}

// FinishFineTuning resolves Mutation.finishFineTuning.
func (r mutationResolver) FinishFineTuning(
	ctx context.Context, input model.FinishFineTuningInput,
) (*model.FinishFineTuningPayload, error) {
	return nil, errNotBuilt
}
