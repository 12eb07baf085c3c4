package tsdb_test

import (
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// A guardrail that costs nothing ignores its kind of CPU, passes every gate, is never stopped and is in no books, at
// any balance; one that costs something is refused and stopped (rules.md §5).
func TestFreeGuardrailsAtAnyBalance(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model := f.model(id)
	deploy := func(scanner billing.GuardrailKind, cpu string) (tsdb.Resource, error) {
		return f.DeployGuardrail(f.ctx, tsdb.NewGuardrail{AccountID: id, Name: string(scanner), Scanner: scanner, CPUType: cpu, Replicas: 3})
	}
	paid := f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE")
	free, err := deploy(billing.Regex, "NO SUCH CPU")
	if f.must(err); free.Deployment.Hardware != "" || free.Deployment.CPUs != 0 || free.Deployment.Rate != 0 {
		t.Errorf("%+v", free.Deployment)
	}
	for _, c := range []struct {
		scanner billing.GuardrailKind
		cpu     string
	}{{billing.Toxicity, ""}, {billing.Toxicity, "NO SUCH CPU"}, {"NO_SUCH_SCANNER", "GENERAL_PURPOSE"}} {
		_, err := deploy(c.scanner, c.cpu)
		f.wantRefused(err, tsdb.UnknownHardware)
	}
	f.spend(id, model, 75*credit+24*credit) // −24 and falling
	f.clock.advance(40 * 24 * time.Hour)
	f.tick()
	f.wantStatus(paid, tsdb.Undeployed)
	f.wantStatus(free.ID, tsdb.Deployed)
	_, err = deploy(billing.Toxicity, "GENERAL_PURPOSE")
	f.wantRefused(err, tsdb.Refused)
	_, err = f.RedeployGuardrail(f.ctx, tsdb.Redeployment{AccountID: id, ID: paid})
	f.wantRefused(err, tsdb.Refused)
	another, err := deploy(billing.Deanonymize, "")
	f.must(err)
	f.must(f.ScaleDeployment(f.ctx, id, guardrail(another.ID), tsdb.MaxReplicas, time.Time{}))
	_, err = f.RedeployGuardrail(f.ctx, tsdb.Redeployment{AccountID: id, ID: free.ID, Replicas: 9})
	f.must(err)
	entries := f.count(`SELECT count(*) FROM ledger_entry WHERE account_id = $1 AND resource_id IN ($2, $3)`, id, free.ID, another.ID)
	if entries != 0 || f.count(`SELECT count(*) FROM resource WHERE account_id = $1 AND kind = 'GUARDRAIL'`, id) != 3 {
		t.Errorf("%d entries of what costs nothing", entries)
	}
	f.checkBooks(id)
}

// Each guardrail is made once under its key, even by two processes at once, and a repeat long after it was undeployed
// returns it as it is now.
func TestAGuardrailIsMadeOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id, second := f.account(), f.another(true, 100)
	n := tsdb.NewGuardrail{AccountID: id, Name: "pii", Scanner: billing.Anonymize, CPUType: "COMPUTE_OPTIMIZED", Replicas: 2, IdempotencyKey: "once"}
	f.inParallel(func(writer int) error {
		_, err := []*tsdb.Store{f.Store, second}[writer%2].DeployGuardrail(f.ctx, n)
		return err
	})
	if made := f.count(`SELECT count(*) FROM resource WHERE account_id = $1`, id); made != 1 || f.count(`SELECT count(*) FROM segment WHERE account_id = $1`, id) != 1 {
		t.Errorf("%d were made", made)
	}
	first, err := f.DeployGuardrail(f.ctx, n)
	f.must(err)
	f.clock.advance(time.Hour)
	_, err = f.UndeployGuardrail(f.ctx, id, first.ID, time.Time{})
	f.must(err)
	if again, err := second.DeployGuardrail(f.ctx, n); err != nil || again.ID != first.ID || again.Status != tsdb.Undeployed {
		t.Errorf("a repeat: %+v, %v", again, err)
	}
	n.Replicas = 3
	_, err = f.DeployGuardrail(f.ctx, n)
	f.refusedAs("other content", err, tsdb.Conflict, "idempotencyKey")
	f.wantUsed(id, cost("0.07698", 2*4, 3600))
}
