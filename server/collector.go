package server

import (
	"runtime"
	"runtime/debug"
	figures "runtime/metrics" // not those of /metrics
	"time"
)

// How often the garbage collector runs while the process allocates much.
const (
	collectEvery = 2 * time.Second // from one collection to the next
	mostHeap     = 56 << 20        // bytes that may be live or garbage before it runs; where Go's own measure, twice what is live, is higher, it applies
	usualPercent = 100             // Go's own measure
)

// paceCollector lets the garbage collector run less often while the process allocates much. A server holds little memory, so that by Go's
// own measure (as much again as is live) hundreds of requests a second mean a collection every few hundred milliseconds, each of which
// scans everything that is live. An idle process keeps to Go's measure, and so to its memory. Call it after the start, which allocates much
// and does not need this. Where much is live, such as thousands of sockets, Go's own measure is enough, and more would cost memory for each. A limit set by GOMEMLIMIT still holds.
func paceCollector() {
	p := &collectorPace{at: time.Now()}
	p.allocated, _ = readHeap()
	p.afterNext()
}

// collectorPace holds what was known at the last collection.
type collectorPace struct {
	at        time.Time
	allocated uint64 // bytes, since the process began
	percent   int    // in force; 0: Go's own
}

// afterNext arranges for collected to be called after the next collection. The runtime runs nothing but finalizers then; one costs nothing
// in between, and an idle process is collected every two minutes at the latest.
func (p *collectorPace) afterNext() {
	runtime.SetFinalizer(&struct{ of *collectorPace }{p}, func(*struct{ of *collectorPace }) {
		allocated, live := readHeap()
		if percent := p.next(time.Now(), allocated, live); percent != p.percent {
			p.percent = percent
			debug.SetGCPercent(percent)
		}
		p.afterNext()
	})
}

// next returns the percentage to set until the next collection, from what was allocated since the last one.
func (p *collectorPace) next(now time.Time, allocated, live uint64) int {
	took, fresh := now.Sub(p.at), allocated-p.allocated
	p.at, p.allocated = now, allocated
	return percentFor(took, fresh, live)
}

// percentFor returns the percentage with which the next collection comes in about collectEvery, if as much is allocated per second as
// lately.
func percentFor(took time.Duration, fresh, live uint64) int {
	wanted := mostHeap - float64(live)
	if took > 0 {
		wanted = min(wanted, float64(fresh)*float64(collectEvery)/float64(took))
	}
	return max(usualPercent, int(wanted*100/float64(max(live, 1<<20)))/50*50) // in steps, because each change stops the process for a moment
}

// readHeap returns how many bytes were allocated since the process began, and how many were live at the last collection.
func readHeap() (allocated, live uint64) {
	samples := []figures.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	figures.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}
