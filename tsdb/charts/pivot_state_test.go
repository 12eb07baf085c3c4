package charts_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
	"github.com/usagegraph/usagegraph/tsdb/charts"
	"github.com/usagegraph/usagegraph/tsdb/storetest"
)

// neighbour is another account, which uses what it has until nothing is left, and what the test knows of its state.
type neighbour struct {
	account, tool, model int64
	spent                billing.Amount
	ran                  int64
	made, credits, runs  time.Time // what was foretold of it last; zero: nothing
}

// settle makes further accounts. The one that the test is about is the first of them, so that its state is known, too.
func (b *brute) settle(n int) {
	b.neighbours = []*neighbour{{account: b.account}}
	for i := range n {
		id, err := b.CreateAccount(b.Ctx, tsdb.NewAccount{Name: fmt.Sprint("Neighbour ", i), IdempotencyKey: b.Key()}, tsdb.Actor{})
		b.Must(err)
		tool, err := b.RegisterTool(b.Ctx, tsdb.NewTool{AccountID: id, Name: "t", OwnerName: "Mia", Status: tsdb.Deployed})
		b.Must(err)
		model, err := b.RegisterModel(b.Ctx, tsdb.NewModel{AccountID: id, Name: "m"})
		b.Must(err)
		b.neighbours = append(b.neighbours, &neighbour{account: id, tool: tool.ID, model: model.ID})
	}
}

// live lets each neighbour use something, and renews the forecasts of all accounts.
func (b *brute) live() {
	for i, n := range b.neighbours {
		if i > 0 {
			at := b.Now().Add(-time.Duration(b.random.Int64N(int64(14 * 24 * time.Hour)))).Truncate(time.Second)
			batch := []tsdb.UsageEvent{storetest.Runs(n.account, n.tool, b.Key(), at, 1+b.random.Int64N(2500)), storetest.Tokens(n.account, n.model, b.Key(), at, b.random.Int64N(70_000_000), 0)}
			b.Report(tsdb.Record, batch...)
			n.ran, n.spent = n.ran+batch[0].Runs, n.spent+charge(&batch[1])
			b.beside = append(b.beside, batch...)
		}
		now := b.Now().Truncate(time.Microsecond)
		soon := func() time.Time {
			if b.random.IntN(3) == 0 {
				return time.Time{}
			}
			return now.Add(time.Duration(b.random.Int64N(int64(100 * 24 * time.Hour)))).Truncate(time.Microsecond)
		}
		n.made, n.credits, n.runs = now, soon(), soon()
		_, err := b.Pool.Exec(b.Ctx, `INSERT INTO forecast (account_id, made_at, credits_exhausted_at, runs_exhausted_at) VALUES ($1, $2, nullif($3, '0001-01-01Z'::timestamptz), nullif($4, '0001-01-01Z'::timestamptz))
ON CONFLICT (account_id) DO UPDATE SET made_at = EXCLUDED.made_at, credits_exhausted_at = EXCLUDED.credits_exhausted_at, runs_exhausted_at = EXCLUDED.runs_exhausted_at`,
			n.account, n.made, n.credits, n.runs)
		b.Must(err)
	}
}

// state is the zone (rules.md §5) and the runway of an account, as places in their lists.
func (b *brute) state(account int64) (zone, runway int) {
	n := b.neighbours[0]
	for _, other := range b.neighbours {
		if other.account == account {
			n = other
		}
	}
	credits, left := 75_000_000-n.spent, 10_000-n.ran
	if account == b.account {
		for i := range b.events {
			if e := &b.events[i]; !e.Time.Before(b.created.Truncate(time.Second)) { // the others are history
				left -= e.Runs
			}
		}
		credits = 900_000_000_000
	}
	switch {
	case credits > 25_000_000:
		zone = 1
	case credits >= 5_000_000:
		zone = 2
	case credits > 0:
		zone = 3
	case credits > -25_000_000:
		zone = 4
	default:
		zone = 5
	}
	if credits <= 0 || left <= 0 {
		return zone, 1
	}
	runway = 5
	for _, at := range []time.Time{n.credits, n.runs} {
		for place, days := range map[int]int{2: 7, 3: 30, 4: 90} {
			if !at.IsZero() && at.Before(n.made.Add(time.Duration(days)*24*time.Hour)) {
				runway = min(runway, place)
			}
		}
	}
	return zone, runway
}

// randomState makes a query ask, at random, for accounts by their state.
func (b *brute) randomState(r *rand.Rand, q *charts.PivotQuery) {
	if r.IntN(3) == 0 {
		q.Accounts = []int64{b.account, b.neighbours[1+r.IntN(len(b.neighbours)-1)].account}
	}
	if r.IntN(6) == 0 {
		q.Filter.Zones = []billing.Zone{[]billing.Zone{billing.ZoneOpen, billing.ZoneNoFineTuning, billing.ZoneLow, billing.ZoneExhausted, billing.ZoneStopped}[r.IntN(5)], billing.ZoneExhausted}
	}
	if r.IntN(6) == 0 {
		q.Filter.Runways = []charts.Runway{charts.Runways()[r.IntN(5)], "WITHIN_90_DAYS"}
	}
}

// zonePlace is the place of a zone in the order of rules.md §5.
func zonePlace(z billing.Zone) int {
	return map[billing.Zone]int{billing.ZoneOpen: 1, billing.ZoneNoFineTuning: 2, billing.ZoneLow: 3, billing.ZoneExhausted: 4, billing.ZoneStopped: 5}[z]
}
