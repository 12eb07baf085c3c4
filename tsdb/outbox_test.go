package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

func (f *fixture) events(account, after int64, limit int) ([]tsdb.OutboxEvent, int64) {
	f.t.Helper()
	found, err := f.Events(f.ctx, []tsdb.EventsOf{{Account: account, After: after}}, limit)
	f.must(err)
	return found.Events[tsdb.EventsOf{Account: account, After: after}], found.Horizon[account]
}

func TestThreeStepsInOneBatch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	f.ingest(tsdb.Record, tokens(id, model, "a", start, 60_000_000, 0), tokens(id, model, "b", start, 50_000_000, 0)) // 55 of 75: 73.3%
	events, horizon := f.events(id, 0, 10)
	if len(events) != 3 || horizon != 0 {
		t.Fatalf("%d events, horizon %d", len(events), horizon)
	}
	last := int64(0)
	for i, want := range []billing.Threshold{billing.Threshold20, billing.Threshold50, billing.Threshold70} {
		c, err := events[i].Crossing()
		f.must(err)
		if c.Threshold != want || c.Rearmed || c.Used != billing.MustCredits("55") || events[i].Revision <= last || !events[i].At.Equal(start) {
			t.Errorf("event %d: %+v, seq %d", i, c, events[i].Revision)
		}
		last = events[i].Revision
	}
	if rest, _ := f.events(id, events[1].Revision, 10); len(rest) != 1 || rest[0].Revision != last {
		t.Errorf("after the second: %+v", rest)
	}
	if first, _ := f.events(id, 0, 2); len(first) != 2 || first[1].Revision != events[1].Revision {
		t.Errorf("the first two: %+v", first)
	}
	revisions, err := f.Revisions(f.ctx, []int64{id, id + 1})
	f.must(err)
	if len(revisions) != 1 || revisions[id] != f.view(id).Revision || revisions[id] <= last {
		t.Errorf("revisions %v", revisions)
	}
}

func TestLiveStatesAreOfOneSnapshot(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	one, two := f.account(), f.account()
	model := f.resource(one, "MODEL", "REGISTERED")
	f.ingest(tsdb.Record, tokens(one, model, "a", start, 80_000_000, 0))
	f.must(f.DismissBanner(f.ctx, one, "u-master", f.banners(one, "").Banners[0].Ref()))
	asked := []tsdb.BannerFor{{Account: one, User: "u-master"}, {Account: one, User: "u-member"}, {Account: two, User: ""}, {Account: two + 1, User: ""}}
	states, banners, err := f.LiveStates(f.ctx, []int64{one, two, two + 1}, asked)
	f.must(err)
	if len(states) != 2 || len(banners) != 3 {
		t.Fatalf("%d states, %d lists", len(states), len(banners))
	}
	if len(banners[asked[0]].Banners) != 0 || len(banners[asked[1]].Banners) != 1 || banners[asked[1]].Revision != states[one].Revision {
		t.Errorf("%+v", banners)
	}
}

// What is dropped leaves a horizon, so that nobody mistakes a gap for completeness.
func TestDropOutbox(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.resource(id, "MODEL", "REGISTERED")
	f.ingest(tsdb.Record, tokens(id, model, "a", start, 60_000_000, 0))
	old, _ := f.events(id, 0, 10)
	f.clock.advance(5 * 24 * time.Hour)
	f.ingest(tsdb.Record, tokens(id, model, "b", start, 50_000_000, 0))
	done, err := f.DropOutbox(f.ctx)
	f.must(err)
	if done.Chunks != 0 || !done.Before.IsZero() {
		t.Errorf("too early: %+v", done)
	}
	f.clock.advance(4 * 24 * time.Hour)
	done, err = f.DropOutbox(f.ctx)
	f.must(err)
	if done.Chunks != 1 || !done.Before.After(start) {
		t.Errorf("%+v", done)
	}
	events, horizon := f.events(id, 0, 10)
	if len(events) != 2 || horizon != old[len(old)-1].Revision {
		t.Errorf("%d events are left, horizon %d, last dropped %d", len(events), horizon, old[len(old)-1].Revision)
	}
}
