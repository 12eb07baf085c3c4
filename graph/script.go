package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Scripts resolves Account.scripts.
func (r accountResolver) Scripts(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, filter *model.ScriptFilter,
	sort *model.ScriptSort, first *int, after *string, last *int, before *string,
) (*model.ScriptConnection, error) {
	return nil, errNotBuilt
}

// CreateScript resolves Mutation.createScript.
func (r mutationResolver) CreateScript(
	ctx context.Context, input model.CreateScriptInput,
) (*model.CreateScriptPayload, error) {
	return nil, errNotBuilt
}

// DeployScript resolves Mutation.deployScript.
func (r mutationResolver) DeployScript(
	ctx context.Context, input model.DeployScriptInput,
) (*model.DeployScriptPayload, error) {
	return nil, errNotBuilt
}

// RedeployScript resolves Mutation.redeployScript.
func (r mutationResolver) RedeployScript(
	ctx context.Context, input model.RedeployScriptInput,
) (*model.RedeployScriptPayload, error) {
	return nil, errNotBuilt
}

// UndeployScript resolves Mutation.undeployScript.
func (r mutationResolver) UndeployScript(
	ctx context.Context, input model.UndeployScriptInput,
) (*model.UndeployScriptPayload, error) {
	return nil, errNotBuilt
}

// DeleteScript resolves Mutation.deleteScript.
func (r mutationResolver) DeleteScript(
	ctx context.Context, input model.DeleteScriptInput,
) (*model.DeleteScriptPayload, error) {
	return nil, errNotBuilt
}

// Panel resolves Script.panel.
func (r scriptResolver) Panel(
	ctx context.Context, obj *model.Script, rangeArg *model.RangeInput,
) (*model.ScriptPanel, error) {
	return nil, errNotBuilt
}
