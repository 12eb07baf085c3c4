package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
)

// Members resolves Account.members.
func (r accountResolver) Members(
	ctx context.Context, obj *model.Account, search *string, first *int, after *string, last *int, before *string,
) (*model.MemberConnection, error) {
	return nil, errNotBuilt
}

// Roles resolves Account.roles.
func (r accountResolver) Roles(ctx context.Context, obj *model.Account) ([]model.Role, error) {
	return nil, errNotBuilt
}

// SetMember resolves Mutation.setMember.
func (r mutationResolver) SetMember(ctx context.Context, input model.SetMemberInput) (*model.SetMemberPayload, error) {
	return nil, errNotBuilt
}

// RemoveMember resolves Mutation.removeMember.
func (r mutationResolver) RemoveMember(
	ctx context.Context, input model.RemoveMemberInput,
) (*model.RemoveMemberPayload, error) {
	return nil, errNotBuilt
}

// SetRole resolves Mutation.setRole.
func (r mutationResolver) SetRole(ctx context.Context, input model.SetRoleInput) (*model.SetRolePayload, error) {
	return nil, errNotBuilt
}

// RemoveRole resolves Mutation.removeRole.
func (r mutationResolver) RemoveRole(
	ctx context.Context, input model.RemoveRoleInput,
) (*model.RemoveRolePayload, error) {
	return nil, errNotBuilt
}
