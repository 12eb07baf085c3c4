package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Tools resolves Account.tools.
func (r accountResolver) Tools(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, compare *model.CompareInput, filter *model.ToolFilter,
	sort *model.ToolSort, first *int, after *string, last *int, before *string,
) (*model.ToolConnection, error) {
	t := tabOf(ctx, rangeArg, compare, first, after, last, before, "edges.runs", "totals.totalRuns")
	if filter != nil {
		t.query.Statuses = texts(filter.Status)
		t.search(ctx, filter.Search)
	}
	if sort != nil {
		t.sort(ctx, obj.Key, toolSort(sort.Field), sort.Direction)
	}
	if t.err != nil {
		return nil, t.err
	}
	tools, err := t.reader.Tools(ctx, obj.Key, t.query)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return toolConnection(t, tools), nil
}

func toolConnection(t *tab, tools *charts.ToolsTab) *model.ToolConnection {
	out := &model.ToolConnection{
		Range: t.asked.model(tools.Range), AsOf: tools.AsOf, TotalCount: tools.Total,
		PageInfo: pageInfo(tools.Paged, tabCursor[charts.ToolRow]), Edges: edges(tools.Paged, toolEdge),
		Totals: model.ToolTotals{TotalTools: tools.Total, TotalRuns: tools.Runs},
	}
	if then := tools.Then; then != nil {
		out.ComparedRange, out.Totals.TotalRunsChange = t.then.shown(then.Range), countChange(tools.Runs, then.Runs)
		for i, row := range tools.Rows {
			out.Edges[i].RunsChange = countChange(row.Row.Runs, rowThen(&then.TabRows, row).Runs)
		}
	}
	return out
}

func toolEdge(row charts.Edge[charts.ToolRow]) model.ToolEdge {
	return model.ToolEdge{Cursor: encodeRowCursor(row.Cursor), Node: *toolOf(row.Row.Resource), Runs: row.Row.Runs}
}

func toolSort(field model.ToolSortField) charts.TabSort {
	switch field {
	case model.ToolSortFieldRuns:
		return charts.SortUsed
	case model.ToolSortFieldOwnerName:
		return charts.SortOwner
	case model.ToolSortFieldLastActiveOn:
		return charts.SortDate
	case model.ToolSortFieldStatus:
		return charts.SortStatus
	}
	return charts.SortName
}

// RegisterTool resolves Mutation.registerTool.
func (r mutationResolver) RegisterTool(ctx context.Context, input model.RegisterToolInput) (*model.RegisterToolPayload, error) {
	tool, err := newIn(ctx, input.AccountID, input.ExternalID, input.Tags, func(account int64, own tsdb.Own) (tsdb.Resource, error) {
		return r.Store.RegisterTool(ctx, tsdb.NewTool{AccountID: account, Name: input.Name, OwnerName: input.OwnerName,
			Status: tsdb.ResourceStatus(input.Status), IdempotencyKey: deref(input.IdempotencyKey), Own: own})
	})
	return answer(&model.RegisterToolPayload{Tool: toolOf(tool)}, err)
}

// SetToolStatus resolves Mutation.setToolStatus. Only callers who may delete resources may set DELETED.
func (r mutationResolver) SetToolStatus(ctx context.Context, input model.SetToolStatusInput) (*model.SetToolStatusPayload, error) {
	t, err := r.target(ctx, KindTool, input.ToolID, "toolId")
	if err != nil {
		return answer[model.SetToolStatusPayload](nil, err)
	}
	if input.Status == model.ToolStatusDeleted && !principalOf(ctx).May(t.account, auth.ResourceDelete) {
		return nil, forbidden(graphql.GetPath(ctx), auth.SetOf(auth.ResourceDelete))
	}
	tool, err := r.Store.SetToolStatus(ctx, t.account, t.key, tsdb.ResourceStatus(input.Status))
	return answer(&model.SetToolStatusPayload{Tool: toolOf(tool)}, err)
}

// UpdateTool resolves Mutation.updateTool.
func (r mutationResolver) UpdateTool(ctx context.Context, input model.UpdateToolInput) (*model.UpdateToolPayload, error) {
	change, err := changeIn(input.Name, input.ExternalID, input.Tags)
	change.OwnerName = input.OwnerName
	tool, err := r.updateResource(ctx, KindTool, input.ToolID, "toolId", change, err)
	return answer(&model.UpdateToolPayload{Tool: toolOf(tool)}, err)
}

// UpsertTool resolves Mutation.upsertTool.
func (r mutationResolver) UpsertTool(ctx context.Context, input model.UpsertToolInput) (*model.UpsertToolPayload, error) {
	upserted, err := newIn(ctx, input.AccountID, &input.ExternalID, input.Tags, func(account int64, own tsdb.Own) (upserted[tsdb.Resource], error) {
		return upsertedBy(r.Store.UpsertTool(ctx, tsdb.NewTool{AccountID: account, Name: input.Name, OwnerName: input.OwnerName,
			Status: tsdb.ResourceStatus(deref(input.Status)), Own: own}, upserter(ctx, account, KindTool)))
	})
	return answer(&model.UpsertToolPayload{Tool: toolOf(upserted.thing), Outcome: outcomeModel(upserted.outcome)}, err)
}
