package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// clock is the simulated clock.
type clock struct{ micros atomic.Int64 }

func (c *clock) now() time.Time  { return time.UnixMicro(c.micros.Load()).UTC() }
func (c *clock) set(t time.Time) { c.micros.Store(t.UnixMicro()) }

// world is the simulation: its clock, what happens when, and the traffic that flows meanwhile.
type world struct {
	cfg             Config
	clock           *clock
	store           *tsdb.Store
	batcher         *tsdb.Batcher
	random          *rand.Rand
	start, end      time.Time
	acts            []act
	streams         []*stream
	mu              sync.Mutex // of the counts, which two modes add to
	stored, refused int
	housekept       time.Time // when daily and weekly jobs were last done
	rolledUp        time.Time
	rolling         sync.WaitGroup
	rollErr         error
}

// act is something that somebody does at an instant.
type act struct {
	at   time.Time
	who  string
	what string
	do   func(context.Context) error
}

func newWorld(cfg Config) (*world, error) {
	if cfg.Pool == nil || cfg.End.IsZero() {
		return nil, errors.New("demo: Config needs Pool and End")
	}
	if cfg.Events == 0 {
		cfg.Events = DefaultEvents
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	w := &world{cfg: cfg, clock: &clock{}, random: rand.New(rand.NewPCG(cfg.Seed, 0x75736167656772)), end: cfg.End.UTC().Truncate(time.Second)}
	w.start = w.end.AddDate(-1, 0, -10)
	w.clock.set(w.start)
	w.housekept, w.rolledUp = w.start, w.start
	var err error
	w.store, err = tsdb.New(tsdb.Config{Pool: cfg.Pool, Clock: w.clock.now, Log: cfg.Log, Demo: true, Settings: cfg.Settings})
	return w, err
}

// tell lets the stories put their acts on the calendar.
func (w *world) tell() {
	stories := []func(*world){northwind, blueHarbor, kestrel, pixelFoundry, sunrise, atlas}
	if n := w.cfg.Accounts; n > 0 && n < len(stories) {
		stories = stories[:n]
	}
	for _, story := range stories {
		story(w)
	}
	slices.SortStableFunc(w.acts, func(a, b act) int { return a.at.Compare(b.at) })
}

// run lets the year pass: up to the next act or the next step, whichever comes first.
func (w *world) run(ctx context.Context) error {
	acts := w.acts
	for now := w.start; ; {
		for len(acts) > 0 && !acts[0].at.After(now) {
			if err := acts[0].do(ctx); err != nil {
				return fmt.Errorf("%s: %s: %w", acts[0].who, acts[0].what, err)
			}
			acts = acts[1:]
		}
		if !now.Before(w.end) {
			return w.jobs(ctx, now)
		}
		next := now.Add(w.step(now))
		if len(acts) > 0 && acts[0].at.Before(next) {
			next = acts[0].at
		}
		if next.After(w.end) {
			next = w.end
		}
		if err := w.pass(ctx, now, next); err != nil {
			return err
		}
		now = next
	}
}

// step is how much time passes between two postings: the nearer to the end, the finer.
func (w *world) step(now time.Time) time.Duration {
	step := 5 * time.Minute
	switch left := w.end.Sub(now); {
	case left > 60*day:
		step = 6 * time.Hour
	case left > 7*day:
		step = 2 * time.Hour
	case left > 3*time.Hour:
		step = 30 * time.Minute
	}
	if w.cfg.Light {
		return 4 * step
	}
	return step
}

const day = 24 * time.Hour

// pass lets time pass: the traffic of that time is posted at its end, then the meter ticks.
func (w *world) pass(ctx context.Context, from, to time.Time) error {
	record, enforce := w.traffic(from, to)
	w.clock.set(to)
	var both sync.WaitGroup
	var errs [2]error
	both.Go(func() { errs[0] = w.submit(ctx, record, tsdb.Record) })
	both.Go(func() { errs[1] = w.submit(ctx, enforce, tsdb.Enforce) })
	both.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if _, err := w.store.Tick(ctx, 100); err != nil {
		return err
	}
	if w.cfg.Progress != nil {
		w.cfg.Progress(Progress{At: to, Done: int64(to.Sub(w.start) / time.Second), Total: int64(w.end.Sub(w.start) / time.Second), Events: w.stored})
	}
	return w.jobs(ctx, to)
}

// submitLimit is how many events one call submits.
const submitLimit = 10_000

// submit stores events; only a gate may refuse one. The counts belong to this mode alone, so that both may run at once.
func (w *world) submit(ctx context.Context, events []tsdb.UsageEvent, mode tsdb.UsageMode) error {
	stored, refused := 0, 0
	for part := range slices.Chunk(events, submitLimit) {
		results, err := w.batcher.Submit(ctx, part, mode)
		if err != nil {
			return err
		}
		for i := range results {
			switch r := &results[i]; {
			case r.Status == tsdb.Stored:
				stored++
			case r.Decision != nil:
				refused++
			default:
				return fmt.Errorf("event %q of account %d: %s %s %s", part[i].ID, part[i].AccountID, r.Status, r.Code, r.Message)
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stored, w.refused = w.stored+stored, w.refused+refused
	return nil
}

// jobs are what the server's jobs do beside the meter: notices of expiry daily, roll-up weekly.
func (w *world) jobs(ctx context.Context, now time.Time) error {
	if now.Sub(w.housekept) >= day {
		w.housekept = now
		if _, err := w.store.MailExpiring(ctx, 1000); err != nil {
			return err
		}
	}
	if now.Sub(w.rolledUp) < 7*day {
		return nil
	}
	w.rolledUp = now
	if _, err := w.store.DropOutbox(ctx); err != nil {
		return err
	}
	w.rolling.Wait() // beside the traffic, as the server's job does it
	if w.rollErr != nil {
		return w.rollErr
	}
	w.rolling.Go(func() { w.rollErr = w.rollUp(ctx) })
	return nil
}

// rollUp rolls up all that is over.
func (w *world) rollUp(ctx context.Context) error {
	for {
		done, err := w.store.RollUp(ctx, 100_000)
		if err != nil || !done.Left {
			return err
		}
	}
}
