package tsdb_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// previewed: under the card that was in force all the time, everything would have cost what it cost, whatever was repriced, scaled, reported
// late, refunded and taken back meanwhile; and that is what the ledger says.
func (f *fixture) previewed(account int64) {
	f.t.Helper()
	var posted time.Time
	f.must(f.pool.QueryRow(f.ctx, `SELECT posted_until FROM balance WHERE account_id = $1`, account).Scan(&posted))
	p, err := f.PreviewRateCard(f.ctx, tsdb.RatePreview{Card: billing.RateCardV1(), Range: billing.Range{From: posted.AddDate(0, 0, -60), To: posted}, Account: account})
	f.must(err)
	for _, c := range []billing.Category{billing.Models, billing.Guardrails, billing.Scripts} {
		paid := f.count(`SELECT coalesce(-sum(amount), 0)::bigint FROM ledger_entry WHERE account_id = $1 AND category = $2 AND kind IN ('CHARGE', 'REFUND')`, account, c)
		if got := p.Categories[c]; got.Was != got.Would || int64(got.Was) != paid {
			f.t.Errorf("account %d, %s: was %d, would be %d, was charged %d", account, c, got.Was, got.Would, paid)
		}
	}
}

// Hosting keeps the rate of its deployment: one's own rates that begin before it is scaled, or before a report says that it came up, change neither
// what it costs nor what it would cost.
func TestPreviewOfHostingThatKeepsItsRate(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	f.topUp(id, billing.ModelCredits, 1000*credit)
	scaled, pending := f.script(id, small, 1), f.pendingScript(id, small, 2)
	set := f.setRates(id, 0, billing.OwnRates{Hosting: []billing.HostingRate{{Category: billing.Scripts, Name: small, Rate: 3_000_001}}})
	f.clock.set(set.From.Add(time.Minute))
	f.must(f.ScaleDeployment(f.ctx, id, script(scaled), 3, time.Time{}))
	f.must(f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: script(pending), Outcome: tsdb.OutcomeDeployed}))
	f.clock.advance(time.Hour)
	f.must(f.ScaleDeployment(f.ctx, id, script(pending), 1, time.Time{}))
	f.clock.advance(time.Hour)
	f.script(id, small, 1) // at the rate of its own
	f.clock.advance(time.Hour)
	f.sound(id)
	f.previewed(id)
}

// So it is for a week of anything.
func TestPreviewOfTheCardInForceChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	random := rand.New(rand.NewPCG(14, 14))
	v := f.victim()
	f.topUp(v.Account, billing.ModelCredits, 100_000*credit)
	m := &mischief{Store: f.Store, random: random, victims: []victim{v}, name: "previewed"}
	acts := []func(context.Context, victim) error{m.deploy, m.deploy, m.undeploy, m.scale, m.scale, m.reprice, m.reprice, m.reserve, m.tune, m.takeBack}
	for range 120 {
		f.clock.advance(time.Duration(random.IntN(5000)) * time.Second)
		var refused *tsdb.Error
		if err := acts[random.IntN(len(acts))](f.ctx, v); err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
		f.ingest(tsdb.Record, tokens(v.Account, v.Model, m.key(), f.clock.now().Add(-time.Duration(random.IntN(7200))*time.Second), random.Int64N(4_000_000), random.Int64N(90_000)))
	}
	f.sound(v.Account)
	f.previewed(v.Account)
}
