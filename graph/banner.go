package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Banners resolves Account.banners.
func (r accountResolver) Banners(ctx context.Context, obj *model.Account) (*model.BannerList, error) {
	return nil, errNotBuilt
}

// DismissBanner resolves Mutation.dismissBanner.
func (r mutationResolver) DismissBanner(
	ctx context.Context, input model.DismissBannerInput,
) (*model.DismissBannerPayload, error) {
	return nil, errNotBuilt
}
