package graph

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/graph/model"
)

// RateCard resolves Query.rateCard.
func (r queryResolver) RateCard(ctx context.Context, version *int, at *time.Time) (*model.RateCard, error) {
	return nil, errNotBuilt
}
