package tsdb

import (
	"context"
	"fmt"

	"github.com/usagegraph/usagegraph/billing"
)

// deployEnded makes a deployment that ran and is over. It reports what has happened, so it passes no gate: a gate
// decides what may begin, and usage that has happened is stored at any balance (hosting.md).
func (h *hostingTx) deployEnded(ctx context.Context, r Resource, d Deployment, p placement) (*deploymentState, error) {
	d.ResourceID, d.Category = r.ID, r.Kind.Category()
	x := &deploymentState{resource: r, deployment: d}
	// Checked and priced before anything is written, as in deployNew.
	span, err := h.endedSpan(p, x)
	if err != nil {
		return nil, err
	}
	x.deployment.place(p)
	if err := h.priceEnded(x, span); err != nil {
		return nil, err
	}
	if err := h.addDeployment(ctx, &x.deployment); err != nil {
		return nil, err
	}
	return x, h.addEnded(ctx, x, span)
}

// deployedAndEnded adds a segment that is over to a deployment that does not run.
func (h *hostingTx) deployedAndEnded(ctx context.Context, x *deploymentState, p placement) error {
	// What runs now began after the reported end or overlaps with it. Nobody could say which, so what runs is ended
	// first.
	if s := x.deployment.Status; s == DeploymentRunning || s == DeploymentPending {
		return refuse(WrongState, "until", "what is deployed or pending now cannot have ended")
	}
	span, err := h.endedSpan(p, x)
	if err != nil {
		return err
	}
	x.deployment.place(p)
	if err := h.priceEnded(x, span); err != nil {
		return err
	}
	return h.addEnded(ctx, x, span)
}

// endedSpan is the time of a segment that is over, [from, to).
type endedSpan struct{ from, to billing.Second }

// endedSpan reads the instants of hosting that is over. All of it that lies before the account was made must be history
// (rules.md §2).
func (h *hostingTx) endedSpan(p placement, x *deploymentState) (endedSpan, error) {
	if p.pending {
		return endedSpan{}, refuse(Invalid, "pending", "what has ended waits for no report")
	}
	if p.at.IsZero() {
		return endedSpan{}, refuse(Invalid, "at", "with until, at says when it began")
	}
	from, err := h.instant(p.at, 0, "")
	if err != nil {
		return endedSpan{}, err
	}
	// Both instants are cut to their second. A length of 0 would be a segment that nobody can see.
	to := billing.SecondOf(p.until)
	switch {
	case to > h.At:
		return endedSpan{}, refuse(TimeOutOfRange, "until", "this lies in the future")
	case to <= from:
		return endedSpan{}, refuse(TimeOutOfRange, "until", "this is not after at")
	// Before the account was made there is only history, and history ends where the books begin. With books that begin
	// before the account, what lies between the two would have to be charged to an account that did not exist.
	case from < h.Created && min(to, h.Created) > h.BooksFrom:
		return endedSpan{}, refuse(TimeOutOfRange, "at", "hosting cannot have run before the account was made, except before its books begin")
	// Segments of one deployment never overlap, and are reported in the order in which they ran; another deployment may
	// run at the same time.
	case x.last != nil && x.last.End > from:
		return endedSpan{}, refuse(TimeOutOfRange, "at", "the deployment was still running then")
	}
	return endedSpan{from, to}, nil
}

// priceEnded sets on the deployment the rate in force at the beginning, not now: hosting keeps the rate of its
// beginning (rules.md §6).
func (h *hostingTx) priceEnded(x *deploymentState, span endedSpan) error {
	d := &x.deployment
	if err := checkReplicas(d.Replicas); err != nil {
		return err
	}
	if err := h.price(&x.resource, d, span.from); err != nil {
		return err
	}
	return d.boundTold(span.from, span.to, "until")
}

// addEnded writes the segment, charges it, and leaves the deployment as it is after its end. It sends no e-mails,
// because the hosting is over. The segment is written with both of its ends, so it never runs in the books and no stop
// can end it.
func (h *hostingTx) addEnded(ctx context.Context, x *deploymentState, span endedSpan) error {
	d, r, began, ended := &x.deployment, &x.resource, span.from.Time(), span.to.Time()
	s := billing.Segment{DeploymentID: d.ID, ResourceID: d.ResourceID, Category: d.Category, RatePerHour: d.Rate, Replicas: d.Replicas, Start: span.from, End: span.to}
	err := h.tx.QueryRow(ctx, `-- name: add ended segment
INSERT INTO segment (account_id, deployment_id, resource_id, category, hardware, cpu_count, replicas, rate, started_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING segment_id`, h.ID, d.ID, d.ResourceID, d.Category, d.Hardware, d.CPUs, d.Replicas, d.Rate,
		began, ended).Scan(&s.ID)
	if err != nil {
		return fmt.Errorf("add ended segment: %w", err)
	}
	// The part before the books begin is charted and not charged (rules.md §2); AddEndedSegment charges the rest, at the
	// second of posting.
	if d.Rate > 0 {
		h.addHistory(&s, span.to)
		h.AddEndedSegment(s)
	}
	d.Status, d.Reason, d.DeployedAt, d.UpdatedAt = DeploymentUndeployed, "", &began, ended
	r.EverDeployed = true
	if r.LastDeployedAt == nil || r.LastDeployedAt.Before(began) {
		r.LastDeployedAt = &began
	}
	x.noteEnd(span.to)
	// Subscribers hear only of its end, and no e-mail is sent about a script: nobody has to act on what is over.
	h.addDeploymentEvent("UNDEPLOYED", x, span.to)
	return h.put(ctx, x)
}
