package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Grants resolves Account.grants.
func (r accountResolver) Grants(
	ctx context.Context, obj *model.Account, filter *model.GrantFilter, first *int, after *string, last *int,
	before *string,
) (*model.GrantConnection, error) {
	return nil, errNotBuilt
}

// GrantCredits resolves Mutation.grantCredits.
func (r mutationResolver) GrantCredits(
	ctx context.Context, input model.GrantCreditsInput,
) (*model.GrantCreditsPayload, error) {
	return nil, errNotBuilt
}

// AdjustCredits resolves Mutation.adjustCredits.
func (r mutationResolver) AdjustCredits(
	ctx context.Context, input model.AdjustCreditsInput,
) (*model.AdjustCreditsPayload, error) {
	return nil, errNotBuilt
}
