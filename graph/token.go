package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// APITokens resolves Account.apiTokens.
func (r accountResolver) APITokens(
	ctx context.Context, obj *model.Account, first *int, after *string, last *int, before *string,
) (*model.APITokenConnection, error) {
	return nil, errNotBuilt
}

// CreateAPIToken resolves Mutation.createAPIToken.
func (r mutationResolver) CreateAPIToken(
	ctx context.Context, input model.CreateAPITokenInput,
) (*model.CreateAPITokenPayload, error) {
	return nil, errNotBuilt
}

// RevokeAPIToken resolves Mutation.revokeAPIToken.
func (r mutationResolver) RevokeAPIToken(
	ctx context.Context, input model.RevokeAPITokenInput,
) (*model.RevokeAPITokenPayload, error) {
	return nil, errNotBuilt
}
