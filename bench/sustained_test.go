package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// sustainedOf is the environment variable for how many seconds row 3 lasts; 1800 is the half hour of its target.
const sustainedOf = "USAGEGRAPH_BENCH_SUSTAINED"

const (
	sustainedShare   = 0.8 // of the burst rate
	sustainedSockets = 1000
)

// sustained posts usage at a share of the burst rate for a long time, beside jobs, running hosting and subscribers. It compares what is
// stored in the last minute, or in the last third of the time if that is shorter, with the first.
func (t *trial) sustained() {
	d, span := openEndpointWithJobs(t.B, t.size(1000, 200)), time.Duration(number(sustainedOf, 60))*time.Second
	c := d.newCrowd(0)
	d.hostEach(time.Now().UTC().Truncate(time.Minute), 10)
	d.listen(sustainedSockets)
	d.flow(c, 5*time.Second, 0) // warms up
	burst := d.flow(c, 10*time.Second, 0)
	d.exec("ANALYZE")
	watch := d.observe()
	pace := sustainedShare * burst.within(0, 10*time.Second)
	flow := d.flow(c, span, pace)
	part := min(time.Minute, span/3)
	t.add(flow.within(span-part, span) / flow.within(0, part))
	t.note = fmt.Sprintf("%v at %.0f events a second: %s; p99 of a batch %d ms, the longest %d ms", span, pace, watch(int(flow.events)), flow.p99().Milliseconds(), slices.Max(flow.took).Milliseconds())
}

// flow is what was stored, and how long each batch took.
type flow struct {
	mu     sync.Mutex
	at     []time.Duration // when each batch was stored, since the flow began
	took   []time.Duration
	events int64
}

// within returns how many events per second were stored within a part of the flow.
func (f *flow) within(from, to time.Duration) float64 {
	n := 0
	for _, at := range f.at {
		if at >= from && at < to {
			n++
		}
	}
	return float64(n) * float64(f.events) / float64(len(f.at)) / (to - from).Seconds()
}

func (f *flow) p99() time.Duration { return p99(f.took) }

func p99(took []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)*99/100]
}

// flow makes eight connections post batches of 500 for some time, with pace events per second altogether, or as fast as they can if pace is
// 0.
func (d *endpoint) flow(c *crowd, span time.Duration, pace float64) *flow {
	const connections, batch = 8, 500
	var making sync.Mutex
	f, began := &flow{}, time.Now()
	atOnce(connections, func(i int) {
		for n := 0; time.Since(began) < span; n++ {
			making.Lock()
			body := cloudEventsOf(c.events(batch))
			making.Unlock()
			if pace > 0 {
				time.Sleep(time.Until(began.Add(time.Duration(float64((n*connections+i)*batch) / pace * float64(time.Second)))))
			}
			sent := time.Now()
			if answer := d.post("/v1/events", "application/cloudevents-batch+json", body); !strings.Contains(answer, fmt.Sprintf(`"stored":%d,`, batch)) {
				d.b.Errorf("%.300s", answer)
				return
			}
			f.mu.Lock()
			f.at, f.took, f.events = append(f.at, time.Since(began)), append(f.took, time.Since(sent)), f.events+batch
			f.mu.Unlock()
		}
	})
	return f
}

// listen opens sockets that watch the state of accounts, and reads each of them.
func (d *endpoint) listen(n int) {
	w := &watchers{fleet: d.fleet}
	token := d.newTokenOf(access.NewToken{Role: string(auth.Support), Name: "bench sockets", AnyDocument: true})
	for i := range n {
		x := w.open(strings.TrimPrefix(d.at, "http://"), token, d.accounts[i*len(d.accounts)/n])
		go func(conn net.Conn, in *bufio.Reader) { _, _ = io.Copy(io.Discard, in) }(x.conn, x.in)
		d.b.Cleanup(func() { _ = x.conn.Close() })
	}
}

// observe checks the roll-up, memory and the log once a second, until the function that it returns is called, which reports on them.
func (d *endpoint) observe() (tell func(events int) string) {
	var behind atomic.Int64 // seconds
	memory, err := resident(os.Getpid())
	d.must(err)
	var from string
	d.must(d.pool.QueryRow(d.b.Context(), `SELECT pg_current_wal_lsn()::text`).Scan(&from))
	done := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		for tick := time.NewTicker(time.Second); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				var seconds int64
				d.must(d.pool.QueryRow(d.b.Context(), `SELECT extract(epoch FROM now() - done_at)::bigint FROM job_run WHERE job = 'rollup'`).Scan(&seconds))
				behind.Store(max(behind.Load(), seconds))
			}
		}
	})
	return func(events int) string {
		close(done)
		looking.Wait()
		var written int64
		d.must(d.pool.QueryRow(d.b.Context(), `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), $1)::bigint`, from).Scan(&written))
		now, err := resident(os.Getpid())
		d.must(err)
		return fmt.Sprintf("roll-up at most %d s behind; %d B of WAL an event; memory from %d to %d MB", behind.Load(), written/int64(max(1, events)), memory>>20, now>>20)
	}
}

// besideTick compares the p99 of small batches of usage, of accounts with hosting, with the same while the metering job runs.
func (t *trial) besideTick() {
	f := newFleet(t.B, 1)
	f.clone(t.size(10_000, 500) - 1)
	now := time.Now().UTC().Truncate(time.Minute).Add(-time.Hour)
	store, err := tsdb.New(tsdb.Config{Pool: f.pool, Clock: func() time.Time { return now }})
	f.must(err)
	f.hostEach(now, 10)
	d := openEndpointOn(t.B, f, false)
	tick := func() {
		now = now.Add(time.Minute)
		_, err := store.Tick(t.Context(), tsdb.MeterShard)
		f.must(err)
	}
	tick()
	f.exec("ANALYZE")
	for range t.rounds {
		alone := d.trickle(after(2 * time.Second))
		ticked := make(chan struct{})
		go func() {
			defer close(ticked)
			tick()
		}()
		t.add(float64(d.trickle(ticked)) / float64(alone))
	}
}

func after(span time.Duration) <-chan struct{} {
	done := make(chan struct{})
	time.AfterFunc(span, func() { close(done) })
	return done
}

// trickle returns the p99 of batches of 20 events each, sent every 20 ms over one connection, until over is closed.
func (d *endpoint) trickle(over <-chan struct{}) time.Duration {
	var took []time.Duration
	for every := time.NewTicker(20 * time.Millisecond); ; <-every.C {
		body, sent := d.cloudEvents(d.events(20)), time.Now()
		d.post("/v1/events", "application/cloudevents-batch+json", body)
		took = append(took, time.Since(sent))
		select {
		case <-over:
			every.Stop()
			return p99(took)
		default:
		}
	}
}
