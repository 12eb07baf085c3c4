package graph

import (
	"context"

	"github.com/shopspring/decimal"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Models resolves Account.models.
func (r accountResolver) Models(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, compare *model.CompareInput, filter *model.ModelFilter,
	sort *model.ModelSort, first *int, after *string, last *int, before *string,
) (*model.ModelConnection, error) {
	t := tabOf(ctx, rangeArg, compare, first, after, last, before, "edges.creditsUsed", "edges.fineTuningCredits", "edges.hostingCredits",
		"edges.inferenceCredits", "totals.totalCredits", "totals.fineTuningCredits", "totals.hostingCredits", "totals.inferenceCredits")
	if filter != nil {
		t.query.Types, t.query.Deleted = texts(filter.Type), filter.Deleted
		t.search(ctx, filter.Search)
	}
	if sort != nil {
		t.sort(ctx, obj.Key, modelSort(sort.Field), sort.Direction)
	}
	if t.err != nil {
		return nil, t.err
	}
	models, err := t.reader.Models(ctx, obj.Key, t.query)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	prices, err := r.ratesShown(ctx, obj.Key)
	if err != nil {
		return nil, err
	}
	return modelConnection(t, models, prices), nil
}

// ratesShown returns the prices that models show; nil if no rate is selected.
func (r *Resolver) ratesShown(ctx context.Context, account int64) (*tsdb.PriceBook, error) {
	for _, rate := range []string{"inputRate", "outputRate", "cacheReadRate", "cacheWriteRate", "reasoningRate"} {
		if selected(ctx, "edges.node."+rate) {
			return r.Store.PriceBook(ctx, []int64{account})
		}
	}
	return nil, nil
}

func modelConnection(t *tab, models *charts.ModelsTab, prices *tsdb.PriceBook) *model.ModelConnection {
	out := &model.ModelConnection{
		Range: t.asked.model(models.Range), AsOf: models.AsOf, TotalCount: models.Total,
		PageInfo: pageInfo(models.Paged, tabCursor[charts.ModelRow]),
		Totals: model.ModelTotals{
			TotalModels: models.Total, TotalCredits: credits(models.Used.Total()), FineTuningCredits: credits(models.Used.FineTuning),
			HostingCredits: credits(models.Used.Hosting), InferenceCredits: credits(models.Used.Inference),
		},
		Edges: edges(models.Paged, func(row charts.Edge[charts.ModelRow]) model.ModelEdge {
			used := row.Row.Used
			return model.ModelEdge{
				Cursor: encodeRowCursor(row.Cursor), Node: *modelOf(row.Row.Resource, prices), CreditsUsed: credits(used.Total()),
				FineTuningCredits: credits(used.FineTuning), HostingCredits: credits(used.Hosting), InferenceCredits: credits(used.Inference),
			}
		}),
	}
	if models.Then != nil {
		compareModels(t, models, out)
	}
	return out
}

// compareModels adds the comparison of what the models used to a page of models.
func compareModels(t *tab, models *charts.ModelsTab, out *model.ModelConnection) {
	out.ComparedRange = t.then.shown(models.Then.Range)
	now, then, totals := models.Used, models.Then.Used, &out.Totals
	totals.TotalCreditsChange, totals.FineTuningCreditsChange = creditsChange(now.Total(), then.Total()), creditsChange(now.FineTuning, then.FineTuning)
	totals.HostingCreditsChange, totals.InferenceCreditsChange = creditsChange(now.Hosting, then.Hosting), creditsChange(now.Inference, then.Inference)
	for i, row := range models.Rows {
		now, then, edge := row.Row.Used, rowThen(&models.Then.TabRows, row).Used, &out.Edges[i]
		edge.CreditsUsedChange, edge.FineTuningCreditsChange = creditsChange(now.Total(), then.Total()), creditsChange(now.FineTuning, then.FineTuning)
		edge.HostingCreditsChange, edge.InferenceCreditsChange = creditsChange(now.Hosting, then.Hosting), creditsChange(now.Inference, then.Inference)
	}
}

func modelSort(field model.ModelSortField) charts.TabSort {
	switch field {
	case model.ModelSortFieldType:
		return charts.SortType
	case model.ModelSortFieldCreditsUsed:
		return charts.SortUsed
	case model.ModelSortFieldLastDeployedOn:
		return charts.SortDate
	}
	return charts.SortName
}

// RegisterModel resolves Mutation.registerModel.
func (r mutationResolver) RegisterModel(ctx context.Context, input model.RegisterModelInput) (*model.RegisterModelPayload, error) {
	made, err := newIn(ctx, input.AccountID, input.ExternalID, input.Tags, func(account int64, own tsdb.Own) (tsdb.Resource, error) {
		n := tsdb.NewModel{AccountID: account, Name: input.Name, Billions: input.ParametersBillions, IdempotencyKey: deref(input.IdempotencyKey), Own: own}
		if err := modelRates(&n, &input); err != nil {
			return tsdb.Resource{}, err
		}
		return r.Store.RegisterModel(ctx, n)
	})
	if err != nil {
		return answer[model.RegisterModelPayload](nil, err)
	}
	shown, err := r.modelNow(ctx, made)
	return committed(ctx, &model.RegisterModelPayload{Model: shown}, err)
}

// modelRates reads a model's own rates.
func modelRates(n *tsdb.NewModel, in *model.RegisterModelInput) error {
	var refused refusals
	for _, r := range []struct {
		name  string
		given *decimal.Decimal
		into  **billing.Amount
	}{{"inputRate", in.InputRate, &n.InputRate}, {"outputRate", in.OutputRate, &n.OutputRate}, {"cacheReadRate", in.CacheReadRate, &n.CacheReadRate},
		{"cacheWriteRate", in.CacheWriteRate, &n.CacheWriteRate}, {"reasoningRate", in.ReasoningRate, &n.ReasoningRate}} {
		rate, wrong := modelRate(r.given, r.name)
		*r.into, refused = rate, append(refused, wrong...)
	}
	return refused.asError()
}

// modelRate reads one of a model's own rates, in credits per million tokens.
func modelRate(rate *decimal.Decimal, field string) (*billing.Amount, []model.UserError) {
	if rate == nil {
		return nil, nil
	}
	amount, err := billing.ModelCredits.FromDecimal(*rate)
	if err != nil {
		return nil, []model.UserError{{Code: model.UserErrorCodeInvalid, Field: []string{"input", field}, Message: "A rate has at most 6 decimals."}}
	}
	return &amount, nil
}

// modelNow converts a model to its GraphQL type, with the rates in force now.
func (r *Resolver) modelNow(ctx context.Context, m tsdb.Resource) (*model.Model, error) {
	prices, err := r.Store.PriceBook(ctx, []int64{m.AccountID})
	if err != nil {
		return nil, err
	}
	return modelOf(m, prices), nil
}

// DeployModel resolves Mutation.deployModel.
func (r mutationResolver) DeployModel(ctx context.Context, input model.DeployModelInput) (*model.DeployModelPayload, error) {
	t, err := r.target(ctx, KindModel, input.ModelID, "modelId")
	if err != nil {
		return answer[model.DeployModelPayload](nil, err)
	}
	own, err := ownIn(input.ExternalID, input.Tags)
	if err != nil {
		return answer[model.DeployModelPayload](nil, err)
	}
	deployment, err := r.Store.DeployModel(ctx, tsdb.ModelDeployment{AccountID: t.account, ModelID: t.key, Name: input.Name,
		Hardware: input.Hardware, Replicas: int64(input.Replicas), Pending: input.Pending, At: deref(input.At), Until: deref(input.Until), Endpoint: deref(input.Endpoint),
		IdempotencyKey: deref(input.IdempotencyKey), Own: own})
	return answer(&model.DeployModelPayload{Deployment: deploymentOf(deployment)}, err)
}

// RedeployModel resolves Mutation.redeployModel.
func (r mutationResolver) RedeployModel(ctx context.Context, input model.RedeployModelInput) (*model.RedeployModelPayload, error) {
	deployment, err := onTarget(ctx, r, KindDeployment, input.DeploymentID, "deploymentId", func(t found) (tsdb.Deployment, error) {
		return r.Store.RedeployModel(ctx, tsdb.Redeployment{AccountID: t.account, ID: t.key, Hardware: deref(input.Hardware),
			Replicas: replicas(input.Replicas), Pending: input.Pending, At: deref(input.At), Until: deref(input.Until)})
	})
	return answer(&model.RedeployModelPayload{Deployment: deploymentOf(deployment)}, err)
}

// UndeployModel resolves Mutation.undeployModel.
func (r mutationResolver) UndeployModel(ctx context.Context, input model.UndeployModelInput) (*model.UndeployModelPayload, error) {
	deployment, err := onTarget(ctx, r, KindDeployment, input.DeploymentID, "deploymentId", func(t found) (tsdb.Deployment, error) {
		return r.Store.UndeployModel(ctx, t.account, t.key, deref(input.At))
	})
	return answer(&model.UndeployModelPayload{Deployment: deploymentOf(deployment)}, err)
}

// DeleteModel resolves Mutation.deleteModel.
func (r mutationResolver) DeleteModel(ctx context.Context, input model.DeleteModelInput) (*model.DeleteModelPayload, error) {
	t, err := r.target(ctx, KindModel, input.ModelID, "modelId")
	if err != nil {
		return answer[model.DeleteModelPayload](nil, err)
	}
	deleted, err := r.Store.DeleteModel(ctx, t.account, t.key)
	if err != nil {
		return answer[model.DeleteModelPayload](nil, err)
	}
	shown, err := r.modelNow(ctx, deleted)
	return committed(ctx, &model.DeleteModelPayload{Model: shown}, err)
}

// DeleteDeployment resolves Mutation.deleteDeployment.
func (r mutationResolver) DeleteDeployment(ctx context.Context, input model.DeleteDeploymentInput) (*model.DeleteDeploymentPayload, error) {
	deployment, err := onTarget(ctx, r, KindDeployment, input.DeploymentID, "deploymentId", func(t found) (tsdb.Deployment, error) {
		return r.Store.DeleteDeployment(ctx, t.account, t.key)
	})
	return answer(&model.DeleteDeploymentPayload{Deployment: deploymentOf(deployment)}, err)
}

// Deployments resolves Model.deployments. Those of all listed models are read at once.
func (r modelResolver) Deployments(
	ctx context.Context, obj *model.Model, rangeArg *model.RangeInput, compare *model.CompareInput, filter *model.DeploymentFilter,
	sort *model.DeploymentSort, first *int, after *string, last *int, before *string,
) (*model.DeploymentConnection, error) {
	t := tabOf(ctx, rangeArg, compare, first, after, last, before, "edges.creditsUsed")
	if filter != nil {
		t.query.Statuses = texts(filter.Status)
		t.search(ctx, filter.Search)
	}
	t.query.Sort, t.query.Desc = charts.SortDate, true
	if sort != nil {
		t.sort(ctx, obj.AccountKey, deploymentSort(sort.Field), sort.Direction)
	}
	if t.err != nil {
		return nil, t.err
	}
	deployments, err := t.reader.ModelDeployments(ctx, obj.AccountKey, obj.Key, t.query)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	out := &model.DeploymentConnection{
		TotalCount: deployments.Total, PageInfo: pageInfo(deployments.Paged, tabCursor[charts.DeploymentRow]),
		Edges: edges(deployments.Paged, deploymentEdge),
	}
	if then := deployments.Then; then != nil {
		for i, row := range deployments.Rows {
			out.Edges[i].CreditsUsedChange = creditsChange(row.Row.Credits, rowThen(then, row).Credits)
		}
	}
	return out, nil
}

func deploymentEdge(row charts.Edge[charts.DeploymentRow]) model.DeploymentEdge {
	return model.DeploymentEdge{Cursor: encodeRowCursor(row.Cursor), Node: *deploymentOf(row.Row.Deployment), CreditsUsed: credits(row.Row.Credits)}
}

func deploymentSort(field model.DeploymentSortField) charts.TabSort {
	switch field {
	case model.DeploymentSortFieldCreditsUsed:
		return charts.SortUsed
	case model.DeploymentSortFieldLastUpdatedOn:
		return charts.SortDate
	case model.DeploymentSortFieldStatus:
		return charts.SortStatus
	}
	return charts.SortName
}

// UpdateModel resolves Mutation.updateModel.
func (r mutationResolver) UpdateModel(ctx context.Context, input model.UpdateModelInput) (*model.UpdateModelPayload, error) {
	change, err := changeIn(input.Name, input.ExternalID, input.Tags)
	changed, err := r.updateResource(ctx, KindModel, input.ModelID, "modelId", change, err)
	if err != nil {
		return answer[model.UpdateModelPayload](nil, err)
	}
	shown, err := r.modelNow(ctx, changed)
	return committed(ctx, &model.UpdateModelPayload{Model: shown}, err)
}

// UpsertModel resolves Mutation.upsertModel.
func (r mutationResolver) UpsertModel(ctx context.Context, input model.UpsertModelInput) (*model.UpsertModelPayload, error) {
	done, err := newIn(ctx, input.AccountID, &input.ExternalID, input.Tags, func(account int64, own tsdb.Own) (upserted[tsdb.Resource], error) {
		n := tsdb.NewModel{AccountID: account, Name: input.Name, Billions: input.ParametersBillions, Own: own}
		err := modelRates(&n, &model.RegisterModelInput{InputRate: input.InputRate, OutputRate: input.OutputRate,
			CacheReadRate: input.CacheReadRate, CacheWriteRate: input.CacheWriteRate, ReasoningRate: input.ReasoningRate})
		if err != nil {
			return upserted[tsdb.Resource]{}, err
		}
		return upsertedBy(r.Store.UpsertModel(ctx, n, upserter(ctx, account, KindModel)))
	})
	if err != nil {
		return answer[model.UpsertModelPayload](nil, err)
	}
	shown, err := r.modelNow(ctx, done.thing)
	return committed(ctx, &model.UpsertModelPayload{Model: shown, Outcome: outcomeModel(done.outcome)}, err)
}

// UpdateDeployment resolves Mutation.updateDeployment.
func (r mutationResolver) UpdateDeployment(ctx context.Context, input model.UpdateDeploymentInput) (*model.UpdateDeploymentPayload, error) {
	change, err := changeIn(input.Name, input.ExternalID, input.Tags)
	if err != nil {
		return answer[model.UpdateDeploymentPayload](nil, err)
	}
	change.Endpoint = input.Endpoint
	deployment, err := onTarget(ctx, r, KindDeployment, input.DeploymentID, "deploymentId", func(t found) (tsdb.Deployment, error) {
		return r.Store.UpdateDeployment(ctx, resourceChange(ctx, KindDeployment, t, change, "deploymentId"))
	})
	return answer(&model.UpdateDeploymentPayload{Deployment: deploymentOf(deployment)}, err)
}

// UpsertDeployment resolves Mutation.upsertDeployment.
func (r mutationResolver) UpsertDeployment(ctx context.Context, input model.UpsertDeploymentInput) (*model.UpsertDeploymentPayload, error) {
	own, err := ownIn(&input.ExternalID, input.Tags)
	if err != nil {
		return answer[model.UpsertDeploymentPayload](nil, err)
	}
	t, err := r.target(ctx, KindModel, input.ModelID, "modelId")
	if err != nil {
		return answer[model.UpsertDeploymentPayload](nil, err)
	}
	deployment, outcome, err := r.Store.UpsertDeployment(ctx, tsdb.ModelDeployment{AccountID: t.account, ModelID: t.key, Name: input.Name,
		Hardware: input.Hardware, Replicas: int64(input.Replicas), Pending: input.Pending, At: deref(input.At), Endpoint: deref(input.Endpoint),
		ChangesHosting: input.ChangesHosting, Own: own}, upserter(ctx, t.account, KindDeployment))
	return answer(&model.UpsertDeploymentPayload{Deployment: deploymentOf(deployment), Outcome: outcomeModel(outcome)}, err)
}
