package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// CreditStatus resolves Subscription.creditStatus.
func (r subscriptionResolver) CreditStatus(ctx context.Context, accountID string) (<-chan *model.CreditStatus, error) {
	return watch(ctx, r.Resolver, watchStatus, accountID, nil, r.statusFrame)
}

// Banners resolves Subscription.banners.
func (r subscriptionResolver) Banners(ctx context.Context, accountID string) (<-chan *model.BannerList, error) {
	return watch(ctx, r.Resolver, watchBanners, accountID, nil, r.bannersFrame)
}

// ThresholdCrossings resolves Subscription.thresholdCrossings.
func (r subscriptionResolver) ThresholdCrossings(
	ctx context.Context, accountID string, after *string,
) (<-chan model.ThresholdFrame, error) {
	return watch(ctx, r.Resolver, watchCrossings, accountID, after, r.thresholdFrame)
}

// DeploymentChanges resolves Subscription.deploymentChanges.
func (r subscriptionResolver) DeploymentChanges(
	ctx context.Context, accountID string, after *string,
) (<-chan model.DeploymentFrame, error) {
	return watch(ctx, r.Resolver, watchDeployments, accountID, after, r.deploymentFrame)
}
