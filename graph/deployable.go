package graph

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Deployables resolves Account.deployables.
func (r accountResolver) Deployables(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, filter *model.DeployableFilter, sort *model.DeployableSort,
	first *int, after *string, last *int, before *string,
) (*model.DeployableItemConnection, error) {
	t := tabOf(ctx, rangeArg, nil, first, after, last, before, "edges.node.creditsUsed", "edges.node.idleDays", "totals.idle", "totals.idleRatePerHour")
	q := charts.DeployableQuery{}
	if filter != nil {
		q.Categories, q.Running, t.query.Statuses = filter.Categories, filter.Running, texts(filter.Status)
		t.search(ctx, filter.Search)
	}
	if sort != nil {
		t.sort(ctx, obj.Key, deployableSort(sort.Field), sort.Direction)
	}
	if t.err != nil {
		return nil, t.err
	}
	q.TabQuery = t.query
	list, err := t.reader.Deployables(ctx, obj.Key, q)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	edge := func(row charts.Edge[charts.Deployable]) model.DeployableItemEdge {
		return model.DeployableItemEdge{Cursor: encodeRowCursor(row.Cursor), Node: deployableItem(&row.Row, list.AsOf)}
	}
	return &model.DeployableItemConnection{
		TotalCount: list.Total, Range: t.asked.model(list.Range), AsOf: list.AsOf, PageInfo: pageInfo(list.Paged, tabCursor[charts.Deployable]), Edges: edges(list.Paged, edge),
		Totals: model.DeployableTotals{Running: list.Running, RatePerHour: credits(list.Rate), Idle: list.Idle, IdleRatePerHour: credits(list.IdleRate)},
	}, nil
}

func deployableItem(d *charts.Deployable, asOf time.Time) model.DeployableItem {
	out := model.DeployableItem{Category: d.Category, ResourceID: EncodeID(categoryKind(d.Category), d.Resource.ID),
		ResourceName: d.Resource.Name, CreditsUsed: credits(d.Credits)}
	switch {
	case d.Category == billing.Guardrails:
		out.Deployable = guardrailOf(d.Resource)
	case d.Category == billing.Scripts:
		out.Deployable = scriptOf(d.Resource, asOf)
	case d.Deployment != nil:
		out.Deployable = deploymentOf(*d.Deployment)
	}
	if d.Resource.Kind == tsdb.KindModel {
		kind := model.ModelType(d.Resource.Type)
		out.ModelType = &kind
	}
	if d.Runs() {
		rate := credits(d.RatePerHour())
		out.RatePerHour = &rate
	}
	if d.Idle != nil {
		days := int(*d.Idle)
		out.IdleDays = &days
	}
	return out
}

func deployableSort(field model.DeployableSortField) charts.TabSort {
	switch field {
	case model.DeployableSortFieldRatePerHour:
		return charts.SortRate
	case model.DeployableSortFieldCreditsUsed:
		return charts.SortUsed
	case model.DeployableSortFieldIdleDays:
		return charts.SortIdle
	}
	return charts.SortName
}
