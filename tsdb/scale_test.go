package tsdb

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/tsdbtest"
)

// planNow is the instant of these tests.
var planNow = time.Date(2026, 6, 17, 10, 7, 30, 0, time.UTC)

// scaleStore is a store with one account, and a clock that can be set.
func scaleStore(t *testing.T) (*Store, int64, *time.Time) {
	t.Helper()
	now := planNow
	s, err := New(Config{Pool: tsdbtest.New(t), Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.CreateAccount(t.Context(), NewAccount{Name: "Acme", IdempotencyKey: "a"}, Actor{})
	if err != nil {
		t.Fatal(err)
	}
	return s, id, &now
}

// Timed-out reservations are not carried along and read by every later transaction of their account, forever.
func TestTimedOutReservationsAreLeftBehind(t *testing.T) {
	t.Parallel()
	s, id, now := scaleStore(t)
	_, err := s.pool.Exec(t.Context(), `INSERT INTO reservation (account_id, meter, mode, requested, held, status, created_at, expires_at)
SELECT $1, 'TOOL_RUNS', 'REJECT', 1, 1, 'OPEN', $2::timestamptz, $2::timestamptz + i * interval '1 second' FROM generate_series(1, 900) i`, id, *now)
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]int{0: 900, 1500 * time.Millisecond: 899, 899 * time.Second: 1, 900 * time.Second: 0} {
		*now = planNow.Add(after)
		a, err := s.Account(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := s.pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		locked, err := lockAndLoad(t.Context(), tx, []int64{id}, false, *now)
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		if held := a.Reserved(billing.ToolRuns); len(a.reservations) != want || len(locked[0].Reservations) != want || int(held) != want {
			t.Errorf("after %v: %d and %d holds of %d runs, want %d", after, len(a.reservations), len(locked[0].Reservations), held, want)
		}
	}
}

// To find which of many grants a batch changed takes one walk over them.
func TestChangedGrantsAmongMany(t *testing.T) {
	t.Parallel()
	a := billing.NewAccount(1, billing.SecondOf(planNow), 0, billing.DefaultLimits())
	for i := range 30_000 {
		a.Credits.Grants = append(a.Credits.Grants, billing.Grant{No: int32(i + 1), Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: 10, ExpiresAt: billing.Second(1<<32 + i)})
	}
	a.GrantNo, a.Credits.HadGrant = 30_000, true
	c := change{account: &account{Account: a}, before: a.Clone()}
	c.ChargeEvents(billing.Models, []billing.Line{{ResourceID: 1, Amount: 100_005}}, 1)
	c.Grant(billing.Grant{Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: 1})
	var changed []billing.Grant
	took := time.Hour
	for range 5 { // the least of some runs is the one that was disturbed the least
		began := time.Now()
		changed = c.changedGrants()
		took = min(took, time.Since(began))
	}
	if took > 300*time.Millisecond {
		t.Errorf("took %v", took)
	}
	retired := 0
	for _, g := range changed {
		if g.RetiredAt != 0 {
			retired++
		}
	}
	if len(changed) != 10_002 || retired != 10_000 {
		t.Errorf("%d changed, %d of them retired", len(changed), retired)
	}
}
