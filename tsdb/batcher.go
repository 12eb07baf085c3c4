package tsdb

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// BatcherConfig says how a Batcher groups. Zero values take the defaults.
type BatcherConfig struct {
	// Writers is the number of transactions under way at once. Accounts are dealt to writers by hash, so that no two
	// ever touch the same account. Default 2.
	Writers int
	// Linger is how long a writer waits for the next caller before it commits. If a quarter of its last transaction is
	// longer, it waits for that, but at most for ten times Linger. While callers keep coming, it waits for at most five
	// times that long. It stops waiting once it has as many callers as it answered last plus those that were waiting
	// then. Default 2 ms; at most 1 s.
	Linger time.Duration
	// MaxBatch is the number of events at which a writer stops collecting. Default 5,000.
	MaxBatch int
	// Timeout bounds one transaction. Default 30 s.
	Timeout time.Duration
	// Observe is called with each batch after its transaction, for metrics; nil: not called. It must not block.
	Observe func(Batch)
}

// Batch is the outcome of one transaction.
type Batch struct {
	Callers  int
	Took     time.Duration // the transaction
	Age      time.Duration // from the arrival of its first event to its end
	Err      error         // not nil: nothing of it was stored
	Statuses map[UsageStatus]int
	Refusals map[UsageCode]int // of the REFUSED
	// Provisioned are tools and models that events made, by the events' kind.
	Provisioned map[UsageKind]int
}

func (c BatcherConfig) withDefaults() BatcherConfig {
	if c.Writers <= 0 {
		c.Writers = 2
	}
	if c.Linger <= 0 || c.Linger > time.Second {
		c.Linger = 2 * time.Millisecond
	}
	if c.MaxBatch <= 0 {
		c.MaxBatch = 5000
	}
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	return c
}

// ErrStopped says that a Batcher takes nothing more. What a call had not handed to a writer by then was not stored; a
// call whose events belong to several writers may have been stored in part, and its results say which part.
var ErrStopped = errors.New("tsdb: the server is shutting down")

// Batcher groups the events of many callers into few transactions. A call returns after the commit of all its events,
// so nothing is acknowledged that could be lost. Hand-off is unbuffered: under load batches grow and callers wait, so
// the number of callers bounds the memory.
type Batcher struct {
	store   *Store
	cfg     BatcherConfig
	writers []*batchWriter
	stop    chan struct{}
	once    sync.Once
	done    sync.WaitGroup
	// life is the context of the transactions: Drain may have to cut them off.
	life context.Context
	cut  context.CancelFunc
}

// submission is the part of one call that goes to one writer. since is when the call came in; the age of a batch is
// computed from it.
type submission struct {
	of    context.Context // of the call, for its trace; its end does not end the transaction
	items []*ingestItem
	since time.Time
	err   error
	done  chan struct{}
}

// NewBatcher starts the writers.
func NewBatcher(store *Store, cfg BatcherConfig) *Batcher {
	b := &Batcher{store: store, cfg: cfg.withDefaults(), stop: make(chan struct{})}
	b.life, b.cut = context.WithCancel(context.Background())
	for range b.cfg.Writers {
		w := &batchWriter{queue: make(chan *submission)}
		b.writers = append(b.writers, w)
		b.done.Go(func() { b.write(w) })
	}
	return b
}

// Stop lets the writers finish what they hold, and refuses what comes later with ErrStopped. It may be called
// repeatedly.
func (b *Batcher) Stop() {
	b.once.Do(func() { close(b.stop) })
	b.done.Wait()
}

// Drain is like Stop, but waits no longer than ctx: after that, what is under way is cut off, and its callers get an
// error.
func (b *Batcher) Drain(ctx context.Context) {
	defer context.AfterFunc(ctx, b.cut)()
	b.Stop()
}

// Submit stores events and answers each in order, after their commit. Events that do not validate are refused one by
// one. If it returns an error, an event with a result is stored or refused as the result says. Whether an event with a
// zero result was stored is unknown, unless the error is ErrStopped or that of ctx: then it was not. Repeating the
// whole call is safe.
func (b *Batcher) Submit(ctx context.Context, events []UsageEvent, mode UsageMode) ([]UsageResult, error) {
	results, since := make([]UsageResult, len(events)), b.store.clock()
	parts := make([]*submission, len(b.writers))
	for _, it := range b.store.itemsOf(events, mode, results) {
		// The high bits of a product, so that accounts with consecutive ids are distributed evenly.
		w := int(uint64(it.event.AccountID) * 0x9E3779B97F4A7C15 >> 32 % uint64(len(b.writers)))
		if parts[w] == nil {
			parts[w] = &submission{of: ctx, since: since, done: make(chan struct{})}
		}
		parts[w].items = append(parts[w].items, it)
	}
	return results, b.await(ctx, parts)
}

// await hands the parts to their writers and waits for all of them. It does so for all writers at once: a busy one must
// not keep the others waiting.
func (b *Batcher) await(ctx context.Context, parts []*submission) error {
	var failed error
	var last int
	for w, p := range parts {
		if p != nil {
			last = w
		}
	}
	for w, p := range parts {
		switch {
		case p == nil:
		case w == last:
			b.handOver(ctx, w, p)
		default:
			go b.handOver(ctx, w, p)
		}
	}
	for _, p := range parts {
		if p == nil {
			continue
		}
		<-p.done // a writer answers within its time-out, even if the caller has gone
		if p.err == nil {
			continue
		}
		failed = errors.Join(failed, p.err)
		for _, it := range p.items {
			*it.result = UsageResult{} // of a transaction that did not commit
		}
	}
	return failed
}

func (b *Batcher) handOver(ctx context.Context, writer int, p *submission) {
	w := b.writers[writer]
	w.waiting.Add(1)
	defer w.waiting.Add(-1)
	select {
	case w.queue <- p:
	case <-b.stop:
		p.refuse(ErrStopped)
	case <-ctx.Done():
		p.refuse(ctx.Err())
	}
}

func (p *submission) refuse(err error) {
	p.err = err
	close(p.done)
}

// batchWriter is what one writer knows of its callers. If usage is spread over many accounts, most of the work is what
// each account costs per transaction. So callers that send again as soon as they are answered should all be in the next
// transaction, rather than alternate between two.
type batchWriter struct {
	queue   chan *submission
	waiting atomic.Int32 // callers that want to hand over
	// expected is how many callers the next transaction should have: those that the last one answered, who may come
	// again, and those that were waiting when it ended. 0: there was none.
	expected int
	took     time.Duration // the last transaction
}

// write runs one writer: it collects and commits until the Batcher stops.
func (b *Batcher) write(w *batchWriter) {
	for {
		select {
		case first := <-w.queue:
			batch, began := b.collect(w, first), time.Now()
			b.commit(batch)
			w.expected, w.took = len(batch)+int(w.waiting.Load()), time.Since(began)
		case <-b.stop:
			return
		}
	}
}

// collect adds to first the submissions that follow one another within the linger, up to MaxBatch events. It does not
// wait for more callers than are expected.
func (b *Batcher) collect(w *batchWriter, first *submission) []*submission {
	batch, n := []*submission{first}, len(first.items)
	linger := min(max(b.cfg.Linger, w.took/4), 10*b.cfg.Linger)
	quiet, full := time.NewTimer(linger), time.NewTimer(5*linger)
	defer quiet.Stop()
	defer full.Stop()
	for n < b.cfg.MaxBatch {
		if w.expected > 0 && len(batch) >= w.expected && w.waiting.Load() == 0 {
			return batch
		}
		select {
		case p := <-w.queue:
			batch, n = append(batch, p), n+len(p.items)
			quiet.Reset(linger)
		case <-quiet.C:
			return batch
		case <-full.C:
			return batch
		case <-b.stop:
			return batch
		}
	}
	return batch
}

// commit stores a batch in one transaction and answers its callers. If a batch of several callers fails and one of them
// may be the cause, each is tried alone, so that no caller fails because of another.
func (b *Batcher) commit(batch []*submission) {
	err := b.ingest(batch)
	alone := err != nil && len(batch) > 1 && !b.isDown(err)
	if alone {
		b.store.log.Warn("ingest failed, trying the callers one by one", "callers", len(batch), "error", err)
	}
	for _, p := range batch {
		if alone {
			err = b.ingest([]*submission{p})
			alone = !b.isDown(err)
		}
		p.refuse(err)
	}
}

// isDown reports whether the next caller would fail as well. A transaction that ran out of time may have waited for one
// locked account, or for a database that answers nobody.
func (b *Batcher) isDown(err error) bool {
	return pg.IsOutage(err) || errors.Is(err, context.DeadlineExceeded) && pg.Hangs(b.life, b.store.pool)
}

// ingest runs one transaction over the items of a batch.
func (b *Batcher) ingest(batch []*submission) error {
	// A caller who hangs up must not end the others' batch. Its statements are traced under the first caller's span.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(batch[0].of), b.cfg.Timeout)
	defer cancel()
	defer context.AfterFunc(b.life, cancel)()
	items := batch[0].items
	if len(batch) > 1 {
		items = slices.Concat(itemsOfEach(batch)...)
	}
	started := b.store.clock()
	err := b.store.ingest(ctx, items)
	b.observe(batch, items, started, err)
	return err
}

func itemsOfEach(batch []*submission) [][]*ingestItem {
	items := make([][]*ingestItem, len(batch))
	for i, p := range batch {
		items[i] = p.items
	}
	return items
}

// observe reports a batch to cfg.Observe.
func (b *Batcher) observe(batch []*submission, items []*ingestItem, started time.Time, err error) {
	if b.cfg.Observe == nil {
		return
	}
	ended, first := b.store.clock(), batch[0].since
	for _, p := range batch[1:] {
		if p.since.Before(first) {
			first = p.since
		}
	}
	told := Batch{Callers: len(batch), Took: ended.Sub(started), Age: ended.Sub(first), Err: err, Statuses: map[UsageStatus]int{}, Refusals: map[UsageCode]int{},
		Provisioned: map[UsageKind]int{}}
	for i := range items {
		if r := items[i].result; err == nil {
			told.Statuses[r.Status]++
			if items[i].provisioned {
				told.Provisioned[items[i].event.Kind]++
			}
			if r.Status == UsageRefused {
				told.Refusals[r.Code]++
			}
		}
	}
	b.cfg.Observe(told)
}
