package tsdb_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

func (f *fixture) banners(id int64, user string) tsdb.BannerList {
	f.t.Helper()
	r := f.Read()
	defer r.Close(f.ctx)
	list, err := r.Banners(f.ctx, id, user)
	f.must(err)
	return list
}

// kinds is a list of banners in short: kind, meters, percent.
func kinds(list tsdb.BannerList) string {
	var out []string
	for _, b := range list.Banners {
		text := string(b.Kind)
		for _, m := range b.Meters {
			text += " " + string(m)
		}
		if b.Removable {
			text += " " + string(b.Threshold)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func (f *fixture) wantBanners(id int64, user, want string) tsdb.BannerList {
	f.t.Helper()
	list := f.banners(id, user)
	if got := kinds(list); got != want {
		f.t.Fatalf("banners of %q: %q, want %q", user, got, want)
	}
	return list
}

func isCode(err error, code tsdb.Code) bool {
	var refused *tsdb.Error
	return errors.As(err, &refused) && refused.Code == code
}

// refill gives a top-up.
func (f *fixture) refill(id int64, m billing.Meter, amount string) {
	f.t.Helper()
	parsed, err := m.Parse(amount)
	f.must(err)
	_, err = f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: m, Kind: billing.TopUp, Amount: parsed, Reference: "order", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
}

func TestBannersFollowTheThresholds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	f.wantBanners(id, "u-member", "")
	f.ingest(tsdb.Record, tokens(id, model, "a", start, 30_000_000, 0)) // 15 of 75 credits: exactly 20%
	list := f.wantBanners(id, "u-member", "THRESHOLD MODEL_CREDITS 20")
	if b := list.Banners[0]; !b.RaisedAt.Equal(start) || list.Revision != f.view(id).Revision {
		t.Errorf("raised at %v, revision %d", b.RaisedAt, list.Revision)
	}
	f.clock.advance(time.Minute)
	f.ingest(tsdb.Record, runs(id, tool, "b", start, 7_000))
	f.wantBanners(id, "u-member", "THRESHOLD TOOL_RUNS 70, THRESHOLD MODEL_CREDITS 20")
	f.ingest(tsdb.Record, tokens(id, model, "c", start, 120_000_000, 0))
	f.wantBanners(id, "", "EXHAUSTED MODEL_CREDITS, THRESHOLD TOOL_RUNS 70")
	f.refill(id, billing.ModelCredits, "1000")
	f.wantBanners(id, "", "THRESHOLD TOOL_RUNS 70")
}

func TestDismissalLastsUntilAHigherStepOrANewArming(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	f.ingest(tsdb.Record, tokens(id, model, "a", start, 80_000_000, 0)) // 40 of 75: 50%
	banner := f.wantBanners(id, "u-member", "THRESHOLD MODEL_CREDITS 50").Banners[0]
	before := f.view(id).Revision
	f.must(f.DismissBanner(f.ctx, id, "u-member", banner.Ref()))
	f.must(f.DismissBanner(f.ctx, id, "u-member", banner.Ref()))
	if after := f.view(id).Revision; after != before+2 { // the event and the change, once
		t.Errorf("revision %d after %d", after, before)
	}
	f.wantBanners(id, "u-member", "")
	f.wantBanners(id, "u-master", "THRESHOLD MODEL_CREDITS 50")
	f.ingest(tsdb.Record, tokens(id, model, "b", start, 30_000_000, 0)) // 73.3%
	f.wantBanners(id, "u-member", "THRESHOLD MODEL_CREDITS 70")
	f.must(f.DismissBanner(f.ctx, id, "u-member", banner.Ref())) // late: its place is taken
	seventy := f.wantBanners(id, "u-member", "THRESHOLD MODEL_CREDITS 70").Banners[0]
	f.must(f.DismissBanner(f.ctx, id, "u-member", seventy.Ref()))
	f.wantBanners(id, "u-member", "")
	f.refill(id, billing.ModelCredits, "100")                           // 55 of 175: 31.4%, so 50 and 70 re-arm
	f.ingest(tsdb.Record, tokens(id, model, "c", start, 70_000_000, 0)) // 90 of 175: 51.4%
	f.wantBanners(id, "u-member", "THRESHOLD MODEL_CREDITS 50")
}

func TestDismissalsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	f.ingest(tsdb.Record, tokens(id, model, "a", start, 80_000_000, 0))
	fifty := f.banners(id, "u-member").Banners[0].Ref()
	if err := f.DismissBanner(f.ctx, id, "", fifty); !isCode(err, tsdb.Invalid) {
		t.Errorf("without a user: %v", err)
	}
	if err := f.DismissBanner(f.ctx, id+1, "u-member", fifty); !isCode(err, tsdb.NotFound) {
		t.Errorf("unknown account: %v", err)
	}
	for name, change := range map[string]func(*tsdb.BannerRef){
		"a threshold ahead": func(r *tsdb.BannerRef) { r.Threshold = billing.Threshold70 },
		"an arming ahead":   func(r *tsdb.BannerRef) { r.Arming++ },
		"no such threshold": func(r *tsdb.BannerRef) { r.Threshold = "33" },
		"a limit":           func(r *tsdb.BannerRef) { r.Threshold = billing.ThresholdLow },
		"no such meter":     func(r *tsdb.BannerRef) { r.Meter = "X" },
	} {
		ref := fifty
		change(&ref)
		if err := f.DismissBanner(f.ctx, id, "u-member", ref); !isCode(err, tsdb.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.ingest(tsdb.Record, tokens(id, model, "b", start, 80_000_000, 0))
	fixed := f.wantBanners(id, "u-member", "EXHAUSTED MODEL_CREDITS").Banners[0]
	if err := f.DismissBanner(f.ctx, id, "u-member", fixed.Ref()); !isCode(err, tsdb.Fixed) {
		t.Errorf("fixed: %v", err)
	}
}

// Banners come from postings: an expiry is announced when the meter has posted it, for both meters in one banner.
func TestFreeExpiredBanner(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.clock.advance(90 * 24 * time.Hour)
	f.wantBanners(id, "u-member", "")
	_, err := f.Tick(f.ctx, 100)
	f.must(err)
	list := f.wantBanners(id, "u-member", "FREE_CREDITS_EXPIRED MODEL_CREDITS TOOL_RUNS")
	if b := list.Banners[0]; !b.RaisedAt.Equal(f.clock.now()) {
		t.Errorf("raised at %v", b.RaisedAt)
	}
}

// A banner that one user dismisses in many windows at once, through two processes, is dismissed once, and all windows
// are told once; another user, and a program, still see it.
func TestADismissalInManyWindows(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	f.ingest(tsdb.Record, tokens(id, model, "a", start, 110_000_000, 0)) // 55 of 75: 73.3%
	seventy := f.wantBanners(id, "", "THRESHOLD MODEL_CREDITS 70").Banners[0].Ref()
	lower := seventy
	lower.Threshold = billing.Threshold50
	before := f.view(id).Revision
	stores := []*tsdb.Store{f.Store, f.another(true, 100)}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			ref := []tsdb.BannerRef{seventy, lower}[i/2%2] // the lower one is covered by the higher, whichever comes first
			if err := stores[i%2].DismissBanner(f.ctx, id, "u-member", ref); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	f.wantBanners(id, "u-member", "")
	f.wantBanners(id, "u-master", "THRESHOLD MODEL_CREDITS 70")
	f.wantBanners(id, "", "THRESHOLD MODEL_CREDITS 70")
	// The event and the change; twice where the lower one came first.
	if got := f.view(id).Revision - before; got != 2 && got != 4 {
		t.Errorf("%d revisions", got)
	}
}

// Banners that are read for many accounts and users at once, however often each is named, are those that each would see
// alone; a user whose name is also in another account's dismissals sees their own.
func TestBannersOfMany(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var asked []tsdb.BannerFor
	var accounts []int64
	users := []string{"", "u-member", "u-master", "nobody", "ü' OR true --"}
	for i := range 6 {
		id := f.account()
		accounts = append(accounts, id, id)
		f.ingest(tsdb.Record, tokens(id, f.resource(id, "MODEL", "REGISTERED"), "a", start, int64(i)*30_000_000, 0), runs(id, f.resource(id, "TOOL", "DEPLOYED"), "b", start, 5_000))
		for j, b := range f.banners(id, "").Banners {
			if b.Removable && (i+j)%2 == 0 {
				f.must(f.DismissBanner(f.ctx, id, users[1+i%4], b.Ref()))
			}
		}
		for _, user := range users {
			asked = append(asked, tsdb.BannerFor{Account: id, User: user})
		}
	}
	asked = append(asked, asked...)
	states, lists, err := f.LiveStates(f.ctx, append(accounts, 999), append(asked, tsdb.BannerFor{Account: 999, User: "u-member"}))
	if f.must(err); len(states) != 6 || len(lists) != 30 {
		t.Fatalf("%d states, %d lists", len(states), len(lists))
	}
	for of, list := range lists {
		if alone := f.banners(of.Account, of.User); kinds(list) != kinds(alone) || list.Revision != alone.Revision || list.AccountID != of.Account {
			t.Errorf("%+v: %s, alone %s", of, kinds(list), kinds(alone))
		}
	}
	states, lists, err = f.LiveStates(f.ctx, nil, nil)
	if f.must(err); len(states)+len(lists) != 0 {
		t.Errorf("of nothing: %v, %v", states, lists)
	}
}
