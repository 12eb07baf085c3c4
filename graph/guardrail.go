package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Guardrails resolves Account.guardrails.
func (r accountResolver) Guardrails(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, compare *model.CompareInput, filter *model.GuardrailFilter,
	sort *model.GuardrailSort, first *int, after *string, last *int, before *string,
) (*model.GuardrailConnection, error) {
	t := tabOf(ctx, rangeArg, compare, first, after, last, before, "edges.credits", "edges.time", "totals.totalCredits", "totals.time")
	if filter != nil {
		t.query.Statuses = texts(filter.Status)
		t.search(ctx, filter.Search)
	}
	if sort != nil {
		t.sort(ctx, obj.Key, guardrailSort(sort.Field), sort.Direction)
	}
	if t.err != nil {
		return nil, t.err
	}
	guardrails, err := t.reader.Guardrails(ctx, obj.Key, t.query)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return guardrailConnection(t, guardrails), nil
}

func guardrailConnection(t *tab, guardrails *charts.HostedTab) *model.GuardrailConnection {
	out := &model.GuardrailConnection{
		Range: t.asked.model(guardrails.Range), AsOf: guardrails.AsOf, TotalCount: guardrails.Total,
		PageInfo: pageInfo(guardrails.Paged, placeCursor[charts.HostedRow]), Edges: edges(guardrails.Paged, guardrailEdge),
		Totals: model.GuardrailTotals{TotalGuardrails: guardrails.Total, TotalCredits: credits(guardrails.Credits), Time: duration(guardrails.Seconds)},
	}
	if then := guardrails.Then; then != nil {
		out.ComparedRange, out.Totals.TotalCreditsChange = t.then.shown(then.Range), creditsChange(guardrails.Credits, then.Credits)
		out.Totals.TimeChange = countChange(guardrails.Seconds, then.Seconds)
		for i, row := range guardrails.Rows {
			before := rowThen(&then.TabRows, row)
			used := creditsChange(row.Row.Credits, before.Credits)
			out.Edges[i].CreditsUsedChange, out.Edges[i].CreditsChange = used, used
			out.Edges[i].TimeChange = countChange(row.Row.Seconds, before.Seconds)
		}
	}
	return out
}

func guardrailEdge(row charts.Edge[charts.HostedRow]) model.GuardrailEdge {
	return model.GuardrailEdge{
		Cursor: encodePlace(row.Cursor), Node: *guardrailOf(row.Row.Resource), CreditsUsed: credits(row.Row.Credits), Credits: credits(row.Row.Credits), Time: duration(row.Row.Seconds),
	}
}

func guardrailSort(field model.GuardrailSortField) charts.TabSort {
	switch field {
	case model.GuardrailSortFieldCredits:
		return charts.SortUsed
	case model.GuardrailSortFieldTime:
		return charts.SortTime
	case model.GuardrailSortFieldLastDeployedOn:
		return charts.SortDate
	case model.GuardrailSortFieldStatus:
		return charts.SortStatus
	}
	return charts.SortName
}

// DeployGuardrail resolves Mutation.deployGuardrail.
func (r mutationResolver) DeployGuardrail(ctx context.Context, input model.DeployGuardrailInput) (*model.DeployGuardrailPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.DeployGuardrailPayload{UserErrors: unknown("accountId")}, nil
	}
	own, wrong := ownIn(input.ExternalID, input.Tags)
	if len(wrong) > 0 {
		return &model.DeployGuardrailPayload{UserErrors: wrong}, nil
	}
	guardrail, err := r.Store.DeployGuardrail(ctx, tsdb.NewGuardrail{AccountID: account, Name: input.Name,
		Scanner: billing.GuardrailKind(named(input.ScannerKey, input.Scanner)), CPUType: named(input.CPU, &input.CPUType), Replicas: int64(input.Replicas), Pending: input.Pending, At: deref(input.At), Until: deref(input.Until),
		IdempotencyKey: deref(input.IdempotencyKey), Own: own})
	refused, err := userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.DeployGuardrailPayload{UserErrors: refused}, err
	}
	return &model.DeployGuardrailPayload{Guardrail: guardrailOf(guardrail), UserErrors: refused}, nil
}

// RedeployGuardrail resolves Mutation.redeployGuardrail.
func (r mutationResolver) RedeployGuardrail(ctx context.Context, input model.RedeployGuardrailInput) (*model.RedeployGuardrailPayload, error) {
	t, refused, err := r.target(ctx, KindGuardrail, input.GuardrailID, "guardrailId")
	if err != nil || len(refused) > 0 {
		return &model.RedeployGuardrailPayload{UserErrors: refused}, err
	}
	guardrail, err := r.Store.RedeployGuardrail(ctx, tsdb.Redeployment{AccountID: t.account, ID: t.key,
		Hardware: named(input.CPU, input.CPUType), Replicas: replicas(input.Replicas), Pending: input.Pending, At: deref(input.At), Until: deref(input.Until)})
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.RedeployGuardrailPayload{UserErrors: refused}, err
	}
	return &model.RedeployGuardrailPayload{Guardrail: guardrailOf(guardrail), UserErrors: refused}, nil
}

// UndeployGuardrail resolves Mutation.undeployGuardrail.
func (r mutationResolver) UndeployGuardrail(ctx context.Context, input model.UndeployGuardrailInput) (*model.UndeployGuardrailPayload, error) {
	t, refused, err := r.target(ctx, KindGuardrail, input.GuardrailID, "guardrailId")
	if err != nil || len(refused) > 0 {
		return &model.UndeployGuardrailPayload{UserErrors: refused}, err
	}
	guardrail, err := r.Store.UndeployGuardrail(ctx, t.account, t.key, deref(input.At))
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.UndeployGuardrailPayload{UserErrors: refused}, err
	}
	return &model.UndeployGuardrailPayload{Guardrail: guardrailOf(guardrail), UserErrors: refused}, nil
}

// Panel resolves Guardrail.panel. The panels of a list share what is read.
func (r guardrailResolver) Panel(ctx context.Context, obj *model.Guardrail, rangeArg *model.RangeInput) (*model.GuardrailPanel, error) {
	panel, a, err := panelOf(ctx, obj.AccountKey, obj.Key, rangeArg)
	if err != nil {
		return nil, err
	}
	out := &model.GuardrailPanel{Name: obj.Name, Range: a.model(panel.Range), Hardware: []model.GuardrailHardware{}, Total: credits(panel.Credits)}
	for _, row := range panel.Rows {
		out.Hardware = append(out.Hardware, model.GuardrailHardware{
			CPUType: cpuEnum(row.Hardware), CPU: row.Hardware, CPUCount: int(row.CPUs), Duration: duration(row.Seconds), ReplicaSeconds: row.ReplicaSeconds,
			Credits: credits(row.Credits),
		})
	}
	return out, nil
}

// UpdateGuardrail resolves Mutation.updateGuardrail.
func (r mutationResolver) UpdateGuardrail(ctx context.Context, input model.UpdateGuardrailInput) (*model.UpdateGuardrailPayload, error) {
	change, refused := changeIn(input.Name, input.ExternalID, input.Tags)
	guardrail, refused, err := r.updateResource(ctx, KindGuardrail, input.GuardrailID, "guardrailId", change, refused)
	if err != nil || len(refused) > 0 {
		return &model.UpdateGuardrailPayload{UserErrors: refused}, err
	}
	return &model.UpdateGuardrailPayload{Guardrail: guardrailOf(guardrail), UserErrors: refused}, nil
}

// UpsertGuardrail resolves Mutation.upsertGuardrail.
func (r mutationResolver) UpsertGuardrail(ctx context.Context, input model.UpsertGuardrailInput) (*model.UpsertGuardrailPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.UpsertGuardrailPayload{UserErrors: unknown("accountId")}, nil
	}
	own, wrong := ownIn(&input.ExternalID, input.Tags)
	if len(wrong) > 0 {
		return &model.UpsertGuardrailPayload{UserErrors: wrong}, nil
	}
	guardrail, outcome, err := r.Store.UpsertGuardrail(ctx, tsdb.NewGuardrail{AccountID: account, Name: input.Name,
		Scanner: billing.GuardrailKind(named(input.ScannerKey, input.Scanner)), CPUType: named(input.CPU, &input.CPUType), Replicas: int64(input.Replicas), Pending: input.Pending, At: deref(input.At), Own: own},
		upserter(ctx, account, KindGuardrail))
	refused, err := userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.UpsertGuardrailPayload{UserErrors: refused}, err
	}
	return &model.UpsertGuardrailPayload{Guardrail: guardrailOf(guardrail), Outcome: outcomeModel(outcome), UserErrors: refused}, nil
}

// DeleteGuardrail resolves Mutation.deleteGuardrail.
func (r mutationResolver) DeleteGuardrail(ctx context.Context, input model.DeleteGuardrailInput) (*model.DeleteGuardrailPayload, error) {
	t, refused, err := r.target(ctx, KindGuardrail, input.GuardrailID, "guardrailId")
	if err != nil || len(refused) > 0 {
		return &model.DeleteGuardrailPayload{UserErrors: refused}, err
	}
	guardrail, err := r.Store.DeleteGuardrail(ctx, t.account, t.key)
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.DeleteGuardrailPayload{UserErrors: refused}, err
	}
	return &model.DeleteGuardrailPayload{Guardrail: guardrailOf(guardrail), UserErrors: refused}, nil
}
