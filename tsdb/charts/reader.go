package charts

import (
	"context"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Reader is a tsdb.Reader that also answers about usage, from the same snapshot and as of the same instant.
type Reader struct {
	*tsdb.Reader
	settings tsdb.Settings

	ends    usageEnds
	drill   drillDown    // answered drill-downs of the Models tab
	hosting hostingCache // segments of guardrails and scripts that were read
	lately  latelyCache
	daySums *daySums // of the process
}

// Read opens a Reader as of now. Close it afterwards. One is enough for an operation: see tsdb.Store.Read.
func Read(store *tsdb.Store) *Reader {
	return &Reader{Reader: store.Read(), settings: store.Settings(), ends: usageEnds{of: map[int64]billing.Range{}}, lately: latelyCache{of: map[int64]*Lately{}},
		daySums: daySumsOf(store)}
}

// Renew makes the next question take a new snapshot at a new instant, after a commit of the same operation. Everything
// that was read from the old snapshot is dropped, each part under its own lock, as fields may be asking meanwhile.
func (r *Reader) Renew(ctx context.Context) {
	r.ends.Lock()
	defer r.ends.Unlock()
	r.lately.Lock()
	defer r.lately.Unlock()
	r.Reader.Renew(ctx)
	r.ends.of, r.lately.of = map[int64]billing.Range{}, map[int64]*Lately{}
	// The new snapshot may be as of the same instant as the old one, and these two tell snapshots apart by that.
	r.hosting.mu.Lock()
	r.hosting.known = nil
	r.hosting.mu.Unlock()
	r.drill.mu.Lock()
	r.drill.read = nil
	r.drill.mu.Unlock()
}
