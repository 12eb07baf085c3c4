package tsdb

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// anyOf picks one at random.
func anyOf[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// anyEntry is a random entry with anything that the columns can hold: nothing, little, and the bounds of 64 bits.
func anyEntry(random *rand.Rand, no int64) billing.Entry {
	number := func() int64 {
		return anyOf(random, 0, 1, -1, random.Int64N(1_000_000), math.MaxInt64, math.MinInt64+1)
	}
	second := func() billing.Second { return billing.SecondOf(planNow) + billing.Second(random.Int64N(100_000)) }
	e := billing.Entry{No: no, Meter: anyOf(random, billing.Meters()...), Kind: anyOf(random, billing.EntryCharge, billing.EntryGrant, billing.EntryRefund),
		Category: anyOf(random, "", billing.Models, billing.Tools), Amount: billing.Amount(number()), BalanceAfter: billing.Amount(number()), Posted: second(), Effective: second(),
		Cycle: random.Int32N(1000), Cause: anyOf(random, billing.CauseEvents, billing.CauseVoid, billing.CauseCycle), CauseID: number(), ResourceID: number(), DeploymentID: number(),
		Debt: billing.Amount(number()), Note: anyOf(random, "", "a", `{"x",NULL}`, "a'b\\c\t\n,{}", "東京 👩‍💻", `\N`)}
	if random.IntN(2) == 0 {
		e.Minute = second().Minute()
	}
	for range random.IntN(4) {
		e.Lines = append(e.Lines, billing.Line{ResourceID: number(), Amount: billing.Amount(number())})
	}
	for range random.IntN(4) {
		e.Draws = append(e.Draws, billing.Draw{Grant: random.Int32(), Amount: billing.Amount(number())})
	}
	return e
}

// allRows are the rows of an account in a table as text, without its id.
func (s *Store) allRows(t *testing.T, table string, account int64) []string {
	t.Helper()
	rows, err := s.pool.Query(t.Context(), `SELECT (to_jsonb(x) - 'account_id')::text AS row FROM `+table+` x WHERE account_id = $1 ORDER BY 1`, account)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// wantSameRows compares what two accounts have in a table.
func (s *Store) wantSameRows(t *testing.T, table string, a, b int64, n int) {
	t.Helper()
	one, other := s.allRows(t, table, a), s.allRows(t, table, b)
	if len(one) != n || len(other) != n {
		t.Fatalf("%s: %d and %d rows, want %d", table, len(one), len(other), n)
	}
	for i := range one {
		if one[i] != other[i] {
			t.Fatalf("%s: a few are written as\n%s\nmany as\n%s", table, one[i], other[i])
		}
	}
}

// Entries are stored as they are, whatever is in them, whether a few are sent with the last statements or many by COPY.
func TestAFewEntriesAreWrittenLikeMany(t *testing.T) {
	t.Parallel()
	s, _, _ := scaleStore(t)
	random := rand.New(rand.NewPCG(12, 1))
	const n = 140
	few, many := int64(101), int64(102)
	var all []billing.Entry
	for i := range int64(n) {
		all = append(all, anyEntry(random, i+1))
	}
	err := s.transact(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx) error {
		write := func(id int64, entries []billing.Entry) error {
			c := &change{account: &account{Account: &billing.Account{ID: id}}}
			c.Journal.Entries = entries
			var b pgx.Batch
			if err := writeLedger(t.Context(), tx, &b, []*change{c}); err != nil {
				return err
			}
			if (b.Len() == 0) != (len(entries) > 50) {
				return fmt.Errorf("%d entries: %d statements", len(entries), b.Len())
			}
			return tx.SendBatch(t.Context(), &b).Close()
		}
		for i := 0; i < n; i += 35 {
			if err := write(few, all[i:i+35]); err != nil {
				return err
			}
		}
		return write(many, all)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.wantSameRows(t, "ledger_entry", few, many, n)
}

// What charts gain is stored as it is in both ways, too.
func TestALittleUsageIsWrittenLikeMuch(t *testing.T) {
	t.Parallel()
	s, _, _ := scaleStore(t)
	random := rand.New(rand.NewPCG(12, 2))
	const n = 140
	all := map[useKey]*use{}
	for len(all) < n {
		number := func() int64 {
			return anyOf(random, 0, 0, 1, -1, random.Int64N(1_000_000), math.MaxInt64, math.MinInt64+1)
		}
		all[useKey{billing.SecondOf(planNow).Minute() + 60*billing.Second(random.Int64N(100_000)), number(), number(), anyOf(random, kindHosting, kindToolRun, kindInference), anyOf(random, 0, number())}] =
			&use{anyOf(random, billing.Models, billing.Tools), billing.Amount(number()), number(), 1 + random.Int64N(9), billing.Tokens{Input: number(), Output: number(), CacheRead: number(), CacheWrite: number(), Reasoning: number()}}
	}
	err := s.transact(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx) error {
		write := func(id int64, used map[useKey]*use) error {
			var b pgx.Batch
			if err := writeUsage(t.Context(), tx, &b, []*change{{account: &account{Account: &billing.Account{ID: id}}, used: used}}); err != nil {
				return err
			}
			return tx.SendBatch(t.Context(), &b).Close()
		}
		part := map[useKey]*use{}
		for k, u := range all {
			if part[k] = u; len(part) == 50 {
				if err := write(101, part); err != nil {
					return err
				}
				part = map[useKey]*use{}
			}
		}
		if err := write(101, part); err != nil {
			return err
		}
		return write(102, all)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.wantSameRows(t, "usage_delta", 101, 102, n)
}
