package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Guardrails resolves Account.guardrails.
func (r accountResolver) Guardrails(
	ctx context.Context, obj *model.Account, rangeArg *model.RangeInput, filter *model.GuardrailFilter,
	sort *model.GuardrailSort, first *int, after *string, last *int, before *string,
) (*model.GuardrailConnection, error) {
	return nil, errNotBuilt
}

// DeployGuardrail resolves Mutation.deployGuardrail.
func (r mutationResolver) DeployGuardrail(ctx context.Context, input model.DeployGuardrailInput) (*model.DeployGuardrailPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.DeployGuardrailPayload{UserErrors: unknown("accountId")}, nil
	}
	guardrail, err := r.Store.DeployGuardrail(ctx, tsdb.NewGuardrail{AccountID: account, Name: input.Name, Scanner: input.Scanner,
		CPUType: string(input.CPUType), Replicas: int64(input.Replicas), Pending: input.Pending, At: deref(input.At),
		IdempotencyKey: deref(input.IdempotencyKey)})
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
		Hardware: string(deref(input.CPUType)), Replicas: replicas(input.Replicas), Pending: input.Pending, At: deref(input.At)})
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

// Panel resolves Guardrail.panel.
func (r guardrailResolver) Panel(
	ctx context.Context, obj *model.Guardrail, rangeArg *model.RangeInput,
) (*model.GuardrailPanel, error) {
	return nil, errNotBuilt
}
