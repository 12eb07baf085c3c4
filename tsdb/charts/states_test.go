package charts_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// An operation that was taken for one about states alone takes a snapshot once it asks for more, and answers all the same.
func TestStatesBeforeASnapshot(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	f.ingest(tsdb.Record, runs(id, tool, "a", start, 3))
	r := charts.Read(f.Store)
	r.StatesAlone()
	defer r.Close(f.ctx)
	a, err := r.Account(f.ctx, id)
	f.must(err)
	f.ingest(tsdb.Record, runs(id, tool, "b", start, 4))
	trend, err := r.Trend(f.ctx, id, charts.TrendQuery{Range: billing.Since(start.AddDate(0, 0, -1), f.Now()), Zone: time.UTC})
	f.must(err)
	var sum billing.Amount
	for _, u := range trend.Used {
		sum += u[billing.Tools.Index()]
	}
	again, err := r.Account(f.ctx, id)
	f.must(err)
	if a.Runs.Used() != 3 || sum != 7 || again.Runs.Used() != 7 {
		t.Errorf("used %d, charted %d, then used %d", a.Runs.Used(), sum, again.Runs.Used())
	}
}
