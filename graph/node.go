package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Node resolves Query.node.
func (r queryResolver) Node(ctx context.Context, id string) (model.Node, error) {
	return nil, errNotBuilt
}

// Nodes resolves Query.nodes.
func (r queryResolver) Nodes(ctx context.Context, ids []string) ([]model.Node, error) {
	return nil, errNotBuilt
}
