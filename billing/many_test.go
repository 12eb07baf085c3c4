package billing

import (
	"strconv"
	"testing"
	"time"
)

// Finished grants stay live until a top-up retires them. Even thousands of them are not visited for every second of every deployment: four
// hours take about as long as without them. The test compares times, because machines differ and may be busy.
func TestFinishedGrantsAreNotWalkedOver(t *testing.T) {
	t.Parallel()
	few, many := hoursBeside(1), hoursBeside(4_000)
	for range 4 { // the shortest of several runs is the least disturbed one
		few, many = min(few, hoursBeside(1)), min(many, hoursBeside(4_000))
	}
	if many > 8*few {
		t.Errorf("four hours of 150 deployments took %v beside 4,000 finished grants, and %v beside one", many, few)
	}
}

// hoursBeside returns how long it takes to post four hours of 150 deployments in books with finished grants.
func hoursBeside(finished int) time.Duration {
	b := tableBooks("-25")
	for range finished {
		b.give(AdjustmentGrant, "1", nextCycle+1)
	}
	b.spend(strconv.Itoa(finished))
	b.give(AdjustmentGrant, "9000000", 0)
	for i := range int64(150) {
		b.host(i+1, Scripts, 1, 0)
	}
	began := time.Now()
	b.BringUp(b.At + 4*3600)
	return time.Since(began)
}
