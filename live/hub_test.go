package live_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/tsdb"
)

func TestStatusFollowsCommits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h, s := f.hub(f.Store), newSink()
	cancel := h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, s)
	first := s.wait(t, "first frame", atLeast(1))[0]
	if first.Account.Runs.Balance() != 10_000 || first.Account.Revision != f.revision(id) {
		t.Errorf("%v runs at revision %d", first.Account.Runs.Balance(), first.Account.Revision)
	}
	for range 10 {
		f.use(id, tool, 100)
	}
	frames := s.wait(t, "the last state", func(fs []live.Frame) bool { return last(fs).Account.Runs.Balance() == 9_000 })
	for i := 1; i < len(frames); i++ {
		if frames[i].Account.Revision <= frames[i-1].Account.Revision {
			t.Errorf("revision %d after %d", frames[i].Account.Revision, frames[i-1].Account.Revision)
		}
	}
	cancel()
	cancel()
	if n := h.Stats(); n.Watchers != 0 || n.Accounts != 0 {
		t.Errorf("%+v", n)
	}
}

func (f *fixture) revision(id int64) int64 {
	f.t.Helper()
	a, err := f.Account(f.ctx, id)
	f.must(err)
	return a.Revision
}

// Watchers of the same thing in the same form share one frame, byte for byte. Another form gets its own.
func TestFramesAreShared(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h := f.hub(f.Store)
	topic := func(form byte) live.Topic {
		return live.Topic{Account: id, Kind: live.Status, Form: live.Form{form}, Encode: func(fr live.Frame) []byte {
			return fmt.Appendf(nil, "%d:%d", form, fr.Account.Runs.Used())
		}}
	}
	var sinks []*sink
	for i := range 100 {
		s := newSink()
		sinks = append(sinks, s)
		h.Watch(topic(byte(i%2)), nil, s)
	}
	for _, s := range sinks {
		s.wait(t, "first frame", atLeast(1))
	}
	before := h.Stats().Encoded
	f.use(id, tool, 7)
	for i, s := range sinks {
		s.wait(t, "second frame", atLeast(2))
		if got := string(s.payloads[1]); got != fmt.Sprintf("%d:7", i%2) {
			t.Fatalf("sink %d got %s", i, got)
		}
	}
	if &sinks[0].payloads[1][0] != &sinks[2].payloads[1][0] {
		t.Error("made twice")
	}
	if n := h.Stats().Encoded - before; n != 2 {
		t.Errorf("%d frames were made for 2 forms", n)
	}
}

func TestUnknownAccountEndsTheWatch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	h := f.hub(f.Store)
	for _, topic := range []live.Topic{{Account: 77, Kind: live.Status}, {Account: 77, Kind: live.Banners}, f.events(live.Crossings, 77)} {
		s := newSink()
		h.Watch(topic, nil, s)
		var refused *tsdb.Error
		if err := s.end(t); !errors.As(err, &refused) || refused.Code != tsdb.NotFound {
			t.Errorf("%v", err)
		}
	}
	if n := h.Stats(); n.Watchers != 0 || n.Accounts != 0 {
		t.Errorf("%+v", n)
	}
}

// Banners are sent when they differ, to each user those that this user has not dismissed.
func TestBannersOfEachUser(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h, mia, max := f.hub(f.Store), newSink(), newSink()
	h.Watch(live.Topic{Account: id, Kind: live.Banners, User: "mia"}, nil, mia)
	h.Watch(live.Topic{Account: id, Kind: live.Banners, User: "max"}, nil, max)
	shows := func(percent int64) func([]live.Frame) bool {
		return func(fs []live.Frame) bool {
			if len(fs) == 0 {
				return false
			}
			list := last(fs).Banners.Banners
			return percent == 0 && len(list) == 0 || len(list) == 1 && list[0].Percent == percent
		}
	}
	mia.wait(t, "none", shows(0))
	f.use(id, tool, 5_000)
	mia.wait(t, "50%", shows(50))
	banner := last(max.wait(t, "50%", shows(50))).Banners.Banners[0]
	f.must(f.DismissBanner(f.ctx, id, "mia", banner.Ref()))
	mia.wait(t, "dismissed", shows(0))
	f.use(id, tool, 1)
	f.use(id, tool, 2_000)
	mia.wait(t, "70%", shows(70))
	frames := max.wait(t, "70%", shows(70))
	if len(frames) != 3 {
		t.Errorf("max was told %d times of 3 different lists", len(frames))
	}
}

func TestEventsFromSnapshotAndFromCursor(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h, s := f.hub(f.Store), newSink()
	h.Watch(f.events(live.Crossings, id), nil, s)
	snapshot := s.wait(t, "snapshot", atLeast(1))[0]
	if snapshot.Account == nil || snapshot.Cursor != snapshot.Account.Revision {
		t.Fatalf("%+v", snapshot)
	}
	f.use(id, tool, 7_500) // three at once
	f.topUp(id, 10_000)    // 37.5%: 50 and 70 re-arm
	frames := s.wait(t, "crossings", atLeast(6))
	want := []string{"20 false", "50 false", "70 false", "50 true", "70 true"}
	for i, f := range frames[1:] {
		if got := crossing(t, f); got != want[i] {
			t.Errorf("event %d: %s, want %s", i, got, want[i])
		}
	}
	for i := range want { // resumed after each of them
		resumed := newSink()
		after := frames[i+1].Cursor
		h.Watch(f.events(live.Crossings, id), &after, resumed)
		for j, f := range resumed.wait(t, "resumed", atLeast(len(want)-1-i)) {
			if f.Cursor != frames[i+2+j].Cursor {
				t.Errorf("after %d came %d", after, f.Cursor)
			}
		}
	}
}

// What commits after the snapshot was read, while it is being made, follows it exactly once.
func TestChangeBetweenSnapshotAndStream(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h, s := f.hub(f.Store), newSink()
	f.untilListening(h)
	topic := f.events(live.Crossings, id)
	read := topic.Snapshot
	topic.Snapshot = func(ctx context.Context) (live.Frame, error) {
		frame, err := read(ctx)
		f.use(id, tool, 7_500)
		return frame, err
	}
	h.Watch(topic, nil, s)
	s.wait(t, "the snapshot and what follows", atLeast(4))
	f.untilQuiet(h, id)
	frames := s.wait(t, "nothing more", atLeast(4))
	got := []string{}
	for _, fr := range frames[1:] {
		got = append(got, crossing(t, fr))
	}
	if want := "[20 false 50 false 70 false]"; frames[0].Account.Runs.Used() != 0 || fmt.Sprint(got) != want {
		t.Errorf("a snapshot at %v used, then %v, want %s", frames[0].Account.Runs.Used(), got, want)
	}
}

// untilQuiet waits until a state of the account's last revision has gone through the hub.
func (f *fixture) untilQuiet(h *live.Hub, id int64) {
	f.t.Helper()
	s := newSink()
	cancel := h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, s)
	defer cancel()
	s.wait(f.t, "the last state", func(fs []live.Frame) bool { return len(fs) > 0 && last(fs).Account.Revision == f.revision(id) })
}

// Nobody is notified of what commits between a first frame and the hub's LISTEN, so the hub compares as soon as it listens.
func TestChangeBeforeTheHubListens(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h, err := live.New(live.Config{Store: f.Store, Log: slog.New(slog.DiscardHandler)})
	f.must(err)
	states, events, zero := newSink(), newSink(), int64(0)
	h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, states)
	h.Watch(f.events(live.Crossings, id), &zero, events)
	_, err = h.RunOnce(f.ctx)
	f.must(err)
	states.wait(t, "first", atLeast(1))
	f.use(id, tool, 5_000)
	from := time.Now()
	h.Start()
	t.Cleanup(h.Stop)
	states.wait(t, "what was missed", func(fs []live.Frame) bool { return last(fs).Account.Runs.Used() == 5_000 })
	if got := crossing(t, events.wait(t, "events", atLeast(2))[1]); got != "50 false" {
		t.Errorf("%s", got)
	}
	t.Logf("after %s", time.Since(from))
}

func crossing(t testing.TB, f live.Frame) string {
	t.Helper()
	c, err := f.Event.Crossing()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %t", c.Threshold, c.Rearmed)
}

// A cursor from before what is kept, or from a future that never existed, starts again from a snapshot.
func TestCursorsThatCannotBeResumed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	f.use(id, tool, 7_500)
	f.advance(9 * 24 * time.Hour)
	_, err := f.DropOutbox(f.ctx)
	f.must(err)
	h := f.hub(f.Store)
	for _, after := range []int64{0, 1, f.revision(id) + 1000} {
		s := newSink()
		h.Watch(f.events(live.Crossings, id), &after, s)
		if first := s.wait(t, "snapshot", atLeast(1))[0]; first.Account == nil {
			t.Errorf("after %d came %+v", after, first)
		}
	}
	after, s := f.revision(id), newSink()
	h.Watch(f.events(live.Crossings, id), &after, s)
	f.use(id, tool, 1_500)
	if got := crossing(t, s.wait(t, "90%", atLeast(2))[1]); got != "90 false" {
		t.Errorf("%s", got)
	}
}

// A sink without room gets every event later, a backlog comes in pages, and others are not held up.
func TestSlowWatcherOfEventsMissesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h, slow, quick := f.hub(f.Store), newSink(), newSink()
	zero := int64(0)
	slow.setFull(true)
	h.Watch(f.events(live.Crossings, id), &zero, slow)
	for range 30 { // 5 steps up and down each time
		f.use(id, tool, 9_000)
		f.topUp(id, 90_000)
		f.use(id, tool, 90_000)
		f.topUp(id, 10_000)
	}
	h.Watch(f.events(live.Crossings, id), &zero, quick)
	all := f.crossings(id)
	quick.wait(t, "every event", atLeast(len(all)))
	slow.setFull(false)
	frames := slow.wait(t, "every event, late", atLeast(len(all)))
	for i := range all {
		if frames[i].Cursor != all[i] {
			t.Fatalf("event %d is %d, want %d", i, frames[i].Cursor, all[i])
		}
	}
}

// crossings returns the seqs of all crossings of an account.
func (f *fixture) crossings(id int64) []int64 {
	f.t.Helper()
	found, err := f.Events(f.ctx, []tsdb.EventsOf{{Account: id}}, 1_000_000)
	f.must(err)
	var seqs []int64
	for _, e := range found.Events[tsdb.EventsOf{Account: id}] {
		if e.Kind == tsdb.EventCrossing {
			seqs = append(seqs, e.Revision)
		}
	}
	return seqs
}

// What changes without a commit is shown at the next poll: here a reservation that times out.
func TestStateThatChangesByItself(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	_, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Mode: "REJECT", Amount: 10, IdempotencyKey: "r"})
	f.must(err)
	h, s := f.hub(f.Store), newSink()
	h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, s)
	if first := s.wait(t, "first", atLeast(1))[0]; first.Account.Reserved(billing.ToolRuns) != 10 {
		t.Fatalf("reserved %v", first.Account.Reserved(billing.ToolRuns))
	}
	f.advance(16 * time.Minute)
	s.wait(t, "free again", func(fs []live.Frame) bool { return last(fs).Account.Reserved(billing.ToolRuns) == 0 })
}

func TestStopEndsEverything(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	h, states, events := f.hub(f.Store), newSink(), newSink()
	h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, states)
	h.Watch(f.events(live.Deployments, id), nil, events)
	h.Stop()
	late := newSink()
	h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, late)
	for _, s := range []*sink{states, events, late} {
		if err := s.end(t); !errors.Is(err, live.ErrStopped) {
			t.Errorf("%v", err)
		}
	}
}

func TestFaultsOfFramesEndTheirWatchesAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	h, broken, healthy := f.hub(f.Store), newSink(), newSink()
	h.Watch(live.Topic{Account: id, Kind: live.Status, Form: live.Form{1}, Encode: func(live.Frame) []byte { panic("bug") }}, nil, broken)
	h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, healthy)
	if err := broken.end(t); !errors.Is(err, live.ErrFault) {
		t.Errorf("%v", err)
	}
	healthy.wait(t, "first frame", atLeast(1))
}

// A watcher costs little memory and no goroutine.
func TestCostOfAWatcher(t *testing.T) { // it measures the process
	f := newFixture(t)
	const n = 10_000
	h, err := live.New(live.Config{Store: f.Store})
	f.must(err)
	sinks := make([]*sink, n)
	for i := range sinks {
		sinks[i] = newSink()
	}
	before, goroutines := footprint()
	for i, s := range sinks {
		h.Watch(live.Topic{Account: int64(i + 1), Kind: live.Status}, nil, s)
	}
	after, now := footprint()
	t.Logf("%d bytes a watched account, %d goroutines more", (after-before)/n, now-goroutines)
	if (after-before)/n > 2048 || now > goroutines {
		t.Errorf("%d bytes a watched account, %d goroutines more", (after-before)/n, now-goroutines)
	}
	h.Stop()
}

func footprint() (bytes, goroutines int) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc), runtime.NumGoroutine()
}

func TestConfigNeedsAStore(t *testing.T) {
	t.Parallel()
	if _, err := live.New(live.Config{}); err == nil {
		t.Error("accepted")
	}
}

// The lag of what is waiting grows with time, even while rounds fail; that of the latest round does not stay forever.
func TestLagIsThatOfWhatWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	h, err := live.New(live.Config{Store: f.Store, Log: slog.New(slog.DiscardHandler)})
	f.must(err)
	t.Cleanup(h.Stop)
	h.Watch(live.Topic{Account: f.account(), Kind: live.Status}, nil, newSink())
	broken, cancel := context.WithCancel(f.ctx)
	cancel()
	lag := func(after time.Duration, want time.Duration) {
		t.Helper()
		f.advance(after)
		if got := h.Stats().Lag; got != want {
			t.Errorf("lag %s, want %s", got, want)
		}
	}
	lag(30*time.Second, 30*time.Second)
	if _, err := h.RunOnce(broken); err == nil {
		t.Fatal("a round without a database was one")
	}
	lag(10*time.Second, 40*time.Second)
	if _, err := h.RunOnce(f.ctx); err != nil {
		t.Fatal(err)
	}
	lag(time.Minute, 40*time.Second)
	lag(time.Second, 0)
}
