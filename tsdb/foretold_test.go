package tsdb_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// Accounts without a forecast come first, then those with the oldest; a forecast as old as the bound is not due. If two
// processes make forecasts at once, their order does not matter: the later forecast stays.
func TestForecastsBecomeDue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var accounts []int64
	for range 5 {
		accounts = append(accounts, f.account())
	}
	due := func(since time.Time, limit int) []int64 {
		t.Helper()
		ids, err := f.ForetellDue(f.ctx, since, limit)
		f.must(err)
		return ids
	}
	if got := due(start, 10); !slices.Equal(got, accounts) {
		t.Fatalf("at first %v are due, want all of %v", got, accounts)
	}
	f.must(f.KeepForetold(f.ctx, nil))
	f.must(f.KeepForetold(f.ctx, []tsdb.Foretold{
		{AccountID: accounts[3], At: start.Add(time.Hour)}, {AccountID: accounts[0], At: start.Add(2 * time.Hour), CreditsExhausted: billing.SecondOf(start), NegativeLimit: 7},
		{AccountID: accounts[4] + 99, At: start}, // gone by now
	}))
	if got, want := due(start.Add(2*time.Hour), 10), []int64{accounts[1], accounts[2], accounts[4], accounts[3]}; !slices.Equal(got, want) {
		t.Errorf("due are %v, want %v", got, want)
	}
	if got := due(start.Add(2*time.Hour+time.Microsecond), 10); len(got) != 5 || got[4] != accounts[0] {
		t.Errorf("a microsecond later %v", got)
	}
	if got := due(start.Add(2*time.Hour), 2); !slices.Equal(got, []int64{accounts[1], accounts[2]}) {
		t.Errorf("two at most: %v", got)
	}
	f.must(f.KeepForetold(f.ctx, []tsdb.Foretold{{AccountID: accounts[0], At: start.Add(time.Hour), RunsExhausted: 9}}))
	if n := f.count(`SELECT count(*) FROM forecast WHERE account_id = $1 AND credits_exhausted_at = $2 AND runs_exhausted_at IS NULL AND negative_limit_at = to_timestamp(7)`, accounts[0], start); n != 1 {
		t.Error("what was foretold earlier stands")
	}
	f.must(f.KeepForetold(f.ctx, []tsdb.Foretold{{AccountID: accounts[0], At: start.Add(2 * time.Hour)}}))
	if n := f.count(`SELECT count(*) FROM forecast WHERE account_id = $1 AND credits_exhausted_at IS NULL AND negative_limit_at IS NULL`, accounts[0]); n != 1 {
		t.Error("an instant that is not foretold any more stands")
	}
}

// Two processes that make forecasts for the same accounts in different orders neither deadlock nor lose the later
// forecasts.
func TestForecastsOfTwoProcesses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var accounts []int64
	for range 12 {
		accounts = append(accounts, f.account())
	}
	f.inParallel(func(writer int) error {
		random := rand.New(rand.NewPCG(uint64(writer), 5))
		list := make([]tsdb.Foretold, len(accounts))
		for i, at := range random.Perm(len(accounts)) {
			list[i] = tsdb.Foretold{AccountID: accounts[at], At: start.Add(time.Duration(writer) * time.Second), RunsExhausted: billing.Second(1 + writer)}
		}
		return f.KeepForetold(f.ctx, list)
	})
	f.noDeadlocks()
	if n := f.count(`SELECT count(*) FROM forecast WHERE made_at = $1 AND runs_exhausted_at = to_timestamp(64)`, start.Add(63*time.Second)); n != 12 {
		t.Errorf("%d accounts keep what was foretold last, want 12", n)
	}
}
