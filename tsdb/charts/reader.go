// Package charts answers what an account used, when and for what: the trend, the pivot, the figures of the page's tabs. It reads what the
// books and the roll-up have written, from the snapshot of a tsdb.Reader, and writes nothing.
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

	ends     usageEnds
	drill    drillDown    // answered drill-downs of the Models tab
	hostings hostingCache // read segments of guardrails and scripts
}

// Read opens a Reader as of now. Close it. One is enough for an operation: see tsdb.Store.Read.
func Read(store *tsdb.Store) *Reader {
	return &Reader{Reader: store.Read(), settings: store.Settings(), ends: usageEnds{of: map[int64]billing.Range{}}}
}

// Renew makes the next question take a new snapshot at a new instant: after a commit of the same operation.
func (r *Reader) Renew(ctx context.Context) {
	r.ends.Lock()
	defer r.ends.Unlock()
	r.Reader.Renew(ctx)
	r.ends.of = map[int64]billing.Range{}
}
