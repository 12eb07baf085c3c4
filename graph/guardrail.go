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

func guardrailConnection(t *tab, guardrails *charts.HostingTab) *model.GuardrailConnection {
	out := &model.GuardrailConnection{
		Range: t.asked.model(guardrails.Range), AsOf: guardrails.AsOf, TotalCount: guardrails.Total,
		PageInfo: pageInfo(guardrails.Paged, tabCursor[charts.HostingRow]), Edges: edges(guardrails.Paged, guardrailEdge),
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

func guardrailEdge(row charts.Edge[charts.HostingRow]) model.GuardrailEdge {
	return model.GuardrailEdge{
		Cursor: encodeRowCursor(row.Cursor), Node: *guardrailOf(row.Row.Resource), CreditsUsed: credits(row.Row.Credits), Credits: credits(row.Row.Credits), Time: duration(row.Row.Seconds),
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
	guardrail, err := newIn(ctx, input.AccountID, input.ExternalID, input.Tags, func(account int64, own tsdb.Own) (made tsdb.Resource, err error) {
		scans, err := oneName("scannerKey", input.ScannerKey, input.Scanner)
		if err != nil {
			return made, err
		}
		return r.Store.DeployGuardrail(ctx, tsdb.NewGuardrail{AccountID: account, Name: input.Name,
			Scanner: billing.GuardrailKind(scans), CPUType: named(input.CPU, &input.CPUType), Replicas: int64(input.Replicas), Pending: input.Pending, At: deref(input.At), Until: deref(input.Until),
			IdempotencyKey: deref(input.IdempotencyKey), Own: own})
	})
	return answer(&model.DeployGuardrailPayload{Guardrail: guardrailOf(guardrail)}, err)
}

// RedeployGuardrail resolves Mutation.redeployGuardrail.
func (r mutationResolver) RedeployGuardrail(ctx context.Context, input model.RedeployGuardrailInput) (*model.RedeployGuardrailPayload, error) {
	guardrail, err := onTarget(ctx, r, KindGuardrail, input.GuardrailID, "guardrailId", func(t found) (done tsdb.Resource, err error) {
		cpu, err := oneName("cpu", input.CPU, input.CPUType)
		if err != nil {
			return done, err
		}
		return r.Store.RedeployGuardrail(ctx, tsdb.Redeployment{AccountID: t.account, ID: t.key,
			Hardware: cpu, Replicas: replicas(input.Replicas), Pending: input.Pending, At: deref(input.At), Until: deref(input.Until)})
	})
	return answer(&model.RedeployGuardrailPayload{Guardrail: guardrailOf(guardrail)}, err)
}

// UndeployGuardrail resolves Mutation.undeployGuardrail.
func (r mutationResolver) UndeployGuardrail(ctx context.Context, input model.UndeployGuardrailInput) (*model.UndeployGuardrailPayload, error) {
	guardrail, err := onTarget(ctx, r, KindGuardrail, input.GuardrailID, "guardrailId", func(t found) (tsdb.Resource, error) {
		return r.Store.UndeployGuardrail(ctx, t.account, t.key, deref(input.At))
	})
	return answer(&model.UndeployGuardrailPayload{Guardrail: guardrailOf(guardrail)}, err)
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
	change, err := changeIn(input.Name, input.ExternalID, input.Tags)
	guardrail, err := r.updateResource(ctx, KindGuardrail, input.GuardrailID, "guardrailId", change, err)
	return answer(&model.UpdateGuardrailPayload{Guardrail: guardrailOf(guardrail)}, err)
}

// UpsertGuardrail resolves Mutation.upsertGuardrail.
func (r mutationResolver) UpsertGuardrail(ctx context.Context, input model.UpsertGuardrailInput) (*model.UpsertGuardrailPayload, error) {
	upserted, err := newIn(ctx, input.AccountID, &input.ExternalID, input.Tags, func(account int64, own tsdb.Own) (made upserted[tsdb.Resource], err error) {
		scans, err := oneName("scannerKey", input.ScannerKey, input.Scanner)
		if err != nil {
			return made, err
		}
		return upsertedBy(r.Store.UpsertGuardrail(ctx, tsdb.NewGuardrail{AccountID: account, Name: input.Name,
			Scanner: billing.GuardrailKind(scans), CPUType: named(input.CPU, &input.CPUType), Replicas: int64(input.Replicas), Pending: input.Pending, At: deref(input.At),
			ChangesHosting: input.ChangesHosting, Own: own}, upserter(ctx, account, KindGuardrail)))
	})
	return answer(&model.UpsertGuardrailPayload{Guardrail: guardrailOf(upserted.thing), Outcome: outcomeModel(upserted.outcome)}, err)
}

// DeleteGuardrail resolves Mutation.deleteGuardrail.
func (r mutationResolver) DeleteGuardrail(ctx context.Context, input model.DeleteGuardrailInput) (*model.DeleteGuardrailPayload, error) {
	guardrail, err := onTarget(ctx, r, KindGuardrail, input.GuardrailID, "guardrailId", func(t found) (tsdb.Resource, error) {
		return r.Store.DeleteGuardrail(ctx, t.account, t.key)
	})
	return answer(&model.DeleteGuardrailPayload{Guardrail: guardrailOf(guardrail)}, err)
}
