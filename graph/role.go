package graph

import (
	"context"
	"strings"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// roleModel converts a role to its GraphQL type; chosen are the permissions that a custom role was made of. Built-in roles are the same in
// every account.
func roleModel(account int64, name string, chosen []string) model.Role {
	if auth.Role(name).BuiltIn() {
		account = 0
	}
	role := model.Role{ID: cacheID("Role", account, name), Name: name, Permissions: permissionModels(auth.PermissionsOf(auth.Role(name), chosen))}
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

// CreatedAt resolves Role.createdAt.
func (r roleResolver) CreatedAt(ctx context.Context, obj *model.Role) (*time.Time, error) {
	role, err := r.custom(ctx, obj)
	return timePtr(role.CreatedAt), err
}

// UpdatedAt resolves Role.updatedAt.
func (r roleResolver) UpdatedAt(ctx context.Context, obj *model.Role) (*time.Time, error) {
	role, err := r.custom(ctx, obj)
	return timePtr(role.UpdatedAt), err
}

// custom returns a role as its account made it; the zero value for a built-in role. The roles of an account are read once for everybody who
// has one of them.
func (r roleResolver) custom(ctx context.Context, obj *model.Role) (none access.CustomRole, err error) {
	id, ok := DecodeID(obj.ID) // not ok for a built-in role
	sc, err := snapshotOf(ctx)
	if err != nil || !ok {
		return none, err
	}
	of, err := sc.roles.get(ctx, id.Key, sc.listed(id.Key), func(ctx context.Context, accounts []int64) (map[int64]map[string]access.CustomRole, error) {
		of, err := r.Store.Access.RolesOf(ctx, accounts)
		found := map[int64]map[string]access.CustomRole{}
		for account, list := range of {
			found[account] = map[string]access.CustomRole{}
			for _, role := range list {
				found[account][role.Name] = role
			}
		}
		return found, err
	})
	if err != nil {
		return none, asFault(ctx, err)
	}
	return of[obj.Name], nil
}

// permissionSet reads permissions; ok is false if one of them, such as INHERIT, is not a permission that can be held.
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
			roles = append(roles, roleModel(obj.Key, string(role), nil))
		}
	}
	for _, c := range custom {
		roles = append(roles, roleModel(obj.Key, c.Name, c.Permissions))
	}
	return roles, nil
}

// SetRole resolves Mutation.setRole.
func (r mutationResolver) SetRole(ctx context.Context, input model.SetRoleInput) (*model.SetRolePayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return answer[model.SetRolePayload](nil, unknown("accountId"))
	}
	chosen, ok := permissionSet(input.Permissions)
	switch beyond := auth.Custom().Missing(chosen); {
	case !ok:
		return answer[model.SetRolePayload](nil, invalid("permissions", "INHERIT cannot be held, and so not be part of a role."))
	case chosen == 0:
		return answer[model.SetRolePayload](nil, invalid("permissions", "A role permits at least one thing beside what every member may."))
	case beyond != 0:
		return answer[model.SetRolePayload](nil, invalid("permissions", "No role of an account may permit "+strings.Join(beyond.Names(), ", ")+": only what is marked c in Permission."))
	}
	role, err := r.Store.Access.SetRole(ctx, access.RoleChange{AccountID: account, Name: input.Name, Permissions: chosen.Names(),
		May: mayAppoint(ctx, account), Actor: actor(ctx, account)})
	if err != nil {
		return answer[model.SetRolePayload](nil, err)
	}
	out := roleModel(account, role.Name, role.Permissions)
	return answer(&model.SetRolePayload{Role: &out}, nil)
}

// RemoveRole resolves Mutation.removeRole.
func (r mutationResolver) RemoveRole(ctx context.Context, input model.RemoveRoleInput) (*model.RemoveRolePayload, error) {
	return answer(onAccount(ctx, input.AccountID, func(account int64) (*model.RemoveRolePayload, error) {
		err := r.Store.Access.RemoveRole(ctx, access.RoleChange{AccountID: account, Name: input.Name, May: mayAppoint(ctx, account), Actor: actor(ctx, account)})
		return &model.RemoveRolePayload{RemovedRole: &input.Name}, err
	}))
}
