package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// Scripts resolves Account.scripts.
func (r accountResolver) Scripts(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, compare *model.CompareInput, filter *model.ScriptFilter,
	sort *model.ScriptSort, first *int, after *string, last *int, before *string,
) (*model.ScriptConnection, error) {
	t := tabOf(ctx, rangeArg, compare, first, after, last, before, "edges.creditsUsed", "totals.hostingCredits", "totals.time")
	if filter != nil {
		t.query.Statuses = texts(filter.Status)
		t.search(ctx, filter.Search)
	}
	if sort != nil {
		t.sort(ctx, obj.Key, scriptSort(sort.Field), sort.Direction)
	}
	if t.err != nil {
		return nil, t.err
	}
	scripts, err := t.reader.Scripts(ctx, obj.Key, t.query)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return scriptConnection(t, scripts), nil
}

func scriptConnection(t *tab, scripts *charts.HostingTab) *model.ScriptConnection {
	out := &model.ScriptConnection{
		Range: t.asked.model(scripts.Range), AsOf: scripts.AsOf, TotalCount: scripts.Total,
		PageInfo: pageInfo(scripts.Paged, tabCursor[charts.HostingRow]),
		Totals:   model.ScriptTotals{TotalScripts: scripts.Total, TotalCredits: credits(scripts.Credits), HostingCredits: credits(scripts.Credits), Time: duration(scripts.Seconds)},
		Edges: edges(scripts.Paged, func(row charts.Edge[charts.HostingRow]) model.ScriptEdge {
			return model.ScriptEdge{Cursor: encodeRowCursor(row.Cursor), Node: *scriptOf(row.Row.Resource, scripts.AsOf), CreditsUsed: credits(row.Row.Credits)}
		}),
	}
	if then := scripts.Then; then != nil {
		used := creditsChange(scripts.Credits, then.Credits)
		out.ComparedRange, out.Totals.TotalCreditsChange, out.Totals.HostingCreditsChange = t.then.shown(then.Range), used, used
		out.Totals.TimeChange = countChange(scripts.Seconds, then.Seconds)
		for i, row := range scripts.Rows {
			out.Edges[i].CreditsUsedChange = creditsChange(row.Row.Credits, rowThen(&then.TabRows, row).Credits)
		}
	}
	return out
}

func scriptSort(field model.ScriptSortField) charts.TabSort {
	switch field {
	case model.ScriptSortFieldLanguage:
		return charts.SortLanguage
	case model.ScriptSortFieldCreditsUsed:
		return charts.SortUsed
	case model.ScriptSortFieldLastActiveOn:
		return charts.SortDate
	case model.ScriptSortFieldStatus:
		return charts.SortStatus
	}
	return charts.SortName
}

// CreateScript resolves Mutation.createScript.
func (r mutationResolver) CreateScript(ctx context.Context, input model.CreateScriptInput) (*model.CreateScriptPayload, error) {
	script, err := newIn(ctx, input.AccountID, input.ExternalID, input.Tags, func(account int64, own tsdb.Own) (tsdb.Resource, error) {
		return r.Store.CreateScript(ctx, tsdb.NewScript{AccountID: account, Name: input.Name, Language: string(input.Language),
			IdempotencyKey: deref(input.IdempotencyKey), Own: own})
	})
	return answer(&model.CreateScriptPayload{Script: scriptOf(script, r.Store.Now())}, err)
}

// DeployScript resolves Mutation.deployScript.
func (r mutationResolver) DeployScript(ctx context.Context, input model.DeployScriptInput) (*model.DeployScriptPayload, error) {
	script, err := onTarget(ctx, r, KindScript, input.ScriptID, "scriptId", func(t found) (tsdb.Resource, error) {
		return r.Store.DeployScript(ctx, tsdb.ScriptDeployment{AccountID: t.account, ScriptID: t.key, Hardware: input.Hardware,
			Replicas: int64(input.Replicas), At: deref(input.At), Until: deref(input.Until)})
	})
	return answer(&model.DeployScriptPayload{Script: scriptOf(script, r.Store.Now())}, err)
}

// RedeployScript resolves Mutation.redeployScript.
func (r mutationResolver) RedeployScript(ctx context.Context, input model.RedeployScriptInput) (*model.RedeployScriptPayload, error) {
	script, err := onTarget(ctx, r, KindScript, input.ScriptID, "scriptId", func(t found) (tsdb.Resource, error) {
		return r.Store.RedeployScript(ctx, tsdb.Redeployment{AccountID: t.account, ID: t.key, Hardware: deref(input.Hardware),
			Replicas: replicas(input.Replicas), At: deref(input.At), Until: deref(input.Until)})
	})
	return answer(&model.RedeployScriptPayload{Script: scriptOf(script, r.Store.Now())}, err)
}

// UndeployScript resolves Mutation.undeployScript.
func (r mutationResolver) UndeployScript(ctx context.Context, input model.UndeployScriptInput) (*model.UndeployScriptPayload, error) {
	script, err := onTarget(ctx, r, KindScript, input.ScriptID, "scriptId", func(t found) (tsdb.Resource, error) {
		return r.Store.UndeployScript(ctx, t.account, t.key, deref(input.At))
	})
	return answer(&model.UndeployScriptPayload{Script: scriptOf(script, r.Store.Now())}, err)
}

// DeleteScript resolves Mutation.deleteScript.
func (r mutationResolver) DeleteScript(ctx context.Context, input model.DeleteScriptInput) (*model.DeleteScriptPayload, error) {
	script, err := onTarget(ctx, r, KindScript, input.ScriptID, "scriptId", func(t found) (tsdb.Resource, error) {
		return r.Store.DeleteScript(ctx, t.account, t.key)
	})
	return answer(&model.DeleteScriptPayload{Script: scriptOf(script, r.Store.Now())}, err)
}

// Panel resolves Script.panel. The panels of a list share what is read.
func (r scriptResolver) Panel(ctx context.Context, obj *model.Script, rangeArg *model.RangeInput) (*model.ScriptPanel, error) {
	panel, a, err := panelOf(ctx, obj.AccountKey, obj.Key, rangeArg)
	if err != nil {
		return nil, err
	}
	out := &model.ScriptPanel{
		Name: obj.Name, Range: a.model(panel.Range), Components: []model.ScriptInfrastructure{}, HostingTime: duration(panel.Seconds),
		Total: credits(panel.Credits),
	}
	for _, row := range panel.Rows {
		profile, err := r.scriptProfile(ctx, row.Hardware)
		if err != nil {
			return nil, err
		}
		out.Components = append(out.Components, model.ScriptInfrastructure{
			Hardware: row.Hardware, Vcpus: int(profile.VCPUs), MemoryGb: int(profile.MemoryGB), HostingTime: duration(row.Seconds),
			ReplicaSeconds: row.ReplicaSeconds, Credits: credits(row.Credits),
		})
	}
	return out, nil
}

// scriptProfile returns the hardware with a name, from the latest rate card that has it.
func (r *Resolver) scriptProfile(ctx context.Context, name string) (billing.ScriptProfile, error) {
	cards, err := r.Store.RateCards(ctx)
	if err != nil {
		return billing.ScriptProfile{}, err
	}
	for i := range slices.Backward(cards) {
		if profile, ok := cards[i].Script(name); ok {
			return profile, nil
		}
	}
	return billing.ScriptProfile{}, fmt.Errorf("no rate card knows the profile %q", name)
}

// UpdateScript resolves Mutation.updateScript.
func (r mutationResolver) UpdateScript(ctx context.Context, input model.UpdateScriptInput) (*model.UpdateScriptPayload, error) {
	change, err := changeIn(input.Name, input.ExternalID, input.Tags)
	change.Endpoint = input.Endpoint
	script, err := r.updateResource(ctx, KindScript, input.ScriptID, "scriptId", change, err)
	return answer(&model.UpdateScriptPayload{Script: scriptOf(script, r.Store.Now())}, err)
}

// UpsertScript resolves Mutation.upsertScript.
func (r mutationResolver) UpsertScript(ctx context.Context, input model.UpsertScriptInput) (*model.UpsertScriptPayload, error) {
	upserted, err := newIn(ctx, input.AccountID, &input.ExternalID, input.Tags, func(account int64, own tsdb.Own) (upserted[tsdb.Resource], error) {
		return upsertedBy(r.Store.UpsertScript(ctx, tsdb.NewScript{AccountID: account, Name: input.Name, Language: string(input.Language),
			Own: own}, upserter(ctx, account, KindScript)))
	})
	return answer(&model.UpsertScriptPayload{Script: scriptOf(upserted.thing, r.Store.Now()), Outcome: outcomeModel(upserted.outcome)}, err)
}
