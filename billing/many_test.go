package billing

import (
	"testing"
	"time"
)

// Thousands of finished grants, which stay live until a top-up retires them, do not make every second of every deployment
// walk over them. There is room for a machine several times as busy.
func TestFinishedGrantsAreNotWalkedOver(t *testing.T) {
	t.Parallel()
	b := tableBooks("-25")
	for range 4_000 {
		b.give(AdjustmentGrant, "1", nextCycle+1)
	}
	b.spend("4000")
	b.give(AdjustmentGrant, "9000000", 0)
	for i := range int64(150) {
		b.host(i+1, Scripts, 1, 0)
	}
	began := time.Now()
	b.BringUp(b.At + 24*3600)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("a day of 150 deployments took %v", took)
	}
}
