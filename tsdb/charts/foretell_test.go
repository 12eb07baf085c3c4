package charts_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
)

// The forecast that lists show is the account's own; it is made again when it is old, and in steps.
func TestForetell(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	older, younger, _, _ := f.weeksOfUse()
	for _, left := range []bool{true, true, false} {
		if done, err := charts.Foretell(f.Ctx, f.Store, 1); err != nil || done.Left != left {
			t.Fatalf("%+v %v", done, err)
		}
	}
	r := charts.Read(f.Store)
	want, err := r.Forecasts(f.Ctx, []int64{older, younger})
	r.Close(f.Ctx)
	f.Must(err)
	page, err := f.Directory(f.Ctx, tsdb.DirectoryQuery{Sort: tsdb.ByCreditsExhausted, Limit: 10})
	f.Must(err)
	for _, row := range page.Rows {
		if got := want[row.ID][0].ExhaustedAt; row.Cursor.Value != billing.ToolRuns.Format(billing.Amount(got)) {
			t.Errorf("account %d: %s, want %d", row.ID, row.Cursor.Value, got)
		}
	}
	f.Clock.Advance(time.Hour)
	if done, err := charts.Foretell(f.Ctx, f.Store, 100); err != nil || done.Accounts != 2 || done.Left {
		t.Errorf("an hour later: %+v %v", done, err)
	}
}
