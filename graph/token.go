package graph

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// APITokens resolves Account.apiTokens.
func (r accountResolver) APITokens(
	ctx context.Context, obj *model.Account, first *int, after *string, last *int, before *string,
) (*model.APITokenConnection, error) {
	page, err := pageOf(ctx, 1, first, after, last, before)
	if err != nil {
		return nil, err
	}
	tokens, err := r.Store.Access.Tokens(ctx, obj.Key, page, selected(ctx, "totalCount"))
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return &model.APITokenConnection{
		TotalCount: tokens.Total,
		PageInfo:   pageInfo(tokens, tokenCursor),
		Edges: edges(tokens, func(t access.Token) model.APITokenEdge {
			return model.APITokenEdge{Cursor: tokenCursor(t), Node: tokenModel(t)}
		}),
	}, nil
}

func tokenCursor(t access.Token) string { return encodeCursor(t.ID) }

func tokenID(id int64) string { return EncodeID(KindAPIToken, id) }

func tokenModel(t access.Token) model.APIToken {
	out := model.APIToken{ID: tokenID(t.ID), Name: t.Name, Prefix: t.Prefix, Role: roleModel(t.AccountID, t.Role, t.RolePermissions),
		Permissions: permissionModels(auth.TokenPermissions(t)), Documents: model.DocumentsPolicyTrusted, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
		ExpiresAt: timePtr(t.ExpiresAt), LastUsedAt: timePtr(t.LastUsedAt), RevokedAt: timePtr(t.RevokedAt)}
	if t.AnyDocument {
		out.Documents = model.DocumentsPolicyAny
	}
	if t.UserID != "" {
		id := memberID(t.AccountID, t.UserID)
		out.MemberID = &id
	}
	if t.SuccessorID != 0 {
		id := tokenID(t.SuccessorID)
		out.SuccessorID = &id
	}
	return out
}

// CreateAPIToken resolves Mutation.createAPIToken.
func (r mutationResolver) CreateAPIToken(
	ctx context.Context, input model.CreateAPITokenInput,
) (*model.CreateAPITokenPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return answer[model.CreateAPITokenPayload](nil, unknown("accountId"))
	}
	if auth.Role(input.Role).OfService() {
		return answer[model.CreateAPITokenPayload](nil, invalid("role", "Tokens of this role are made by the operator, with usagegraph token."))
	}
	n := access.NewToken{AccountID: account, Role: input.Role, Name: input.Name, AnyDocument: input.Documents == model.DocumentsPolicyAny,
		ExpiresAt: deref(input.ExpiresAt), Actor: actor(ctx, account), TargetID: tokenID, May: mayGive(ctx, account)}
	if input.Scopes != nil {
		scopes, ok := permissionSet(input.Scopes)
		if !ok {
			return answer[model.CreateAPITokenPayload](nil, invalid("scopes", "INHERIT cannot be held, and so not be chosen."))
		}
		n.Scopes, n.Fits = scopes.Names(), permits(scopes)
	}
	if input.MemberID != nil {
		of, userID, ok := member(ctx, *input.MemberID)
		if !ok || of != account {
			return answer[model.CreateAPITokenPayload](nil, unknown("memberId"))
		}
		n.UserID = userID
	}
	return r.createToken(ctx, n)
}

// createToken stores a token with a new secret.
func (r mutationResolver) createToken(ctx context.Context, n access.NewToken) (*model.CreateAPITokenPayload, error) {
	secret, prefix, err := r.NewSecret()
	if err != nil {
		return nil, err
	}
	n.Prefix, n.Hash = prefix, auth.Hash(secret)
	t, err := r.Store.Access.CreateToken(ctx, n)
	if err != nil {
		return answer[model.CreateAPITokenPayload](nil, err)
	}
	out := tokenModel(t)
	return answer(&model.CreateAPITokenPayload{APIToken: &out, Secret: &secret}, nil)
}

// RevokeAPIToken resolves Mutation.revokeAPIToken.
func (r mutationResolver) RevokeAPIToken(
	ctx context.Context, input model.RevokeAPITokenInput,
) (*model.RevokeAPITokenPayload, error) {
	t, ok, err := r.tokenInReach(ctx, input.APITokenID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return answer[model.RevokeAPITokenPayload](nil, unknown("apiTokenId"))
	}
	t, err = r.Store.Access.RevokeToken(ctx, t.AccountID, t.ID, input.APITokenID, actor(ctx, t.AccountID))
	if err != nil {
		return answer[model.RevokeAPITokenPayload](nil, err)
	}
	out := tokenModel(t)
	return answer(&model.RevokeAPITokenPayload{APIToken: &out}, nil)
}

// RotateAPIToken resolves Mutation.rotateAPIToken.
func (r mutationResolver) RotateAPIToken(
	ctx context.Context, input model.RotateAPITokenInput,
) (*model.RotateAPITokenPayload, error) {
	t, ok, err := r.tokenInReach(ctx, input.APITokenID)
	if err != nil {
		return nil, err
	}
	switch {
	case !ok:
		return answer[model.RotateAPITokenPayload](nil, unknown("apiTokenId"))
	case auth.Role(t.Role).OfService():
		return answer[model.RotateAPITokenPayload](nil, invalid("apiTokenId", "Tokens of this role are rotated by the operator, with usagegraph token."))
	}
	secret, prefix, err := r.NewSecret()
	if err != nil {
		return nil, err
	}
	old, made, err := r.Store.Access.RotateToken(ctx, access.Rotation{AccountID: t.AccountID, ID: t.ID, Prefix: prefix, Hash: auth.Hash(secret),
		Overlap: time.Duration(input.OverlapSeconds) * time.Second, ExpiresAt: deref(input.ExpiresAt),
		Actor: actor(ctx, t.AccountID), TargetID: tokenID, May: mayGive(ctx, t.AccountID)})
	if err != nil {
		return answer[model.RotateAPITokenPayload](nil, err)
	}
	out, previous := tokenModel(made), tokenModel(old)
	return answer(&model.RotateAPITokenPayload{APIToken: &out, Secret: &secret, Previous: &previous}, nil)
}

// tokenInReach finds a token of an account within the caller's reach; ok is false for any other.
func (r *Resolver) tokenInReach(ctx context.Context, opaque string) (t access.Token, ok bool, err error) {
	key, ok := KeyOf(KindAPIToken, opaque)
	if !ok {
		return t, false, nil
	}
	t, err = r.Store.Access.TokenWithin(ctx, principalOf(ctx).Bound(), key)
	if isNotFound(err) || err == nil && !principalOf(ctx).Reaches(t.AccountID) {
		return access.Token{}, false, nil
	}
	if err != nil {
		return t, false, err
	}
	return t, true, admit(ctx, t.AccountID)
}
