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
	Endpoint  string    // "": not reported
	Reason    string    // of a failure
}

// ReportDeployment ends a pending deployment: metering starts at the report's instant, or the deployment has failed. At
// or below the negative limit nothing starts. A repeat with the same content changes nothing, because the caller may
// not have heard the first answer; any other report about a deployment that is not pending returns WrongState.
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

// answers reports whether the same report was taken already.
func (x *deploymentState) answers(rep DeploymentReport) bool {
	d := &x.deployment
	switch {
	case rep.Outcome == OutcomeDeployed:
		same := d.Endpoint == rep.Endpoint || rep.Endpoint == ""
		// A report without an instant, or without an endpoint, says less than the first one but nothing different.
		return d.Status == DeploymentRunning && same && (rep.At.IsZero() || billing.SecondOf(rep.At) == billing.SecondOf(*d.DeployedAt))
	case d.Status == DeploymentHasFailed || d.Status == DeploymentUndeployed && x.resource.Kind != KindScript:
		// A deployment that is merely undeployed did not fail: it was withdrawn or ended, and lacks the reason that every
		// failure leaves.
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
	// The deployment passed its gate when it was asked for, and need not pass it again, even at 0. But at the negative
	// limit nothing may run: it would be stopped in the same second.
	if d.Rate > 0 && h.Credits.Balance() <= h.Limits.Negative {
		return h.gate(x.resource.Kind.deployAction(), nil, false)
	}
	if rep.Endpoint != "" {
		d.Endpoint = rep.Endpoint
	}
	// Priced as of when it was asked for (UpdatedAt while pending), metered from when it runs.
	return h.begin(ctx, x, at, billing.SecondOf(d.UpdatedAt))
}

// unexplained is the reason of a failure that was reported without one. Without a reason, the failure of a model or
// guardrail would look like an end that somebody asked for: both are UNDEPLOYED. A script has a status of its own.
const unexplained = "The deployment failed. No reason was reported."

// failure returns the reason that a failure leaves.
func (x *deploymentState) failure(reported string) string {
	if reported == "" && x.resource.Kind != KindScript {
		return unexplained
	}
	return reported
}

// fail ends a pending deployment that did not come up: a script becomes DEPLOYMENT_FAILED, a model or guardrail
// UNDEPLOYED.
func (h *hostingTx) fail(ctx context.Context, x *deploymentState, at billing.Second, reason string) error {
	d := &x.deployment
	d.Status, d.Reason, d.UpdatedAt = DeploymentUndeployed, x.failure(reason), at.Time()
	if x.resource.Kind == KindScript {
		d.Status = DeploymentHasFailed
	}
	h.announceDeployment("FAILED", x, at)
	return h.put(ctx, x)
}
