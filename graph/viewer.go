package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Viewer resolves Query.viewer.
func (r queryResolver) Viewer(ctx context.Context) (*model.Viewer, error) {
	return nil, errNotBuilt
}

// RateLimit resolves Query.rateLimit.
func (r queryResolver) RateLimit(ctx context.Context) (*model.RateLimit, error) {
	return nil, errNotBuilt
}
