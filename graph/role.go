package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// roleModel is a role on the wire; chosen is what the role of an account was made of.
func roleModel(name string, chosen []string) model.Role {
	role := model.Role{Name: name, Permissions: permissionModels(auth.PermissionsOf(auth.Role(name), chosen))}
	if auth.Role(name).BuiltIn() {
		builtIn := model.BuiltInRole(name)
		role.BuiltIn = &builtIn
	}
	return role
}

func permissionModels(set auth.Set) []model.Permission {
	out := []model.Permission{}
	for _, p := range set.List() {
		out = append(out, model.Permission(p.String()))
	}
	return out
}

// permissionSet reads permissions as they came; ok is false where one is not a permission that somebody can hold, as INHERIT.
func permissionSet(list []model.Permission) (set auth.Set, ok bool) {
	for _, name := range list {
		p, known := auth.ParsePermission(string(name))
		if !known || p == auth.Inherit {
			return 0, false
		}
		set |= auth.SetOf(p)
	}
	return set, true
}

// Roles resolves Account.roles.
func (r accountResolver) Roles(ctx context.Context, obj *model.Account) ([]model.Role, error) {
	custom, err := r.Store.Access.Roles(ctx, obj.Key)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	var roles []model.Role
	for _, role := range auth.Roles() {
		if role.OfAccount() {
			roles = append(roles, roleModel(string(role), nil))
		}
	}
	for _, c := range custom {
		roles = append(roles, roleModel(c.Name, c.Permissions))
	}
	return roles, nil
}

// SetRole resolves Mutation.setRole.
func (r mutationResolver) SetRole(ctx context.Context, input model.SetRoleInput) (*model.SetRolePayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.SetRolePayload{UserErrors: unknown("accountId")}, nil
	}
	chosen, ok := permissionSet(input.Permissions)
	if !ok || chosen == 0 || !auth.Custom().Covers(chosen) {
		return &model.SetRolePayload{UserErrors: invalid("permissions", "A role combines at least one of the permissions that are marked c in Permission.")}, nil
	}
	role, err := r.Store.Access.SetRole(ctx, access.RoleChange{AccountID: account, Name: input.Name, Permissions: chosen.Names(),
		May: mayAppoint(ctx, account), Actor: actor(ctx, account)})
	errs, err := userErrors(err)
	if err != nil || len(errs) > 0 {
		return &model.SetRolePayload{UserErrors: errs}, err
	}
	out := roleModel(role.Name, role.Permissions)
	return &model.SetRolePayload{Role: &out, UserErrors: errs}, nil
}

// RemoveRole resolves Mutation.removeRole.
func (r mutationResolver) RemoveRole(ctx context.Context, input model.RemoveRoleInput) (*model.RemoveRolePayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return &model.RemoveRolePayload{UserErrors: unknown("accountId")}, nil
	}
	err := r.Store.Access.RemoveRole(ctx, access.RoleChange{AccountID: account, Name: input.Name, May: mayAppoint(ctx, account), Actor: actor(ctx, account)})
	errs, err := userErrors(err)
	if err != nil || len(errs) > 0 {
		return &model.RemoveRolePayload{UserErrors: errs}, err
	}
	return &model.RemoveRolePayload{RemovedRole: &input.Name, UserErrors: errs}, nil
}

// invalid is the user error for a value that is out of its bounds.
func invalid(field, message string) []model.UserError {
	return []model.UserError{{Code: model.UserErrorCodeInvalid, Message: message, Field: []string{"input", field}}}
}
