package tsdb

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/billing"
)

// DeploymentOutcome is how a pending deployment went.
type DeploymentOutcome string

// The outcomes of a pending deployment.
const (
	OutcomeDeployed DeploymentOutcome = "DEPLOYED"
	OutcomeFailed   DeploymentOutcome = "FAILED"
)

// DeploymentReport says how a pending deployment went.
type DeploymentReport struct {
	AccountID int64
	Target    Deployable
	Outcome   DeploymentOutcome
	At        time.Time // where metering starts; zero: now
	Endpoint  string    // "": not told
	Reason    string    // of a failure
}

// ReportDeployment ends a pending deployment: metering starts at the report's instant, or it has failed. A repeat with the
// same content changes nothing. At or below the negative limit nothing starts.
// Whoever reports may not have heard the first answer, so a repeat must pass; everything else about what is not pending
// is WrongState.
func (s *Store) ReportDeployment(ctx context.Context, rep DeploymentReport) error {
	if rep.Outcome != OutcomeDeployed && rep.Outcome != OutcomeFailed {
		return refuse(Invalid, "outcome", "the outcome must be DEPLOYED or FAILED")
	}
	if err := checkNote("endpoint", rep.Endpoint, 2000); err != nil {
		return err
	}
	if err := checkNote("reason", rep.Reason, 1000); err != nil {
		return err
	}
	return s.changeHosting(ctx, rep.AccountID, func(ctx context.Context, h *hostingTx) error {
		x, err := h.find(ctx, rep.Target, "id")
		if err != nil || x.answers(rep) {
			return err
		}
		return h.report(ctx, x, rep)
	})
}

// answers reports that the same report has been taken already.
func (x *deploymentState) answers(rep DeploymentReport) bool {
	d := &x.deployment
	switch {
	case rep.Outcome == OutcomeDeployed:
		same := d.Endpoint == rep.Endpoint || rep.Endpoint == ""
		// A report without an instant, or without an endpoint, says less than the first one but nothing else.
		return d.Status == DeploymentRunning && same && (rep.At.IsZero() || billing.SecondOf(rep.At) == billing.SecondOf(*d.DeployedAt))
	case d.Status == DeploymentHasFailed || d.Status == DeploymentUndeployed && x.resource.Kind != KindScript:
		// What is merely undeployed did not fail: it was withdrawn or ended, and has no reason, which every failure leaves.
		return d.Reason == x.failure(rep.Reason) && (rep.At.IsZero() || billing.SecondOf(rep.At) == billing.SecondOf(d.UpdatedAt))
	}
	return false
}

func (h *hostingTx) report(ctx context.Context, x *deploymentState, rep DeploymentReport) error {
	d := &x.deployment
	if d.Status != DeploymentPending {
		return refuse(WrongState, "id", "this deployment is not pending")
	}
	at, err := h.instant(rep.At, billing.SecondOf(d.UpdatedAt), "the deployment was asked for")
	if err != nil {
		return err
	}
	if rep.Outcome == OutcomeFailed {
		return h.fail(ctx, x, at, rep.Reason)
	}
	// The deployment passed its gate when it was asked for, and is not asked to pass it again at 0. But at the negative
	// limit nothing may run: it would be stopped in the same second.
	if d.Rate > 0 && h.Credits.Balance() <= h.Limits.Negative {
		return h.gate(x.resource.Kind.deployAction(), nil, false)
	}
	if rep.Endpoint != "" {
		d.Endpoint = rep.Endpoint
	}
	// Priced as of when it was asked for (UpdatedAt of what is pending), metered from when it runs.
	return h.begin(ctx, x, at, billing.SecondOf(d.UpdatedAt))
}

// unexplained is the reason of a failure that was reported without one. Without it the failure of a model or guardrail would look like an end that
// somebody asked for: both are UNDEPLOYED. A script has a status of its own.
const unexplained = "The deployment failed. No reason was reported."

// failure is the reason that a failure leaves.
func (x *deploymentState) failure(reported string) string {
	if reported == "" && x.resource.Kind != KindScript {
		return unexplained
	}
	return reported
}

// fail ends a pending deployment that did not come up: scripts land on DEPLOYMENT_FAILED, models and guardrails on UNDEPLOYED.
func (h *hostingTx) fail(ctx context.Context, x *deploymentState, at billing.Second, reason string) error {
	d := &x.deployment
	d.Status, d.Reason, d.UpdatedAt = DeploymentUndeployed, x.failure(reason), at.Time()
	if x.resource.Kind == KindScript {
		d.Status = DeploymentHasFailed
	}
	h.announceDeployment("FAILED", x, at)
	return h.put(ctx, x)
}
