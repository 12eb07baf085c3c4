package graph

import (
	"fmt"
	"testing"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

func TestBannerIDsNameBanners(t *testing.T) {
	t.Parallel()
	ref := tsdb.BannerRef{Kind: billing.BannerThreshold, Meter: billing.ToolRuns, Threshold: billing.Threshold70, Arming: 12}
	if got, ok := decodeBannerID(bannerID(ref)); !ok || got != ref {
		t.Errorf("%+v, %t", got, ok)
	}
	for _, id := range []string{"", "x", "====", bannerID(ref) + "A", EncodeID(KindAccount, 1), bannerID(tsdb.BannerRef{Kind: "a:b"})} {
		if got, ok := decodeBannerID(id); ok {
			t.Errorf("%q names %+v", id, got)
		}
	}
}

func TestDismissalsRefusedAsData(t *testing.T) {
	t.Parallel()
	p := mailbox(t, nil)
	p.as = seated(auth.Member, auth.Member.Permissions())
	p.as.Seats[0].Account, _ = KeyOf(KindAccount, p.account)
	p.as.UserID = "u"
	ahead := tsdb.BannerRef{Kind: billing.BannerThreshold, Meter: billing.ToolRuns, Threshold: billing.Threshold90}
	for _, in := range []map[string]any{
		{"accountId": "x", "bannerId": bannerID(ahead)}, {"accountId": p.account, "bannerId": "x"}, {"accountId": p.account, "bannerId": bannerID(ahead)},
	} {
		got := p.mutate("dismissBanner", "banners { revision }", in)
		if code := fmt.Sprint(got["userErrors"].([]any)[0].(map[string]any)["code"]); code != "NOT_FOUND" || got["banners"] != nil {
			t.Errorf("%v: %v", in, got)
		}
	}
	p.as.UserID = ""
	reached := ahead
	reached.Threshold = billing.Threshold80
	got := p.mutate("dismissBanner", "banners { revision }", map[string]any{"accountId": p.account, "bannerId": bannerID(reached)})
	if code := fmt.Sprint(got["userErrors"].([]any)[0].(map[string]any)["code"]); code != "INVALID" {
		t.Errorf("a program: %v", got)
	}
	p.as.UserID = "u"
	got = p.mutate("dismissBanner", "banners { banners { id } }", map[string]any{"accountId": p.account, "bannerId": bannerID(reached)})
	if fmt.Sprint(got["banners"]) != "map[banners:[]]" {
		t.Errorf("%v", got)
	}
}
