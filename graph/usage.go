package graph

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
)

// Overview resolves Account.overview.
func (r accountResolver) Overview(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput,
) (*model.Overview, error) {
	return nil, errNotBuilt
}

// UsageTrend resolves Account.usageTrend.
func (r accountResolver) UsageTrend(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, granularity *billing.Granularity,
	timeZone *time.Location, category *billing.Category, resourceID *string,
) (*model.UsageTrend, error) {
	return nil, errNotBuilt
}

// Usage resolves Account.usage.
func (r accountResolver) Usage(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, groupBy []model.UsageDimension,
	granularity *billing.Granularity, timeZone *time.Location, filter *model.UsageFilter, first *int,
	after *string, last *int, before *string,
) (*model.UsageConnection, error) {
	return nil, errNotBuilt
}

// Usage resolves Query.usage.
func (r queryResolver) Usage(
	ctx context.Context, rangeArg *model.RangeInput, groupBy []model.UsageDimension,
	granularity *billing.Granularity, timeZone *time.Location, filter *model.UsageFilter, first *int,
	after *string, last *int, before *string,
) (*model.UsageConnection, error) {
	return nil, errNotBuilt
}

// RecordUsage resolves Mutation.recordUsage.
func (r mutationResolver) RecordUsage(
	ctx context.Context, input model.RecordUsageInput,
) (*model.RecordUsagePayload, error) {
	return nil, errNotBuilt
}
