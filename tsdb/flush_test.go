package tsdb_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// If a caller goes away at any moment, its change is made or not made, never half: the same request again makes it
// once, the books agree, and what the process remembers is what is stored. Half of the callers have mails to write,
// which are written before the commit.
func TestCallersThatGoAway(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	model, tool := f.resource(id, "MODEL", "REGISTERED"), f.resource(id, "TOOL", "DEPLOYED")
	f.must(f.Access.SetBillingContacts(f.ctx, id, []string{"bills@acme.example"}, tsdb.Actor{}))
	f.guardrail(id, billing.Toxicity, "GENERAL_PURPOSE")
	random := rand.New(rand.NewPCG(11, 3))
	cut, granted, used := 0, 0, int64(0)
	for i := range 24 {
		f.clock.advance(time.Second)
		events := []tsdb.UsageEvent{runs(id, tool, fmt.Sprint("r", i), start, 150), tokens(id, model, fmt.Sprint("m", i), start, 2_000_000, 0)}
		do := func(ctx context.Context) error {
			if i%3 == 0 {
				_, err := f.GrantCredits(ctx, tsdb.NewGrant{AccountID: id, Meter: billing.ModelCredits, Kind: billing.TopUp, Amount: 2 * credit, Reference: "order", IdempotencyKey: fmt.Sprint("k", i)}, tsdb.Actor{})
				return err
			}
			_, err := f.Ingest(ctx, events, tsdb.Record)
			return err
		}
		ctx, cancel := context.WithTimeout(f.ctx, time.Duration(random.IntN(6000))*time.Microsecond)
		if err := do(ctx); err != nil {
			if cut++; !errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
				t.Errorf("change %d: %v", i, err)
			}
		}
		cancel()
		f.must(do(f.ctx))
		if i%3 == 0 {
			granted++
		} else {
			used += 150
		}
	}
	a := f.view(id)
	if a.Runs.Used() != billing.Amount(used) || a.Credits.Flows.Granted != billing.Amount(75+2*granted)*credit {
		t.Errorf("%d runs used, want %d; %d credits granted by %d grants", a.Runs.Used(), used, a.Credits.Flows.Granted, granted)
	}
	if cut < 3 {
		t.Errorf("only %d callers went away", cut)
	}
	f.sound(id)
	f.reconciled(id)
}

// A transaction that changes nothing takes no revision and wakes nobody: refused and repeated requests, a tick with
// nothing due, an idle settlement.
func TestNothingChangedIsNothingWritten(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	tool := f.resource(id, "TOOL", "DEPLOYED")
	e := runs(id, tool, "a", start, 1)
	f.ingest(tsdb.Record, e)
	no := f.topUp(id, billing.ModelCredits, credit)
	written := func() string {
		return fmt.Sprint(f.view(id).Revision, f.count(`SELECT version FROM balance WHERE account_id = $1`, id), f.count(`SELECT count(*) FROM account_event`), f.count(`SELECT count(*) FROM usage_delta`))
	}
	before := written()
	for name, do := range map[string]func(){
		"a repeat":        func() { f.ingest(tsdb.Record, e) },
		"a conflict":      func() { f.ingest(tsdb.Enforce, forUser(e, "ann")) },
		"an unknown tool": func() { f.ingest(tsdb.Record, runs(id, tool+99, "b", start, 1)) },
		"nothing":         func() { f.ingest(tsdb.Record) },
		"too many runs":   func() { f.ingest(tsdb.Enforce, runs(id, tool, "c", start, 10_000)) },
		"a tick":          func() { f.tick() },
		"too low": func() {
			_, _ = f.Adjust(f.ctx, tsdb.Adjustment{AccountID: id, Meter: billing.ModelCredits, Amount: -2 * credit, GrantNo: no, Reference: "x", IdempotencyKey: "x"}, tsdb.Actor{})
		},
		"an unknown plan": func() {
			_, _ = f.ChangePlan(f.ctx, tsdb.ChangePlanRequest{AccountID: id, PlanID: 99, IdempotencyKey: "y"}, tsdb.Actor{})
		},
		"a void of nothing": func() { f.takeBack(id, runs(id, tool, "never", start, 1)) },
		"too far back":      func() { _ = f.ScaleDeployment(f.ctx, id, deployment(99), 2, start.AddDate(-3, 0, 0)) },
		"a failed reservation": func() {
			_, _ = f.Reserve(f.ctx, tsdb.NewReservation{AccountID: id, Meter: billing.ToolRuns, Amount: 20_000, Mode: tsdb.ReservationReject, IdempotencyKey: "z"})
		},
	} {
		if do(); written() != before {
			t.Errorf("%s left %s, before %s", name, written(), before)
			before = written()
		}
	}
}
