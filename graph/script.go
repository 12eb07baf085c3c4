package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Scripts resolves Account.scripts.
func (r accountResolver) Scripts(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, filter *model.ScriptFilter,
	sort *model.ScriptSort, first *int, after *string, last *int, before *string,
) (*model.ScriptConnection, error) {
	return nil, errNotBuilt
}

// CreateScript resolves Mutation.createScript.
func (r mutationResolver) CreateScript(ctx context.Context, input model.CreateScriptInput) (*model.CreateScriptPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.CreateScriptPayload{UserErrors: unknown("accountId")}, nil
	}
	script, err := r.Store.CreateScript(ctx, tsdb.NewScript{AccountID: account, Name: input.Name, Language: string(input.Language),
		IdempotencyKey: deref(input.IdempotencyKey)})
	refused, err := userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.CreateScriptPayload{UserErrors: refused}, err
	}
	return &model.CreateScriptPayload{Script: scriptOf(script, r.Store.Now()), UserErrors: refused}, nil
}

// DeployScript resolves Mutation.deployScript.
func (r mutationResolver) DeployScript(ctx context.Context, input model.DeployScriptInput) (*model.DeployScriptPayload, error) {
	t, refused, err := r.target(ctx, KindScript, input.ScriptID, "scriptId")
	if err != nil || len(refused) > 0 {
		return &model.DeployScriptPayload{UserErrors: refused}, err
	}
	script, err := r.Store.DeployScript(ctx, tsdb.ScriptDeployment{AccountID: t.account, ScriptID: t.key, Hardware: input.Hardware,
		Replicas: int64(input.Replicas), At: deref(input.At)})
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.DeployScriptPayload{UserErrors: refused}, err
	}
	return &model.DeployScriptPayload{Script: scriptOf(script, r.Store.Now()), UserErrors: refused}, nil
}

// RedeployScript resolves Mutation.redeployScript.
func (r mutationResolver) RedeployScript(ctx context.Context, input model.RedeployScriptInput) (*model.RedeployScriptPayload, error) {
	t, refused, err := r.target(ctx, KindScript, input.ScriptID, "scriptId")
	if err != nil || len(refused) > 0 {
		return &model.RedeployScriptPayload{UserErrors: refused}, err
	}
	script, err := r.Store.RedeployScript(ctx, tsdb.Redeployment{AccountID: t.account, ID: t.key, Hardware: deref(input.Hardware),
		Replicas: replicas(input.Replicas), At: deref(input.At)})
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.RedeployScriptPayload{UserErrors: refused}, err
	}
	return &model.RedeployScriptPayload{Script: scriptOf(script, r.Store.Now()), UserErrors: refused}, nil
}

// UndeployScript resolves Mutation.undeployScript.
func (r mutationResolver) UndeployScript(ctx context.Context, input model.UndeployScriptInput) (*model.UndeployScriptPayload, error) {
	t, refused, err := r.target(ctx, KindScript, input.ScriptID, "scriptId")
	if err != nil || len(refused) > 0 {
		return &model.UndeployScriptPayload{UserErrors: refused}, err
	}
	script, err := r.Store.UndeployScript(ctx, t.account, t.key, deref(input.At))
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.UndeployScriptPayload{UserErrors: refused}, err
	}
	return &model.UndeployScriptPayload{Script: scriptOf(script, r.Store.Now()), UserErrors: refused}, nil
}

// DeleteScript resolves Mutation.deleteScript.
func (r mutationResolver) DeleteScript(ctx context.Context, input model.DeleteScriptInput) (*model.DeleteScriptPayload, error) {
	t, refused, err := r.target(ctx, KindScript, input.ScriptID, "scriptId")
	if err != nil || len(refused) > 0 {
		return &model.DeleteScriptPayload{UserErrors: refused}, err
	}
	script, err := r.Store.DeleteScript(ctx, t.account, t.key)
	refused, err = userErrors(err)
	if err != nil || len(refused) > 0 {
		return &model.DeleteScriptPayload{UserErrors: refused}, err
	}
	return &model.DeleteScriptPayload{Script: scriptOf(script, r.Store.Now()), UserErrors: refused}, nil
}

// Panel resolves Script.panel.
func (r scriptResolver) Panel(
	ctx context.Context, obj *model.Script, rangeArg *model.RangeInput,
) (*model.ScriptPanel, error) {
	return nil, errNotBuilt
}
