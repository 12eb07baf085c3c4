package tsdb_test

import (
	"testing"
	"time"
)

func TestVitalsTellHowFarBehindPostingIs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	lag := func() time.Duration {
		t.Helper()
		v, err := f.Vitals(f.ctx)
		f.must(err)
		return v.MeterLag
	}
	f.clock.advance(time.Hour)
	if got := lag(); got != 0 {
		t.Errorf("nothing runs: %v behind, want 0", got)
	}
	f.deployModel(id, f.model(id), gpu, 1, time.Time{})
	f.clock.advance(26 * time.Hour)
	if got := lag(); got != 26*time.Hour {
		t.Errorf("%v behind, want 26h", got)
	}
	_, err := f.Tick(f.ctx, 10)
	f.must(err)
	if got := lag(); got != 0 {
		t.Errorf("posted: %v behind, want 0", got)
	}
}
