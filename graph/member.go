package graph

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/graph/scalar"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// Members resolves Account.members.
func (r accountResolver) Members(
	ctx context.Context, obj *model.Account, search *string, first *int, after *string, last *int, before *string,
) (*model.MemberConnection, error) {
	page, err := memberPage(ctx, search, first, after, last, before)
	if err != nil {
		return nil, err
	}
	page.Total = selected(ctx, "totalCount")
	members, err := r.Store.Access.Members(ctx, obj.Key, page)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return &model.MemberConnection{
		TotalCount: members.Total,
		PageInfo:   pageInfo(members, memberCursor),
		Edges: edges(members, func(m access.Member) model.MemberEdge {
			return model.MemberEdge{Cursor: memberCursor(m), Node: memberModel(obj.Key, m)}
		}),
	}, nil
}

// memberPage reads the paging arguments of a list that is sorted by name.
func memberPage(ctx context.Context, search *string, first *int, after *string, last *int, before *string) (p access.MemberPage, err error) {
	bounds, err := pageOf(ctx, 1, first, nil, last, nil)
	if err != nil {
		return p, err
	}
	text := strings.TrimSpace(deref(search))
	if text, err = searchText(ctx, &text); err != nil {
		return p, err
	}
	p = access.MemberPage{Search: text, Limit: bounds.Limit, Backward: bounds.Backward}
	after, before, err = cursors(ctx, after, before)
	if err != nil {
		return p, err
	}
	var ok bool
	if p.After, ok = decodeName(after); !ok {
		return p, fault(ctx, badPage, "The cursor after is not one of this list.")
	}
	if p.Before, ok = decodeName(before); !ok {
		return p, fault(ctx, badPage, "The cursor before is not one of this list.")
	}
	return p, nil
}

// memberCursor returns the opaque cursor of a member in the list: name and user id, separated by a character that neither contains.
func memberCursor(m access.Member) string {
	key := m.Key()
	return base64.RawURLEncoding.EncodeToString([]byte(key[0] + "\x00" + key[1]))
}

func decodeName(cursor *string) (key *[2]string, ok bool) {
	if cursor == nil {
		return nil, true
	}
	text, err := base64.RawURLEncoding.DecodeString(*cursor)
	name, user, found := strings.Cut(string(text), "\x00")
	if err != nil || !found || !scalar.IsText(name) || !scalar.IsText(user) || len(text) > 2000 {
		return nil, false
	}
	return &[2]string{name, user}, true
}

func memberModel(account int64, m access.Member) model.Member {
	return model.Member{ID: memberID(account, m.UserID), ExternalID: textPtr(m.ExternalID), UserID: m.UserID, Email: m.Email, Name: m.Name,
		Role: roleModel(account, m.Role, m.RolePermissions), JoinedAt: m.CreatedAt, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, FollowsClaim: m.FollowsClaim,
		Invited: access.IsInvitation(m.UserID)}
}

// MemberID returns the opaque id of a person's membership of an account.
func MemberID(account int64, userID string) string { return memberID(account, userID) }

func memberID(account int64, userID string) string {
	return ID{Kind: KindMember, Key: account, Part: userID}.String()
}

// member returns the account and the person that a member's id names; ok is false if the caller does not reach the account.
func member(ctx context.Context, opaque string) (account int64, userID string, ok bool) {
	id, ok := DecodeID(opaque)
	if !ok || id.Kind != KindMember || !principalOf(ctx).Reaches(id.Key) || !namesNoOther(ctx, id.Key) {
		return 0, "", false
	}
	return id.Key, id.Part, true
}

// SetMember resolves Mutation.setMember.
func (r mutationResolver) SetMember(ctx context.Context, input model.SetMemberInput) (*model.SetMemberPayload, error) {
	return answer(onAccount(ctx, input.AccountID, func(account int64) (*model.SetMemberPayload, error) {
		change, err := changeIn(nil, input.ExternalID, nil)
		if err != nil {
			return nil, err
		}
		userID := access.CanonicalUserID(input.UserID)
		m, err := r.Store.Access.SetMember(ctx, access.MemberChange{ExternalID: change.ExternalID, AccountID: account, UserID: userID, Email: input.Email, Name: input.Name,
			Role: input.Role, May: mayAppoint(ctx, account), Actor: actor(ctx, account), TargetID: memberID(account, userID)})
		if err != nil {
			return nil, err
		}
		out := memberModel(account, m)
		return &model.SetMemberPayload{Member: &out}, nil
	}))
}

// RemoveMember resolves Mutation.removeMember.
func (r mutationResolver) RemoveMember(
	ctx context.Context, input model.RemoveMemberInput,
) (*model.RemoveMemberPayload, error) {
	account, userID, ok := member(ctx, input.MemberID)
	if !ok {
		return answer[model.RemoveMemberPayload](nil, unknown("memberId"))
	}
	if err := admit(ctx, account); err != nil {
		return nil, err
	}
	err := r.Store.Access.RemoveMember(ctx, access.MemberChange{AccountID: account, UserID: userID, May: mayAppoint(ctx, account),
		Actor: actor(ctx, account), TargetID: input.MemberID})
	return answer(&model.RemoveMemberPayload{RemovedMemberID: &input.MemberID}, err)
}

// Member resolves Account.member.
func (r accountResolver) Member(ctx context.Context, obj *model.Account, id string) (*model.Member, error) {
	named, ok := DecodeID(id)
	if !ok || named.Kind != KindMember || named.Key != obj.Key {
		return nil, nil
	}
	m, err := r.Store.Access.Member(ctx, obj.Key, named.Part)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := memberModel(obj.Key, m)
	return &out, nil
}
