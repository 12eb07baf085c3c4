package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// However large usage is, the books never wrap around: what they cannot hold is refused, event by event, and no other
// events fail with it.
func TestHugeUsageNeverWraps(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, other := f.account(), f.account()
	tool := f.resource(other, "TOOL", "DEPLOYED")
	dear, dearest := 1_000*credit, 1_000_000*credit
	model := func(rate billing.Amount) int64 {
		m, err := f.RegisterModel(f.ctx, tsdb.NewModel{AccountID: id, Name: f.key(), InputRate: &rate, OutputRate: &rate})
		f.must(err)
		return m.ID
	}
	within, beyond := model(dear), model(dearest)
	var stored billing.Amount
	for range 2 {
		batch := []tsdb.UsageEvent{tokens(id, beyond, f.key(), start, tsdb.MaxTokens, tsdb.MaxTokens), runs(other, tool, f.key(), start, 1)}
		for range 2_500 {
			batch = append(batch, tokens(id, within, f.key(), start, tsdb.MaxTokens, 0)) // 1e15 µ each
		}
		results := f.ingest(tsdb.Record, batch...)
		if results[0].Code != tsdb.QuantityTooLarge || results[1].Status != tsdb.Stored {
			t.Errorf("%+v %+v", results[0], results[1])
		}
		for _, r := range results[2:] {
			switch {
			case r.Status == tsdb.Stored:
				stored += r.Charge
			case r.Code != tsdb.QuantityTooLarge:
				t.Fatalf("%+v", r)
			}
		}
	}
	if b := f.view(id).Credits.Balance(); stored != billing.MaxBalance || b != 75*credit-stored {
		t.Errorf("stored %d, balance %d", stored, b)
	}
	f.sound(id)
}

// Grants that would lead beyond what a balance can hold are refused.
func TestHugeGrantsNeverWrap(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	_, err := f.pool.Exec(f.ctx, `UPDATE credit_grant SET amount = $2, given = ARRAY[0, 0, 0, 0]::bigint[] WHERE account_id = $1 AND meter = 'MODEL_CREDITS'`, id, billing.MaxBalance-credit)
	f.must(err)
	give := func(amount billing.Amount) error {
		_, err := f.GrantCredits(f.ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: amount, Reference: "order", IdempotencyKey: f.key()}, tsdb.Actor{})
		return err
	}
	f.must(give(credit))
	f.wantRefused(give(1), tsdb.Invalid)
	f.wantRefused(give(billing.MaxCharge+1), tsdb.Invalid)
}

// Hosting that is reported late, at an extreme price, is refused before it costs anything.
func TestHugeLateHostingIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	card := billing.RateCardV1()
	card.EffectiveFrom = start.Add(10 * time.Minute)
	for i := range card.Models {
		card.Models[i].RatePerHour = 1_000_000 * credit
	}
	f.publish(card)
	f.clock.advance(100 * 24 * time.Hour)
	f.topUp(id, billing.ModelCredits, 100*credit)
	_, err := f.DeployModel(f.ctx, tsdb.ModelDeployment{AccountID: id, ModelID: f.model(id), Name: "x", Hardware: gpu, Replicas: tsdb.MaxReplicas, At: start.Add(20 * time.Minute)})
	f.wantRefused(err, tsdb.Invalid)
	f.wantUsed(id, 0)
}
