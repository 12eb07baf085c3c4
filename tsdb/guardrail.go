package tsdb

import (
	"context"
	"time"

	"github.com/usagegraph/usagegraph/billing"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// NewGuardrail describes a guardrail to make and deploy. A repeat under the same key is recognised by all of it,
// encoded as JSON. So a field that is added later must be left out of the encoding while it is zero: otherwise a repeat
// that comes after an upgrade would look like another request.
type NewGuardrail struct {
	AccountID int64
	Name      string
	Scanner   billing.GuardrailKind
	// One of the rate card's kinds of CPU: GENERAL_PURPOSE, COMPUTE_OPTIMIZED.
	CPUType        string // ignored for a scanner that costs nothing
	Replicas       int64
	Pending        bool      // wait for ReportDeployment
	At             time.Time // when it takes effect; zero: now
	Until          time.Time `json:",omitzero"` // when it ended; zero: it goes on
	IdempotencyKey string    // "": every call makes another
	ChangesHosting bool      `json:",omitzero"` // for an upsert: also change the hosting of an existing one
	Own
}

// DeployGuardrail makes a guardrail and deploys it. It passes the gate DEPLOY_GUARDRAIL unless it costs nothing.
// It returns the guardrail as it is after the commit; repeating the key returns the same guardrail as it is then.
func (s *Store) DeployGuardrail(ctx context.Context, n NewGuardrail) (Resource, error) {
	if err := validateGuardrail(n); err != nil {
		return Resource{}, err
	}
	var m made
	err := s.changeHosting(ctx, n.AccountID, func(ctx context.Context, h *hostingTx) error {
		return h.once(ctx, h.tx, n.IdempotencyKey, "deployGuardrail", n, &m, func() (err error) {
			m.Resource, err = h.deployGuardrail(ctx, n)
			return err
		})
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, m.Resource)
}

// deployGuardrail makes the resource first, because its deployment points to it. A refusal by the gate rolls both back.
func (h *hostingTx) deployGuardrail(ctx context.Context, n NewGuardrail) (id int64, err error) {
	r := Resource{Kind: KindGuardrail, Name: n.Name, Status: Undeployed, Type: string(n.Scanner), ExternalID: n.ExternalID, Tags: n.Tags}
	if err := h.insertResource(ctx, h.tx, &r); err != nil {
		return 0, err
	}
	_, err = h.deployNew(ctx, r, Deployment{Name: n.Name}, placement{n.CPUType, n.Replicas, n.Pending, n.At, n.Until})
	return r.ID, err
}

// validateGuardrail refuses what can be refused without the account. Scanner and CPU are checked by the rate card in
// force at the deployment's instant, which only the transaction knows.
func validateGuardrail(n NewGuardrail) error {
	if err := text.CheckName("name", n.Name); err != nil {
		return err
	}
	if err := checkReplicas(n.Replicas); err != nil {
		return err
	}
	if err := n.Own.check(); err != nil {
		return err
	}
	return checkKey(n.IdempotencyKey, false)
}

// RedeployGuardrail deploys a guardrail again, at the rate in force. It passes the gate unless it costs nothing.
// The guardrail keeps its id, its name and its details.
func (s *Store) RedeployGuardrail(ctx context.Context, n Redeployment) (Resource, error) {
	err := s.changeHosting(ctx, n.AccountID, func(ctx context.Context, h *hostingTx) error {
		_, x, err := h.onlyDeploymentOf(ctx, KindGuardrail, n.ID, "guardrailId")
		if err != nil {
			return err
		}
		// A pending deployment ends by its report, or is withdrawn by undeploying.
		if x.deployment.Status == DeploymentPending || x.resource.Status == Deleted {
			return refuse(WrongState, "guardrailId", "a guardrail that is pending or deleted cannot be deployed again")
		}
		return h.deployAgain(ctx, x, n.placement())
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, n.ID)
}

// UndeployGuardrail ends a guardrail's deployment at an instant (zero: now). What was posted after a late end is
// refunded (rules.md §6).
func (s *Store) UndeployGuardrail(ctx context.Context, account, guardrail int64, at time.Time) (Resource, error) {
	return s.undeployOnly(ctx, account, KindGuardrail, guardrail, "guardrailId", at)
}

// undeployOnly ends the deployment of a guardrail or script.
// A repeat with the same instant changes nothing.
func (s *Store) undeployOnly(ctx context.Context, account int64, kind ResourceKind, id int64, field string, at time.Time) (Resource, error) {
	err := s.changeHosting(ctx, account, func(ctx context.Context, h *hostingTx) error {
		x, err := h.find(ctx, Deployable{kind, id}, field)
		if err != nil {
			return err
		}
		return h.undeploy(ctx, x, at)
	})
	if err != nil {
		return Resource{}, err
	}
	return s.resource(ctx, id)
}
