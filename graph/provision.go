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
	return &model.Provisioning{ID: cacheID("Provisioning", account), Tools: p.Tools, Models: p.Models, Made: p.Made, Limit: p.Limit}, nil
}

// SetProvisioning resolves Mutation.setProvisioning.
func (r mutationResolver) SetProvisioning(ctx context.Context, input model.SetProvisioningInput) (*model.SetProvisioningPayload, error) {
	return answer(onAccount(ctx, input.AccountID, func(account int64) (*model.SetProvisioningPayload, error) {
		if err := r.Store.SetProvisioning(ctx, account, input.Tools, input.Models, actor(ctx, account)); err != nil {
			return nil, err
		}
		p, err := r.provisioning(ctx, account)
		return &model.SetProvisioningPayload{Provisioning: p}, asFault(ctx, err)
	}))
}
