package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// crossed returns the percent thresholds of credits that were reached, with their arming, in order; quiet ones in
// brackets.
func (f *fixture) crossed(id int64) string {
	f.t.Helper()
	rows, err := f.pool.Query(f.ctx, `SELECT CASE WHEN quiet THEN '(' || step || '/' || arming || ')' ELSE step || '/' || arming END
FROM crossing WHERE account_id = $1 AND meter = 'MODEL_CREDITS' AND step NOT IN ('LOW', 'ZERO', 'NEGATIVE') ORDER BY seq`, id)
	f.must(err)
	return f.list(rows)
}

// A threshold that only a loss reaches, by expiry or correction, is marked quietly; one that usage reaches is not, even
// if something is lost in the same transaction. Exactly at a threshold counts, one micro-credit below does not. Once
// re-armed, a threshold can be reached again.
func TestThresholdsReachedByLossAreQuiet(t *testing.T) {
	t.Parallel()
	hour := time.Hour
	for name, c := range map[string]struct {
		story func(f *fixture, id, model int64)
		want  string
	}{
		"use, one below": {func(f *fixture, id, model int64) { f.spend(id, model, 15*credit-1) }, ""},
		"use, exactly":   {func(f *fixture, id, model int64) { f.spend(id, model, 15*credit) }, "20/0"},
		"use, at once":   {func(f *fixture, id, model int64) { f.spend(id, model, 75*credit) }, "20/0, 50/0, 70/0, 80/0, 90/0, 100/0"},
		"an expiry": {func(f *fixture, id, model int64) {
			f.ending(id, 100*credit, hour)
			f.spend(id, model, 20*credit) // of 175, by what expires
			f.clock.advance(hour)
			f.tick()
		}, "(20/0)"}, // of 95
		"an expiry beside use": {func(f *fixture, id, model int64) {
			f.ending(id, 100*credit, hour)
			f.spend(id, model, 20*credit)
			f.clock.advance(hour)
			f.spend(id, model, 30*credit)
		}, "20/0, (50/0)"}, // 50 would be 28.6% of 175, and is 52.6% of 95
		"a correction": {func(f *fixture, id, model int64) {
			f.spend(id, model, 20*credit)
			f.correct(id, 1, -40*credit)
		}, "20/0, (50/0)"},
		"a correction that leaves it below": {func(f *fixture, id, model int64) {
			f.spend(id, model, 14*credit)
			f.correct(id, 1, -4*credit)
		}, ""}, // 19.7%
		"armed again by a top-up": {func(f *fixture, id, model int64) {
			f.spend(id, model, 15*credit)
			f.topUp(id, billing.ModelCredits, 1)
			f.spend(id, model, 1)
		}, "20/0, 20/1"},
		"armed again by a refund": {func(f *fixture, id, model int64) {
			e := tokens(id, model, "back", f.clock.now(), int64(2*credit), 0)
			f.spend(id, model, 14*credit)
			f.ingest(tsdb.Record, e)
			f.takeBack(id, e)
			f.spend(id, model, credit)
		}, "20/0, 20/1"},
		"an expiry that takes all": {func(f *fixture, id, model int64) {
			f.clock.advance(90 * 24 * hour)
			f.tick()
		}, ""}, // an allocation of 0 reaches no percentage
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			id := f.account()
			c.story(f, id, f.model(id))
			if got := f.crossed(id); got != c.want {
				t.Errorf("crossed %q, want %q", got, c.want)
			}
			f.sound(id)
		})
	}
}

// ending gives a top-up of credits that ends after a while.
func (f *fixture) ending(id int64, amount billing.Amount, term time.Duration) {
	f.t.Helper()
	_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: amount, ExpiresAt: f.Now().Add(term), Reference: "order", IdempotencyKey: f.key()}, tsdb.Actor{})
	f.must(err)
}
