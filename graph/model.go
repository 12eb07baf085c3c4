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

// ratesShown are the prices that models show; nil where no rate is asked for.
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
		PageInfo: pageInfo(models.Paged, placeCursor[charts.ModelRow]),
		Totals: model.ModelTotals{
			TotalModels: models.Total, TotalCredits: credits(models.Used.Total()), FineTuningCredits: credits(models.Used.FineTuning),
			HostingCredits: credits(models.Used.Hosting), InferenceCredits: credits(models.Used.Inference),
		},
		Edges: edges(models.Paged, func(row charts.Edge[charts.ModelRow]) model.ModelEdge {
			used := row.Row.Used
			return model.ModelEdge{
				Cursor: encodePlace(row.Cursor), Node: *modelOf(row.Row.Resource, prices), CreditsUsed: credits(used.Total()),
				FineTuningCredits: credits(used.FineTuning), HostingCredits: credits(used.Hosting), InferenceCredits: credits(used.Inference),
			}
		}),
	}
	if models.Then != nil {
		compareModels(t, models, out)
	}
	return out
}

// compareModels sets what models used beside what they used in the range compared with.
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
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.RegisterModelPayload{UserErrors: unknown("accountId")}, nil
	}
	n := tsdb.NewModel{AccountID: account, Name: input.Name, Billions: input.ParametersBillions, IdempotencyKey: deref(input.IdempotencyKey)}
	if refused := modelRates(&n, &input); len(refused) > 0 {
		return &model.RegisterModelPayload{UserErrors: refused}, nil
	}
	own, wrong := ownIn(input.ExternalID, input.Tags)
	if len(wrong) > 0 {
		return &model.RegisterModelPayload{UserErrors: wrong}, nil
	}
	n.Own = own
	made, err := r.Store.RegisterModel(ctx, n)
	refused, err := userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.RegisterModelPayload{UserErrors: refused}, err
	}
	shown, err := r.modelNow(ctx, made)
	return &model.RegisterModelPayload{Model: shown, UserErrors: refused}, err
}

// modelRates reads a model's own rates.
func modelRates(n *tsdb.NewModel, in *model.RegisterModelInput) (refused []model.UserError) {
	for _, r := range []struct {
		name  string
		given *decimal.Decimal
		into  **billing.Amount
	}{{"inputRate", in.InputRate, &n.InputRate}, {"outputRate", in.OutputRate, &n.OutputRate}, {"cacheReadRate", in.CacheReadRate, &n.CacheReadRate},
		{"cacheWriteRate", in.CacheWriteRate, &n.CacheWriteRate}, {"reasoningRate", in.ReasoningRate, &n.ReasoningRate}} {
		rate, wrong := modelRate(r.given, r.name)
		*r.into, refused = rate, append(refused, wrong...)
	}
	return refused
}

// modelRate reads a model's own rate, credits per million tokens.
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

// modelNow is a model on the wire, with the rates in force now.
func (r *Resolver) modelNow(ctx context.Context, m tsdb.Resource) (*model.Model, error) {
	prices, err := r.Store.PriceBook(ctx, []int64{m.AccountID})
	if err != nil {
		return nil, err
	}
	return modelOf(m, prices), nil
}

// DeployModel resolves Mutation.deployModel.
func (r mutationResolver) DeployModel(ctx context.Context, input model.DeployModelInput) (*model.DeployModelPayload, error) {
	t, refused, err := r.target(ctx, KindModel, input.ModelID, "modelId")
	if err != nil || len(refused) > 0 {
		return &model.DeployModelPayload{UserErrors: refused}, err
	}
	own, wrong := ownIn(input.ExternalID, input.Tags)
	if len(wrong) > 0 {
		return &model.DeployModelPayload{UserErrors: wrong}, nil
	}
	deployment, err := r.Store.DeployModel(ctx, tsdb.ModelDeployment{AccountID: t.account, ModelID: t.key, Name: input.Name,
		Hardware: input.Hardware, Replicas: int64(input.Replicas), Pending: input.Pending, At: deref(input.At), Until: deref(input.Until), Endpoint: deref(input.Endpoint),
		IdempotencyKey: deref(input.IdempotencyKey), Own: own})
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.DeployModelPayload{UserErrors: refused}, err
	}
	return &model.DeployModelPayload{Deployment: deploymentOf(deployment), UserErrors: refused}, nil
}

// RedeployModel resolves Mutation.redeployModel.
func (r mutationResolver) RedeployModel(ctx context.Context, input model.RedeployModelInput) (*model.RedeployModelPayload, error) {
	t, refused, err := r.target(ctx, KindDeployment, input.DeploymentID, "deploymentId")
	if err != nil || len(refused) > 0 {
		return &model.RedeployModelPayload{UserErrors: refused}, err
	}
	deployment, err := r.Store.RedeployModel(ctx, tsdb.Redeployment{AccountID: t.account, ID: t.key, Hardware: deref(input.Hardware),
		Replicas: replicas(input.Replicas), Pending: input.Pending, At: deref(input.At), Until: deref(input.Until)})
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.RedeployModelPayload{UserErrors: refused}, err
	}
	return &model.RedeployModelPayload{Deployment: deploymentOf(deployment), UserErrors: refused}, nil
}

// UndeployModel resolves Mutation.undeployModel.
func (r mutationResolver) UndeployModel(ctx context.Context, input model.UndeployModelInput) (*model.UndeployModelPayload, error) {
	t, refused, err := r.target(ctx, KindDeployment, input.DeploymentID, "deploymentId")
	if err != nil || len(refused) > 0 {
		return &model.UndeployModelPayload{UserErrors: refused}, err
	}
	deployment, err := r.Store.UndeployModel(ctx, t.account, t.key, deref(input.At))
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.UndeployModelPayload{UserErrors: refused}, err
	}
	return &model.UndeployModelPayload{Deployment: deploymentOf(deployment), UserErrors: refused}, nil
}

// DeleteModel resolves Mutation.deleteModel.
func (r mutationResolver) DeleteModel(ctx context.Context, input model.DeleteModelInput) (*model.DeleteModelPayload, error) {
	t, refused, err := r.target(ctx, KindModel, input.ModelID, "modelId")
	if err != nil || len(refused) > 0 {
		return &model.DeleteModelPayload{UserErrors: refused}, err
	}
	deleted, err := r.Store.DeleteModel(ctx, t.account, t.key)
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.DeleteModelPayload{UserErrors: refused}, err
	}
	shown, err := r.modelNow(ctx, deleted)
	return &model.DeleteModelPayload{Model: shown, UserErrors: refused}, err
}

// DeleteDeployment resolves Mutation.deleteDeployment.
func (r mutationResolver) DeleteDeployment(ctx context.Context, input model.DeleteDeploymentInput) (*model.DeleteDeploymentPayload, error) {
	t, refused, err := r.target(ctx, KindDeployment, input.DeploymentID, "deploymentId")
	if err != nil || len(refused) > 0 {
		return &model.DeleteDeploymentPayload{UserErrors: refused}, err
	}
	deployment, err := r.Store.DeleteDeployment(ctx, t.account, t.key)
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.DeleteDeploymentPayload{UserErrors: refused}, err
	}
	return &model.DeleteDeploymentPayload{Deployment: deploymentOf(deployment), UserErrors: refused}, nil
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
		TotalCount: deployments.Total, PageInfo: pageInfo(deployments.Paged, placeCursor[charts.DeploymentRow]),
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
	return model.DeploymentEdge{Cursor: encodePlace(row.Cursor), Node: *deploymentOf(row.Row.Deployment), CreditsUsed: credits(row.Row.Credits)}
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
	change, refused := changeIn(input.Name, input.ExternalID, input.Tags)
	changed, refused, err := r.updateResource(ctx, KindModel, input.ModelID, "modelId", change, refused)
	if err != nil || len(refused) > 0 {
		return &model.UpdateModelPayload{UserErrors: refused}, err
	}
	shown, err := r.modelNow(ctx, changed)
	return &model.UpdateModelPayload{Model: shown, UserErrors: refused}, err
}

// UpsertModel resolves Mutation.upsertModel.
func (r mutationResolver) UpsertModel(ctx context.Context, input model.UpsertModelInput) (*model.UpsertModelPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.UpsertModelPayload{UserErrors: unknown("accountId")}, nil
	}
	own, refused := ownIn(&input.ExternalID, input.Tags)
	n := tsdb.NewModel{AccountID: account, Name: input.Name, Billions: input.ParametersBillions, Own: own}
	refused = append(refused, modelRates(&n, &model.RegisterModelInput{InputRate: input.InputRate, OutputRate: input.OutputRate,
		CacheReadRate: input.CacheReadRate, CacheWriteRate: input.CacheWriteRate, ReasoningRate: input.ReasoningRate})...)
	if len(refused) > 0 {
		return &model.UpsertModelPayload{UserErrors: refused}, nil
	}
	made, outcome, err := r.Store.UpsertModel(ctx, n, upserter(ctx, account, KindModel))
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.UpsertModelPayload{UserErrors: refused}, err
	}
	shown, err := r.modelNow(ctx, made)
	return &model.UpsertModelPayload{Model: shown, Outcome: outcomeModel(outcome), UserErrors: refused}, err
}

// UpdateDeployment resolves Mutation.updateDeployment.
func (r mutationResolver) UpdateDeployment(ctx context.Context, input model.UpdateDeploymentInput) (*model.UpdateDeploymentPayload, error) {
	change, refused := changeIn(input.Name, input.ExternalID, input.Tags)
	if len(refused) > 0 {
		return &model.UpdateDeploymentPayload{UserErrors: refused}, nil
	}
	change.Endpoint = input.Endpoint
	t, refused, err := r.target(ctx, KindDeployment, input.DeploymentID, "deploymentId")
	if err != nil || len(refused) > 0 {
		return &model.UpdateDeploymentPayload{UserErrors: refused}, err
	}
	deployment, err := r.Store.UpdateDeployment(ctx, resourceChange(ctx, KindDeployment, t, change, "deploymentId"))
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.UpdateDeploymentPayload{UserErrors: refused}, err
	}
	return &model.UpdateDeploymentPayload{Deployment: deploymentOf(deployment), UserErrors: refused}, nil
}

// UpsertDeployment resolves Mutation.upsertDeployment.
func (r mutationResolver) UpsertDeployment(ctx context.Context, input model.UpsertDeploymentInput) (*model.UpsertDeploymentPayload, error) {
	own, wrong := ownIn(&input.ExternalID, input.Tags)
	if len(wrong) > 0 {
		return &model.UpsertDeploymentPayload{UserErrors: wrong}, nil
	}
	t, refused, err := r.target(ctx, KindModel, input.ModelID, "modelId")
	if err != nil || len(refused) > 0 {
		return &model.UpsertDeploymentPayload{UserErrors: refused}, err
	}
	deployment, outcome, err := r.Store.UpsertDeployment(ctx, tsdb.ModelDeployment{AccountID: t.account, ModelID: t.key, Name: input.Name,
		Hardware: input.Hardware, Replicas: int64(input.Replicas), Pending: input.Pending, At: deref(input.At), Endpoint: deref(input.Endpoint),
		Own: own}, upserter(ctx, t.account, KindDeployment))
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.UpsertDeploymentPayload{UserErrors: refused}, err
	}
	return &model.UpsertDeploymentPayload{Deployment: deploymentOf(deployment), Outcome: outcomeModel(outcome), UserErrors: refused}, nil
}
