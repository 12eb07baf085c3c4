package server

import (
	"runtime"
	"runtime/debug"
	figures "runtime/metrics" // not those of /metrics
	"time"
)

// What the garbage collector is to keep to while there is much to do.
const (
	collectEvery = 2 * time.Second // from one collection to the next
	mostHeadroom = 64 << 20        // bytes that may be allocated in between; below, Go's own measure decides: as much as lives
	usualPercent = 100             // Go's own measure
)

// paceCollector lets the garbage collector run less often while the process allocates much: a server holds little, so that by Go's own
// measure (as much again as lives) hundreds of requests a second mean a collection every few hundred milliseconds, each of which looks at all
// that lives. An idle process keeps to Go's measure and so to its memory. It comes after the start, which allocates
// much and needs none of it; a limit by GOMEMLIMIT holds as before.
func paceCollector() {
	p := &collectorPace{at: time.Now()}
	p.allocated, _ = readHeap()
	p.afterNext()
}

// collectorPace is what was known at the last collection.
type collectorPace struct {
	at        time.Time
	allocated uint64 // bytes, since the process began
	percent   int    // in force; 0: Go's own
}

// afterNext has collected called after the next collection. A finalizer is the one thing that the runtime runs then; it costs nothing
// meanwhile, and an idle process is collected every two minutes at the latest.
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

// next is the percent until the next collection, by what was allocated since the last one.
func (p *collectorPace) next(now time.Time, allocated, live uint64) int {
	took, fresh := now.Sub(p.at), allocated-p.allocated
	p.at, p.allocated = now, allocated
	return percentFor(took, fresh, live)
}

// percentFor is the percent by which the next collection comes in about collectEvery, if as much is allocated each second as lately.
func percentFor(took time.Duration, fresh, live uint64) int {
	wanted := float64(mostHeadroom)
	if took > 0 {
		wanted = min(wanted, float64(fresh)*float64(collectEvery)/float64(took))
	}
	return max(usualPercent, int(wanted*100/float64(max(live, 1<<20)))/50*50) // in steps: each change stops the process for a moment
}

// readHeap reads how many bytes were allocated since the process began, and how many lived at the last collection.
func readHeap() (allocated, live uint64) {
	samples := []figures.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	figures.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}
