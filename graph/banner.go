package graph

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/graph/model"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Banners resolves Account.banners.
func (r accountResolver) Banners(ctx context.Context, obj *model.Account) (*model.BannerList, error) {
	return r.bannersOf(ctx, obj.Key)
}

// DismissBanner resolves Mutation.dismissBanner.
func (r mutationResolver) DismissBanner(ctx context.Context, input model.DismissBannerInput) (*model.DismissBannerPayload, error) {
	account, ok := accountKey(ctx, input.AccountID)
	if !ok {
		return answer[model.DismissBannerPayload](nil, unknown("accountId"))
	}
	ref, ok := decodeBannerID(input.BannerID)
	if !ok {
		return answer[model.DismissBannerPayload](nil, unknown("bannerId"))
	}
	if err := r.Store.DismissBanner(ctx, account, principalOf(ctx).UserID, ref); err != nil {
		return answer[model.DismissBannerPayload](nil, err)
	}
	banners, err := r.bannersOf(ctx, account)
	return committed(ctx, &model.DismissBannerPayload{Banners: banners}, err)
}

// bannersOf returns the banners of an account that the caller sees, from the operation's snapshot.
func (r *Resolver) bannersOf(ctx context.Context, account int64) (*model.BannerList, error) {
	reader, err := readerOf(ctx)
	if err != nil {
		return nil, err
	}
	list, err := reader.Banners(ctx, account, principalOf(ctx).UserID)
	if err != nil {
		return nil, asFault(ctx, err)
	}
	return bannerList(list, r.Store.Settings().SupportContact), nil
}

// bannerList converts a list of banners to its GraphQL type. The action of a banner leads to Support (rules.md §8).
func bannerList(list tsdb.BannerList, support string) *model.BannerList {
	out := &model.BannerList{ID: cacheID("BannerList", list.AccountID), AccountID: EncodeID(KindAccount, list.AccountID), AsOf: list.AsOf, Revision: list.Revision, Banners: []model.Banner{}}
	for _, b := range list.Banners {
		out.Banners = append(out.Banners, model.Banner{
			ID: bannerID(b.Ref()), Kind: b.Kind, Meters: b.Meters, Percent: int(b.Percent), Text: b.Text, Action: b.Action, Link: support, Target: support,
			Removable: b.Removable, RaisedAt: b.RaisedAt,
		})
	}
	return out
}

// bannerIDLimit is the longest text that can name a banner.
const bannerIDLimit = 200

// bannerID names a banner and its arming: unpadded base64url of "Banner:kind:meter:step:arming".
func bannerID(ref tsdb.BannerRef) string {
	text := strings.Join([]string{"Banner", string(ref.Kind), string(ref.Meter), string(ref.Threshold), strconv.FormatInt(ref.Arming, 10)}, ":")
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// decodeBannerID decodes a banner's id; ok is false for a text that bannerID does not make.
func decodeBannerID(opaque string) (ref tsdb.BannerRef, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(opaque)
	if err != nil || len(opaque) > bannerIDLimit {
		return ref, false
	}
	parts := strings.Split(string(text), ":")
	if len(parts) != 5 {
		return ref, false
	}
	arming, err := strconv.ParseInt(parts[4], 10, 64)
	ref = tsdb.BannerRef{Kind: billing.BannerKind(parts[1]), Meter: billing.Meter(parts[2]), Threshold: billing.Threshold(parts[3]), Arming: arming}
	return ref, err == nil && bannerID(ref) == opaque
}
