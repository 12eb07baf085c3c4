package tsdb_test

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// An upgrade makes the total usage of accounts from what it finds, whatever a process adds meanwhile; and a process
// that does not add to it must not take what is not rolled up.
func TestUsageOfAccountsIsMadeOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for account := int64(1); account < 6; account++ {
		f.delta(account, start.Add(-time.Duration(account)*7*time.Hour), 50, "1")
	}
	f.rollUp(100_000)
	f.tablesAddUp()
	f.exec(`DELETE FROM account_usage WHERE account_id < 4`)
	f.exec(`INSERT INTO account_usage_due VALUES (1), (2), (3)`)
	f.delta(2, start, 20, "1")
	if _, err := f.pool.Exec(f.ctx, `DELETE FROM usage_delta`); err == nil || !strings.Contains(err.Error(), "rolled up by the next release only") {
		t.Errorf("a stranger may take what is not rolled up: %v", err)
	}
	f.must(f.RebuildMarked(f.ctx))
	f.tablesAddUp()
	f.rollUp(100_000)
	f.tablesAddUp()
	if n := f.count(`SELECT count(*) FROM account_usage_due WHERE account_id > $1`, 0); n != 0 {
		t.Errorf("%d accounts are still due", n)
	}
	done := f.rollUp(10)
	if done.Rebuilt != 0 {
		t.Errorf("%+v", done)
	}
}

// Whatever is used, given back or reported late, and rolled up in however small steps: each slot of a day of UTC holds
// what lies within it and nothing else, at midnight, on leap days, over new years and long ago, and it holds the same
// once it is made again.
func TestSlotsHoldWhatLiesWithinThem(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	random := rand.New(rand.NewPCG(96, 4))
	type slot struct {
		account, number int64
		day             string
		kind            string
	}
	want := map[slot][2]int64{}
	edges := []time.Time{time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1999, 12, 31, 18, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), start}
	for range 400 {
		at := edges[random.IntN(len(edges))].Add(time.Duration(random.IntN(1500)-750) * time.Minute)
		account, credits, n := 1+random.Int64N(3), random.Int64N(2_000_000_000)-500_000_000, random.Int64N(5)
		kind := []string{"TOOL_RUN", "INFERENCE", "HOSTING"}[random.IntN(3)]
		f.exec(`INSERT INTO usage_delta SELECT $1, $2, $3, 0, $4, 'MODELS', $5, $6, 1, 0, 0`, account, at, 1+random.Int64N(4), kind, credits, n)
		minute := int64(at.Hour()*60 + at.Minute())
		// 0: the day; 1 to 4: six hours each; 5 to 28: the hours; 29 to 124: the quarter-hours.
		for _, number := range []int64{0, 1 + minute/360, 5 + minute/60, 29 + minute/15} {
			k := slot{account, number, at.Format(time.DateOnly), kind}
			w := want[k]
			want[k] = [2]int64{w[0] + credits, w[1] + n}
		}
		if random.IntN(40) == 0 {
			f.rollUp(1 + random.IntN(30))
		}
	}
	check := func(what string) {
		t.Helper()
		rows, err := f.pool.Query(f.ctx, `SELECT account_id, slot::bigint, to_char(day AT TIME ZONE 'UTC', 'YYYY-MM-DD'), kind, credits, runs FROM account_usage`)
		f.must(err)
		got := map[slot][2]int64{}
		var k slot
		var credits, n int64
		_, err = pgx.ForEachRow(rows, []any{&k.account, &k.number, &k.day, &k.kind, &credits, &n}, func() error {
			got[k] = [2]int64{credits, n}
			return nil
		})
		f.must(err)
		if !maps.Equal(got, want) {
			t.Errorf("%s: %d slots, want %d", what, len(got), len(want))
			for k, w := range want {
				if got[k] != w {
					t.Errorf("%+v: %v, want %v", k, got[k], w)
					break
				}
			}
		}
	}
	for f.rollUp(37).Left {
	}
	check("rolled up")
	f.exec(`UPDATE account_usage SET credits = credits + 1 WHERE account_id = 2`)
	f.exec(`INSERT INTO account_usage_due VALUES (1), (2), (3)`)
	f.must(f.RebuildMarked(f.ctx))
	check("made anew")
}
