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

// heart tells the other processes every few seconds that this process is alive and which jobs it is working on, and returns jobs that
// nobody is working on to the queue. River itself considers a job lost only when its time-out has passed, and a job that is under way in
// name only blocks every further run of it.
//
// If heart is wrong, because a process that is alive was silent, a job is done twice at once. Jobs tolerate that, and so does a delivery:
// an e-mail is sent at least once, with one Message-ID.
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

// silentBeats is how many beats a process may miss before it is considered dead.
const silentBeats = 4

func newHeart(store *tsdb.Store, every time.Duration, log *slog.Logger) *heart {
	return &heart{store: store, every: every, log: log, jobs: map[int64]int{}}
}

// hold records that this process is working on a job until the returned function is called.
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

// start beats once, so that no unknown process ever works on a job, and continues until stop.
func (h *heart) start(ctx context.Context, id string) error {
	h.id = id
	if _, err := h.store.Beat(ctx, id, nil); err != nil {
		return err
	}
	ctx, h.end = context.WithCancel(context.WithoutCancel(ctx))
	h.loop.Go(func() { h.run(ctx) })
	return nil
}

// stop ends the beats and deletes the process's name. If that fails, the others notice its silence.
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

// beat records that this process is alive and, once it has beaten for as long as a silent process is waited for, looks for abandoned jobs.
// When a database comes back, everybody's last beat is old; the delay gives the others time to beat again.
func (h *heart) beat(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, h.every)
	defer cancel()
	silence := silentBeats * h.every
	now, err := h.store.Beat(ctx, h.id, h.held())
	if err != nil {
		h.unended = time.Time{}
		return // the jobs report whatever is wrong with the database
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
