package tsdb

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/billing"
)

// What accounts gained is read in pieces, and each account's gains are complete in one of them, wherever the pieces
// end: within an account, at its end, or at the end of everything.
func TestGainsAreReadWhole(t *testing.T) {
	t.Parallel()
	s, _, _ := scaleStore(t)
	random := rand.New(rand.NewPCG(8, 88))
	for name, sizes := range map[string][]int{
		"none": nil, "few": {3, 1, 2}, "one that is a piece": {gainedRows}, "one a row longer": {gainedRows + 1}, "one of three pieces": {2*gainedRows + 17},
		"an end at the end": {gainedRows - 2, 2}, "a row before it": {gainedRows - 3, 2, 5}, "one across it": {gainedRows - 1, 2, 1, gainedRows, 7}, "many": nil,
	} {
		for range map[string]int{"many": 2500}[name] {
			sizes = append(sizes, 1+random.IntN(9))
		}
		want := map[int64]sums{}
		var accounts, amounts []int64
		var names []string
		for i, n := range sizes {
			id := int64(10 + 3*i)
			want[id] = sums{}
			for range n {
				what, amount := fmt.Sprint("sum ", random.IntN(5)), random.Int64N(1000)
				want[id][what] += billing.Amount(amount)
				accounts, names, amounts = append(accounts, id), append(names, what), append(amounts, amount)
			}
		}
		err := s.transact(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), `CREATE TEMPORARY TABLE rows ON COMMIT DROP AS SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS u (account, name, amount)`, accounts, names, amounts); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `DECLARE gained CURSOR FOR SELECT account, name, amount FROM rows ORDER BY account`); err != nil {
				return err
			}
			g, seen := gains{tx: tx}, 0
			for {
				piece, err := g.next(t.Context())
				if err != nil || len(piece) == 0 {
					if seen != len(want) {
						t.Errorf("%s: %d accounts, want %d", name, seen, len(want))
					}
					return err
				}
				for id, got := range piece {
					if seen++; !maps.Equal(got, want[id]) {
						t.Errorf("%s: account %d gained %v, want %v", name, id, got, want[id])
					}
				}
			}
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// An older result does not replace a stored one, and the result of a mere look keeps the time of the last audit.
func TestAnOlderResultLeavesTheNewer(t *testing.T) {
	t.Parallel()
	s, id, _ := scaleStore(t)
	store := func(at time.Duration, entry int64, audited bool) {
		t.Helper()
		if err := s.storeReconciliations(t.Context(), []Reconciliation{{AccountID: id, At: planNow.Add(at), Difference: billing.Amount(entry), Detail: map[string]billing.Amount{"x": 1},
			checkpoint: checkpoint{entryNo: entry, totals: sums{"y": 2}}}}, audited); err != nil {
			t.Fatal(err)
		}
	}
	read := func() (entry, difference int64, at, audited *time.Time) {
		if err := s.pool.QueryRow(t.Context(), `SELECT entry_no, difference, at, audited_at FROM reconciliation WHERE account_id = $1`, id).Scan(&entry, &difference, &at, &audited); err != nil {
			t.Fatal(err)
		}
		return entry, difference, at, audited
	}
	for i, c := range []struct {
		at            time.Duration
		audit         bool
		entry         int64
		wantAuditedAt time.Duration // −1: never
	}{
		{time.Minute, false, 1, -1}, {0, true, 1, -1}, {2 * time.Minute, true, 3, 2 * time.Minute}, {time.Minute, true, 3, 2 * time.Minute}, {2 * time.Minute, false, 5, 2 * time.Minute}, {time.Hour, false, 6, 2 * time.Minute},
	} {
		store(c.at, int64(i+1), c.audit)
		entry, difference, _, audited := read()
		if entry != c.entry || difference != c.entry || (audited == nil) != (c.wantAuditedAt < 0) || audited != nil && !audited.Equal(planNow.Add(c.wantAuditedAt)) {
			t.Errorf("step %d: entry %d, difference %d, audited %v", i, entry, difference, audited)
		}
	}
	if err := s.storeReconciliations(t.Context(), nil, true); err != nil {
		t.Error(err)
	}
}

// The audit takes the account that was audited longest ago first. It takes at least one however little time there is,
// and none twice within its pause.
func TestTheAuditTakesTurns(t *testing.T) {
	t.Parallel()
	s, first, now := scaleStore(t)
	ids := []int64{first}
	for i := range 3 {
		id, err := s.CreateAccount(t.Context(), NewAccount{Name: "Acme", IdempotencyKey: fmt.Sprint(i)}, Actor{})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if _, err := s.ReconcileNew(t.Context()); err != nil { // new ones are audited at once
		t.Fatal(err)
	}
	var order []int64
	for i, id := range []int64{ids[2], ids[0], ids[3], ids[1]} {
		if _, err := s.pool.Exec(t.Context(), `UPDATE reconciliation SET audited_at = $2 WHERE account_id = $1`, id, now.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
		order = append(order, id)
	}
	if done, err := s.AuditBooks(t.Context(), time.Minute); err != nil || done.Audited != 0 {
		t.Errorf("within the pause: %+v, %v", done, err)
	}
	*now = now.Add(auditPause + 3500*time.Millisecond)
	got := []int64{}
	for range 5 {
		done, err := s.AuditBooks(t.Context(), 0)
		if err != nil || done.Difference != 0 {
			t.Fatal(done, err)
		}
		for range done.Audited {
			var id int64
			if err := s.pool.QueryRow(t.Context(), `SELECT account_id FROM reconciliation WHERE audited_at = $1 AND NOT account_id = ANY($2)`, *now, got).Scan(&id); err != nil {
				t.Fatal(err)
			}
			got = append(got, id)
		}
	}
	if !slices.Equal(got, order) {
		t.Errorf("audited %v, want %v", got, order)
	}
}
