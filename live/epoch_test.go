package live_test

import (
	"testing"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// After a promotion that lost commits, a process that stayed alive begins every live update with the present state. New changes use the
// lost numbers again, and neither a cursor nor a revision of the lost future may hide them.
func TestPromotionThatLostCommits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h, _ := f.impatient()
	f.until("the epoch is looked at", func() bool {
		var known bool
		return f.pool.QueryRow(f.ctx, `SELECT identity IS NOT NULL FROM epoch`).Scan(&known) == nil && known
	})
	promote := tsdbtest.Standby(t, f.pool.Config().ConnString())
	f.pool.Reset()
	status, crossings, deployments := newSink(), newSink(), newSink()
	h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, status)
	h.Watch(f.events(live.Crossings, id), nil, crossings)
	h.Watch(f.events(live.Deployments, id), nil, deployments)
	f.use(id, tool, 5_000) // 20% and 50%, which are lost
	lost := last(crossings.wait(t, "the lost future", atLeast(3)))
	before := last(status.wait(t, "its state", func(fs []live.Frame) bool {
		return len(fs) > 0 && last(fs).Account.Runs.Used() == billing.Amount(5_000)
	}))
	deployments.wait(t, "a snapshot", atLeast(1))

	promote()
	f.pool.Reset()
	for _, runs := range []int64{2_000, 3_000, 2_000, 1_000} { // 20, 50, 70 and 80%
		f.use(id, tool, runs)
	}
	f.tool(id)
	now := last(status.wait(t, "the present", func(fs []live.Frame) bool { return last(fs).Account.Runs.Used() == billing.Amount(8_000) }))
	if now.Account.Revision <= before.Account.Revision || now.Account.Revision >= 1<<53 {
		t.Errorf("revision %d after %d", now.Account.Revision, before.Account.Revision)
	}
	complete := func(since int) func(fs []live.Frame) bool {
		return func(fs []live.Frame) bool { return len(fs) > since && f.told(fs[since:]) == 4 }
	}
	crossings.wait(t, "a snapshot, and all crossings after it", complete(3))
	deployments.wait(t, "a snapshot, and perhaps the new tool", func(fs []live.Frame) bool { return len(fs) > 1 && fs[1].Event.Revision == 0 })

	for _, hub := range []*live.Hub{h, f.hub(f.store(f.pool))} { // also in a process that begins afterwards
		late := newSink()
		hub.Watch(f.events(live.Crossings, id), &lost.Cursor, late)
		if first := late.wait(t, "a cursor of the lost future", complete(0))[0]; first.Event.Revision != 0 {
			t.Errorf("it went on with %+v", first)
		}
	}
	if changed, err := f.NoticeEpoch(f.ctx); changed || err != nil {
		t.Errorf("the database is the same: %v %v", changed, err)
	}
}

// told returns how many thresholds of runs the frames show: those already reached in the snapshot, which comes first, and each crossing
// after it.
func (f *fixture) told(frames []live.Frame) (thresholds int) {
	f.t.Helper()
	if frames[0].Account == nil {
		return -1
	}
	percent := int64(frames[0].Account.Runs.Used()) / 100
	for _, threshold := range []int64{20, 50, 70, 80} {
		if percent >= threshold {
			thresholds++
		}
	}
	return thresholds + len(frames) - 1
}
