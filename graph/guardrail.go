package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Guardrails resolves Account.guardrails.
func (r accountResolver) Guardrails(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, filter *model.GuardrailFilter,
	sort *model.GuardrailSort, first *int, after *string, last *int, before *string,
) (*model.GuardrailConnection, error) {
	return nil, errNotBuilt
}

// DeployGuardrail resolves Mutation.deployGuardrail.
func (r mutationResolver) DeployGuardrail(
	ctx context.Context, input model.DeployGuardrailInput,
) (*model.DeployGuardrailPayload, error) {
	return nil, errNotBuilt
}

// RedeployGuardrail resolves Mutation.redeployGuardrail.
func (r mutationResolver) RedeployGuardrail(
	ctx context.Context, input model.RedeployGuardrailInput,
) (*model.RedeployGuardrailPayload, error) {
	return nil, errNotBuilt
}

// UndeployGuardrail resolves Mutation.undeployGuardrail.
func (r mutationResolver) UndeployGuardrail(
	ctx context.Context, input model.UndeployGuardrailInput,
) (*model.UndeployGuardrailPayload, error) {
	return nil, errNotBuilt
}

// Panel resolves Guardrail.panel.
func (r guardrailResolver) Panel(
	ctx context.Context, obj *model.Guardrail, rangeArg *model.RangeInput,
) (*model.GuardrailPanel, error) {
	return nil, errNotBuilt
}
