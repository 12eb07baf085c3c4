package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Provisioning resolves Account.provisioning.
func (r accountResolver) Provisioning(ctx context.Context, obj *model.Account) (*model.Provisioning, error) {
	return r.provisioning(ctx, obj.Key)
}

func (r *Resolver) provisioning(ctx context.Context, account int64) (*model.Provisioning, error) {
	p, err := r.Store.Provisioning(ctx, account)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return &model.Provisioning{Tools: p.Tools, Models: p.Models, Made: p.Made, Limit: p.Limit}, nil
}

// SetProvisioning resolves Mutation.setProvisioning.
func (r mutationResolver) SetProvisioning(ctx context.Context, input model.SetProvisioningInput) (*model.SetProvisioningPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.SetProvisioningPayload{UserErrors: unknown("accountId")}, nil
	}
	errs, err := userErrors(r.Store.SetProvisioning(ctx, account, input.Tools, input.Models, actor(ctx, account)))
	if err != nil || len(errs) > 0 {
		return &model.SetProvisioningPayload{UserErrors: errs}, err
	}
	p, err := r.provisioning(ctx, account)
	return &model.SetProvisioningPayload{Provisioning: p, UserErrors: errs}, err
}
