package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Tools resolves Account.tools.
func (r accountResolver) Tools(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, filter *model.ToolFilter,
	sort *model.ToolSort, first *int, after *string, last *int, before *string,
) (*model.ToolConnection, error) {
	return nil, errNotBuilt
}

// RegisterTool resolves Mutation.registerTool.
func (r mutationResolver) RegisterTool(
	ctx context.Context, input model.RegisterToolInput,
) (*model.RegisterToolPayload, error) {
	return nil, errNotBuilt
}

// SetToolStatus resolves Mutation.setToolStatus.
func (r mutationResolver) SetToolStatus(
	ctx context.Context, input model.SetToolStatusInput,
) (*model.SetToolStatusPayload, error) {
	return nil, errNotBuilt
}
