package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Tools resolves Account.tools.
func (r accountResolver) Tools(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, filter *model.ToolFilter,
	sort *model.ToolSort, first *int, after *string, last *int, before *string,
) (*model.ToolConnection, error) {
	return nil, errNotBuilt
}

// RegisterTool resolves Mutation.registerTool.
func (r mutationResolver) RegisterTool(ctx context.Context, input model.RegisterToolInput) (*model.RegisterToolPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.RegisterToolPayload{UserErrors: unknown("accountId")}, nil
	}
	tool, err := r.Store.RegisterTool(ctx, tsdb.NewTool{AccountID: account, Name: input.Name, OwnerName: input.OwnerName,
		Status: tsdb.ResourceStatus(input.Status), IdempotencyKey: deref(input.IdempotencyKey)})
	refused, err := userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.RegisterToolPayload{UserErrors: refused}, err
	}
	return &model.RegisterToolPayload{Tool: toolOf(tool), UserErrors: refused}, nil
}

// SetToolStatus resolves Mutation.setToolStatus. Only who may delete resources may set DELETED.
func (r mutationResolver) SetToolStatus(ctx context.Context, input model.SetToolStatusInput) (*model.SetToolStatusPayload, error) {
	t, refused, err := r.target(ctx, KindTool, input.ToolID, "toolId")
	if err != nil || len(refused) > 0 {
		return &model.SetToolStatusPayload{UserErrors: refused}, err
	}
	if input.Status == model.ToolStatusDeleted && !principalOf(ctx).May(t.account, auth.ResourceDelete) {
		return nil, forbidden(graphql.GetPath(ctx), auth.SetOf(auth.ResourceDelete))
	}
	tool, err := r.Store.SetToolStatus(ctx, t.account, t.key, tsdb.ResourceStatus(input.Status))
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.SetToolStatusPayload{UserErrors: refused}, err
	}
	return &model.SetToolStatusPayload{Tool: toolOf(tool), UserErrors: refused}, nil
}
