package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// An idempotency key belongs to one request of an account: any other content under the same key, up or down, a grant or
// anything else, is a Conflict and changes nothing (issue: the credit engine).
func TestOneKeyForOneRequest(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	plan, err := f.CreatePlan(f.ctx, billing.Plan{Name: "Small", Credits: credit}, tsdb.Actor{})
	f.must(err)
	id := f.account()
	no := f.topUp(id, billing.ModelCredits, 100*credit)
	up := tsdb.Adjustment{AccountID: id, Meter: billing.ModelCredits, Amount: 5 * credit, Reference: "ticket"}
	down := up
	down.Amount, down.GrantNo = -5*credit, no
	ways := map[string]func(key string) error{
		"top-up": func(key string) error {
			_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: credit, Reference: "order", IdempotencyKey: key}, tsdb.Actor{})
			return err
		},
		"up": func(key string) error {
			up.IdempotencyKey = key
			_, err := f.Adjust(f.ctx, up, tsdb.Actor{})
			return err
		},
		"down": func(key string) error {
			down.IdempotencyKey = key
			_, err := f.Adjust(f.ctx, down, tsdb.Actor{})
			return err
		},
		"plan": func(key string) error {
			_, err := f.ChangePlan(f.ctx, tsdb.ChangePlanRequest{AccountID: id, PlanID: plan.ID, IdempotencyKey: key}, tsdb.Actor{})
			return err
		},
		"reservation": func(key string) error {
			_, err := f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ModelCredits, Amount: credit, Mode: tsdb.ReservationReject, Timeout: time.Minute, IdempotencyKey: key})
			return err
		},
	}
	for first, do := range ways {
		f.must(do(first))
		before := f.view(id)
		f.must(do(first))
		for second, other := range ways {
			if second != first {
				f.wantRefused(other(first), tsdb.Conflict)
			}
		}
		if a := f.view(id); a.Credits.Balance() != before.Credits.Balance() || a.Reserved(billing.ModelCredits) != before.Reserved(billing.ModelCredits) {
			t.Errorf("key of %s: balance %d became %d", first, before.Credits.Balance(), a.Credits.Balance())
		}
	}
	f.sound(id)
}
