package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// CreditStatus resolves Subscription.creditStatus.
func (r subscriptionResolver) CreditStatus(ctx context.Context, accountID string) (<-chan *model.CreditStatus, error) {
	return nil, errNotBuilt
}

// Banners resolves Subscription.banners.
func (r subscriptionResolver) Banners(ctx context.Context, accountID string) (<-chan *model.BannerList, error) {
	return nil, errNotBuilt
}

// ThresholdCrossings resolves Subscription.thresholdCrossings.
func (r subscriptionResolver) ThresholdCrossings(
	ctx context.Context, accountID string, after *string,
) (<-chan model.ThresholdFrame, error) {
	return nil, errNotBuilt
}

// DeploymentChanges resolves Subscription.deploymentChanges.
func (r subscriptionResolver) DeploymentChanges(
	ctx context.Context, accountID string, after *string,
) (<-chan model.DeploymentFrame, error) {
	return nil, errNotBuilt
}
