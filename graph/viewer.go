package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// maxViewerAccounts is the largest number of accounts that the viewer lists.
const maxViewerAccounts = 100

// Viewer resolves Query.viewer.
func (r queryResolver) Viewer(ctx context.Context) (*model.Viewer, error) {
	p := principalOf(ctx)
	accounts, err := r.viewerAccounts(ctx, p)
	if err != nil {
		return nil, err
	}
	v := &model.Viewer{Kind: model.PrincipalKind(p.Kind), Name: p.Name, Email: textPtr(p.Email), Permissions: permissionModels(p.Common),
		Accounts: accounts, TokenPrefix: textPtr(p.TokenPrefix), Documents: model.DocumentsPolicyTrusted, ExpiresAt: timePtr(p.ExpiresAt)}
	if p.AnyDocument {
		v.Documents = model.DocumentsPolicyAny
	}
	if p.Everywhere() {
		role := model.BuiltInRole(p.Role)
		v.Role = &role
	}
	return v, nil
}

// viewerAccounts lists the accounts that the caller is bound to, by name.
func (r queryResolver) viewerAccounts(ctx context.Context, p auth.Principal) ([]model.ViewerAccount, error) {
	out := []model.ViewerAccount{}
	if len(p.Seats) == 0 || !selected(ctx, "accounts") {
		return out, nil
	}
	ids := make([]int64, len(p.Seats))
	for i, s := range p.Seats {
		ids[i] = s.Account
	}
	list, err := r.Store.Listed(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, l := range list[:min(len(list), maxViewerAccounts)] {
		if err := admit(ctx, l.ID); err != nil {
			return nil, err
		}
		seat, _ := p.Seat(l.ID)
		role := roleModel(seat.Account, string(seat.Role), nil)
		role.Permissions = permissionModels(p.Common | seat.Permissions)
		out = append(out, model.ViewerAccount{Account: listedModel(l), Role: role})
	}
	return out, nil
}

// listedModel converts an account to its GraphQL type.
func listedModel(l tsdb.Listed) model.Account {
	own := l.Own
	return model.Account{Own: &own, ID: EncodeID(KindAccount, l.ID), Name: l.Name, CreatedAt: l.CreatedAt, Changed: l.UpdatedAt, BooksFrom: timePtr(l.BooksFrom), Key: l.ID}
}

// RateLimit resolves Query.rateLimit.
func (r queryResolver) RateLimit(ctx context.Context) (*model.RateLimit, error) {
	maximum, now, rate := r.Budget(ctx)
	return &model.RateLimit{MaximumAvailable: int(maximum), CurrentlyAvailable: int(now), RestoreRate: int(rate)}, nil
}
