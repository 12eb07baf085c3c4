package live_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/live"
	"github.com/usagegraph/usagegraph/tsdb"
)

// watchers are the watchers of one account on one hub.
type watchers struct {
	status, banners, crossings, deployments, resumed *sink
}

func (f *fixture) watch(h *live.Hub, account int64) watchers {
	w := watchers{newSink(), newSink(), newSink(), newSink(), newSink()}
	h.Watch(live.Topic{Account: account, Kind: live.Status}, nil, w.status)
	h.Watch(live.Topic{Account: account, Kind: live.Banners, User: "u"}, nil, w.banners)
	h.Watch(f.events(live.Crossings, account), nil, w.crossings)
	h.Watch(f.events(live.Deployments, account), nil, w.deployments)
	zero := int64(0)
	h.Watch(f.events(live.Crossings, account), &zero, w.resumed)
	return w
}

// world is what changes at random.
type world struct {
	f          *fixture
	accounts   []int64
	tools      map[int64]int64
	guardrails map[int64]int64
}

func (f *fixture) world(accounts int) *world {
	f.t.Helper()
	w := &world{f: f, tools: map[int64]int64{}, guardrails: map[int64]int64{}}
	for range accounts {
		id := f.account()
		w.accounts = append(w.accounts, id)
		w.tools[id] = f.tool(id)
		g, err := f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: id, Name: "toxicity", Scanner: "TOXICITY", CPUType: "GENERAL_PURPOSE", Replicas: 1})
		f.must(err)
		w.guardrails[id] = g.ID
	}
	return w
}

// change does something to one account through one process. What its state forbids is skipped.
func (w *world) change(s *tsdb.Store, r *rand.Rand) {
	f, id := w.f, w.accounts[r.IntN(len(w.accounts))]
	f.advance(time.Duration(r.IntN(3000)) * time.Millisecond)
	var err error
	switch r.IntN(10) {
	case 0:
		_, err = s.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ToolRuns, Kind: billing.TopUp, Amount: billing.Amount(1 + r.IntN(20_000)),
			Reference: "order", IdempotencyKey: fmt.Sprint("g", f.keys.Add(1))}, tsdb.Actor{})
	case 1:
		_, err = s.Tick(f.ctx, 2)
	case 2:
		_, err = s.UndeployGuardrail(f.ctx, id, w.guardrails[id], time.Time{})
	case 3:
		_, err = s.RedeployGuardrail(f.ctx, tsdb.Redeployment{AccountID: id, ID: w.guardrails[id], Hardware: "GENERAL_PURPOSE", Replicas: 1})
	case 4:
		_, err = s.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Mode: "CAP", Amount: 5, IdempotencyKey: fmt.Sprint("r", f.keys.Add(1))})
	case 5:
		w.dismiss(s, id)
	default:
		_, err = s.Ingest(f.ctx, []tsdb.UsageEvent{{AccountID: id, Source: "random", ID: fmt.Sprint(f.keys.Add(1)), Time: f.now(), Kind: tsdb.ToolRun,
			ResourceID: w.tools[id], Runs: int64(1 + r.IntN(3_000))}}, tsdb.Record)
	}
	var refused *tsdb.Error
	if err != nil && !errors.As(err, &refused) {
		f.t.Error(err)
	}
}

func (w *world) dismiss(s *tsdb.Store, id int64) {
	reader := s.Read()
	list, err := reader.Banners(w.f.ctx, id, "u")
	reader.Close(w.f.ctx)
	if err != nil || len(list.Banners) == 0 {
		return
	}
	_ = s.DismissBanner(w.f.ctx, id, "u", list.Banners[0].Ref()) // refused where it is fixed
}

// cutListening cuts every LISTEN connection on the database and returns how many there were.
func (f *fixture) cutListening() (cut int) {
	f.t.Helper()
	f.must(f.pool.QueryRow(f.ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%LISTEN usagegraph_account%' AND pid <> pg_backend_pid()`).Scan(&cut))
	return cut
}

// Two hubs, as of two processes (package main tests those), have watchers while 1,000 random changes are made and LISTEN connections are
// cut. Every last state equals a query at the frame's instant, and every stream of events is complete.
func TestTwoHubsInBadWeather(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	second, err := pgxpool.New(f.ctx, f.pool.Config().ConnString())
	f.must(err)
	t.Cleanup(second.Close)
	stores := []*tsdb.Store{f.Store, f.store(second)}
	hubs := []*live.Hub{f.hub(stores[0]), f.hub(stores[1])}
	w := f.world(5)
	watched := map[int64][]watchers{}
	for _, id := range w.accounts {
		for _, h := range hubs {
			watched[id] = append(watched[id], f.watch(h, id))
		}
	}
	var writers sync.WaitGroup
	cuts := 0
	for n := range 4 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 7)) // a fixed seed
			for i := range 250 {
				w.change(stores[(n+i)%2], r)
				if n == 0 && i%25 == 24 {
					cuts += f.cutListening()
				}
			}
		})
	}
	writers.Wait()
	if cuts == 0 {
		t.Error("no connection was cut")
	}
	for _, id := range w.accounts {
		for _, ws := range watched[id] {
			f.compare(id, ws)
		}
	}
	t.Logf("%d connections cut, %+v", cuts, hubs[0].Stats())
}

// compare waits for the latest state and compares everything that one set of watchers received with the database.
func (f *fixture) compare(id int64, w watchers) {
	f.t.Helper()
	revision := f.revision(id)
	frame := last(w.status.wait(f.t, "last status", func(fs []live.Frame) bool { return len(fs) > 0 && last(fs).Account.Revision == revision }))
	at, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: func() time.Time { return frame.Account.AsOf }})
	f.must(err)
	want, err := at.Account(f.ctx, id)
	f.must(err)
	if got, want := summary(frame.Account), summary(want); got != want {
		f.t.Errorf("last frame %s, query at its instant %s", got, want)
	}
	reader := at.Read()
	defer reader.Close(f.ctx)
	banners, err := reader.Banners(f.ctx, id, "u")
	f.must(err)
	w.banners.wait(f.t, "last banners", func(fs []live.Frame) bool {
		return len(fs) > 0 && fmt.Sprint(last(fs).Banners.Banners) == fmt.Sprint(banners.Banners)
	})
	f.compareEvents(id, "crossings", w.crossings, tsdb.EventCrossing, false)
	f.compareEvents(id, "deployments", w.deployments, tsdb.EventDeployment, false)
	f.compareEvents(id, "crossings from the beginning", w.resumed, tsdb.EventCrossing, true)
}

func summary(a *tsdb.Account) string {
	return fmt.Sprint(a.Revision, a.Credits.Balance(), a.Credits.Allocation(), a.Runs.Balance(), a.Runs.Allocation(), a.Reserved(billing.ToolRuns), a.Slices(),
		len(a.Running), a.Credits.FreeExpired, a.Runs.FreeExpired)
}

// compareEvents compares a stream with the outbox: after its snapshot, or from the beginning.
func (f *fixture) compareEvents(id int64, what string, s *sink, kind tsdb.EventKind, fromTheBeginning bool) {
	f.t.Helper()
	after := int64(0)
	if !fromTheBeginning {
		after = s.wait(f.t, what, atLeast(1))[0].Cursor
	}
	asked := tsdb.EventsOf{Account: id, After: after}
	found, err := f.Events(f.ctx, []tsdb.EventsOf{asked}, 1_000_000)
	f.must(err)
	want := []int64{}
	for _, e := range found.Events[asked] {
		if e.Kind == kind {
			want = append(want, e.Revision)
		}
	}
	expected := len(want)
	if !fromTheBeginning {
		expected++
	}
	frames := s.wait(f.t, what, atLeast(expected))
	if !fromTheBeginning {
		frames = frames[1:]
	}
	got := []int64{}
	for _, frame := range frames {
		got = append(got, frame.Cursor)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		f.t.Errorf("%s of account %d: %v, outbox has %v", what, id, got, want)
	}
}

// A frame follows a commit by the hub's wake-up, in every process. If it took the poll, this test would take a minute.
func TestFramesDoNotWaitForThePoll(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h, s := f.hub(f.store(f.pool)), newSink()
	h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, s)
	s.wait(t, "first", atLeast(1))
	f.untilListening(h)
	from := time.Now()
	const changes = 40
	for range changes {
		f.use(id, tool, 1)
		revision := f.revision(id)
		s.wait(t, "frame", func(fs []live.Frame) bool { return last(fs).Account.Revision == revision })
	}
	took := time.Since(from)
	t.Logf("%s a change, commit included", took/changes)
	if took > 15*time.Second {
		t.Errorf("%d changes took %s", changes, took)
	}
}

// untilListening waits for a hub's LISTEN connection.
func (f *fixture) untilListening(h *live.Hub) {
	f.t.Helper()
	for limit := time.After(time.Minute); !h.Stats().Listening; {
		select {
		case <-limit:
			f.t.Fatal("never listens")
		case <-time.After(time.Millisecond):
		}
	}
}

// A hub whose LISTEN connection breaks opens another one and shows what it missed.
func TestRelisten(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.tool(id)
	h, s := f.hub(f.Store), newSink()
	h.Watch(live.Topic{Account: id, Kind: live.Status}, nil, s)
	for i := range 5 {
		f.untilListening(h)
		f.cutListening()
		f.use(id, tool, 1)
		s.wait(t, "after a cut", func(fs []live.Frame) bool { return len(fs) > 0 && last(fs).Account.Runs.Used() == billing.Amount(i+1) })
	}
	if n := h.Stats().Relistens; n == 0 {
		t.Errorf("%d times", n)
	}
}
