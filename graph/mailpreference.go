package graph

import (
	"context"

	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// canMute reports whether e-mails of a kind may be muted. Those about the negative limit and the stop may not (rules.md §8).
func canMute(k model.EmailKind) bool {
	return k != model.EmailKindNegativeLimit && k != model.EmailKindStopped
}

// MailPreferences resolves Account.mailPreferences.
func (r accountResolver) MailPreferences(ctx context.Context, obj *model.Account) (*model.MailPreferences, error) {
	muted, ok, err := r.Store.Access.Muted(ctx, obj.Key, principalOf(ctx).UserID)
	if err != nil || !ok {
		return nil, asFault(ctx, err)
	}
	out := &model.MailPreferences{Muted: []model.EmailKind{}, Offered: []model.EmailKind{}}
	for _, kind := range muted {
		out.Muted = append(out.Muted, model.EmailKind(kind))
	}
	for _, kind := range model.AllEmailKind {
		if canMute(kind) {
			out.Offered = append(out.Offered, kind)
		}
	}
	return out, nil
}

// SetMailPreferences resolves Mutation.setMailPreferences.
func (r mutationResolver) SetMailPreferences(ctx context.Context, input model.SetMailPreferencesInput) (*model.SetMailPreferencesPayload, error) {
	return answer(onAccount(ctx, input.AccountID, func(account int64) (*model.SetMailPreferencesPayload, error) {
		for _, kind := range input.Muted {
			if !canMute(kind) {
				return nil, invalid("muted", "E-mails on the stop of all hosting cannot be muted.")
			}
		}
		user := principalOf(ctx).UserID
		err := r.Store.Access.SetMuted(ctx, access.Mute{AccountID: account, UserID: user, Kinds: texts(input.Muted),
			Actor: actor(ctx, account), TargetID: memberID(account, user)})
		if err != nil {
			return nil, err
		}
		shown, err := accountResolver(r).MailPreferences(ctx, &model.Account{Key: account})
		return &model.SetMailPreferencesPayload{MailPreferences: shown}, asFault(ctx, err)
	}))
}
