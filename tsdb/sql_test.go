package tsdb_test

import (
	"flag"
	"testing"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

var update = flag.Bool("update", false, "write the golden statements again")

// The statements of lists of accounts: whole, with every condition, in each kind of order and on either side of a place.
// -update writes testdata/sql.
func TestBuiltAccountLists(t *testing.T) {
	t.Parallel()
	pool, sent := storetest.Traced(t)
	f := fixtureOn(t, pool, tsdb.Settings{})
	id, amount := f.account(), billing.Amount(1)
	bounds := tsdb.AmountBounds{AtLeast: &amount, AtMost: &amount}
	for name, q := range map[string]tsdb.DirectoryQuery{
		"directory": {},
		"directory_searched": {Search: "acme", ID: id, Among: []int64{id}, Email: "mia", Plans: []int64{1}, Zones: []billing.Zone{billing.ZoneLow}, Credits: bounds, Runs: bounds,
			ExhaustedBefore: start},
		"directory_by_name": {Sort: tsdb.ByName, After: &tsdb.DirectoryCursor{Value: "acme", ID: id}},
		"directory_by_exhaustion": {Sort: tsdb.ByCreditsExhausted, Descending: true, Backward: true, After: &tsdb.DirectoryCursor{Value: "5", ID: id},
			Before: &tsdb.DirectoryCursor{Value: "1", ID: id}},
	} {
		q.Limit, q.Total = 25, true
		sent.Golden(t, name, *update, func() error { _, err := f.Directory(f.ctx, q); return err })
	}
	sent.Golden(t, "listed", *update, func() error { _, err := f.Listed(f.ctx, []int64{id}); return err })
}
