package live

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/usagegraph/usagegraph/tsdb"
)

// Config configures a Hub. Zero values take the defaults.
type Config struct {
	// Store is the source of changes. Required.
	Store *tsdb.Store
	// Poll is how often the hub looks for changes that notifications missed, and for states that change by themselves. Default, and
	// maximum, 2 s.
	Poll time.Duration
	// Batch is how many accounts one query reads; default 500.
	Batch int
	// Page is how many events of an account are read at once; default 200.
	Page int
	// Timeout bounds each query; default 10 s.
	Timeout time.Duration
	// Log receives what an operator should know; nil: slog.Default.
	Log *slog.Logger
}

const (
	maxPoll = 2 * time.Second
	// pagePause paces a backlog of events, so that its watcher can keep up.
	pagePause = 20 * time.Millisecond
	// maxRest bounds the pause after a round. The pause is as long as the round, so that the hub takes at most half of one connection's
	// time, however much is written.
	maxRest = 100 * time.Millisecond
	// firstRetry is the pause after the LISTEN connection broke or a round failed; it doubles up to maxPoll.
	firstRetry = 20 * time.Millisecond
	// maxStarters is how many snapshots are made at once.
	maxStarters = 4
)

func (c Config) withDefaults() (Config, error) {
	if c.Store == nil {
		return c, errors.New("live: Config needs Store")
	}
	if c.Poll <= 0 || c.Poll > maxPoll {
		c.Poll = maxPoll
	}
	if c.Batch <= 0 {
		c.Batch = 500
	}
	if c.Page <= 0 {
		c.Page = 200
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}

// Hub serves the watchers of one process. Its methods may be called concurrently.
type Hub struct {
	cfg   Config
	wake  chan struct{} // something has to be shown
	look  chan struct{} // compare all revisions now
	loops sync.WaitGroup
	// failed is the pause after the last round if that failed; only serve uses it.
	failed time.Duration
	// ctx ends with Stop.
	ctx context.Context // the hub's own life
	end context.CancelFunc

	mu       sync.Mutex
	stopped  bool
	accounts map[int64]*account
	dirty    map[int64]struct{}    // to be read in the next round
	later    map[int64]struct{}    // have a backlog, to be read after pagePause
	full     map[*watcher]struct{} // had no room for an event, to be asked again at the next poll
	again    map[*topic]struct{}   // their snapshot failed and will be made again at the next poll
	since    time.Time             // when the oldest of dirty was marked
	reading  time.Time             // since when the accounts of the current round had waited; zero: there is no round
	shown    time.Time             // when the latest round ended
	round    uint64
	starts   []*topic // waiting for their snapshots
	starters int
	stats    Stats
}

// Stats are a Hub's counts, for metrics.
type Stats struct {
	Accounts  int           // watched now
	Watchers  int           // now
	Listening bool          // the LISTEN connection is up
	Rounds    uint64        // since start
	Frames    uint64        // given to sinks since start
	Encoded   uint64        // frames made for them
	Relistens uint64        // how often the LISTEN connection was lost
	Lag       time.Duration // from hearing of a change to showing it, in the latest round of the last minute, or as long as something has been waiting, if that is longer
}

// New makes a Hub. Start starts it.
func New(cfg Config) (*Hub, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	h := &Hub{cfg: cfg, wake: make(chan struct{}, 1), look: make(chan struct{}, 1), accounts: map[int64]*account{}, dirty: map[int64]struct{}{},
		later: map[int64]struct{}{}, full: map[*watcher]struct{}{}, again: map[*topic]struct{}{}}
	h.ctx, h.end = context.WithCancel(context.Background())
	return h, nil
}

// Start starts listening and serving. Call it once.
func (h *Hub) Start() {
	h.loops.Go(h.listen)
	h.loops.Go(h.serve)
}

// Stop ends the work and every watch, with ErrStopped. It may be called repeatedly.
func (h *Hub) Stop() {
	h.end()
	h.mu.Lock()
	h.stopped = true
	for _, a := range h.accounts {
		h.endAll(a, ErrStopped)
	}
	h.mu.Unlock()
	h.loops.Wait()
}

// Stats returns the present counts.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.stats
	s.Accounts = len(h.accounts)
	s.Lag = h.lag()
	return s
}

// lagKept is how long a round's lag is shown: long enough for a scrape, but not until the next change.
const lagKept = time.Minute

// lag also considers what is waiting, because rounds that fail or hang report nothing themselves. The lock is held.
func (h *Hub) lag() time.Duration {
	now, lag := h.cfg.Store.Now(), h.stats.Lag
	if now.Sub(h.shown) > lagKept {
		lag = 0
	}
	if len(h.dirty) > 0 {
		lag = max(lag, now.Sub(h.since))
	}
	if !h.reading.IsZero() {
		lag = max(lag, now.Sub(h.reading))
	}
	return lag
}

// serve runs in the one goroutine that reads and sends.
func (h *Hub) serve() {
	poll := time.NewTicker(h.cfg.Poll)
	defer poll.Stop()
	var pages <-chan time.Time // set while there is a backlog
	for h.ctx.Err() == nil {
		select {
		case <-h.ctx.Done():
		case <-h.wake:
			h.showChanges()
		case <-poll.C:
			h.retryFull()
			h.retryStarts()
			h.noticeEpoch()
			h.compare()
		case <-h.look:
			h.noticeEpoch()
			h.compare()
		case <-pages:
			pages = nil
			h.retryLater()
		}
		if pages == nil && h.hasBacklog() {
			pages = time.After(pagePause)
		}
	}
}

// showChanges runs one round and rests as long as it took. After a failed round it rests twice as long as the last time.
func (h *Hub) showChanges() {
	from := h.cfg.Store.Now()
	if _, err := h.RunOnce(h.ctx); err != nil && h.ctx.Err() == nil {
		if errors.Is(err, tsdb.ErrEpoch) {
			h.noticeEpoch()
		}
		h.failed = min(max(2*h.failed, firstRetry), maxPoll)
		h.cfg.Log.Warn("live updates could not be read, trying again", "error", err, "in", h.failed)
		h.pause(h.failed)
		h.signal(h.wake)
		return
	}
	h.failed = 0
	h.pause(min(h.cfg.Store.Now().Sub(from), maxRest))
}

// pause waits, unless the hub stops.
func (h *Hub) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.ctx.Done():
	}
}

// signal wakes whoever waits on a channel with room for one signal.
func (h *Hub) signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// listen keeps one LISTEN connection, and makes the hub compare everything whenever it has a new one.
func (h *Hub) listen() {
	retry := firstRetry
	for h.ctx.Err() == nil {
		err := h.cfg.Store.ListenChanges(h.ctx, func() {
			retry = firstRetry
			h.setListening(true)
			h.signal(h.look)
		}, h.heard)
		if h.ctx.Err() != nil {
			return
		}
		h.setListening(false)
		h.cfg.Log.Warn("the connection that hears of changes broke, opening another", "error", err, "in", retry)
		h.pause(retry)
		retry = min(2*retry, maxPoll)
	}
}

func (h *Hub) setListening(up bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stats.Listening && !up {
		h.stats.Relistens++
	}
	h.stats.Listening = up
}

// heard marks the watched accounts among those that changed.
func (h *Hub) heard(accounts []int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range accounts {
		if h.accounts[id] != nil {
			h.mark(id)
		}
	}
}

// mark marks an account to be read in the next round. The lock is held.
func (h *Hub) mark(id int64) {
	if len(h.dirty) == 0 {
		h.since = h.cfg.Store.Now()
	}
	h.dirty[id] = struct{}{}
	h.signal(h.wake)
}
