package jobs

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// heart tells the other processes every few seconds that this one lives and what it has in hand, and gives back to the queue what
// nobody has in hand: River itself takes a job for lost only when longer than its time-out has passed, and a job that is under way
// by name alone bars every further run of it.
//
// Where it errs, because a process was silent that lives, a job is done twice at once. Jobs stand that, and a delivery too: a mail
// goes out at least once, with one Message-ID.
type heart struct {
	store *tsdb.Store
	id    string
	every time.Duration
	log   *slog.Logger

	mu   sync.Mutex
	jobs map[int64]int

	unended time.Time // since when this process has beaten without a gap; zero: it has not
	last    time.Time
	end     context.CancelFunc
	loop    sync.WaitGroup
}

// silentBeats is how many beats a process may miss before it is taken for dead.
const silentBeats = 4

func newHeart(store *tsdb.Store, every time.Duration, log *slog.Logger) *heart {
	return &heart{store: store, every: every, log: log, jobs: map[int64]int{}}
}

// hold says that a job is in hand until the result is called.
func (h *heart) hold(job int64) (done func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.jobs[job]++
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.jobs[job]--; h.jobs[job] <= 0 {
			delete(h.jobs, job)
		}
	}
}

// start beats once, so that no job is ever in the hand of a process that nobody knows, and goes on until stop.
func (h *heart) start(ctx context.Context, id string) error {
	h.id = id
	if _, err := h.store.Beat(ctx, id, nil); err != nil {
		return err
	}
	ctx, h.end = context.WithCancel(context.WithoutCancel(ctx))
	h.loop.Go(func() { h.run(ctx) })
	return nil
}

// stop ends the beats and takes the process's name away; where that fails the others find that it is silent.
func (h *heart) stop(ctx context.Context) {
	if h.end == nil {
		return
	}
	h.end()
	h.loop.Wait()
	_ = h.store.ForgetProcess(ctx, h.id)
}

func (h *heart) run(ctx context.Context) {
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.beat(ctx)
		}
	}
}

// beat says that this process lives and, once it has done so for as long as others are waited for, looks for what is left behind. A
// database that comes back finds everybody's last beat old: so it gives the others the time to beat again.
func (h *heart) beat(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, h.every)
	defer cancel()
	silence := silentBeats * h.every
	now, err := h.store.Beat(ctx, h.id, h.held())
	if err != nil {
		h.unended = time.Time{}
		return // whatever is wrong with the database, the jobs say so
	}
	if h.unended.IsZero() || now.Sub(h.last) > silence/2 {
		h.unended = now
	}
	if h.last = now; now.Sub(h.unended) < silence {
		return
	}
	n, err := h.store.RescueJobs(ctx, []string{jobArgs{}.Kind(), deliveryArgs{}.Kind()}, silence)
	if err == nil && n > 0 {
		h.log.Warn("jobs of a process that is gone are done again", "jobs", n)
	}
}

func (h *heart) held() []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.jobs))
}
