package tsdb

import (
	"context"
	"math"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// placement says what a deployment is to run on; "" and 0 mean as before.
type placement struct {
	hardware string
	replicas int64
	pending  bool
	at       time.Time // zero: now
	until    time.Time // when it ended; zero: it goes on
}

// place sets hardware and replicas.
func (d *Deployment) place(p placement) {
	if p.hardware != "" {
		d.Hardware = p.hardware
	}
	if p.replicas != 0 {
		d.Replicas = p.replicas
	}
}

// checkReplicas checks the replicas of anything that is hosted; to run none is to undeploy.
func checkReplicas(n int64) error {
	if n < 1 || n > MaxReplicas {
		return refuse(Invalid, "replicas", "a deployment has 1 to %d replicas", MaxReplicas)
	}
	return nil
}

// deployNew makes a deployment of a resource and starts it, or lets it wait for its report. It passes the gate
// (rules.md §5).
func (h *hostingTx) deployNew(ctx context.Context, r Resource, d Deployment, p placement) (*deploymentState, error) {
	if !p.until.IsZero() {
		return h.deployEnded(ctx, r, d, p)
	}
	// The order matters: the rate depends on the instant, and the gate on whether that rate is 0. Nothing is written
	// before the gate is passed.
	at, err := h.startInstant(p.at, nil)
	if err != nil {
		return nil, err
	}
	d.ResourceID, d.Category = r.ID, r.Kind.Category()
	d.place(p)
	if err := h.admit(&r, &d, at); err != nil {
		return nil, err
	}
	if err := h.addDeployment(ctx, &d); err != nil {
		return nil, err
	}
	x := &deploymentState{resource: r, deployment: d}
	return x, h.launch(ctx, x, at, p.pending)
}

// deployAgain starts a deployment again at the rate in force; what runs ends in the same second.
func (h *hostingTx) deployAgain(ctx context.Context, x *deploymentState, p placement) error {
	if !p.until.IsZero() {
		return h.deployedAndEnded(ctx, x, p)
	}
	at, err := h.restartInstant(p.at, x)
	if err != nil {
		return err
	}
	x.deployment.place(p)
	if err := h.admit(&x.resource, &x.deployment, at); err != nil {
		return err
	}
	// Admitted first and ended then, so that a refused redeployment leaves running what runs.
	if x.deployment.Status == DeploymentRunning {
		if err := h.endBefore(ctx, x, at); err != nil {
			return err
		}
	}
	if p.pending {
		// The endpoint of what ran is not that of what is to come, which the report tells.
		x.deployment.Endpoint = ""
	}
	return h.launch(ctx, x, at, p.pending)
}

// restartInstant returns when a redeployment takes effect: not before the running segment began, or the last one ended.
func (h *hostingTx) restartInstant(at time.Time, x *deploymentState) (billing.Second, error) {
	if x.deployment.Status == DeploymentRunning {
		return h.instant(at, x.last.Start, "the deployment's last start or scaling")
	}
	return h.startInstant(at, x)
}

// admit prices a deployment and passes it through the gate.
func (h *hostingTx) admit(r *Resource, d *Deployment, at billing.Second) error {
	if err := checkReplicas(d.Replicas); err != nil {
		return err
	}
	if err := h.price(r, d, at); err != nil {
		return err
	}
	return h.gate(r.Kind.deployAction(), nil, d.Rate == 0)
}

// launch starts a deployment at a second, or lets it wait for its report. A pending deployment is not metered. Its rate
// is the one in force when it was asked for, not when it is reported (hosting.md).
func (h *hostingTx) launch(ctx context.Context, x *deploymentState, at billing.Second, pending bool) error {
	if !pending {
		return h.begin(ctx, x, at, at)
	}
	d := &x.deployment
	d.Status, d.Reason, d.UpdatedAt = DeploymentPending, "", at.Time()
	h.announceDeployment("PENDING", x, at)
	return h.put(ctx, x)
}

// maxToldAtOnce is the longest hosting that one call may report. All of its minutes are written in one transaction,
// each adds rows to the ledger and the charts, and the account waits for it.
const maxToldAtOnce billing.Second = 100 * 24 * 3600

// boundTold refuses hosting that is too long to be reported at once, or costs more than a charge may be; field is the
// argument that says how long it is. Everything that makes hosting run from the past on comes through here: deploying,
// redeploying, reporting, scaling, and hosting that is over.
func (d *Deployment) boundTold(from, to billing.Second, field string) error {
	if d.Rate > 0 && to-from > maxToldAtOnce {
		return refuse(TimeOutOfRange, field, "one call reports at most %d days of hosting: report what is over in parts, by at and until", maxToldAtOnce/(24*3600))
	}
	if billing.CumulativeCharge(d.Rate, d.Replicas, int64(to-from)) > billing.MaxCharge {
		return refuse(Invalid, field, "what it cost is out of range")
	}
	return nil
}

// begin starts a deployment, and its metering, at a second; its rate was in force at priced.
func (h *hostingTx) begin(ctx context.Context, x *deploymentState, at, priced billing.Second) error {
	d, r, t := &x.deployment, &x.resource, at.Time()
	if err := d.boundTold(at, h.At, "at"); err != nil {
		return err
	}
	// LastDeployedAt only goes forward: a deployment that is reported late must not hide a later one of the same model.
	d.Status, d.Reason, d.DeployedAt, d.UpdatedAt = DeploymentRunning, "", &t, t
	r.EverDeployed = true
	if r.LastDeployedAt == nil || r.LastDeployedAt.Before(t) {
		r.LastDeployedAt = &t
	}
	if err := h.startSegment(ctx, d, at, priced); err != nil {
		return err
	}
	h.announceDeployment("DEPLOYED", x, at)
	return h.put(ctx, x)
}

// undeploy ends a deployment that runs, is pending, or was stopped by the negative limit after its real end, which is
// reported only now. In the last case what was posted beyond the end is refunded and the stop stands (rules.md §6);
// what was deployed since goes on. A repeat with the same instant changes nothing: the caller may not have heard that
// the end arrived.
func (h *hostingTx) undeploy(ctx context.Context, x *deploymentState, at time.Time) error {
	// The instant says which segment is meant, so it is looked at before the status: what runs now may have been deployed
	// after the stop (hosting.md).
	s, err := h.stoppedIn(ctx, x, at)
	switch {
	case err != nil || x.endedAt(at):
		return err
	case s != nil:
		return h.undeployStopped(ctx, x, s, at)
	case x.deployment.Status == DeploymentRunning:
		return h.undeployRunning(ctx, x, at)
	case x.deployment.Status == DeploymentPending:
		return h.undeployPending(ctx, x, at)
	}
	// What somebody undeployed keeps its end: a late end is taken only for what runs or was stopped (hosting.md).
	return refuse(WrongState, "", "this is not deployed")
}

// stoppedIn returns the segment that the negative limit ended and that contains an instant before what is deployed now;
// nil if there is none.
func (h *hostingTx) stoppedIn(ctx context.Context, x *deploymentState, at time.Time) (*segmentRow, error) {
	t := billing.SecondOf(at)
	// Without an instant, what runs now is meant.
	if at.IsZero() || x.deployment.Status == DeploymentDeleted || t >= x.since() {
		return nil, nil
	}
	s, err := stoppedSegment(ctx, h.tx, &x.deployment, t)
	if s == nil && x.wasStopped() && t < x.last.End {
		s = x.last // stopped before stops were noted, or not running then, which its start refuses
	}
	return s, err
}

// since returns when what is deployed or pending now began; an end before that is one of an earlier segment.
func (x *deploymentState) since() billing.Second {
	switch x.deployment.Status {
	case DeploymentRunning:
		return x.last.Start
	case DeploymentPending:
		return billing.SecondOf(x.deployment.UpdatedAt)
	}
	// Nothing runs and nothing waits: any instant is one of an earlier segment.
	return math.MaxInt64
}

// endedAt reports whether the deployment is known to have ended at an instant, and does not run.
func (x *deploymentState) endedAt(at time.Time) bool {
	return !at.IsZero() && x.since() == math.MaxInt64 && x.deployment.Status != DeploymentDeleted && x.last != nil && x.last.End == billing.SecondOf(at)
}

func (h *hostingTx) undeployRunning(ctx context.Context, x *deploymentState, at time.Time) error {
	end, err := h.instant(at, x.last.Start, "the deployment's last start or scaling")
	if err != nil {
		return err
	}
	if err := h.end(ctx, x, end); err != nil {
		return err
	}
	return h.ended(ctx, x, end)
}

func (h *hostingTx) undeployPending(ctx context.Context, x *deploymentState, at time.Time) error {
	end, err := h.instant(at, billing.SecondOf(x.deployment.UpdatedAt), "the deployment was asked for")
	if err != nil {
		return err
	}
	return h.ended(ctx, x, end)
}

// ended writes a deployment that no longer runs because somebody wanted that.
func (h *hostingTx) ended(ctx context.Context, x *deploymentState, end billing.Second) error {
	x.deployment.Status, x.deployment.Reason, x.deployment.UpdatedAt = DeploymentUndeployed, "", end.Time()
	h.announceDeployment("UNDEPLOYED", x, end)
	return h.put(ctx, x)
}

// wasStopped reports whether the negative limit ended the deployment's last segment. It goes by the reason and the
// second, because older segments have no note of it.
func (x *deploymentState) wasStopped() bool {
	return x.deployment.Reason == billing.NegativeLimitSentence && x.last != nil && x.last.End == billing.SecondOf(x.deployment.UpdatedAt)
}

// undeployStopped moves the end of a segment that the negative limit ended, the last one or one before it.
func (h *hostingTx) undeployStopped(ctx context.Context, x *deploymentState, s *segmentRow, at time.Time) error {
	end, err := h.instant(at, s.Start, "the deployment's last start or scaling before it was stopped")
	if err != nil {
		return err
	}
	if err := h.shortenSegment(ctx, s, end); err != nil {
		return err
	}
	// The end of an earlier segment is not that of the deployment: what was deployed since goes on, and shows its own times.
	if s.ID == x.last.ID {
		x.noteEnd(end)
	}
	return h.put(ctx, x)
}

// end ends the running segment of a deployment. For a script, at is also when it was last active. endSegment refunds
// the seconds that were posted beyond.
func (h *hostingTx) end(ctx context.Context, x *deploymentState, at billing.Second) error {
	x.noteEnd(at)
	return h.endSegment(ctx, x.last, at)
}

// endBefore is end for when something else begins in that second. The end takes effect at once, or both would run for a
// time, so it may not lie further back than one call may report hosting.
func (h *hostingTx) endBefore(ctx context.Context, x *deploymentState, at billing.Second) error {
	old := Deployment{Rate: x.last.RatePerHour, Replicas: x.last.Replicas}
	if err := old.boundTold(at, h.At, "at"); err != nil {
		return err
	}
	h.step = 0
	return h.end(ctx, x, at)
}

// noteEnd sets when a script was last active: its last second deployed (rules.md §9).
func (x *deploymentState) noteEnd(at billing.Second) {
	if t := at.Time(); x.resource.Kind == KindScript {
		x.resource.LastActiveAt = &t
	}
}

// scale changes the replicas of what runs, at its rate: one segment ends and another begins in the same second. More
// replicas pass the gate; fewer are always allowed (rules.md §5).
func (h *hostingTx) scale(ctx context.Context, x *deploymentState, replicas int64, at time.Time) error {
	d := &x.deployment
	if d.Status != DeploymentRunning {
		return refuse(WrongState, "", "only what is deployed can be scaled")
	}
	t, err := h.instant(at, x.last.Start, "the deployment's last start or scaling")
	// The same number again is a repeat: nothing changes, and the gate is not asked.
	if err != nil || replicas == d.Replicas {
		return err
	}
	// The gate looks at the present balance, even if at lies in the past: it decides whether more may be spent, and what
	// is spent is drawn now.
	if replicas > d.Replicas {
		if err := h.gate(billing.ScaleUp, nil, d.Rate == 0); err != nil {
			return err
		}
	}
	d.Replicas, d.UpdatedAt = replicas, t.Time()
	// What was posted since t is refunded and charged again, minute by minute.
	if err := d.boundTold(t, h.At, "at"); err != nil {
		return err
	}
	if err := h.endBefore(ctx, x, t); err != nil {
		return err
	}
	// Scaling keeps the rate (rules.md §6), and with it the instant that the rate is of: a preview of prices must price
	// the new segment as it was charged.
	if err := h.startSegment(ctx, d, t, x.last.priced); err != nil {
		return err
	}
	h.announceDeployment("SCALED", x, t)
	return h.put(ctx, x)
}

// ScaleDeployment sets the replicas of a deployment, at its rate, from an instant on (zero: now). It returns WrongState
// if the deployment is not running; more replicas pass the gate SCALE_UP.
func (s *Store) ScaleDeployment(ctx context.Context, account int64, target Deployable, replicas int64, at time.Time) error {
	if err := checkReplicas(replicas); err != nil {
		return err
	}
	return s.changeHosting(ctx, account, func(ctx context.Context, h *hostingTx) error {
		x, err := h.find(ctx, target, "id")
		if err != nil {
			return err
		}
		return h.scale(ctx, x, replicas, at)
	})
}
