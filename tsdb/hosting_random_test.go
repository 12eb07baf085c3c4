package tsdb_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb"
)

// naiveSegment is a time in which a deployment runs in the naive model.
type naiveSegment struct {
	replicas   int64
	start, end time.Time // end zero: it runs
}

// naiveHost is a deployment in the naive model: what ran when, to the second, corrected by later reports.
type naiveHost struct {
	id      int64
	ran     []naiveSegment
	pending time.Time // when it was asked for; zero: nothing is pending
}

func (h *naiveHost) last() *naiveSegment { return &h.ran[len(h.ran)-1] }

func (h *naiveHost) running() bool { return len(h.ran) > 0 && h.last().end.IsZero() }

// free is the first instant at which it may run again.
func (h *naiveHost) free() time.Time {
	if len(h.ran) == 0 {
		return time.Time{}
	}
	return h.last().end
}

// cost adds up what has run by now: each segment is rounded once (rules.md §6).
func (h *naiveHost) cost(now time.Time) (sum billing.Amount) {
	for _, s := range h.ran {
		end := s.end
		if end.IsZero() {
			end = now
		}
		sum += cost("1.509", s.replicas, int64(end.Sub(s.start)/time.Second))
	}
	return sum
}

// hostingWorld is an account and what the naive model says of it.
type hostingWorld struct {
	*fixture
	random    *rand.Rand
	id, model int64
	hosts     []*naiveHost
	since     time.Time // no instant lies before
	refused   int
}

// told demands that an instant is refused exactly if it lies before a bound, and reports whether it was accepted.
func (w *hostingWorld) told(what string, err error, at, since time.Time) bool {
	w.t.Helper()
	if at.Before(since) || at.After(w.clock.now()) {
		w.refused++
		w.refusedAs(what, err, tsdb.TimeOutOfRange, "at")
		return false
	}
	w.must(err)
	return true
}

// act does one random thing at an instant up to two hours ago, or a moment ahead.
func (w *hostingWorld) act() {
	w.t.Helper()
	now := w.clock.now()
	at := now.Add(-time.Duration(w.random.IntN(7200)) * time.Second)
	switch w.random.IntN(8) {
	case 0:
		at = now
	case 1:
		at = now.Add(time.Second)
	}
	if at.Before(w.since) {
		at = w.since
	}
	h := w.hosts[w.random.IntN(len(w.hosts))]
	replicas := 1 + w.random.Int64N(4)
	switch {
	case !h.pending.IsZero():
		w.settle(h, at)
	case h.running() && w.random.IntN(3) > 0:
		w.rescale(h, replicas, at)
	case h.running():
		_, err := w.UndeployModel(w.ctx, w.id, h.id, at)
		if w.told("undeploy", err, at, h.last().start) {
			h.last().end = at
		}
	default:
		w.again(h, replicas, at)
	}
}

func (w *hostingWorld) rescale(h *naiveHost, replicas int64, at time.Time) {
	w.t.Helper()
	err := w.ScaleDeployment(w.ctx, w.id, deployment(h.id), replicas, at)
	if w.told("scale", err, at, h.last().start) && replicas != h.last().replicas {
		h.last().end = at
		h.ran = append(h.ran, naiveSegment{replicas: replicas, start: at})
	}
}

// again deploys what does not run, at once or pending.
func (w *hostingWorld) again(h *naiveHost, replicas int64, at time.Time) {
	w.t.Helper()
	pending := w.random.IntN(3) == 0
	_, err := w.RedeployModel(w.ctx, tsdb.Redeployment{AccountID: w.id, ID: h.id, Replicas: replicas, Pending: pending, At: at})
	if !w.told("redeploy", err, at, h.free()) {
		return
	}
	if pending {
		h.pending, h.ran = at, append(h.ran, naiveSegment{replicas: replicas, start: at, end: at})
		return
	}
	h.ran = append(h.ran, naiveSegment{replicas: replicas, start: at})
}

// settle reports how a pending deployment went, twice, or withdraws it.
func (w *hostingWorld) settle(h *naiveHost, at time.Time) {
	w.t.Helper()
	if w.random.IntN(3) == 0 {
		_, err := w.UndeployModel(w.ctx, w.id, h.id, at)
		if w.told("withdraw", err, at, h.pending) {
			h.pending = time.Time{}
		}
		return
	}
	report := tsdb.DeploymentReport{AccountID: w.id, Target: deployment(h.id), Outcome: tsdb.OutcomeDeployed, At: at}
	if w.random.IntN(2) == 0 {
		report.Outcome, report.Reason = tsdb.OutcomeFailed, "out of room"
	}
	if !w.told("report", w.ReportDeployment(w.ctx, report), at, h.pending) {
		return
	}
	w.must(w.ReportDeployment(w.ctx, report))
	if h.pending = (time.Time{}); report.Outcome == tsdb.OutcomeDeployed {
		h.ran = append(h.ran, naiveSegment{replicas: h.last().replicas, start: at})
	}
}

// Whatever is deployed, scaled, reported and ended in any order, late or not, hosting costs what each segment costs by
// itself, before and after the meter posts it; impossible reports are refused with their instant and change nothing.
func TestRandomHostingCostsItsSegments(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := &hostingWorld{fixture: f, random: rand.New(rand.NewPCG(3, 33)), id: f.account(), since: start}
	f.topUp(w.id, billing.ModelCredits, 100_000*credit)
	w.model = f.model(w.id)
	for range 3 {
		id := f.deployModel(w.id, w.model, gpu, 1, start)
		w.hosts = append(w.hosts, &naiveHost{id: id, ran: []naiveSegment{{replicas: 1, start: start}}})
	}
	for step := range 90 {
		f.clock.advance(time.Duration(w.random.IntN(2000)) * time.Second)
		if step%4 == 0 {
			f.tick()
		}
		w.act()
		var want billing.Amount
		for _, h := range w.hosts {
			want += h.cost(f.clock.now())
		}
		if got := f.view(w.id).Credits.Used(); got != want {
			t.Fatalf("step %d: used %d, want %d", step, got, want)
		}
		if t.Failed() {
			t.Fatalf("step %d", step)
		}
	}
	if w.refused < 10 {
		t.Errorf("only %d instants were refused", w.refused)
	}
	f.checkBooks(w.id)
	f.reconciled(w.id)
}

// Scaling from a past instant refunds and charges everything posted since, so it is limited like all reports of
// hosting: 100 days, and a charge that is within range (rules.md §6). A refusal leaves the deployment as it was; what
// costs nothing is not limited.
func TestScalingFarBackIsBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.clock.set(start.AddDate(0, 0, -102))
	id := f.account()
	f.clock.set(start)
	f.topUp(id, billing.ModelCredits, 100_000*credit)
	free := f.guardrail(id, billing.Regex, "")
	d := f.deployModel(id, f.model(id), gpu, 1, f.Now())
	f.exec(`UPDATE segment SET started_at = started_at - interval '101 days'`) // as if all of it had been posted long ago
	err := f.ScaleDeployment(f.ctx, id, deployment(d), 2, start.Add(-100*24*time.Hour-time.Second))
	f.refusedAs("a second more than 100 days", err, tsdb.TimeOutOfRange, "at")
	if got := f.wantDeployment(d, tsdb.DeploymentRunning); got.Replicas != 1 {
		t.Errorf("the refused scaling left %d replicas", got.Replicas)
	}
	f.must(f.ScaleDeployment(f.ctx, id, guardrail(free), 2, start.Add(-101*24*time.Hour)))
	f.exec(`UPDATE segment SET started_at = started_at + interval '101 days' WHERE deployment_id = $1`, d)
	f.clock.advance(2 * time.Hour)
	f.must(f.ScaleDeployment(f.ctx, id, deployment(d), 2, start.Add(time.Minute)))
	f.exec(`UPDATE segment SET rate = 2000000000000 WHERE deployment_id = $1 AND ended_at IS NULL`, d)
	f.exec(`UPDATE deployment SET rate = 2000000000000 WHERE deployment_id = $1`, d)
	err = f.ScaleDeployment(f.ctx, id, deployment(d), tsdb.MaxReplicas, start.Add(time.Hour))
	f.refusedAs("a charge beyond all bounds", err, tsdb.Invalid, "at")
}

// A script that was withdrawn, or that ran and was ended, did not fail: a report that it did is refused, with or
// without a reason.
func TestAWithdrawnScriptDidNotFail(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.account()
	withdrawn, ended, failed := f.pendingScript(id, small, 1), f.script(id, small, 1), f.pendingScript(id, small, 1)
	for _, s := range []int64{withdrawn, ended} {
		_, err := f.UndeployScript(f.ctx, id, s, time.Time{})
		f.must(err)
	}
	report := func(s int64, reason string) error {
		return f.ReportDeployment(f.ctx, tsdb.DeploymentReport{AccountID: id, Target: script(s), Outcome: tsdb.OutcomeFailed, Reason: reason})
	}
	for _, reason := range []string{"", "out of room"} {
		for _, s := range []int64{withdrawn, ended} {
			f.refusedAs("a failure of "+reason, report(s, reason), tsdb.WrongState, "id")
			f.wantStatus(s, tsdb.ReadyToDeploy)
		}
	}
	f.must(report(failed, ""))
	f.must(report(failed, ""))
	f.refusedAs("with another reason", report(failed, "x"), tsdb.WrongState, "id")
	f.wantStatus(failed, tsdb.DeploymentFailed)
}
